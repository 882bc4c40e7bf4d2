"""Run the probe on the running kernel.  Needs root; leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from checker.ground.problems import Problem
from checker.ground.scratch import folder_for_a_while
from kernels.machines.build import BuildFailed, build_probe

Row = dict[str, Any]
WHOLE_MAP = ["0", "0", "4294967295"]
TRIAL = ("id=fork entry=fork ruid=u", "id=userns entry=unshare flags=0x10000000 ruid=u")


class ProbeFailed(Problem):
    """The probe could not run to its end on this machine."""


def can_run() -> str | None:
    """Why the running kernel cannot be probed, in one line; None if it can."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return "the probe needs Linux on x86-64"
    if os.geteuid() != 0:
        return "the probe needs root"
    if Path("/proc/self/uid_map").read_text().split() != WHOLE_MAP:
        return "the probe needs root outside of user namespaces"
    try:
        rows = run_live(TRIAL, jobs=1)
    except (BuildFailed, ProbeFailed) as failed:
        return str(failed)
    return _trial_reason(rows)


def _trial_reason(rows: list[Row]) -> str | None:
    fork, userns = rows
    if fork["prepared"] is not True or fork["errno"]:
        return f"the probe cannot fork here ({fork.get('errno', fork['prepared'])})"
    if userns["prepared"] is not True or userns["errno"]:
        return f"no user namespaces here ({userns.get('errno', userns['prepared'])})"
    return None


def run_live(cases: Iterable[str], jobs: int | None = None) -> list[Row]:
    """Run the cases on this kernel, on all processors; the rows in the cases' order."""
    lines = [case for case in cases if case.strip() and not case.lstrip().startswith("#")]
    wanted = min(jobs or os.cpu_count() or 1, max(1, len(lines) // 50))
    return _in_order(_run_parts([lines[n::wanted] for n in range(wanted)]))


def run_live_workers() -> list[Row]:
    """Observe vhost and io_uring workers on this kernel."""
    return run_probe("workers")


def run_probe(*arguments: str) -> list[Row]:
    """Run the probe with these arguments; the rows that it prints."""
    with _running([str(build_probe()), *arguments]) as probe:
        return _rows(*_finish(probe))


def _in_order(parts: list[list[Row]]) -> list[Row]:
    total = sum(len(part) for part in parts)
    return [parts[n % len(parts)][n // len(parts)] for n in range(total)]


def _run_parts(parts: list[list[str]]) -> list[list[Row]]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(folder_for_a_while("cloneproof-live."))
        probes = [
            stack.enter_context(_running(_command(folder, n, part))) for n, part in enumerate(parts)
        ]
        rows = [_rows(*_finish(probe)) for probe in probes]
    for part, got in zip(parts, rows, strict=True):
        if len(part) != len(got):
            raise ProbeFailed(f"the probe answered {len(got)} of {len(part)} cases")
    return rows


def _command(folder: Path, number: int, cases: list[str]) -> list[str]:
    path = folder / f"cases.{number}"
    path.write_text("".join(f"{case}\n" for case in cases))
    return [str(build_probe()), "cases", str(path)]


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """The probe as a process group whose end is certain when the block ends.

    Its output goes to files, so that several can run without being read.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        probe = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            text=True,
            start_new_session=True,
        )
        probe.stdout, probe.stderr = out, err
        try:
            yield probe
        finally:
            _stop(probe)


def _stop(probe: subprocess.Popen[str]) -> None:
    """SIGTERM lets the launcher remove its cgroups; its death ends all the rest."""
    if probe.poll() is not None:
        return
    probe.send_signal(signal.SIGTERM)
    try:
        probe.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(probe.pid, signal.SIGKILL)
        probe.wait()


def _finish(probe: subprocess.Popen[str]) -> tuple[int, str, str]:
    code = probe.wait()
    texts = []
    for stream in (probe.stdout, probe.stderr):
        assert stream is not None
        stream.seek(0)
        texts.append(stream.read())
    return code, texts[0], texts[1]


def _rows(code: int, out: str, err: str) -> list[Row]:
    if code:
        raise ProbeFailed((err.strip().splitlines() or [f"the probe ended with {code}"])[-1])
    release = platform.release()
    return [{"kernel": release, **json.loads(line)} for line in out.splitlines()]
