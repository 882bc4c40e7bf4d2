"""Kernels beside one another: what differs, which commits make it, and what follows from that."""
