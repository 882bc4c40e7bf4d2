"""Hand histories to the player, on the running kernel or in a virtual machine."""

from __future__ import annotations

from checker.ground.scratch import folder_for_a_while
from kernels.histories.script import HistoryScript, Row, by_history
from kernels.machines import live, vm
from kernels.machines.build import BuildFailed
from kernels.machines.place import RUNNING, CannotRun


def play(where: str, scripts: dict[str, HistoryScript]) -> dict[str, list[Row]]:
    """Return the player's answers by history; one run or boot for all of them."""
    if not scripts:
        return {}
    text = "".join(script.text(name) for name, script in scripts.items())
    try:
        if where == RUNNING:
            return by_history(_on_this(text))
        return by_history(vm.with_retry(vm.find_kernel(where), {"histories": text.encode()}))
    except (BuildFailed, live.ProbeFailed, vm.GuestFailed) as failed:
        raise CannotRun(str(failed)) from failed


def _on_this(text: str) -> list[Row]:
    with folder_for_a_while("cloneproof-play.") as folder:
        path = folder / "histories"
        path.write_text(text)
        return live.run_probe("play", str(path))
