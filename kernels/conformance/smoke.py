"""Self-test of the probe: `python -m kernels.conformance.smoke [live|6.1|6.12|IMAGE]...`.

Each line of probe/smoke.cases says what must be seen: `want=ok` or an errno
(`want.6.1=` for one kernel), and `see.PATH=JSON` about the child, or about the
caller after unshare and setns.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from checker.failures import main_of
from kernels.machines.build import SOURCES
from kernels.machines.live import run_live
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


def run(kernel: str) -> int:
    """Run the self-test on one kernel; the number of surprises."""
    cases, started = load(), time.monotonic()
    rows = run_live(cases) if kernel == "live" else run_vm(kernel, cases)
    seconds = time.monotonic() - started
    wrong = unprepared = 0
    for case, row in zip(cases, rows, strict=True):
        if row["prepared"] is not True:
            unprepared += 1
            print(f"{kernel}: {row['id']}: not prepared: {row['prepared']}")
            continue
        for complaint in complaints(case, row, kernel):
            wrong += 1
            print(f"{kernel}: {row['id']}: {complaint}")
    told = f"{len(rows)} cases, {wrong} surprises, {unprepared} not prepared"
    print(f"{kernel}: {told}, {seconds:.1f} s")
    return wrong


if __name__ == "__main__":
    main_of("smoke", lambda: min(1, sum(run(kernel) for kernel in sys.argv[1:] or ["live"])))
