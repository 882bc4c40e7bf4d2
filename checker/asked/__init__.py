"""Questions in words of the model: what is asked, what it means, and what answers it."""
