"""Where kernels run: here or under QEMU, how they are fetched, and what they give the probe."""
