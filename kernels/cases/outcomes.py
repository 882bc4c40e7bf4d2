"""What the model says of a case, and which rows of which table speak on the way."""

from __future__ import annotations

from kernels.cases.case import Case
from kernels.cases.prepared import situation
from kernels.machines.surroundings import Surroundings
from model.call import Call
from model.evaluate import Outcome, rejections
from model.kernel import Kernel
from model.predict import call_of, predict
from model.request import Entry
from model.rows import Rejection
from model.tables import table_of


def standing(kernel: Kernel, entry: Entry) -> list[Rejection]:
    """Return the rejections of an entry point's table on this kernel, in order."""
    return [
        row
        for row in rejections(table_of(entry).rows)
        if kernel.stands(row.where) is True
    ]


def call_for(kernel: Kernel, case: Case, entry: Entry, machine: Surroundings) -> Call:
    """Return the call that a case makes, as the rows of its entry point read it."""
    return table_of(entry).reads(call_of(kernel, situation(case, machine)))


def rejecting(kernel: Kernel, case: Case, machine: Surroundings) -> list[str]:
    """Return the names of all rows that reject a concrete case, in order."""
    entry = Entry(int(case.call.entry))
    call = call_for(kernel, case, entry, machine)
    return [row.name for row in standing(kernel, entry) if row.condition(call) is True]


def predicted(kernel: Kernel, case: Case, machine: Surroundings) -> Outcome:
    """Return the model's outcome of a case."""
    found = predict(kernel, situation(case, machine))
    assert isinstance(found, Outcome)
    return found
