"""What the kernel does: task creation as an ordered table of small named rules.

Nothing in this package solves anything: the same rules are read on plain Python
values (one call) and on SMT terms (every call at once).
"""
