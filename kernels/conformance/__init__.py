"""The model held against running kernels, call by call."""
