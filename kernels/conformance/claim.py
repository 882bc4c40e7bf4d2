"""The pull request's claim, measured: vhost owners under RLIMIT_NPROC, beside the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from kernels.machines import vm
from kernels.machines.surroundings import GUEST_RELEASES, Surroundings
from kernels.observe.owners import predicted_row
from kernels.observe.workers import run_workers
from model.kernel import Kernel
from model.revisions import REVISIONS

Row = dict[str, Any]
LIMITS = (1, 2, 5, 8)
OWNERS = {"user": "an unprivileged uid", "root": "root"}


@dataclass(frozen=True, slots=True)
class Column:
    """One kernel in one mode: how the probe and the model name it."""

    where: str
    mode: str
    title: str

    @property
    def kernel(self) -> Kernel:
        """Return the kernel of the model."""
        return REVISIONS[GUEST_RELEASES[self.where]].kernel


COLUMNS = (
    Column("6.1", "default", "6.1 (kthread)"),
    Column("6.12", "default", "6.12 (vhost_task)"),
    Column("6.12", "kthread", "6.12 (kthread mode)"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many owners were made of those tried, and what ended it."""

    measured: str
    predicted: str


def measure(progress: Callable[[str], None]) -> dict[str, list[Row]]:
    """Return the worker rows of each kernel, from a boot each."""
    found = {}
    for where in dict.fromkeys(column.where for column in COLUMNS):
        progress(f"{where}: running all workers")
        found[where] = run_workers(where)
    return found


def cell(column: Column, who: str, limit: int, rows: list[Row]) -> Cell | None:
    """Return a cell of the table; ``None`` where nothing was measured."""
    name = f"vhost-owners/vhost-net/{column.mode}/{who}/nproc={limit}"
    row = next((one for one in rows if one["id"] == name), None)
    if row is None or "prepared" in row:
        return None
    wish = {"who": who, "nproc": limit}
    made = predicted_row(wish, f"vhost-{column.mode}", column.kernel, Surroundings())
    return Cell(told(row), told(made))


def told(row: Row) -> str:
    """Return a row of attempts as one cell."""
    end = f", then {row['ended_by']}" if row["ended_by"] else ""
    return f"{row['made']} of {row['tried']}{end}"


def table(rows: dict[str, list[Row]]) -> list[str]:
    """Return the claim as lines of Markdown."""
    titles = [f"{column.title} measured | model" for column in COLUMNS]
    lines = [
        f"| owner | RLIMIT_NPROC | {' | '.join(titles)} |",
        "|---|---:|" + "---|---|" * len(COLUMNS),
    ]
    for who, title in OWNERS.items():
        for limit in LIMITS:
            cells = [cell(column, who, limit, rows[column.where]) for column in COLUMNS]
            if any(cells):
                told_ = [f"{one.measured} | {one.predicted}" if one else " | " for one in cells]
                lines.append(f"| {title} | {limit} | {' | '.join(told_)} |")
    return lines


def document(rows: dict[str, list[Row]]) -> list[dict[str, Any]]:
    """Return each cell that was measured as JSON writes it."""
    return [
        {"column": column.title, "owner": who, "rlimit_nproc": limit, **asdict(one)}
        for column in COLUMNS
        for who in OWNERS
        for limit in LIMITS
        for one in [cell(column, who, limit, rows[column.where])]
        if one
    ]


def differences(rows: dict[str, list[Row]]) -> list[str]:
    """Return each cell on which measurement and model differ."""
    return [
        f"{column.title}, {who}, RLIMIT_NPROC {limit}: {one.measured}, model {one.predicted}"
        for column in COLUMNS
        for who in OWNERS
        for limit in LIMITS
        for one in [cell(column, who, limit, rows[column.where])]
        if one and one.measured != one.predicted
    ]


def cannot_run() -> list[str]:
    """Return why kernels of the table cannot be run here, a line each; nothing if all can."""
    reasons = {column.where: vm.can_run(column.where) for column in COLUMNS}
    return [f"{where}: {reason}" for where, reason in reasons.items() if reason]
