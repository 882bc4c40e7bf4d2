"""``python -m command`` is the command ``cloneproof``."""

from __future__ import annotations

import os

from checker.ground import signals

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts no threads that have no work


def main() -> None:
    """Run the command; a signal ends it well from here on, while it still starts."""
    signals.end_at_once("cloneproof")
    from command.cloneproof import main as command

    command()


if __name__ == "__main__":
    main()
