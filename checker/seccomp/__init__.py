"""Seccomp filters given as lists: what one answers to a call before the kernel does."""
