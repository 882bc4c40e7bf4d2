"""Calls round the making of tasks: what they refuse, in which order, and what they leave."""
