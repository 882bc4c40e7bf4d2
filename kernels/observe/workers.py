"""Workers of vhost and io_uring on the running kernel or in a virtual machine."""

from __future__ import annotations

from typing import Any

from kernels.machines.live import run_live_workers
from kernels.machines.place import RUNNING
from kernels.machines.vm import run_vm_workers

Row = dict[str, Any]


def run_workers(where: str) -> list[Row]:
    """One row per observation; `where` is "running", a kernel line, or an image file."""
    return run_live_workers() if where == RUNNING else run_vm_workers(where)


def told(row: Row | None) -> str:
    """One cell of the table."""
    if row is None or "prepared" in row:
        return "-"
    if "tried" in row:
        end = f" then {row['ended_by']}" if row.get("ended_by") else ""
        return f"{row['made' if 'made' in row else 'threads_of_owner']} of {row['tried']}{end}"
    if "bounded" in row:
        return f"{row['bounded']} bounded, {row['unbounded']} unbounded"
    if row.get("worker"):
        return str(row["worker"]["where"])
    return str(row["errno"] or ("no worker" if "worker" in row else "success"))


def side_by_side(kernels: list[str]) -> dict[str, dict[str, Row]]:
    """Return the observations of several kernels: by kernel, then by observation."""
    return {kernel: {row["id"]: row for row in run_workers(kernel)} for kernel in kernels}


def table(seen: dict[str, dict[str, Row]]) -> list[str]:
    """Return observations side by side, as lines of Markdown."""
    ids = list(dict.fromkeys(name for rows in seen.values() for name in rows))
    lines = [f"| observation | {' | '.join(seen)} |", "|---" * (len(seen) + 1) + "|"]
    for name in ids:
        cells = [told(rows.get(name)) for rows in seen.values()]
        if set(cells) != {"-"}:
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines
