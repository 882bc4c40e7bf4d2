"""Owners that make one worker after the other under RLIMIT_NPROC, by the model alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.readings.concrete import evaluate
from kernels.machines.surroundings import Surroundings
from kernels.observe.attempts import Attempt, Row, attempts, has_named_facts
from kernels.observe.visible import rests_on_unseen
from model import words
from model.call import Situation
from model.kernel import Kernel
from model.patches import FORK_OWNER, VHOST_USES_TASK
from model.predict import predict
from model.records import build
from model.request import Entry
from properties.claim import Property

Values = dict[str, Any]

TRIED = 12
MAKERS = {
    "vhost-default": Entry.VHOST_SET_OWNER,
    "vhost-kthread": Entry.VHOST_SET_OWNER,
    "sqpoll": Entry.CREATE_IO_THREAD,
    "fork": Entry.FORK,
}
WISHES: tuple[Row, ...] = (
    {"who": "user", "nproc": 1},
    {"who": "user", "nproc": 5},
    {"who": "root", "nproc": 5},
    {"who": "user", "nproc": 5, "caps": words.CAP_SYS_ADMIN},
    {"who": "user", "nproc": 5, "caps": words.CAP_SYS_RESOURCE},
    {"who": "root", "nproc": 5, "userns": 1},
    {"who": "user", "nproc": 2, "userns": 1, "outside": 4},
)
"""The owners of the probe's rows of kind ``limit``, plainest first."""


def predicted_row(wish: Row, maker: str, kernel: Kernel, machine: Surroundings) -> Row:
    """Return the row of attempts that the model predicts for an owner."""
    row: Row = {"kind": "limit", "id": f"limit/{maker}", "maker": maker, "tried": TRIED}
    row |= {"caps": 0, "userns": 0, "outside": 0, "made": TRIED, "ended_by": 0} | wish
    for number in range(TRIED):
        one = Attempt(row, MAKERS[maker], number, kernel, machine)
        errno = int(predict(kernel, build(Situation, one.values)).errno)
        if errno:
            return row | {"made": number, "ended_by": words.errno_name(errno)}
    return row


def imagined(
    prop: Property, kernel: Kernel, values: Values, machine: Surroundings
) -> Attempt | None:
    """Return the plainest attempt whose errno alone shows a counterexample, by the model."""
    entry = Entry(values.get("request.entry", 0))
    makers = [name for name in MAKERS if _can(name, kernel)]
    rows = [predicted_row(wish, maker, kernel, machine) for wish in WISHES for maker in makers]
    for one in attempts(rows, entry, kernel, machine):
        broken = has_named_facts(one, values) and evaluate(prop, kernel, one.values).violation
        if broken and not rests_on_unseen(prop, kernel, one.values, {"errno"}):
            return one
    return None


def _can(maker: str, kernel: Kernel) -> bool:
    if maker == "vhost-kthread":
        return bool(kernel[FORK_OWNER]) and bool(kernel[VHOST_USES_TASK])
    return True


_THINGS = {
    "vhost-default": "VHOST_SET_OWNER on a vhost device",
    "vhost-kthread": "VHOST_SET_OWNER on a vhost device, kernel threads being asked for",
    "sqpoll": "io_uring_setup(IORING_SETUP_SQPOLL)",
    "fork": "fork()",
}


def in_words_of(row: Row, number: int) -> Iterator[str]:
    """Yield an owner's attempt in words."""
    who = "A process of root's" if row["who"] == "root" else "A process of a uid of its own"
    caps = f" with {words.cap_names(row['caps'])}" if row["caps"] else ""
    where = " in a user namespace of its own" if row["userns"] else ""
    yield f"{who}{caps}{where}, with RLIMIT_NPROC = {row['nproc']},"
    if row["outside"]:
        yield f"whose user has {row['outside']} further processes outside of the namespace,"
    yield f"calls {_THINGS[row['maker']]} for the {number + 1}. time; the others live"
