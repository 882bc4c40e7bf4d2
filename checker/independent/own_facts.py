"""Statements of which the own facts are few: every combination of them, without any solver.

What a statement asks for is found by reading it with every fact unknown: a fact that it asks for
is one of its own, a flag that it asks for, too, and it is read again.  Where each of them has few
values, every combination is tried; all else stays unknown.  A combination that breaks the
statement if the call succeeds has to be refused by a rule that asks for no other fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from typing import Any, NoReturn

import numpy as np

from checker.independent.flag_words import spread
from checker.independent.flags import (
    ENTRIES,
    NotKnown,
    breaking,
    exit_signal_of,
    kept_by_whatever_fails,
    ordinary,
    ordinary_calls,
    table_of,
    unknown,
)
from checker.readings.columns import Truths, kind_of, truths
from checker.readings.space import all_leaves
from model.algebra import both
from model.call import Call
from model.entries import args_of, available
from model.kernel import Kernel
from model.records import BOOL, Leaf, build
from model.request import Entry, Request
from model.rows import Rejection
from model.words import NEW_NAMESPACES, NEWUSER, SIGHAND, THREAD, VM, Flag
from properties.claim import Property, Verdict

MOST = 1 << 13
"""Combinations up to which the own facts of a statement are few."""

SMALL = 64
"""Values up to which a fact has few of them."""

_IMPLYING = int(Flag(NEW_NAMESPACES | NEWUSER | Flag.EMPTY_MNTNS | VM | SIGHAND | THREAD))
"""Flags that bring others along: asked for where knowing a flag does not tell whether it is set."""

_ALL = 2**64 - 1
_ASKED = (Verdict.PROVED, Verdict.REFUTED)


class TooMany(Exception):
    """The own facts of a statement, or their values, are not few; the text names one."""


class SomeBits:
    """A word of which some bits are unknown: whoever needs one of these ends."""

    __slots__ = ("_known", "_unknown")

    def __init__(self, known: Any, unknown: int) -> None:
        self._known, self._unknown = known, unknown

    def _made(self, known: Any, unknown: int) -> Any:
        return SomeBits(known, unknown) if unknown else known

    def __and__(self, bits: int) -> Any:
        return self._made(self._known & np.uint64(bits), self._unknown & bits)

    def __or__(self, bits: int) -> Any:
        return self._made(self._known | np.uint64(bits), self._unknown & ~bits)

    __rand__, __ror__ = __and__, __or__

    def _refuse(self, *_arguments: Any) -> NoReturn:
        raise NotKnown("request.flags", self._unknown)

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __int__ = __index__ = __array__ = __getattr__ = __hash__ = _refuse
    __xor__ = __rxor__ = __add__ = __radd__ = __sub__ = __rsub__ = _refuse
    __lshift__ = __rshift__ = __invert__ = __neg__ = _refuse


@dataclass(frozen=True)
class OwnFacts:
    """The facts and flags of which every combination is tried."""

    paths: tuple[str, ...] = ()
    flags: int = 0

    def with_more(self, asked: NotKnown) -> OwnFacts:
        """Return these and the one that was asked for; raise :class:`TooMany` if that is much."""
        if asked.flags:
            wanted = asked.flags if asked.flags & ~self.flags else _IMPLYING
            more = OwnFacts(self.paths, self.flags | wanted)
        else:
            more = OwnFacts((*self.paths, asked.fact), self.flags)
        known = more == self or asked.fact in self.paths
        if known or not _values(asked.fact, asked.flags) or more.count > MOST:
            raise TooMany(asked.fact)
        return more

    @property
    def count(self) -> int:
        """Return the number of combinations."""
        return prod(len(_values(path, 0)) for path in self.paths) << self.flags.bit_count()

    def combined(self) -> tuple[dict[str, Any], Any]:
        """Return columns of every combination: the facts, and flag words."""
        number = np.arange(self.count, dtype=np.uint64)
        facts = {}
        for path in self.paths:
            values = np.array(_values(path, 0), dtype=kind_of(_leaves()[path]))
            facts[path] = values[number % np.uint64(len(values))]
            number = number // np.uint64(len(values))
        bits = tuple(1 << place for place in range(64) if self.flags >> place & 1)
        return facts, spread(number, bits)


@cache
def _leaves() -> dict[str, Leaf]:
    return {leaf.path: leaf for leaf in all_leaves()}


def _values(path: str, flags: int) -> list[int | bool]:
    """Return the values of a fact that has few, or of a flag; none if it has not."""
    leaf = _leaves().get(path)
    if flags or leaf is None:
        return [False, True] if flags else []
    if leaf.width == BOOL:
        return [False, True]
    return list(range(leaf.most + 1)) if leaf.most is not None and leaf.most < SMALL else []


@dataclass(frozen=True, eq=False)
class Combinations:
    """Every combination of own facts through one entry point of a kernel."""

    kernel: Kernel
    entry: Entry
    own: OwnFacts

    def calls(self, prop: Property) -> tuple[Call, Call]:
        """Return the calls of which nothing else is known: as they are made, and as rows read them.

        Which bits of the flags that rows read are known is seen by asking twice, with all others 0
        and with all 1: an entry point or a system call adds and takes away flags, bit by bit.
        """
        facts, words = self.own.combined()
        hidden = _ALL & ~self.own.flags
        start, _ = unknown()
        start = _with(start, facts)
        seen = [self._read(prop, start, words | np.uint64(bits)) for bits in (0, hidden)]
        request = self._request(start.request, SomeBits(words, hidden))
        args, unread = seen[0][0].args, _unlike(*(call.args.flags for call, _ in seen))
        made = replace(seen[0][0], request=request,
                       args=replace(args, flags=_some(args.flags, unread)))
        args, unread = seen[0][1].args, _unlike(*(read.args.flags for _, read in seen))
        return made, replace(made, args=replace(args, flags=_some(args.flags, unread)))

    def _request(self, request: Request, flags: Any) -> Request:
        return replace(request, entry=int(self.entry), flags=flags)

    def _read(self, prop: Property, start: Any, flags: Any) -> tuple[Call, Call]:
        request = self._request(start.request, flags)
        try:
            args = args_of(self.kernel, request)
        except NotKnown as asked:
            if _values(asked.fact, 0):
                raise
            shown = args_of(self.kernel, self._request(ordinary(), flags))
            args = replace(unknown()[1], flags=shown.flags)
        args = replace(args, exit_signal=exit_signal_of(self.kernel, self.entry))
        call = Call(self.kernel, request, args, start.current, start.system, start.chance)
        return call, table_of(prop.subject).reads(call)


def _with(start: Any, facts: dict[str, Any]) -> Any:
    """Return a situation with some of its facts known."""
    from model.call import Situation
    from model.records import values_of

    return build(Situation, dict(values_of(start)) | facts)


def _unlike(one: Any, other: Any) -> int:
    """Return the bits in which two words, or columns of them, ever differ."""
    differing = np.bitwise_xor(np.asarray(one, np.uint64), np.asarray(other, np.uint64))
    return int(np.bitwise_or.reduce(np.atleast_1d(differing)))


def _some(word: Any, unread: int) -> Any:
    """Return a word of which some bits are unknown."""
    if not unread:
        return word
    return SomeBits(np.asarray(word, np.uint64) & np.uint64(_ALL & ~unread), unread)


@dataclass(frozen=True)
class Found:
    """What trying came to on one entry point: which combinations break the statement."""

    own: OwnFacts
    open: Truths


def tried(prop: Property, kernel: Kernel, entry: Entry) -> Found:
    """Return the combinations of a statement's own facts that may break it; none if it is proved.

    Raises :class:`TooMany` where they are not few, and ``AttributeError`` where the statement
    asks for more of an outcome than success, error and what is left.
    """
    own = OwnFacts()
    while True:
        try:
            left, wanted = _broken(prop, Combinations(kernel, entry, own))
        except NotKnown as asked:
            own = own.with_more(asked)
            continue
        if wanted is None or not left.any():
            return Found(own, left)
        try:
            own = own.with_more(wanted)
        except TooMany:
            return Found(own, left)


def _broken(prop: Property, combined: Combinations) -> tuple[Truths, NotKnown | None]:
    """Return which combinations break a statement if no rule refuses, and a flag that rules want.

    Raises :class:`NotKnown` where the statement itself asks for more.
    """
    call, read = combined.calls(prop)
    if not kept_by_whatever_fails(prop, call):
        raise TooMany("what a failed call leaves or says")
    left = breaking(prop, call, combined.own.count, read)
    wanted: NotKnown | None = None
    for row in table_of(prop.subject).rows if left.any() else ():
        if isinstance(row, Rejection):
            try:
                refused = both(combined.kernel.stands(row.where), row.condition(read))
                left = left & ~truths(refused, combined.own.count)
            except NotKnown as asked:
                few = 0 < asked.flags.bit_count() < SMALL >> 1
                wanted = wanted or (asked if few else None)
    return left, wanted


def all_tried(prop: Property, kernel: Kernel) -> Iterator[tuple[Entry, Found]]:
    """Yield what came of it on each entry point that the kernel has."""
    for entry in ENTRIES[prop.subject]:
        if available(kernel, build(Request, {"entry": int(entry)})):
            yield entry, tried(prop, kernel, entry)


def verdict_on(prop: Property, kernel: Kernel) -> str:
    """Return what trying every combination of a statement's own facts says on a kernel.

    ``decided``: it holds, as declared.  ``open``: some combination may break it, and no ordinary
    process is seen to.  ``broken``: an ordinary process does, or it holds and is declared not to.
    Nothing where the own facts are not few, or the premise is declared never to occur.
    """
    expected = prop.expect.on(kernel)
    if prop.of_patch is not None or prop.subject not in ENTRIES or expected not in _ASKED:
        return ""
    try:
        found = [(entry, one) for entry, one in all_tried(prop, kernel) if one.open.any()]
    except (TooMany, AttributeError):
        return ""
    if not found:
        return "decided" if expected is Verdict.PROVED else "broken"
    if expected is Verdict.REFUTED:
        return ""
    return "broken" if any(_ordinarily_broken(prop, kernel, *one) for one in found) else "open"


def _ordinarily_broken(prop: Property, kernel: Kernel, entry: Entry, found: Found) -> bool:
    """Return whether an ordinary process breaks a statement by one of the combinations."""
    facts, words = found.own.combined()
    rows = np.flatnonzero(found.open)
    calls = ordinary_calls(kernel, entry, words, facts)
    return any(many.some(rows).violations(prop).any() for many in calls)
