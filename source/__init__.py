"""The kernel's own C source, read: what its task creation code says, compared with the model."""
