"""``python -m checker`` is the command ``cloneproof``."""

from checker.cli import main

main()
