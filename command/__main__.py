"""``python -m command`` is the command ``cloneproof``."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from checker.ground import signals

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts no threads that have no work


def main() -> NoReturn:
    """Run the command; a signal ends it well from here on, while it still starts.

    At its end the process leaves at once: all is written, and to take apart what it has loaded
    would take longer than a short command.
    """
    signals.end_at_once("cloneproof")
    from command.cloneproof import main as command

    try:
        command()
    except SystemExit as left:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        signals.undo_all()
        os._exit(int(left.code or 0))


if __name__ == "__main__":
    main()
