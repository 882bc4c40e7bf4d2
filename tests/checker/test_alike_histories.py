"""What reads the same on two kernels has one verdict there; what may differ is decided."""

from dataclasses import replace
from types import FunctionType
from typing import Any

import pytest

from checker.compared.alike_histories import AlikeHistories
from checker.over_time.results import verify_histories
from model.kernel import Kernel
from model.patch import Patch
from model.patches import (
    EXEC_COUNTS_WORKERS,
    KILL_SEQ,
    NEGATIVE_IS_OVER,
    PIDFD_THREAD,
    VHOST_SIGKILL,
)
from model.revisions import REVISIONS
from properties.catalogue import all_timed, timed_by_id
from properties.claim import Claim
from properties.over_time.claim import How, TimedProperty

V612 = REVISIONS["v6.12"].kernel


def alike(patch: Patch, there: bool) -> AlikeHistories:
    """v6.12 beside the same with or without a patch."""
    return AlikeHistories(V612, V612.but(patch, there))


def test_neighbours_that_read_a_statement_alike_have_one_verdict() -> None:
    names = ["v6.9", "v6.10"]
    same = AlikeHistories(*(REVISIONS[name].kernel for name in names))
    ids = [prop.id for prop in all_timed() if same.read(prop)]
    assert 100 < len(ids) < len(all_timed())
    verdicts: dict[str, set[str]] = {}
    for one in verify_histories(ids, names):
        verdicts.setdefault(one.property, set()).add(one.verdict.name)
    assert all(len(some) == 1 for some in verdicts.values())


@pytest.mark.parametrize(("identity", "patch"), [
    ("P60", EXEC_COUNTS_WORKERS),   # a step of its system
    ("P70H", KILL_SEQ),             # what a step asks of the rules of a call
    ("T66", EXEC_COUNTS_WORKERS),   # what is said of a step
    ("P33t", NEGATIVE_IS_OVER),     # what an induction compares
    ("P23", PIDFD_THREAD),          # what a call adds to the ledger, and no step of the system
])
def test_a_patch_that_may_turn_it_is_noticed(identity: str, patch: Any) -> None:
    there = V612[patch] is not True
    assert not alike(patch, there).read(timed_by_id(identity))


def test_a_system_is_the_same_where_a_patch_changes_no_step() -> None:
    for identity in ("P60", "P23", "P33t"):
        assert alike(KILL_SEQ, True).read(timed_by_id(identity))


def said(statement: FunctionType) -> TimedProperty:
    """P60's system, of which something else is said, in a file of histories."""
    there = {**statement.__globals__, "__name__": "properties.over_time.made_up"}
    made = FunctionType(statement.__code__, there)
    made.__module__ = there["__name__"]
    return replace(timed_by_id("P60"), statement=made, how=How.INVARIANT, parts=())


def plainly(_kernel: Kernel, state: Any) -> Claim:
    return Claim(True, state is not None)


def by_patch(kernel: Kernel, _state: Any) -> Claim:
    return Claim(True, kernel[VHOST_SIGKILL])


def by_name(kernel: Kernel, _state: Any) -> Claim:
    return Claim(True, kernel.name == "v6.12")


def by_list(kernel: Kernel, _state: Any) -> Claim:
    return Claim(True, len(kernel.patches()) > 3)


@pytest.mark.parametrize(("statement", "alike_without"), [
    (plainly, {KILL_SEQ, VHOST_SIGKILL}), (by_patch, {KILL_SEQ}),
    (by_name, set()), (by_list, set()),
])
def test_what_is_said_may_ask_a_kernel_in_any_way(
    statement: FunctionType, alike_without: set[Patch]
) -> None:
    other = replace(said(statement), system=timed_by_id("P46").system)
    for patch in (KILL_SEQ, VHOST_SIGKILL):
        beside = alike(patch, V612[patch] is not True)
        assert beside.read(other) is (patch in alike_without)
