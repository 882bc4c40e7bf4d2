"""Cases: one call and its caller in the words of the probe, and what the model says of them."""
