"""Lines of strace: what stands before a call, and calls that are told in two lines.

``strace -f`` begins lines with the task (``[pid 123]``, in a file ``123``), ``-t``, ``-tt``,
``-ttt`` and ``-r`` with a time, ``-n`` and ``-i`` with a number in brackets.  A call during
which another task is told is ``<unfinished ...>``, and ``<... clone3 resumed>`` later.  Records
of the audit log may stand there, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checker.ground.problems import Problem
from checker.strace import audit
from checker.strace.beside import beside_of
from checker.strace.grammar import Syscall, read_call
from checker.strace.words import LONGEST

NAMES = ("clone", "clone3", "fork", "vfork", "unshare", "setns")
"""The system calls that make tasks, or prepare that."""

_GAP = r"\s{1,16}"
_TASK = (
    rf"(?:\[pid{_GAP}(?P<pid>\d{{1,10}})[^\]\n]{{0,40}}\]\s{{0,16}}"
    rf"|(?P<bare>\d{{1,10}})(?:<[^>\n]{{0,40}}>)?{_GAP})?"
)
_CLOCK = r"(?:\d\d?:\d\d:\d\d(?:\.\d{1,9})?|\d{1,12}\.\d{1,9})"
_TIME = rf"(?:\(?\+?\s{{0,8}}{_CLOCK}\)?{_GAP}){{0,2}}"
_PLACE = r"(?:\[\s{0,8}(?:[0-9a-f]{1,16}|\d{1,4}|\?{1,16})\]\s{0,16}){0,2}"
_BEGINS = re.compile(
    rf"{_TASK}{_TIME}{_PLACE}"
    r"(?:<\.\.\. (?P<again>\w{1,32}) resumed>|(?P<name>[a-z_]\w{0,32})\()"
)
"""How a line begins; every run is bounded, so that no line takes long."""
_UNFINISHED = re.compile(r"\s*<unfinished \.\.\.>\s*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line about a call of :data:`NAMES`: the task, which call, what is told of it here."""

    task: str
    name: str
    text: str
    resumed: bool
    unfinished: bool


@dataclass
class Log:
    """What the lines of a log came to, beside the calls in it."""

    lines: int = 0
    others: int = 0
    """Lines of other calls, of signals and of ends."""
    unread: dict[str, int] = field(default_factory=dict)
    """Why lines were not read, and how often."""
    open: dict[str, str] = field(default_factory=dict)
    """The calls that were begun, by task."""
    beside: dict[tuple[str, str], int] = field(default_factory=dict)
    """Calls round the making of tasks that failed, with their errors: how often each."""


def tells_a_call(text: str) -> bool:
    """Return whether a line tells, alone, of a call that makes tasks."""
    if audit.is_record(text):
        call = audit.known_call(text)
        return call is not None and call.name in NAMES
    line = line_of(text)
    return line is not None and not line.resumed


def line_of(text: str) -> Line | None:
    """Return what a line tells of a call that makes tasks; ``None`` for any other line."""
    text = text.lstrip()
    found = _BEGINS.match(text)
    name = (found["again"] or found["name"]) if found else None
    if found is None or name not in NAMES:
        return None
    task = found["pid"] or found["bare"] or ""
    resumed = found["again"] is not None
    rest = text[found.end() :] if resumed else f"{name}({text[found.end():]}"
    ended = _UNFINISHED.search(rest[-40:])
    if ended:
        rest = rest[: len(rest) - len(rest[-40:]) + ended.start()]
    return Line(task, name, rest, resumed, ended is not None)


def calls_in(lines: Iterable[str], log: Log) -> Iterator[Syscall]:
    """Yield the calls of a log in the order in which they end; ``log`` gets the rest."""
    for text in lines:
        log.lines += 1
        try:
            yield from _calls_of(text, log)
        except Problem as problem:
            said = str(problem)
            log.unread[said] = log.unread.get(said, 0) + 1


def _calls_of(text: str, log: Log) -> Iterator[Syscall]:
    if audit.is_record(text):
        call = audit.call_of(text)
        if call is not None and call.name in NAMES:
            yield call
            return
    line = line_of(text)
    if line is not None:
        yield from _finished(line, log)
        return
    log.others += 1
    beside = beside_of(text)
    if beside is not None and beside[1] not in ("", "0"):
        log.beside[beside] = log.beside.get(beside, 0) + 1


def _finished(line: Line, log: Log) -> Iterator[Syscall]:
    begun = log.open.pop(line.task, None)
    text = line.text
    if line.resumed:
        if begun is None or not begun.startswith(f"{line.name}("):
            raise Problem(f"{line.name} is resumed, and its beginning is not there")
        text = begun + text
    if line.unfinished:
        if len(text) > LONGEST:
            raise Problem("a call that was begun is too long")
        log.open[line.task] = text
        return
    yield read_call(text)


def call_in(text: str) -> Syscall:
    """Return the one call that a text of one or a few lines tells; raise :class:`Problem` if none.

    A call that is unfinished has no result.
    """
    log = Log()
    found = list(calls_in(text.splitlines(), log))
    if log.unread:
        raise Problem(f"this line cannot be read: {next(iter(log.unread))}")
    if len(found) + len(log.open) != 1:
        told = f"{len(found) + len(log.open)} calls" if found or log.open else "no call"
        more = "; `cloneproof run` plays execve()" if "execve(" in text else ""
        raise Problem(f"{told} of {', '.join(NAMES)} in it; one is expected{more}")
    return found[0] if found else read_call(next(iter(log.open.values())) + ") = ?")
