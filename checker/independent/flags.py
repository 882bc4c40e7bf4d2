"""Statements about flags alone, for every combination of flags, without a solver and without z3.

The rules and effects themselves are read on columns of flag words.  Every fact but the flags and
the entry point is *unknown*, also the exit signal that a caller chooses: a rule that asks for one
says nothing, and a statement that asks for one is not about flags alone.  Where a rule refuses by
the flags alone, the call fails whatever all those facts are; every other call is taken for one
that may succeed.  A statement that is kept by whatever fails, and by each word with which a call
may succeed, is then proved for every state and caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import Any, NoReturn

import numpy as np

from checker.independent.flag_words import FlagWords, Varied, spread
from checker.over_time.watched import Alike
from checker.readings.columns import Many, Truths, truths
from checker.readings.space import all_leaves
from checker.readings.subjects import ENDS
from model.algebra import Truth, both, either, is_column, no
from model.call import Call, Situation
from model.entries import CREATORS, args_of, available
from model.kernel import Kernel
from model.records import BOOL, Leaf, build, leaves
from model.request import Args, Entry, Request
from model.revisions import REVISIONS, Revision
from model.rows import Rejection
from model.tables import Table, tables
from model.words import Flag
from properties.claim import Property, Subject, Verdict

FIXED = Flag.SETTLS | Flag.UNTRACED | Flag.CHILD_SETTID | Flag.CHILD_CLEARTID | Flag.IO
"""Flags that no refusal and no such statement reads: these are left at 0."""

BITS = tuple(int(flag) for flag in Flag if not flag & FIXED)
"""The flags of which every combination is tried: 2**26."""

SIGNALS = (0, 17)
"""The exit signals that an ordinary process is tried with: none, and SIGCHLD."""

AT_ONCE = 1 << 16
ENTRIES = {Subject.CREATE: CREATORS, Subject.UNSHARE: (Entry.UNSHARE,)}


class NotKnown(Exception):
    """A fact that is unknown was asked for: ``fact`` names it, or ``flags`` are those of it."""

    def __init__(self, fact: str, flags: int = 0) -> None:
        super().__init__(fact)
        self.fact, self.flags = fact, flags


def _refuse(self: UnknownFact, *_arguments: Any, **_named: Any) -> NoReturn:
    raise NotKnown(self.path)


class UnknownFact:  # noqa: PLW1641 - its hash is refused, too
    """A fact of which nothing is known: whoever uses it ends; it only is what it is."""

    __slots__ = ("path",)

    def __init__(self, path: str = "") -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return True if self is other else _refuse(self)

    __bool__ = __int__ = __index__ = __array__ = __getattr__ = __hash__ = _refuse
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __and__ = __or__ = __xor__ = __add__ = __sub__ = __lshift__ = __rshift__ = _refuse
    __rand__ = __ror__ = __rxor__ = __radd__ = __rsub__ = __invert__ = __neg__ = _refuse


class _Fails:
    """The outcome of a call of which only that it fails is known; what it leaves means nothing."""

    ok = False

    def __init__(self, left: Any) -> None:
        self.errno = UnknownFact()
        self.after = self.child = left


class Left:
    """What a successful call leaves, field by field, as far as the flags alone decide it."""

    def __init__(self, read: Call, table: Table) -> None:
        self._call = read
        self._effects = {effect.field: effect for effect in table.effects}

    def __getattr__(self, field: str) -> Any:
        if field not in self._effects:
            raise AttributeError(field)
        return self._effects[field].value(self._call)


class Succeeds:
    """The outcome of a call that succeeds."""

    ok, errno = True, 0

    def __init__(self, read: Call, table: Table) -> None:
        """Take the call as the rows read it."""
        self.after = self.child = Left(read, table)


def kept_by_whatever_fails(prop: Property, call: Call) -> bool:
    """Return whether a statement is kept by every call that fails, with whatever error.

    What such a call leaves means nothing: one record must do as well as another.  Raises
    :class:`NotKnown` where it asks for an unknown fact.
    """
    record = table_of(prop.subject).record
    others = record(**{leaf.path: _other(leaf) for leaf in leaves(record)})
    claims = [prop.statement(call, _Fails(left)) for left in (record(), others)]
    return all(claim.premise is False or claim.conclusion is True for claim in claims)


def _other(leaf: Leaf) -> int | bool:
    """Return a value of a field that is not its default."""
    return not leaf.default if leaf.width == BOOL else 1 - bool(leaf.default)


def table_of(subject: Subject) -> Table:
    """Return the table that the calls of a subject go down."""
    return tables()[ENDS[subject]]


def call_with(kernel: Kernel, entry: Entry, flags: Any) -> Call:
    """Return a call of which only the entry point and flags are known.

    kernel_clone_args are those of the entry point.  Where it asks for another argument to fill
    them, only their flags and exit signal are known, which no other argument decides.
    """
    known = {"entry": int(entry), "flags": flags}
    start, args = unknown()
    request = replace(start.request, **known)
    try:
        args = args_of(kernel, request)
    except NotKnown:
        args = replace(args, flags=args_of(kernel, replace(ordinary(), **known)).flags)
    args = replace(args, exit_signal=exit_signal_of(kernel, entry))
    return Call(kernel, request, args, start.current, start.system, start.chance)


def exit_signal_of(kernel: Kernel, entry: Entry) -> Any:
    """Return the exit signal in kernel_clone_args; it is unknown where the caller chooses it."""
    asked = (replace(ordinary(), entry=int(entry), flags=signal, exit_signal=signal)
             for signal in SIGNALS)
    one, other = (args_of(kernel, request).exit_signal for request in asked)
    return one if one == other else unknown()[1].exit_signal


def ordinary_calls(kernel: Kernel, entry: Entry, flags: Any, facts: dict[str, Any]) -> list[Many]:
    """Return calls of an ordinary process with such flags and facts, a list an exit signal."""
    made = []
    for signal in SIGNALS:
        word = flags | np.uint64(signal) if entry is Entry.CLONE else flags
        known = {"request.entry": int(entry), "request.flags": word, "request.exit_signal": signal}
        every = {leaf.path: leaf.default for leaf in all_leaves()} | facts | known
        made.append(Many(kernel, every, len(flags)))
    return made


@cache
def ordinary() -> Request:
    """Return a request with every argument at its default."""
    return build(Request, {})


@cache
def unknown() -> tuple[Situation, Args]:
    """Return facts and arguments of which nothing is known."""
    start = build(Situation, {leaf.path: UnknownFact(leaf.path) for leaf in all_leaves()})
    args: dict[str, Any] = {one.name: UnknownFact(f"args.{one.name}") for one in fields(Args)}
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
    """Some combinations of flags through one entry point of a kernel."""

    kernel: Kernel
    entry: Entry
    flags: Any

    @cached_property
    def call(self) -> Call:
        """Return the calls of which nothing else is known."""
        return call_with(self.kernel, self.entry, self.flags)


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
            yield from _combined(kernel, entry)


def _combined(kernel: Kernel, entry: Entry) -> Iterator[FlagsTried]:
    """Yield every combination; one lot of them, where the entry point sets the flags itself."""
    for flags in combinations():
        tried = FlagsTried(kernel, entry, flags)
        yield tried
        if not is_column(tried.call.args.flags):
            break


@cache
def _low() -> Varied:
    return Varied(BITS[: AT_ONCE.bit_length() - 1])


def combinations() -> Iterator[FlagWords]:
    """Yield columns of flag words that are together every combination of :data:`BITS`."""
    low, high = _low(), BITS[AT_ONCE.bit_length() - 1 :]
    for number in range(1 << len(high)):
        yield FlagWords(low, low.bits, int(spread(np.uint64(number), high)))


def _open(tried: FlagsTried, props: tuple[Property, ...]) -> dict[Property, Truths]:
    """Return the statements that some words break if they succeed, with those no rule refuses."""
    count = len(tried.flags)
    left = _some({prop: breaking(prop, tried.call, count) for prop in props})
    if left:
        refused = truths(either(*_refusals(tried.call, props[0].subject)), count)
        left = _some({prop: words & ~refused for prop, words in left.items()})
    return left


def _some(left: dict[Property, Truths]) -> dict[Property, Truths]:
    return {prop: words for prop, words in left.items() if words.any()}


def _ordinarily_broken(tried: FlagsTried, prop: Property, words: Truths) -> bool:
    """Return whether an ordinary process breaks a statement by one of these words."""
    calls = ordinary_calls(tried.kernel, tried.entry, tried.flags[words], {})
    return any(many.violations(prop).any() for many in calls)


def breaking(prop: Property, call: Call, count: int, read: Call | None = None) -> Truths:
    """Return which words break a statement if the call, as the rows ``read`` it, succeeds.

    Raises :class:`NotKnown` where it asks for more than what is known.
    """
    table = table_of(prop.subject)
    claim = prop.statement(call, Succeeds(read or table.reads(call), table))
    return truths(both(claim.premise, no(claim.conclusion)), count)


def _refusals(call: Call, subject: Subject) -> Iterator[Truth]:
    """Yield which words each rule refuses by the flags alone."""
    table = table_of(subject)
    read = table.reads(call)
    for row in table.rows:
        if isinstance(row, Rejection):
            try:
                refused = row.condition(read)
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
    """Return whether a statement asks for flags alone, and is kept by whatever fails."""
    kernels = [one.kernel for one in REVISIONS.values()]
    proved = [one for one in kernels if prop.expect.on(one) is Verdict.PROVED]
    alike: Alike[bool] = Alike()
    return bool(proved) and all(
        alike.of((prop,), kernel, lambda watched: _asks_everywhere(prop, watched.kernel))
        for kernel in proved
    )


def _asks_everywhere(prop: Property, kernel: Kernel) -> bool:
    return all(_asks_for_flags(prop, kernel, entry) for entry in ENTRIES[prop.subject])


def _asks_for_flags(prop: Property, kernel: Kernel, entry: Entry) -> bool:
    """Return whether a statement can be asked with flags alone, and not with those left at 0."""
    few = np.array([0, *BITS], dtype=np.uint64)
    left_out = np.array([[0], *([flag] for flag in Flag if flag & FIXED)], dtype=np.uint64)
    words = (few | left_out).ravel()
    call = call_with(kernel, entry, words)
    try:
        broken = breaking(prop, call, len(words)).reshape(-1, len(few))
        return bool((broken == broken[0]).all()) and kept_by_whatever_fails(prop, call)
    except (NotKnown, AttributeError):
        return False
