"""Counterexamples about workers, shown by an attempt among those that the probe saw."""

from __future__ import annotations

from dataclasses import dataclass

from checker.calls.documents import leaves_by_path
from checker.readings.concrete import evaluate
from kernels.cases.caller import refused
from kernels.machines.surroundings import Surroundings
from kernels.observe.attempts import (
    Attempt,
    Field,
    Row,
    Values,
    attempts,
    has_named_facts,
    is_about,
)
from kernels.observe.odd import odd_attempts
from kernels.observe.visible import rests_on_unseen
from model import words
from model.kernel import Kernel
from model.request import Entry
from properties.claim import Property


@dataclass(frozen=True)
class ShownBy:
    """The attempt that shows a counterexample (or the reason why none does)."""

    attempt: Attempt | None
    reason: str = ""
    fields: tuple[Field, ...] = ()


def cannot_be_seen(values: Values) -> str:
    """Return why user space cannot be such an owner at all; nothing if it can."""
    if values.get("current.flags") == words.PF_NPROC_EXCEEDED or values.get("current.traced"):
        return ""
    as_fork = {path: value for path, value in values.items() if not path.startswith("request.")}
    never = ("current.overridden", "current.flags", "chance.", "current.fs_in_exec")
    return refused(as_fork) if any(path.startswith(never) for path in values) else ""


def shown(
    prop: Property, kernel: Kernel, values: Values, rows: list[Row], machine: Surroundings
) -> ShownBy:
    """Return the attempt among the rows that shows a counterexample."""
    reason = cannot_be_seen(values)
    if reason:
        return ShownBy(None, reason)
    entry = Entry(values.get("request.entry", 0))
    about = [row for row in rows if is_about(row, entry)]
    lacking = {str(row["prepared"]) for row in about if "prepared" in row}
    if about and all("prepared" in row for row in about):
        return ShownBy(None, f"wrong machine: {'; '.join(sorted(lacking))}")
    alike = [
        one
        for one in (
            *attempts(rows, entry, kernel, machine),
            *odd_attempts(rows, entry, kernel, machine),
        )
        if has_named_facts(one, values) and evaluate(prop, kernel, one.values).violation
    ]
    if not alike:
        also = f" ({'; '.join(sorted(lacking))})" if lacking else ""
        return ShownBy(None, f"no observed owner has what the counterexample names{also}")
    alike.sort(key=lambda one: -_closeness(one, values))
    return _visible(prop, kernel, alike)


def _visible(prop: Property, kernel: Kernel, alike: list[Attempt]) -> ShownBy:
    unseen: list[str] = []
    for one in alike:
        fields = tuple(one.fields())
        rests = rests_on_unseen(prop, kernel, one.values, {name for name, _, _ in fields})
        if not rests:
            return ShownBy(one, fields=fields)
        unseen = unseen or rests
    return ShownBy(None, f"rests on what no observation shows: {', '.join(unseen)}")


def _closeness(one: Attempt, values: Values) -> int:
    """Return how many facts of the ordinary caller, or named ones, the attempt shares."""
    paths = {*one.values, *values} - {"request.entry"}
    known = leaves_by_path()
    unlike = [
        path
        for path in paths
        if one.values.get(path, known[path].default) != values.get(path, known[path].default)
    ]
    return -len(unlike)
