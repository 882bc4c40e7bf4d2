"""Runs an entry of the project in this process, as a program would."""

import signal
import sys
from collections.abc import Callable

from checker.ground import signals
from command import failures


def ends(command: Callable[[], object], name: str = "cloneproof") -> int:
    """Return the exit code of a command; what it does to signals is undone."""
    before = {number: signal.getsignal(number) for number in signals.SAID}
    hook = sys.unraisablehook
    try:
        return failures.run(name, command)
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def cloneproof(*words: str) -> int:
    """Return the exit code of the command with these arguments."""
    from command.cloneproof import cli

    return ends(lambda: cli.main([*words], prog_name="cloneproof", standalone_mode=False))
