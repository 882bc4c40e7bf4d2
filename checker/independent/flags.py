"""Statements about flags alone, for every combination of flags, without a solver and without z3.

The rules themselves are read on columns of flag words.  Every fact that is no argument about
flags is *unknown*: a rule or premise that asks for one says nothing.  Where the premise holds and
a rule refuses by the flags alone, the call fails whatever all those facts are.  What says no
more than that such calls fail is then proved for every state and caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import Any, NoReturn

import numpy as np

from checker.over_time.watched import Alike
from checker.readings.columns import Many, Truths, truths
from checker.readings.space import all_leaves
from model import copy_process, unshare
from model.algebra import is_column
from model.call import Call, Situation
from model.entries import CREATORS, args_of, available
from model.kernel import Kernel
from model.records import build
from model.request import Args, Entry, Request
from model.revisions import REVISIONS, Revision
from model.rows import Rejection
from model.words import Errno, Flag
from properties.claim import Property, Subject, Verdict

FIXED = Flag.SETTLS | Flag.UNTRACED | Flag.CHILD_SETTID | Flag.CHILD_CLEARTID | Flag.IO
"""Flags that no refusal and no such statement reads: these are left at 0."""

BITS = tuple(int(flag) for flag in Flag if not flag & FIXED)
"""The flags of which every combination is tried: 2**26."""

SIGNALS = (0, 17)
"""The exit signals that are tried with each: none, and SIGCHLD."""

AT_ONCE = 1 << 16
ENTRIES = {Subject.CREATE: CREATORS, Subject.UNSHARE: (Entry.UNSHARE,)}
_TABLES = {Subject.CREATE: copy_process.TABLE, Subject.UNSHARE: unshare.TABLE}
_WITH_SIGNAL = (Entry.CLONE, Entry.CLONE3, Entry.COPY_PROCESS)
_ARGUMENTS = ("request.entry", "request.flags", "request.exit_signal")


class NotKnown(Exception):
    """A fact that is unknown was asked for."""


def _refuse(*_arguments: Any, **_named: Any) -> NoReturn:
    raise NotKnown


class UnknownFact:
    """A fact of which nothing is known: whoever uses it ends."""

    __slots__ = ()
    __bool__ = __int__ = __index__ = __array__ = __getattr__ = __hash__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __and__ = __or__ = __xor__ = __add__ = __sub__ = __lshift__ = __rshift__ = _refuse
    __rand__ = __ror__ = __rxor__ = __radd__ = __rsub__ = __invert__ = __neg__ = _refuse


@dataclass(frozen=True, slots=True)
class _Fails:
    """The outcome of a call of which only that it fails is known, with this error."""

    errno: int
    ok: bool = False


def says_only_that_calls_fail(prop: Property, call: Call) -> bool:
    """Return whether a statement is kept by every call that fails, with whatever error."""
    try:
        claims = [prop.statement(call, _Fails(int(errno))) for errno in Errno]
    except (NotKnown, AttributeError):
        return False
    return all(claim.conclusion is True for claim in claims)


def _known(entry: Entry, flags: Any, signal: int) -> dict[str, Any]:
    word = flags | np.uint64(signal) if entry is Entry.CLONE else flags
    return dict(zip(_ARGUMENTS, (int(entry), word, signal), strict=True))


def call_with(kernel: Kernel, entry: Entry, flags: Any, signal: int) -> Call:
    """Return a call of which only the entry point, flags and exit signal are known.

    kernel_clone_args are those of the entry point; only their flags and exit signal, which no
    other argument decides, are known of them.
    """
    known = {name.partition(".")[2]: it for name, it in _known(entry, flags, signal).items()}
    shown = args_of(kernel, replace(_ordinary(), **known))
    start, args = _unknown()
    args = replace(args, flags=shown.flags, exit_signal=shown.exit_signal)
    request = replace(start.request, **known)
    return Call(kernel, request, args, start.current, start.system, start.chance)


@cache
def _ordinary() -> Request:
    return build(Request, {})


@cache
def _unknown() -> tuple[Situation, Args]:
    """Return facts and arguments of which nothing is known."""
    start = build(Situation, {leaf.path: UnknownFact() for leaf in all_leaves()})
    args: dict[str, Any] = {one.name: UnknownFact() for one in fields(Args)}
    return start, Args(**args)


@dataclass
class Enumeration:
    """What was tried of which statements: those decided, those left open, those broken.

    Open are those with a combination that no rule refuses by the flags alone; broken those
    that an ordinary process breaks by such a combination.
    """

    words: int = 0
    decided: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class FlagsTried:
    """Some combinations of flags through one entry point of a kernel, with one exit signal."""

    kernel: Kernel
    entry: Entry
    flags: Any
    signal: int

    @cached_property
    def call(self) -> Call:
        """Return the calls of which nothing else is known."""
        return call_with(self.kernel, self.entry, self.flags, self.signal)


def enumerated(props: list[Property], revisions: list[Revision]) -> dict[str, Enumeration]:
    """Return, by kernel, what trying every combination of flags comes to.

    Asked are the statements that are declared PROVED there; all are of one subject.
    """
    alike: Alike[Enumeration] = Alike()
    return {one.name: _enumerated(alike, props, one) for one in revisions}


def _enumerated(
    alike: Alike[Enumeration], props: list[Property], revision: Revision
) -> Enumeration:
    asked = tuple(one for one in props if one.expect.on(revision.kernel) is Verdict.PROVED)
    return alike.of(asked, revision.kernel, lambda watched: _on(watched.kernel, asked))


def _on(kernel: Kernel, props: tuple[Property, ...]) -> Enumeration:
    found = Enumeration()
    for tried in _all_tried(kernel, props[0].subject) if props else ():
        found.words += len(tried.flags)
        for prop, words in _open(tried, props).items():
            found.open.add(prop.id)
            if prop.id not in found.broken and _ordinarily_broken(tried, prop, words):
                found.broken.add(prop.id)
    found.decided = {one.id for one in props} - found.open
    return found


def _all_tried(kernel: Kernel, subject: Subject) -> Iterator[FlagsTried]:
    """Yield every combination through every entry point that a kernel has."""
    for entry in ENTRIES[subject]:
        if available(kernel, build(Request, {"entry": int(entry)})):
            for signal in SIGNALS if entry in _WITH_SIGNAL else SIGNALS[:1]:
                yield from _combined(kernel, entry, signal)


def _combined(kernel: Kernel, entry: Entry, signal: int) -> Iterator[FlagsTried]:
    """Yield every combination; one lot of them, where the entry point sets the flags itself."""
    for flags in combinations():
        tried = FlagsTried(kernel, entry, flags, signal)
        yield tried
        if not is_column(tried.call.args.flags):
            break


@cache
def _low() -> Any:
    return _spread(np.arange(AT_ONCE, dtype=np.uint64), BITS[: AT_ONCE.bit_length() - 1])


def combinations() -> Iterator[Any]:
    """Yield columns of flag words that are together every combination of :data:`BITS`."""
    high = BITS[AT_ONCE.bit_length() - 1 :]
    for number in range(1 << len(high)):
        yield _low() | _spread(np.uint64(number), high)


def _spread(numbers: Any, bits: tuple[int, ...]) -> Any:
    """Return flag words whose flags are the digits of numbers."""
    words = numbers & np.uint64(0)
    for place, bit in enumerate(bits):
        words = words | (numbers >> np.uint64(place) & np.uint64(1)) * np.uint64(bit)
    return words


def _open(tried: FlagsTried, props: tuple[Property, ...]) -> dict[Property, Truths]:
    """Return the statements whose premise some words meet that no rule refuses, with these."""
    count = len(tried.flags)
    left = _some({prop: _premise(prop, tried.call, count) for prop in props})
    for refused in _refusals(tried.call, props[0].subject, count) if left else ():
        left = _some({prop: words & ~refused for prop, words in left.items()})
        if not left:
            break
    return left


def _some(left: dict[Property, Truths]) -> dict[Property, Truths]:
    return {prop: words for prop, words in left.items() if words.any()}


def _ordinarily_broken(tried: FlagsTried, prop: Property, words: Truths) -> bool:
    """Return whether an ordinary process breaks a statement by one of these words."""
    known = _known(tried.entry, tried.flags[words], tried.signal)
    facts = {leaf.path: leaf.default for leaf in all_leaves()} | known
    return bool(Many(tried.kernel, facts, int(words.sum())).violations(prop).any())


def _premise(prop: Property, call: Call, count: int) -> Truths:
    """Return which words meet a premise; raise :class:`NotKnown` where it asks for more."""
    return truths(prop.statement(call, _Fails(1)).premise, count)


def _refusals(call: Call, subject: Subject, count: int) -> Iterator[Truths]:
    """Yield which words each rule refuses by the flags alone."""
    for row in _TABLES[subject]:
        if isinstance(row, Rejection):
            try:
                refused = truths(row.condition(call), count)
            except NotKnown:
                continue
            if call.kernel.stands(row.where):
                yield refused


def about_flags_alone(props: list[Property]) -> dict[Subject, list[Property]]:
    """Return the statements that can be decided so, by subject, in the order given."""
    found: dict[Subject, list[Property]] = {}
    for prop in props:
        if prop.of_patch is None and prop.subject in ENTRIES and _can_be(prop):
            found.setdefault(prop.subject, []).append(prop)
    return found


def _can_be(prop: Property) -> bool:
    """Return whether the premise asks for flags alone, and the conclusion for failure alone."""
    kernels = [one.kernel for one in REVISIONS.values()]
    proved = [one for one in kernels if prop.expect.on(one) is Verdict.PROVED]
    few = np.array([0, *BITS], dtype=np.uint64)
    calls = (call_with(one, entry, few, 0) for one in proved for entry in ENTRIES[prop.subject])
    return bool(proved) and all(_asks_for_flags(prop, call, len(few)) for call in calls)


def _asks_for_flags(prop: Property, call: Call, count: int) -> bool:
    try:
        _premise(prop, call, count)
    except (NotKnown, AttributeError):
        return False
    return says_only_that_calls_fail(prop, call)
