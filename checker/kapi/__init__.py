"""KAPI, the kernel's API specifications: written for a kernel, and held against one."""
