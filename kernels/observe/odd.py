"""Callers that a case cannot say: marked as beyond the limit, or traced; the probe's odd rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kernels.observe.attempts import Attempt, Field, Row, Values
from model import words
from model.call import Situation
from model.copy_process import FORGETS_EXCESS
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry

FORGETS = f"done: {FORGETS_EXCESS}"
CLONES = (Entry.FORK, Entry.CLONE)


@dataclass(frozen=True)
class Odd(Attempt):
    """One observation of such a caller: one fork() or clone()."""

    @property
    def name(self) -> str:
        """Return the row's id."""
        return str(self.row["id"])

    @property
    def errno(self) -> str:
        """Return what the kernel answered."""
        return "OK" if self.row["errno"] == 0 else str(self.row["errno"])

    @cached_property
    def values(self) -> Values:
        """Return the situation of the row as leaf values."""
        if self.row["odd"] == "traced":
            return {
                "request.entry": int(Entry.CLONE),
                "request.flags": self.row["flags"],
                "current.traced": True,
            }
        found: Values = {"current.flags": words.PF_NPROC_EXCEEDED}
        return found | ({"current.deadline": True} if self.row["deadline"] else {})

    def fields(self) -> Iterator[Field]:
        """Yield (fact, the model's, the kernel's) of everything that both speak of."""
        outcome: Any = predict(self.kernel, build(Situation, self.values))
        expected = words.errno_name(int(outcome.errno)).replace("0", "OK")
        yield "errno", expected, self.errno
        if self.row["odd"] == "marked":
            # the caller was marked before; whether the mark went is seen whatever the call did
            yield FORGETS, bool(outcome.done[FORGETS_EXCESS]), not self.row["caller_after"]
        if expected != "OK" or self.errno != "OK":
            return
        if self.row["odd"] == "marked":
            marked = int(outcome.child.flags) & words.PF_NPROC_EXCEEDED != 0
            yield "flags", marked, bool(self.row["child"])
        else:
            yield "traced", bool(outcome.child.traced), bool(self.row["child_traced"])
            event = bool(self.row["event"])
            yield "reports_to_tracer", bool(outcome.child.reports_to_tracer), event


def odd_attempts(rows: list[Row], entry: Entry, kernel: Kernel, machine: Any) -> Iterator[Odd]:
    """Yield the odd rows that are calls of an entry point, if the caller was as it should be."""
    for row in rows:
        if row["kind"] == "odd" and "prepared" not in row and row.get("caller_before", 1) == 1:
            one = Odd(row, entry, 0, kernel, machine)
            if one.values.get("request.entry", 0) == entry:
                yield one
