"""A kernel's rules as C programs that other kernels can be held against."""
