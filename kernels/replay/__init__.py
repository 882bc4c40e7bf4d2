"""Counterexamples on real kernels: the very call made again, or written as a C program."""
