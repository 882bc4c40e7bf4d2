"""Workers of vhost and io_uring on the running kernel or in a virtual machine.

python -m kernels.observe.workers live 6.1 6.12        the table of owners under RLIMIT_NPROC
"""

from __future__ import annotations

import sys
from typing import Any

from checker.failures import main_of
from kernels.machines.live import run_live_workers
from kernels.machines.vm import run_vm_workers

Row = dict[str, Any]


def run_workers(where: str) -> list[Row]:
    """One row per observation; `where` is "live", a kernel line, or an image file."""
    return run_live_workers() if where == "live" else run_vm_workers(where)


def told(row: Row | None) -> str:
    """One cell of the table."""
    if row is None or "prepared" in row:
        return "-"
    if "tried" in row:
        end = f" then {row['ended_by']}" if row.get("ended_by") else ""
        return f"{row.get('made', row['threads_of_owner'])} of {row['tried']}{end}"
    if not row["worker"]:
        return str(row["errno"] or "no worker")
    return str(row["worker"]["where"])


def table(kernels: list[str]) -> list[str]:
    """The observations of several kernels side by side, as lines of Markdown."""
    seen = {kernel: {row["id"]: row for row in run_workers(kernel)} for kernel in kernels}
    ids = list(dict.fromkeys(name for rows in seen.values() for name in rows))
    lines = [f"| observation | {' | '.join(kernels)} |", "|---" * (len(kernels) + 1) + "|"]
    for name in ids:
        cells = [told(seen[kernel].get(name)) for kernel in kernels]
        if set(cells) != {"-"}:
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> int:
    """Print the table of the kernels of the command line."""
    print("\n".join(table(sys.argv[1:] or ["live"])))
    return 0


if __name__ == "__main__":
    main_of("workers", main)
