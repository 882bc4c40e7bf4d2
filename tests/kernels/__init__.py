"""What kernels/ must keep."""
