"""Rules chosen by what one has in hand: an errno, an entry point, a kernel, a commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checker.smallest.cost import Values
from checker.smallest.shrink import found_in
from checker.why.cases import Case, cases, decided_by
from checker.why.causes import outcome_of_values
from checker.why.opened import Opened
from model.algebra import both, is_one_of
from model.call import Situation
from model.entries import ENTRIES, available
from model.kernel import Kernel
from model.patch import AnyOf, Every, Patch, Patches, Without
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS
from model.rows import Rejection
from model.tables import tables
from model.words import Errno


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rules are wanted; what is left out chooses nothing."""

    errno: int | None = None
    """The errno that the caller sees."""
    entry: Entry | None = None
    kernel: Kernel | None = None
    patch: Patch | None = None
    """A patch that brought the rule, or took it away."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A rule, the errno that it gives there, and a small call that it refuses, on a kernel."""

    rule: Rejection
    errno: int
    entry: Entry
    kernel: Kernel
    call: Values


def chosen(wanted: Choice) -> Iterator[Chosen]:
    """Yield each rule that is as wanted, once, with a call of the first entry point that meets it.

    That no other rule is follows from the solver: one that is not yielded can refuse no call that
    is as wanted.  Raises :class:`~checker.why.opened.Undecided` where the solver does not know.
    """
    seen: set[tuple[str, str]] = set()
    for kernel in _kernels(wanted):
        for entry in _entries(wanted, kernel):
            for one in _of_entry(wanted, kernel, entry, seen):
                seen.add(_key(one.rule))
                yield one


def _kernels(wanted: Choice) -> list[Kernel]:
    """Return the kernels on which rules are looked for: the one that is wanted, or, of a patch,
    the latest of the list on which some rule that it brought or took away stands."""
    if wanted.kernel is not None:
        return [wanted.kernel]
    rules = [row for row in rejections() if mentions(row.where, wanted.patch)]
    latest = reversed(REVISIONS.values())
    found = []
    for one in latest:
        standing = [row for row in rules if one.kernel.stands(row.where)]
        if standing:
            found.append(one.kernel)
            rules = [row for row in rules if row not in standing]
    return found


def rejections() -> list[Rejection]:
    """Return every rule of every table."""
    rows = (row for table in tables().values() for row in table.rows)
    return [row for row in rows if isinstance(row, Rejection)]


def mentions(where: Patches, patch: Patch | None) -> bool:
    """Return whether a patch says where a rule stands; no patch is in all."""
    if patch is None or where is patch:
        return True
    if isinstance(where, Without):
        return where.patch is patch
    parts = where.parts if isinstance(where, Every | AnyOf) else ()
    return any(mentions(part, patch) for part in parts)


def _entries(wanted: Choice, kernel: Kernel) -> list[Entry]:
    every = [wanted.entry] if wanted.entry is not None else sorted(ENTRIES, key=_by_user)
    start = build(Situation, {})
    requests = ((one, replace(start.request, entry=int(one))) for one in every)
    return [one for one, request in requests if available(kernel, request)]


def _by_user(entry: Entry) -> bool:
    """Return the place of an entry point: system calls come first."""
    return not ENTRIES[entry].by_user


def _key(rule: Rejection) -> tuple[str, str]:
    """Return what a rule is known by, which more than one table may have."""
    return rule.name, rule.at


def _of_entry(
    wanted: Choice, kernel: Kernel, entry: Entry, seen: set[tuple[str, str]]
) -> Iterator[Chosen]:
    opened = Opened(kernel, {"request.entry": int(entry)})
    for case in cases(opened.outcome):
        if _key(case.row) not in seen and mentions(case.row.where, wanted.patch):
            call = _call(opened, case, wanted.errno)
            if call is not None:
                found = decided_by(outcome_of_values(opened, call))
                assert found is not None
                yield Chosen(case.row, int(found.seen), entry, kernel, call)


def _call(opened: Opened, case: Case, errno: int | None) -> Values | None:
    """Return a small call that a rule is the first to refuse; ``None`` if there is none."""
    known = (errno,) if errno is not None else tuple(map(int, Errno))
    answer = opened.asked(opened.constraint(both(case.first, is_one_of(case.seen, known))))
    if answer.values is None:
        return None

    def still(values: Values) -> bool:
        found = decided_by(outcome_of_values(opened, values)) if opened.keeps(values) else None
        return found is not None and found.row is case.row and found.seen in known

    return found_in(answer, still)
