"""Spin, TLC and our engines on the same accounting system: ``python -m bench.peers``.

Two questions: how does each grow with the number of tasks where nothing is wrong, and how
with the depth of a bug that is planted.  Who enumerates must count the same states, and who
finds the bug must find it at the same depth, or the run fails.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from bench.peers.others import missing, spin, tlc
from bench.peers.ours import NO_ANSWER, PeerRun, exploration, pdr, proof, unrolled
from command.failures import Arguments, main_of
from model.revisions import REVISIONS

KERNEL = REVISIONS["v6.12"].kernel
DEEP = 3
"""Task slots of the question about depth."""
ENUMERATE = ("Spin", "TLC", "explorer")
BOUND = 8


def by_tasks(numbers: Iterable[int], spacer: int) -> list[list[PeerRun]]:
    """Return one row of runs per number of tasks; PDR up to ``spacer`` of them."""
    rows = []
    for tasks in numbers:
        runs = [spin(tasks), tlc(tasks), exploration(KERNEL, tasks)]
        runs += [exploration(KERNEL, tasks, symmetry=True), unrolled(KERNEL, tasks, BOUND)]
        if tasks <= spacer:
            runs.append(pdr(KERNEL, tasks))
        rows.append([run for run in runs if run is not None])
    return rows


def by_depth(wrongs: Iterable[int]) -> list[list[PeerRun]]:
    """Return one row of runs per planted bug: the set*uid() of that number forgets the charge."""
    rows = []
    for wrong in wrongs:
        runs = [spin(DEEP, wrong), tlc(DEEP, wrong), exploration(KERNEL, DEEP, wrong=wrong)]
        runs += [unrolled(KERNEL, DEEP, 64, wrong), pdr(KERNEL, DEEP, wrong)]
        rows.append([run for run in runs if run is not None])
    return rows


def disagreements(tasks: list[list[PeerRun]], depths: list[list[PeerRun]]) -> list[str]:
    """Return where engines differ: in states, in the verdict, in the depth of the bug."""
    found = []
    for row in tasks:
        counts = {run.engine: run.states for run in row if run.engine in ENUMERATE}
        if len(set(counts.values())) > 1:
            found.append(f"{row[0].tasks} tasks: states differ: {counts}")
        broken = [run for run in row if run.said == "broken"]
        found += [f"{run.engine} at {run.tasks} tasks: broken" for run in broken]
    for row in depths:
        answered = {run.engine: run.depth for run in row if run.depth is not None}
        if len(set(answered.values())) > 1:
            found.append(f"the planted bug is not at one depth: {answered}")
        wrong = [run for run in row if run.said != "broken" and NO_ANSWER not in run.said]
        found += [f"{run.engine}: {run.said}" for run in wrong]
    return found


def table(head: str, rows: list[list[PeerRun]], first: list[str]) -> str:
    """Return rows as a Markdown table: what each engine kept, and in what time."""
    engines = list(dict.fromkeys(run.engine for row in rows for run in row))
    lines = [f"| {head} | " + " | ".join(engines) + " |", "|---" * (len(engines) + 1) + "|"]
    for name, row in zip(first, rows, strict=True):
        known = {run.engine: _cell(run) for run in row}
        lines.append(f"| {name} | " + " | ".join(known.get(one, "") for one in engines) + " |")
    return "\n".join(lines)


def _cell(run: PeerRun) -> str:
    states = f"{run.states:,} states, " if run.states is not None else ""
    weak = f", {run.said}" if run.said not in ("conserved", "broken") else ""
    return f"{states}{run.seconds:.2f} s{weak}"


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


def main() -> int:
    """Run everybody, print both tables, and fail where they disagree."""
    parser = Arguments(description=__doc__)
    parser.add_argument("--tasks", type=int, nargs="+", default=[3, 4, 5, 6])
    parser.add_argument("--planted", type=int, nargs="+", default=[2, 3, 4, 5, 6, 7])
    parser.add_argument("--spacer", type=int, default=3, help="PDR up to so many tasks")
    asked = parser.parse_args()
    for line in missing():
        print(line)
    _progress("growth with tasks …")
    tasks = by_tasks(asked.tasks, asked.spacer)
    _progress("growth with depth …")
    depths = by_depth(asked.planted)
    load = os.getloadavg()[0]
    print(f"load {load:.1f} on {os.cpu_count()} processors; bmc looks {BOUND} steps far\n")
    print(table("tasks", tasks, [str(number) for number in asked.tasks]))
    print(f"\nledger, any number of tasks: {_cell(proof(KERNEL))}\n")
    steps = [str(next(r.depth for r in row if r.depth is not None)) for row in depths]
    print(table("steps to the bug", depths, steps))
    wrong = disagreements(tasks, depths)
    for line in wrong:
        print(f"DISAGREE: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    main_of("bench.peers", main)
