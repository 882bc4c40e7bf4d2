"""Races tried on real kernels: what is seen once is possible; what is not seen says nothing."""
