"""The model's prediction against what the probe saw, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kernels.cases.case import ENTRIES, Case
from kernels.cases.lines import line_of
from kernels.cases.prepared import situation
from kernels.machines.surroundings import Surroundings
from kernels.observe.facts import told
from model.call import Situation
from model.evaluate import Outcome
from model.kernel import Kernel
from model.predict import predict
from model.request import Entry
from model.words import errno_name

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which the model and the kernel differ."""

    field: str
    model: Any
    kernel: Any


@dataclass(frozen=True, slots=True)
class Compared:
    """One case held against its observation.

    ``rule`` is the row that the model says rejects (empty: none); ``unprepared`` is why the
    state could not be had: then nothing was compared.
    """

    case: Case
    line: str
    entry: str
    rule: str
    errno: str
    unprepared: str = ""
    differences: tuple[Difference, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()

    @property
    def agrees(self) -> bool:
        """Return whether there was something to compare and nothing differs."""
        return not self.unprepared and not self.differences


def compare(kernel: Kernel, machine: Surroundings, case: Case, row: Row) -> Compared:
    """Return how the observation of a case compares with the model's prediction."""
    start = situation(case, machine)
    outcome: Any = predict(kernel, start)
    found = _about(case, outcome)
    if row["prepared"] is not True:
        return Compared(*found, unprepared=str(row["prepared"]))
    wrong = caller_is_not_as_said(case, start, row["caller"])
    if wrong:
        return Compared(*found, unprepared=f"the caller is not as the case says: {wrong}")
    fields = list(_compared(case, start, outcome, _from_level_1(row, machine)))
    differences = tuple(Difference(*one) for one in fields if one[1] != one[2])
    return Compared(
        *found, differences=differences, fields=tuple((one[0], one[1]) for one in fields)
    )


def _from_level_1(row: Row, machine: Surroundings) -> Row:
    """Return the row with the pid level that the kernel counts, not the probe's own /proc."""
    child = row.get("child")
    if not child or "pid_level" not in child:
        return row
    return row | {"child": child | {"pid_level": child["pid_level"] + machine.pid_level - 1}}


def _about(case: Case, outcome: Outcome) -> tuple[Case, str, str, str, str]:
    row = outcome.rejected_by
    return (
        case,
        line_of(case),
        ENTRIES[Entry(int(case.call.entry))],
        row.name if row else "",
        errno_name(int(outcome.errno)),
    )


def caller_is_not_as_said(case: Case, start: Situation, seen: Row) -> str:
    """Return what the caller, just before the call, shows that the prediction did not assume."""
    task, caller = start.current, case.caller
    assumed: dict[str, tuple[Any, Any]] = {
        "capabilities": (task.real_cred.cap_effective, seen["cap"]["eff"]),
        "real uid": ("u" if caller.ruid_u else 0, seen["uid"][0]),
        "effective uid": ("u" if caller.euid_u else 0, seen["uid"][1]),
        "ignored signals": (task.sighand.ignored, seen["sigign"]),
        "caught signals": (task.sighand.caught, seen["sigcgt"]),
        "blocked signals": (task.blocked, seen["sigblk"]),
        "no_new_privs": (int(bool(task.no_new_privs)), seen["nnp"]),
        "seccomp": (task.seccomp_mode, seen["seccomp"]),
        "threads": (task.signal.nr_threads, seen["threads"]),
        "exit signal": (task.signal.leader_exit_signal, seen["exit_signal"]),
        "init of its pid namespace": (task.signal.unkillable, seen["is_pid1"]),
        "pending signals": (0, seen["sigpnd"]),
    }
    wrong = [f"{name} {is_}, not {said}" for name, (said, is_) in assumed.items() if said != is_]
    return "; ".join(wrong)


def _compared(
    case: Case, start: Situation, outcome: Outcome, row: Row
) -> Iterator[tuple[str, Any, Any]]:
    """Yield (field, the model's value, the kernel's) of everything that both speak of."""
    errno = "OK" if row["errno"] == 0 else row["errno"]
    expected = errno_name(int(outcome.errno))
    yield "errno", "OK" if expected == "0" else expected, errno
    if errno != "OK" or expected != "0":
        return
    yield from told(case, start, outcome, row)
