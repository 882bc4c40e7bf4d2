"""Which functions are read and how; every.py has the list."""
