"""KVM's worker in the lines of predict: who makes it, and what its ioctl tells, by kernel."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.calls.answer import answer
from checker.calls.schemas import answer_schema, line_schema
from checker.ground.problems import Problem
from checker.prediction.lines import FEW, predicted

FULL = {"current": {"signal": {"rlim_nproc": 1}}}
SIGNAL = {"chance": {"signal_pending": True}}
KILLED = {"chance": {"killed_while_waiting": True}}


def _line(kernel: str, entry: str, **caller: Any) -> dict[str, Any]:
    return {"kernel": kernel, "request": {"entry": entry}, **caller}


@pytest.mark.parametrize(
    ("kernel", "entry", "caller", "errno", "inside"),
    [
        ("v6.1", "kvm_create_vm", FULL, "0", None),
        ("v6.1", "kvm_create_vm", SIGNAL, "0", None),
        ("v6.1", "kvm_create_vm", KILLED, "EINTR", None),
        ("v6.13", "kvm_create_vm", FULL, "ENOMEM", "EAGAIN"),
        ("v6.13", "kvm_create_vm", SIGNAL, "ENOMEM", "ERESTARTNOINTR"),
        ("6.12.20", "kvm_run", FULL, "ENOMEM", "EAGAIN"),
        ("6.12.44", "KVM_RUN", FULL, "EAGAIN", None),
        ("v6.18", "kvm_run", FULL, "EAGAIN", None),
        ("v6.18", "kvm_run", SIGNAL, "ERESTARTNOINTR", None),
        ("v6.18", "kvm_run", {"chance": {"fails": "vhost_task_struct"}}, "ENOMEM", None),
    ],
)
def test_what_kvm_tells_of_its_worker(
    kernel: str, entry: str, caller: dict[str, Any], errno: str, inside: str | None
) -> None:
    """A kthread obeys no limit; a vhost task does, and KVM hid its errno until 916b7f42b3b3."""
    line = _line(kernel, entry, **caller)
    found = answer(line)
    assert (found["errno"], found.get("inside")) == (errno, inside)
    assert Draft202012Validator(line_schema()).is_valid(line) or entry.isupper()
    assert Draft202012Validator(answer_schema()).is_valid(found)


def test_whose_worker_it_is() -> None:
    """A kthread of root's, made by kthreadd; a thread of the caller."""
    kthread, task = (answer(_line(*one))["child"] for one in (
        ("v6.1", "kvm_create_vm"), ("v6.18", "kvm_run")))
    assert (kthread["uid"], kthread["same_thread_group"]) == (0, False)
    assert (task["uid"], task["same_thread_group"]) == (1000, True)
    notes = answer(_line("v4.19", "kvm_create_vm"))["notes"]
    assert any("since v5.4" in one for one in notes)


def test_an_ioctl_that_makes_none_is_refused_by_the_one_that_does() -> None:
    with pytest.raises(Problem, match="KVM_CREATE_VM does"):
        answer(_line("v6.12", "kvm_run"))
    with pytest.raises(Problem, match="KVM_RUN does"):
        answer(_line("v6.18", "kvm_create_vm"))


def test_many_lines_are_answered_as_one_is() -> None:
    line = _line("6.12.20", "kvm_run", **FULL)
    many = [json.dumps(line).encode()] * (FEW + 1)
    (answers,) = predicted([many], "it")
    assert {json.dumps(json.loads(one)) for one in answers} == {json.dumps(answer(line))}
