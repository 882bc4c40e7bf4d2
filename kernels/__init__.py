"""Real kernels: the running one, virtual machines, and the probe that runs in them."""
