"""The one place for failures: a command's every end is a documented exit code, and one line."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable
from typing import NoReturn

import click

from checker.ground import problems, signals
from checker.ground.problems import Problem
from model.mistake import Mistake, raised_at, unloadable


def main_of(name: str, command: Callable[[], object], *, unwind: bool = True) -> NoReturn:
    """Run a command as a program: end the process with the command's exit code."""
    code = run(name, command, unwind=unwind)
    if code in (problems.HUNG_UP, problems.INTERRUPTED, problems.TERMINATED):
        signals.undo_all()
        os._exit(code)  # whoever ends us does not wait for what still runs
    sys.exit(code)


def run(name: str, command: Callable[[], object], *, unwind: bool = True) -> int:
    """Return the exit code that a command returns; a failure is said in one line.

    A signal unwinds the command, or ends it where it stands.  A command that returns no exit
    code is a failure of ours: nothing is green by accident.
    """
    (signals.end_by_exception if unwind else signals.end_at_once)(name)
    try:
        code, says = _end_of(command)
    except signals.Ended as ended:  # while a failure was told
        code, says = 128 + ended.number, signals.SAID[ended.number]
    signals.end_at_once(name)
    if says:
        with contextlib.suppress(OSError):
            click.echo(f"{name}: {' '.join(says.split())}", err=True)
    _drop_output()
    return code


def _end_of(command: Callable[[], object]) -> tuple[int, str]:
    try:
        _open_streams()
        code = command()
        sys.stdout.flush()
        if not isinstance(code, int):
            return problems.INTERNAL, f"internal error: no exit code, but {code!r}"
    except BaseException as failure:  # noqa: BLE001 - the one place where every failure ends
        return _told(failure)
    return code, ""


def _open_streams() -> None:
    """Refuse to run without standard output; what is closed must not become another file."""
    closed = sys.stdout is None
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - for as long as we run
    if closed:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        raise Problem("standard output is closed: give it a file, or /dev/null")


def _told(failure: BaseException) -> tuple[int, str]:
    """Return the exit code of a failure and what to say of it."""
    match failure:
        case signals.Ended():
            return 128 + failure.number, signals.SAID[failure.number]
        case click.exceptions.Exit():
            return failure.exit_code, ""
        case KeyboardInterrupt() | click.exceptions.Abort():
            return problems.INTERRUPTED, "interrupted"
        case click.ClickException():
            return problems.USAGE, failure.format_message() + _dashes(failure)
        case Problem():
            return failure.code, str(failure)
        case Mistake():
            return problems.USAGE, str(failure)
        case SystemExit():
            return _left(failure)
        case OSError():
            return _of_the_system(failure)
        case _ if _out_of_memory(failure):
            return problems.UNANSWERED, f"memory ran out: {failure!r}"
        case _ if where := unloadable(failure):
            return problems.USAGE, f"{where}: {type(failure).__name__}: {failure}"
        case ImportError():
            return problems.USAGE, f"{failure}: install what pyproject.toml lists (make does)"
        case _:
            return _internal(failure)


def _dashes(failure: click.ClickException) -> str:
    """Return how a line that begins with ``-`` is given, where one was taken for an option."""
    lines = any(word.startswith("-") and " " in word for word in sys.argv[1:])
    lost = isinstance(failure, click.NoSuchOption) and lines
    return " Put -- before a line that begins with -" if lost else ""


def _left(leave: SystemExit) -> tuple[int, str]:
    if "PacifyFlush" in type(sys.stdout).__name__:  # click's mark of a closed pipe
        return problems.CLOSED_PIPE, ""
    return (leave.code, "") if isinstance(leave.code, int) else (problems.USAGE, str(leave.code))


def _of_the_system(error: OSError) -> tuple[int, str]:
    if isinstance(error, BrokenPipeError):
        return problems.CLOSED_PIPE, ""
    if error.errno == errno.ENOMEM:
        return problems.UNANSWERED, "memory ran out"
    if error.errno is None:
        return problems.USAGE, str(error)
    about = f"{error.filename}: " if error.filename else ""
    return problems.USAGE, f"{about or 'cannot write: '}{error.strerror}"


def _drop_output() -> None:
    """Forget output that could not be written, lest it fails again when the process ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _out_of_memory(error: BaseException) -> bool:
    told = ("out of memory", "failed to map segment", "Cannot allocate memory")
    return isinstance(error, MemoryError) or any(one in str(error) for one in told)


def _internal(error: BaseException) -> tuple[int, str]:
    if os.environ.get("CLONEPROOF_TRACEBACK"):
        raise error
    where = raised_at(error)
    hint = "set CLONEPROOF_TRACEBACK=1 for details and report it"
    said = f"{type(error).__name__}: {error}" + (f" ({where})" if where else "")
    return problems.INTERNAL, f"internal error: {said}; {hint}"


class Arguments(argparse.ArgumentParser):
    """A command line whose errors are one line, with the exit code of wrong usage."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise Problem(f"{message}; --help tells")
