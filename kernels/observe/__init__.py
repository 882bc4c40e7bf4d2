"""What the probe shows of a task, in the words of the model, and what it cannot show."""
