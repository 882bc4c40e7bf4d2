"""Other model checkers on the accounting system, beside our own engines."""
