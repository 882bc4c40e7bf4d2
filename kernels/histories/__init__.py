"""Histories on real kernels: traces replayed, and random walks compared step by step."""
