"""Counterexamples as self-contained C programs in the style of the kernel's selftests."""
