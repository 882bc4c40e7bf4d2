"""Which of the model's rows a reading of one function is compared with."""

from __future__ import annotations

from model.call import Call
from model.copy_process import TABLE
from model.evaluate import Outcome, outcome_of
from model.rows import Rejection, Row
from source.readings.reading import Model


def at(*functions: str) -> list[Row]:
    """Return the rows of copy_process's table that stand at one of the functions."""
    names = set(functions)
    return [
        row for row in TABLE if isinstance(row, Rejection) and row.at.rsplit(":", 1)[-1] in names
    ]


_BEFORE = (
    "copy_clone_args_from_user",
    "copy_struct_from_user",
    "clone3_args_valid",
    "clone3_stack_valid",
    "legacy_clone_args_valid",
    "create_io_thread",
    "vhost_task_create",
    "kernel_clone",
)


def inside() -> list[Row]:
    """Return the rows of copy_process() itself and of all that it calls."""
    before = {id(row) for row in at(*_BEFORE)}
    return [row for row in TABLE if id(row) not in before]


def by_rows(*functions: str) -> Model:
    """Return the outcome of the rows at some functions alone."""
    table = at(*functions)

    def model(call: Call) -> Outcome:
        return outcome_of(call, table, ladders={})

    return model
