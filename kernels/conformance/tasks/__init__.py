"""The model held against running kernels by what a task sees of itself."""
