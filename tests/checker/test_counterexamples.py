"""Counterexamples: each is the least call of one order, whatever else is asked, and by whom."""

import os
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from pysat import solvers

from checker.engines import sat
from checker.engines.blast import Blaster
from checker.questions import asking
from checker.questions.decide import Decider, Decision, Finding, decide, decider
from checker.readings.concrete import evaluate
from checker.readings.space import all_leaves, space
from checker.record.kept_words import read_kept
from checker.record.result import Result
from checker.smallest.cost import place_of
from checker.smallest.order import CallOrder
from checker.smallest.shrink import found_in
from command.kept import CALLS, MustAnswer, compared
from model.algebra import both, either
from model.patches import BIT_FIELDS
from model.revisions import REVISIONS
from model.words import FS, NEWUSER, VM
from properties.catalogue import all_properties, by_id
from properties.claim import Property, Verdict
from reports.least import counterexamples, least

EVERYTHING = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SAMPLE = ["V01", "P20", "P32r", "P36", "D73", "S04f"]
IDS = [prop.id for prop in all_properties()] if EVERYTHING else SAMPLE


@pytest.fixture(autouse=True)
def own_solver() -> Iterator[None]:
    """No test sees what another's solver has learned."""
    decider.cache_clear()
    yield
    decider.cache_clear()


def calls(ids: list[str], kernels: list[str]) -> dict[tuple[str, str], Any]:
    """Return the call that is shown of each property and kernel."""
    return {
        (name, kernel): (found.verdict, found.values)
        for name in ids
        for kernel, found in decide(by_id(name), [REVISIONS[one] for one in kernels]).items()
    }


def test_the_call_on_a_kernel_does_not_depend_on_the_kernels_beside_it() -> None:
    together = calls(IDS, list(REVISIONS))
    some = list(REVISIONS) if EVERYTHING else ["v5.14", "v6.1", "v6.12"]
    for kernel in some:
        decider.cache_clear()
        alone = calls(IDS, [kernel])
        assert alone == {pair: together[pair] for pair in alone}


def test_the_call_does_not_depend_on_the_properties_before_it() -> None:
    onward = calls(IDS, ["v6.1", "v6.12"])
    decider.cache_clear()
    assert calls(IDS[::-1], ["v6.1", "v6.12"]) == onward


def test_the_call_does_not_depend_on_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = calls(IDS, ["v5.15", "v6.12"])
    for other in (solvers.Glucose4, solvers.MapleCM):
        decider.cache_clear()
        monkeypatch.setattr(sat, "Minisat22", other)
        assert calls(IDS, ["v5.15", "v6.12"]) == ours


def test_the_call_does_not_depend_on_what_the_solver_tries_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = calls(IDS, ["v5.15", "v6.12"])
    decider.cache_clear()
    prefer = sat.Sat.prefer
    monkeypatch.setattr(sat.Sat, "prefer", lambda self, some: prefer(self, [-one for one in some]))
    assert calls(IDS, ["v5.15", "v6.12"]) == ours


def test_the_call_does_not_depend_on_which_engine_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each question is hard at once, and put to an engine of its own."""
    names = [*SAMPLE, "P94", "P94t", "U12", "J05", "S04"]
    ours = calls(names, ["v5.15", "v6.12"])
    decider.cache_clear()
    monkeypatch.setattr(asking, "MANY", 0)
    assert calls(names, ["v5.15", "v6.12"]) == ours


def test_the_call_does_not_depend_on_what_an_engine_puts_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ["S04f", "S05f", "S09f", "B02", "P90", "P94"]
    ours = calls(names, ["v5.4", "v6.12"])
    decider.cache_clear()
    monkeypatch.setattr(asking, "LateBlaster", Blaster)
    assert calls(names, ["v5.4", "v6.12"]) == ours


FEW = {
    "request.entry": (0, 2, 3, 7),
    "request.flags": (0, VM, FS, FS | NEWUSER, NEWUSER, 17, VM | 17),
    "current.real_cred.ucounts.nproc": (1, 0, 2, 3, -1, 70),
    "current.signal.rlim_nproc": (2**64 - 1, 0, 1, 2, 70),
    "current.chrooted": (False, True),
}
"""A slice of all calls, small enough to try each."""


def slice_of_calls() -> list[dict[str, Any]]:
    default = {leaf.path: leaf.default for leaf in all_leaves()}
    every = (dict(zip(FEW, values, strict=True)) for values in product(*FEW.values()))
    return [{k: v for k, v in one.items() if v != default[k]} for one in every]


def within_the_slice() -> Any:
    """Return, for the solver, that a call is one of the slice."""
    constants = space().constants
    return both(
        *(
            either(*(constants[leaf.path] == one for one in FEW.get(leaf.path, (leaf.default,))))
            for leaf in all_leaves()
        )
    )


@pytest.mark.parametrize("name", ["P20", "P39f", "D73", "P02"])
def test_nothing_comes_before_the_first_of_a_slice_and_something_before_each_other(
    name: str,
) -> None:
    """The solver's proof of least, against trying every call of the slice."""
    prop, old = by_id(name), REVISIONS["v5.15"]
    tool = Decider()
    scope = tool.any_of([old]), tool.all_of(within_the_slice())
    broken = Decision(prop, tool).broken.constraint
    scope += (tool.model.whole,)
    breaking = [one for one in slice_of_calls() if evaluate(prop, old.kernel, one).violation]
    assert bool(breaking) == (tool.engine.ask(broken, *scope).status == "sat")
    first, *others = sorted(breaking, key=place_of)[:20] or [None]
    if first is not None:
        bound = tool.order.before(first)[-1]
        assert tool.engine.ask(broken, *scope, bound).status == "unsat"
    for one in others:
        assert tool.engine.ask(broken, *scope, tool.order.before(one)[-1]).status == "sat"


def test_the_order_is_the_same_for_the_solver_as_on_plain_values() -> None:
    """Two calls fixed bit by bit: the solver says which of them comes first."""
    tool = Decider()
    order = CallOrder(tool.engine)
    some = [
        {},
        {"request.flags": VM, "request.entry": 2},
        {"request.flags": FS, "request.entry": 2},
        {"request.flags": 17, "request.entry": 2},
        {"current.real_cred.ucounts.nproc": 70},
        {"current.real_cred.ucounts.nproc": -2},
        {"current.real_cred.ucounts.nproc": -1},
        {"current.real_cred.ucounts.nproc": 2},
        {"current.signal.rlim_nproc": 2},
        {"current.real_cred.cap_effective": 3},
        {"current.real_cred.cap_effective": 4},
        {"current.real_cred.cap_effective": 2**41 - 1},
        {"current.real_cred.uid": 0, "current.signal.rlim_nproc": 0},
        {"current.real_cred.cap_effective": 4, "current.signal.rlim_nproc": 0},
    ]
    for one, other in product(some, some):
        answer = tool.engine.ask(order.exactly(one), order.before(other)[-1])
        assert (answer.status == "sat") == (place_of(one) < place_of(other)), (one, other)


def test_a_call_that_is_not_proved_the_least_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the solver gives up over smaller calls the verdict stands, and no more is said."""
    monkeypatch.setattr(CallOrder, "before", lambda *_: [])
    found = decide(by_id("V01"), [REVISIONS["v6.12"]])["v6.12"]
    assert (found.verdict.value, found.minimal) == ("REFUTED", False)


def shown_set(prop: Property) -> Finding:
    return next(iter(decide(prop, list(REVISIONS.values())).values()))


def test_without_a_named_kernel_the_least_set_of_patches_is_shown() -> None:
    """Without any patch of it that can be left out, the call shows nothing."""
    prop = by_id("S04f")
    found = shown_set(prop)
    assert found.kernel is not None and found.kernel.name not in REVISIONS
    shown = found.kernel.patches() - {BIT_FIELDS}
    assert evaluate(prop, found.kernel, found.values).violation
    for patch in shown:
        assert not evaluate(prop, found.kernel.but(patch, False), found.values).violation


def shown(call: dict[str, Any], **other: Any) -> Result:
    document = {"call": call, "kernel": "v6.1", "smallest": True} | other
    return Result(
        "T1", "name", "sentence", "catalogue", "a test", "v6.1", Verdict.REFUTED,
        Verdict.REFUTED, counterexample=document,
    )


def test_a_digest_is_of_the_call_and_not_of_the_kernel_and_says_what_is_not_proved() -> None:
    call = {"request": {"entry": "clone", "flags": "CLONE_FS"}}
    here = shown(call).digest
    assert here == shown(call, kernel="v6.12").digest
    assert here != shown({"request": {"entry": "clone"}}).digest
    assert here != shown(call, patches=["CSKY"]).digest
    assert shown(call, smallest=False).digest == f"{here}?"


def test_another_call_for_a_property_is_told_as_a_change_of_what_is_kept() -> None:
    """The kept table says which call; a run with another one does not pass."""
    table = CALLS[1]
    mine, other = shown({"request": {"entry": "clone"}}), shown({"request": {"entry": "vfork"}})
    kept = read_kept(counterexamples([mine]), table.column)
    asked = MustAnswer((("T1", "v6.1"),), every_property=False, every_kernel=False)
    assert not compared(table, kept, asked, [mine])
    (trouble,) = compared(table, kept, asked, [other])
    assert "kept clone#" in trouble.what and "now vfork#" in trouble.what


def test_the_kept_table_reads_back_as_it_was_written() -> None:
    results = [shown({"request": {"entry": "clone", "flags": "CLONE_FS|CLONE_VM"}}, patches=["A"])]
    kept = read_kept(counterexamples(results), CALLS[1].column)
    assert kept.words == {("T1", "v6.1"): least(results[0])}
    assert "CLONE_FS+CLONE_VM" in least(results[0]) and "on=A" in least(results[0])


def test_a_solvers_answer_that_plain_values_do_not_bear_out_is_none() -> None:
    """Both readings must agree on a call before it is shown."""
    said = sat.Answer("sat", {"request.flags": FS})
    assert found_in(said, lambda _values: False) is None
    assert found_in(said, lambda values: values.get("request.flags") == FS) == said.values
