"""What must hold of task creation, and what only seems to: one function per property."""
