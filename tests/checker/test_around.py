"""Calls round task creation: what was read of them, on the kernels on which it is so."""

from __future__ import annotations

import json

import jsonschema
import pytest

from checker.calls.kernel_names import kernel_named
from checker.ground.problems import Problem
from checker.why.around import CALLS, LOOK, ROWS, around, rows_of, told
from checker.why.document import schema
from model.around.calls import CALLS as MODELLED
from model.around.calls import refusals
from model.revisions import REVISIONS
from tests.entries import cloneproof


def _rules(call: str, errno: str | None, kernel: str) -> list[str]:
    return [row.rule for row in around(call, errno, REVISIONS[kernel].kernel).rows]


def test_each_call_and_each_row_is_told_on_some_kernel() -> None:
    """A row that stands nowhere would be told to nobody."""
    kernels = [*(one.kernel for one in REVISIONS.values()), kernel_named("v5.16")]
    for row in ROWS:
        assert row.rule and row.at and set(row.calls) <= set(MODELLED)
        assert any(kernel.stands(row.where) is True for kernel in kernels)
    silent = {"setfsuid", "setfsgid", "prctl(pr_set_child_subreaper)"}
    assert {call for call in CALLS if not around(call, None, kernels[-1]).rows} == silent


def test_each_row_of_the_model_is_told_once_and_says_where_to_look() -> None:
    """A new refusal without a hint, or a hint of none, would be noticed by nobody."""
    names = {row.name for call in MODELLED for row in refusals(call)}
    assert names == set(LOOK)
    for call in MODELLED:
        told_ = [row.rule for row in rows_of(call, REVISIONS["v7.3"].kernel) if row.modelled]
        assert told_ == [row.name for row in refusals(call)]


@pytest.mark.parametrize("kernel", list(REVISIONS))
def test_one_way_of_counting_holds_on_each_kernel(kernel: str) -> None:
    """The eras of a rule neither overlap nor leave a kernel out."""
    assert _rules("execve", "EAGAIN", kernel)[0] == (
        "marked by set uid and over rlimit nproc still")
    assert _rules("setuid", "0", kernel).count(
        "it succeeds over the limit, and marks the task") == 1
    assert len(_rules("setuid", "EAGAIN", kernel)) == 1


def test_the_hole_of_5_15_12_is_told_where_it_is() -> None:
    hole = "the bound of a namespace that root made holds root's own tasks"
    assert hole not in _rules("execve", "EAGAIN", "v6.12")
    assert hole not in _rules("execve", "EAGAIN", "v5.15")
    for name, there in (("v5.15.12", True), ("v5.15.27", False), ("v5.16", True)):
        rules = [row.rule for row in around("execve", "EAGAIN", kernel_named(name)).rows]
        assert (hole in rules) is there


def test_an_errno_that_no_row_gives_is_told_as_that() -> None:
    lines = " ".join(told(around("setuid", "EBUSY", REVISIONS["v6.12"].kernel)))
    assert "says EBUSY" in lines and "EINVAL, EPERM, EAGAIN" in lines
    with pytest.raises(Problem, match="did you mean EPERM"):
        around("setuid", "EPREM", REVISIONS["v6.12"].kernel)


def test_the_command_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    """In words and in JSON as the schema says; what means nothing to it is refused."""
    assert cloneproof("why", "execve()", "-k", "v6.12", "--errno", "EAGAIN") == 0
    assert "PF_NPROC_EXCEEDED" in capsys.readouterr().out
    assert cloneproof("why", "--entry", "setuid", "-k", "v6.12", "--format", "json") == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), schema())
    assert cloneproof("why", "--entry", "setuid", "--flags", "1", "-k", "v6.12") == 3
    assert "--flags means nothing to setuid()" in capsys.readouterr().err
