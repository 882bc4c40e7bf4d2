"""One drive for each system that user space can bring about, step by step."""
