"""What calls that are not read in turn do, by subject; ``every.py`` loads them all."""
