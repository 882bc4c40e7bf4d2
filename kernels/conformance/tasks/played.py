"""Lines of steps played on a kernel, each by a task of its own."""

from __future__ import annotations

from typing import Any

from checker.ground.scratch import folder_for_a_while
from kernels.machines import live, vm
from kernels.machines.place import RUNNING

Row = dict[str, Any]

def played(where: str, lines: list[str], processors: int = 1) -> list[Row]:
    """Return what each line came to, in one boot of a guest with so many processors.

    Raises what :mod:`kernels.machines` raises.
    """
    text = "".join(f"id={number} {line}\n" for number, line in enumerate(lines))
    rows = _here(text) if where == RUNNING else _in_a_guest(where, text, processors)
    if [row["id"] for row in rows] != list(range(len(lines))):
        raise live.ProbeFailed(f"the probe answered {len(rows)} of {len(lines)} lines")
    return rows


def _here(text: str) -> list[Row]:
    with folder_for_a_while("cloneproof-tasks.") as folder:
        path = folder / "tasks"
        path.write_text(text)
        return live.run_probe("tasks", str(path))


def _in_a_guest(where: str, text: str, processors: int) -> list[Row]:
    return vm.with_retry(vm.find_kernel(where), {"tasks": text.encode()}, processors)
