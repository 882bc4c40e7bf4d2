"""The rules of task creation, by kernel subject, in the order of the C."""
