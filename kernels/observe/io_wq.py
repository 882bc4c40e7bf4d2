"""How many io workers a task may have, and has for requests that block: the probe's rows, beside
the model's."""

from __future__ import annotations

from typing import Any

from kernels.machines.surroundings import Surroundings
from kernels.observe.attempts import Attempt
from model.call import Situation
from model.io_wq import INFINITE, Bounds, first, registered, told
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry

Row = dict[str, Any]
BOUNDS, MANY = "io-wq-bounds", "io-wq-many"


def workers(row: Row, kernel: Kernel, machine: Surroundings) -> int:
    """Return how many unbounded workers serve requests that block, of an owner under a limit.

    One a request, up to the bound that the ring was made with, and as far as
    create_io_thread() makes them.
    """
    most = min(row["tried"], first(row["tried"], 1, row["nproc"]).unbounded)
    made = 0
    while made < most and not _refused(Attempt(row, Entry.CREATE_IO_THREAD, made, kernel, machine)):
        made += 1
    return made


def _refused(one: Attempt) -> bool:
    return bool(predict(one.kernel, build(Situation, one.values)).errno != 0)


def differences(row: Row, kernel: Kernel, machine: Surroundings) -> list[str]:
    """Return where a row is not as the model says; nothing of what was not seen."""
    if "prepared" in row:
        return []
    if row["kind"] == MANY:
        count = workers(row, kernel, machine)
        return _told(row, {"threads_of_owner": count})
    return _told(row, _bounds(row)) if row["kind"] == BOUNDS else []


def _bounds(row: Row) -> dict[str, int]:
    nproc = INFINITE if row["nproc"] < 0 else row["nproc"]
    before = first(row["entries"], row["cpus"], nproc)
    asked = Bounds(row["asked_bounded"], row["asked_unbounded"])
    one, other = told(before), told(registered(before, asked, nproc))
    return {"bounded": one.bounded, "unbounded": one.unbounded,
            "bounded_then": other.bounded, "unbounded_then": other.unbounded}


def _told(row: Row, expected: dict[str, int]) -> list[str]:
    return [f"{row['id']}: {name}: model {value}, kernel {row[name]}"
            for name, value in expected.items() if value != row[name]]
