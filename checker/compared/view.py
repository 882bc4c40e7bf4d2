"""What every call of a subject comes to on one kernel, as terms: what two kernels are compared in.

A kernel here has plain patches, so that what it does not look up is not in its terms, and what
two kernels do alike is one and the same term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from typing import Any

from checker.compared.equal import equal
from checker.readings.noted import Seen
from checker.readings.shared import Sharing, answered, sharing
from checker.readings.space import space
from checker.readings.subjects import RANGES
from model.algebra import Truth, Word, both, either, never, no, same
from model.call import Call, Situation
from model.entries import args_of
from model.errors import ErrorCode, number
from model.kernel import Kernel
from model.predict import call_with
from model.records import BOOL, build
from model.rows import Rejection
from model.vhost import VhostOutcome
from model.wellformed import ASSUMPTIONS
from properties.claim import Subject

ERRNO = "errno"

KEPT = 4096
"""How many calls are remembered: the same one is asked about again and again."""


@dataclass(frozen=True, eq=False)
class View:
    """The calls of a subject on a kernel: every one at once, or one on plain values."""

    kernel: Kernel
    subject: Subject
    start: Situation
    seen: Seen = field(default_factory=dict)
    """What was looked up of the kernel so far, if that is noted."""
    is_one: bool = False
    """It is one call, on plain values."""

    @cached_property
    def possible(self) -> Truth:
        """Return whether the call can be made."""
        held = []
        for one in ASSUMPTIONS:
            held.append(self._asked(one, self.start))
            if held[-1] is False:
                break
        return both(*held)

    @cached_property
    def assumed(self) -> dict[str, Truth]:
        """Return each assumption on states by its name, whether it holds of the call."""
        return {one.__name__: self._asked(one, self.start) for one in ASSUMPTIONS}

    def _asked(self, question: Callable[..., Any], facts: Any) -> Any:
        """Return what the kernel answers; of calls as terms once for all that answer alike."""
        if self.is_one or type(self.kernel) is not Sharing:
            return question(self.kernel, facts)
        return answered(self.kernel, question, facts)

    @cached_property
    def call(self) -> Call:
        """Return the call, with its arguments as the kernel gets them."""
        args = self._asked(args_of, self.start.request)
        return call_with(self.kernel, self.start, args)

    @cached_property
    def outcome(self) -> Any:
        """Return what it comes to."""
        return RANGES[self.subject].outcome(self.call)

    @cached_property
    def ok(self) -> Truth:
        """Return whether the call succeeds."""
        succeeds: Truth = self.outcome.ok
        return succeeds

    @cached_property
    def hits(self) -> list[tuple[Rejection, Truth]]:
        """Return each row that may refuse, with whether it decides."""
        found: list[tuple[Rejection, Truth]] = self.outcome.hits
        return found

    @cached_property
    def decides(self) -> dict[str, Truth]:
        """Return the same by the name of the row."""
        found: dict[str, Truth] = {}
        for row, first in self.hits:
            found[row.name] = either(found.get(row.name, False), first)
        return found

    @cached_property
    def deciding(self) -> str:
        """Return the name of the row that decides one call; nothing for a success."""
        return next((row.name for row, decides in self.hits if decides is True), "")

    @cached_property
    def errno(self) -> Word:
        """Return the errno as a number."""
        return number(self.outcome.errno)

    @cached_property
    def gives(self) -> dict[int, tuple[Truth, Word]]:
        """Return of each row, by its place in memory, whether it decides, and the errno then."""
        errno: object = self.outcome.errno
        if not isinstance(errno, ErrorCode):
            return {}
        return {
            id(row): case for (row, _), case in zip(self.hits, errno.cases, strict=True)
        }

    @cached_property
    def aside(self) -> dict[str, Truth]:
        """Return what is done to others, what is kept and what is given back twice, by name."""
        inside = not isinstance(self.outcome, VhostOutcome)
        found: dict[str, Truth] = dict(self.outcome.done) if inside else {}
        if self.ok is True:  # an error path is what gives back too little or too much
            return found
        found |= {f"leaks {name}": it for name, it in self.outcome.held.items()}
        if inside:
            twice = self.outcome.freed_twice
            found |= {f"gives back twice {name}": it for name, it in twice.items()}
        return found

    @cached_property
    def made(self) -> dict[str, tuple[Any, bool]]:
        """Return what a success leaves: each field, and whether it is a truth, by name."""
        found = {}
        for name, record in _records(self.outcome):
            for item in fields(record):
                is_truth = item.metadata["width"] == BOOL
                found[f"{name}.{item.name}"] = getattr(record, item.name), is_truth
        return found

    @cached_property
    def terms(self) -> tuple[Any, ...]:
        """Return all that is compared; alike terms are one."""
        decides = tuple(self.decides.items())
        made = tuple(value for value, _ in self.made.values())
        return (self.possible, self.errno, *_flat(decides), *_flat(self.aside.items()), *made)


def is_alike(left: View, right: View) -> bool:
    """Return whether two kernels plainly do the same: term by term, without a solver."""
    one, other = left.terms, right.terms
    return len(one) == len(other) and all(
        a is b or (isinstance(a, int | str) and type(a) is type(b) and a == b)
        for a, b in zip(one, other, strict=True)
    )


def _flat(pairs: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    for name, value in pairs:
        yield name
        yield value


def _records(outcome: Any) -> list[tuple[str, Any]]:
    if isinstance(outcome, VhostOutcome):
        return [("child", outcome.child), ("worker", outcome.worker)]
    names = {Subject.CREATE: "child", Subject.UNSHARE: "unshared", Subject.SETNS: "joined"}
    of = {"Child": "child", "Unshared": names[Subject.UNSHARE], "Joined": names[Subject.SETNS]}
    return [(of[outcome.record.__name__], outcome.after)]


def every_call(kernel: Kernel, subject: Subject) -> View:
    """Return all calls of a subject at once."""
    seen: Seen = {}
    return View(sharing(kernel, seen), subject, space().start, seen)


class OneByOne:
    """Calls on plain values, each read as far as it is looked at, and remembered."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], View] = {}

    def call(self, kernel: Kernel, subject: Subject, values: dict[str, Any]) -> View:
        """Return one call on a kernel."""
        key = (kernel, subject, *values.items())
        found = self._known.get(key)
        if found is None:
            start = build(Situation, values)
            found = self.keep(View(kernel, subject, start, is_one=True), values)
        return found

    def keep(self, view: View, values: dict[str, Any]) -> View:
        """Remember one call as it was read."""
        if len(self._known) > KEPT:
            self._known.clear()
        self._known[(view.kernel, view.subject, *values.items())] = view
        return view


def unlike(left: View, right: View) -> Truth:
    """Return whether a call can be made on both kernels, and ends differently.

    That is what anybody sees who can look: errno, what is done to others, leaks, and what a
    success leaves.
    """
    if left is right or never(left.possible) or never(right.possible):
        return False
    parts = []
    for _name, alike in compared(left, right):
        parts.append(alike())
        if parts[-1] is False:
            break
    return both(left.possible, right.possible, no(both(*parts)))


def compared(left: View, right: View) -> Iterator[tuple[str, Callable[[], Truth]]]:
    """Yield what is compared of two readings of calls, and whether it is the same."""
    yield ERRNO, partial(same_errno, left, right)
    succeeds = both(left.ok, right.ok)
    if not never(succeeds):
        for name in left.made:
            yield name, partial(_same_made, left, right, name, succeeds)
    for name in dict.fromkeys([*left.aside, *right.aside]):
        yield name, partial(_same_aside, left, right, name)


def same_errno(left: View, right: View) -> Truth:
    """Return whether the errno is the same.

    It is where the same row gives the same, which is seen sooner than that two numbers are equal.
    """
    if left.errno is right.errno:
        return True
    same: Truth = left.errno == right.errno
    return either(*_same_way(left, right), same)


def _same_way(left: View, right: View) -> Iterator[Truth]:
    """Yield that both come to one errno by the same row, or succeed."""
    if left.is_one or right.is_one:
        return
    theirs = right.gives
    for name, (decides, errno) in left.gives.items():
        also, other = theirs.get(name, (False, 0))
        if errno is other or (type(errno) is int and errno == other):
            yield both(decides, also)
    yield both(left.ok, right.ok)


def _same_aside(left: View, right: View, name: str) -> Truth:
    return same(left.aside.get(name, False), right.aside.get(name, False))


def _same_made(left: View, right: View, name: str, succeeds: Truth) -> Truth:
    (one, is_truth), (other, _) = left.made[name], right.made[name]
    if one is other:
        return True
    return either(no(succeeds), same(one, other) if is_truth else equal(one, other))


def one_possible(left: View, right: View) -> Truth:
    """Return whether a call can be made on one of two kernels only."""
    return no(same(left.possible, right.possible))


def differ(left: View, right: View) -> Truth:
    """Return whether a call ends differently, or can be made on one of two kernels only."""
    return either(one_possible(left, right), unlike(left, right))
