"""A whole log: each call that failed answered, equal ones once; what else is in it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from checker.ground.json_text import decoded
from checker.ground.problems import Problem
from checker.strace.facts import Told, told
from checker.strace.lines import Log, calls_in
from checker.why.addresses import plain
from checker.why.asked import Asked, of_document, of_line
from checker.why.denials import Denial, denial_in
from model.words import TASK_SIZE_MAX


@dataclass
class Found:
    """What a log has: failed calls with how often each is in it, and counts of the rest."""

    failed: dict[tuple[object, ...], tuple[Asked, int]] = field(default_factory=dict)
    succeeded: int = 0
    unfinished: int = 0
    log: Log = field(default_factory=Log)
    denials: dict[Denial, int] = field(default_factory=dict)
    """Who refused by a record of the kernel's log, and how often."""

    @property
    def failures(self) -> int:
        """Return how many calls failed."""
        return sum(count for _, count in self.failed.values())

    @property
    def calls(self) -> int:
        """Return how many calls are in the log."""
        return self.failures + self.succeeded + self.unfinished


def read(lines: Iterable[str]) -> Found:
    """Return what a log has; nothing in it is refused."""
    found = Found()
    for call in calls_in(_undenied(lines, found), found.log):
        try:
            one = told(call)
        except Problem as problem:
            said = str(problem)
            found.log.unread[said] = found.log.unread.get(said, 0) + 1
            continue
        _count(found, one)
    found.unfinished += len(found.log.open)
    return found


def _undenied(lines: Iterable[str], found: Found) -> Iterator[str]:
    """Yield lines but the records of who refused, which are counted."""
    for line in lines:
        denial = denial_in(line)
        if denial is None:
            yield line
        else:
            found.log.lines += 1
            found.denials[denial] = found.denials.get(denial, 0) + 1


def _count(found: Found, one: Told) -> None:
    if one.errno is None:
        found.unfinished += 1
    elif one.errno == 0:
        found.succeeded += 1
    else:
        tls = one.tls if one.tls is None or one.tls >= TASK_SIZE_MAX else 0
        asked = of_line(replace(one, given=plain(one.given), returned=None, tls=tls))
        key = (asked.entry, asked.errno, asked.tls, *sorted(asked.given.items()))
        found.failed[key] = (asked, found.failed.get(key, (asked, 0))[1] + 1)


def of_documents(lines: Iterable[str]) -> Found:
    """Return what lines of JSON ask; each is a call, whatever came back."""
    found = Found()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found.log.lines += 1
        try:
            asked = of_document(decoded(line, f"line {number}"))
        except Problem as problem:
            said = str(problem)
            found.log.unread[said] = found.log.unread.get(said, 0) + 1
            continue
        key = (asked.entry, asked.errno, asked.kernel_name, *sorted(asked.given.items()))
        found.failed[key] = (asked, found.failed.get(key, (asked, 0))[1] + 1)
    return found
