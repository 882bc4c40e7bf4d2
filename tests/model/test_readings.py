"""The two readings are one meaning: symbolic and concrete outcomes agree on random calls."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import z3
from hypothesis import given

from checker.engines.in_z3 import in_z3
from checker.readings.space import all_leaves, space
from checker.readings.subjects import RANGES, Range
from model.algebra import when_word
from model.call import Situation
from model.copy_process import TABLE
from model.due import as_truth
from model.entries import CREATORS
from model.errors import number
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.patches import PATCHES
from model.predict import call_of
from model.records import BOOL, build, leaves, values_of
from model.request import Entry
from model.revisions import REVISIONS
from model.rules import flags
from model.terms import number as number_of
from model.vhost import VhostOutcome, Worker
from model.wellformed import creates, well_formed
from properties.claim import Subject
from tests.calls import kernels, situations


def observed(outcome: Any) -> dict[str, Any]:
    """Everything an outcome says, by name."""
    if isinstance(outcome, VhostOutcome):
        seen = {"errno": outcome.errno, "ok": outcome.ok, **dict(values_of(outcome.worker))}
        return seen | {f"child.{name}": value for name, value in values_of(outcome.child)}
    seen = {"errno": number(outcome.errno), "rule": outcome.rule}
    seen |= {f"after.{name}": value for name, value in values_of(outcome.after)}
    for kind in ("held", "freed_twice", "done"):
        seen |= {f"{kind} {name}": value for name, value in getattr(outcome, kind).items()}
    return seen


def widths(outcome: Any) -> dict[str, int]:
    if isinstance(outcome, VhostOutcome):
        child = {f"child.{leaf.path}": leaf.width for leaf in leaves(type(outcome.child))}
        return {"errno": 16} | child
    record = {f"after.{leaf.path}": leaf.width for leaf in leaves(type(outcome.after))}
    return {"errno": 16, "rule": 8} | record


class Symbolic:
    """All of a subject's outputs as one wide term, to be evaluated under a model."""

    def __init__(self, subject: Subject) -> None:
        outcome = RANGES[subject].outcome(space().call)
        terms = {"possible": space().well_formed, **observed(outcome)}
        known = widths(outcome)
        self.widths = {name: known.get(name, BOOL) for name in terms}
        self.wide = z3.Concat(*(in_z3(self._word(name, term)) for name, term in terms.items()))

    def _word(self, name: str, term: Any) -> Any:
        width = max(self.widths[name], 1)
        if self.widths[name] == BOOL:
            term = when_word(1, as_truth(term), 1, 0)
        return number_of(term, width) if isinstance(term, int) else term

    def read(self, kernel: Kernel, values: dict[str, Any]) -> dict[str, int]:
        model = z3.Model()
        for leaf in all_leaves():
            value = values.get(leaf.path, leaf.default)
            term = z3.BoolVal(value) if leaf.width == BOOL else z3.BitVecVal(value, leaf.width)
            model.update_value(in_z3(space().constants[leaf.path]), term)
        for patch in PATCHES:
            model.update_value(in_z3(space().kernel[patch]), z3.BoolVal(bool(kernel[patch])))
        bits = model.eval(self.wide, model_completion=True).as_long()
        read = {}
        for name, width in reversed(self.widths.items()):
            size = max(width, 1)
            read[name] = bits & (2**size - 1)
            bits >>= size
        return read


@cache
def symbolic(subject: Subject) -> Symbolic:
    return Symbolic(subject)


def concrete(subject: Subject, kernel: Kernel, values: dict[str, Any]) -> dict[str, Any]:
    start = build(Situation, values)
    outcome = RANGES[subject].outcome(call_of(kernel, start))
    return {"possible": well_formed(kernel, start), **observed(outcome)}


def differences(subject: Subject, kernel: Kernel, values: dict[str, Any]) -> list[str]:
    """Names on which the readings disagree; a child only matters on success."""
    reading, plain = symbolic(subject), concrete(subject, kernel, values)
    read = reading.read(kernel, values)
    failed = plain["errno"] != 0
    found = []
    for name, width in reading.widths.items():
        if failed and (name.startswith(("after.", "child.")) or name in _WORKER):
            continue
        value = int(plain.get(name, False)) & (2 ** max(width, 1) - 1)
        if value != read[name]:
            found.append(f"{name}: concrete {value}, symbolic {read[name]}")
    return found


_WORKER = tuple(leaf.path for leaf in leaves(Worker))


@given(kernels, situations(CREATORS))
def test_creating_calls_read_alike(kernel: Kernel, values: dict[str, Any]) -> None:
    assert differences(Subject.CREATE, kernel, values) == []


@given(kernels, situations((Entry.UNSHARE,)))
def test_unshare_reads_alike(kernel: Kernel, values: dict[str, Any]) -> None:
    assert differences(Subject.UNSHARE, kernel, values) == []


@given(kernels, situations((Entry.SETNS,)))
def test_setns_reads_alike(kernel: Kernel, values: dict[str, Any]) -> None:
    assert differences(Subject.SETNS, kernel, values) == []


@given(kernels, situations((Entry.VHOST_SET_OWNER, Entry.KTHREAD_CREATE)))
def test_vhost_reads_alike(kernel: Kernel, values: dict[str, Any]) -> None:
    assert differences(Subject.VHOST, kernel, values) == []


def test_a_difference_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: a rule that means something else to plain values is noticed."""
    row = flags.root_directory_is_shared_across_user_namespaces
    symbolic(Subject.CREATE)
    lying = replace(row, condition=lambda _call: False)
    kernel = REVISIONS["v6.12"].kernel
    values = {"request.entry": int(Entry.CLONE), "request.flags": 0x10000200}
    assert differences(Subject.CREATE, kernel, values) == []
    changed = [lying if one is row else one for one in TABLE]
    monkeypatch.setitem(RANGES, Subject.CREATE, _with_table(changed))
    assert differences(Subject.CREATE, kernel, values) != []


def _with_table(table: list[Any]) -> Any:
    return Range(creates, lambda call: outcome_of(call, table))


def test_every_outcome_is_compared() -> None:
    """The comparison covers each field of the child and each resource."""
    names = symbolic(Subject.CREATE).widths
    outcome: Outcome = RANGES[Subject.CREATE].outcome(space().call)
    assert len(names) > 55 + len(outcome.held)
