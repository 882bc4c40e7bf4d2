"""Self-test of the probe, on cases whose answer is known.

Each line of probe/smoke.cases says what must be seen: `want=ok` or an errno
(`want.6.1=` for one kernel), and `see.PATH=JSON` about the child, or about the
caller after unshare and setns.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from kernels.machines.build import SOURCES
from kernels.machines.live import run_live
from kernels.machines.place import RUNNING
from kernels.machines.vm import run_vm

Row = dict[str, Any]


def load() -> list[str]:
    """The self-test's cases."""
    lines = (SOURCES / "smoke.cases").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _tokens(case: str) -> dict[str, str]:
    return dict(token.split("=", 1) for token in case.split())


def _dig(row: Row, path: list[str]) -> Any:  # noqa: ANN401
    found: Any = row.get("child") or row.get("after") or {}
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def complaints(case: str, row: Row, kernel: str) -> list[str]:
    """What the row shows that the case does not expect."""
    tokens = _tokens(case)
    want = tokens.get(f"want.{kernel}", tokens["want"])
    got = "ok" if row["errno"] == 0 else row["errno"]
    if got != want:
        return [f"errno {got}, expected {want}"]
    wrong = []
    for key, value in tokens.items():
        if key.startswith("see.") and want == "ok":
            seen = _dig(row, key.split(".")[1:])
            if seen != json.loads(value):
                wrong.append(f"{key[4:]} is {json.dumps(seen)}, expected {value}")
    return wrong


@dataclass
class SmokeResult:
    """The self-test on one kernel: how many cases, the surprises, and what was not prepared."""

    kernel: str
    cases: int
    seconds: float
    wrong: list[str] = field(default_factory=list)
    unprepared: list[str] = field(default_factory=list)


def tried(where: str) -> SmokeResult:
    """Run the self-test on one kernel."""
    cases, started = load(), time.monotonic()
    rows = run_live(cases) if where == RUNNING else run_vm(where, cases)
    made = SmokeResult(where, len(rows), round(time.monotonic() - started, 1))
    for case, row in zip(cases, rows, strict=True):
        if row["prepared"] is not True:
            made.unprepared.append(f"{row['id']}: not prepared: {row['prepared']}")
        else:
            made.wrong += [f"{row['id']}: {one}" for one in complaints(case, row, where)]
    return made


def lines(one: SmokeResult) -> list[str]:
    """Return the surprises on one kernel as lines, and how many there were."""
    told = f"{one.cases} cases, {len(one.wrong)} surprises, {len(one.unprepared)} not prepared"
    shown = [*one.unprepared, *one.wrong, f"{told}, {one.seconds:.1f} s"]
    return [f"{one.kernel}: {line}" for line in shown]
