"""What tasks see of themselves, on the running kernel: that it agrees, and what would not."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kernels.conformance.conform import KernelReport, status
from kernels.conformance.tasks import calls, compared, makers
from kernels.conformance.tasks.held import Held, Observed, differences, held, observed
from kernels.conformance.tasks.makers import Children
from kernels.conformance.tasks.played import played
from kernels.machines import live
from kernels.machines.place import RUNNING, held_against
from kernels.machines.surroundings import this_machine
from model import carried
from model.around.calls import CALLS, refusals
from model.around.rows import Refusal, Row, Step
from model.around.task import Asking
from model.kernel import Kernel
from model.revisions import REVISIONS

SOME = 500
"""So many calls of each kind: enough for each row to be missed where it is left out."""

pytestmark = pytest.mark.skipif(live.can_run() is not None, reason="needs root outside of a "
                                "container that forbids user namespaces")


@lru_cache(maxsize=1)
def _kernel() -> Kernel:
    return held_against(RUNNING)[0].kernel


@lru_cache(maxsize=1)
def _calls() -> list[Observed | str]:
    made = calls.scripts(SOME, Random(1), this_machine().root_caps)
    return observed(made, played(RUNNING, [script.line for script in made]))


@lru_cache(maxsize=1)
def _children() -> tuple[list[tuple[str, list[int]]], list[dict[str, Any]]]:
    made = makers.lines(SOME, Random(1), this_machine().root_caps)
    return made, played(RUNNING, [line for line, _flags in made])


def test_calls_round_task_creation_agree() -> None:
    found = held(_kernel(), _calls())
    assert not found.wrong
    assert found.calls == dict.fromkeys(CALLS, SOME)


def test_a_kernel_of_another_era_is_noticed() -> None:
    """Planted: v5.10 marked who reached the limit, later kernels who is beyond it."""
    other = REVISIONS["v6.12" if _kernel().name.startswith("v5.") else "v5.10"].kernel
    found = held(other, _calls())
    assert found.agree["setuid"] < SOME and found.agree["setgid"] == SOME


def test_children_have_what_the_model_says() -> None:
    found = makers.compared(*_children())
    assert not found.different
    assert found.compared + found.refused == SOME
    assert len(found.values["policy"]) > 3 and len(found.values["ids"]) > 5


MASKED = {"more files than the machine allows", "hard limit would rise"}
"""One hides the other where root lacks CAP_SYS_RESOURCE, as in a container."""


def _without(rows: tuple[Row, ...]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Yield a table without each of its rows, and with each refusal for whoever comes to it."""
    for place, row in enumerate(rows):
        before, after = rows[:place], rows[place + 1:]
        if row.name not in MASKED:
            yield row.name, (*before, *after)
        if isinstance(row, Refusal):
            yield f"{row.name}, for all", (*before, replace(row, condition=lambda _: True), *after)


@pytest.mark.parametrize("call", CALLS)
def test_each_row_would_be_missed(call: str) -> None:
    """Planted: a row left out, or a refusal of everybody.  Some call of the kernel shows it."""
    mine = [one for one in _calls() if isinstance(one, Observed) and one.made.name == call]
    for what, rows in _without(CALLS[call]):
        assert any(differences(one.came(_kernel(), rows), one) for one in mine), what


@pytest.mark.parametrize("call", CALLS)
def test_each_fact_that_a_step_changes_would_be_missed(call: str) -> None:
    """Planted: a step that forgets one of its facts."""
    mine = [one for one in _calls() if isinstance(one, Observed) and one.made.name == call]
    for place, row in enumerate(CALLS[call]):
        for fact in _facts(row, mine[0]):
            rows = (*CALLS[call][:place], _forgets(row, fact), *CALLS[call][place + 1:])
            assert any(differences(one.came(_kernel(), rows), one) for one in mine), (row, fact)


def _facts(row: Row, one: Observed) -> list[str]:
    """Return the facts that a step changes, but for counts, which nobody looks at."""
    if isinstance(row, Refusal):
        return []
    start = Asking(_kernel(), one.start, one.asked, one.given, one.start)
    return [name for name in row.change(start) if name != "counts"]


def _forgets(row: Row, fact: str) -> Row:
    assert isinstance(row, Step)
    change = row.change
    return replace(row, change=lambda call: {
        name: value for name, value in change(call).items() if name != fact})


@pytest.mark.parametrize("place", range(len(carried.CARRIES)))
def test_each_row_of_what_is_carried_would_be_missed(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a child that has none of it.  Some child of the kernel has it, or had it not."""
    row = carried.CARRIES[place]

    def otherwise(making: carried.Making) -> carried.Values:
        return {name: _other(value) for name, value in row.values(making).items()}

    planted = replace(row, values=otherwise)
    rows = (*carried.CARRIES[:place], planted, *carried.CARRIES[place + 1:])
    monkeypatch.setattr(carried, "CARRIES", rows)
    assert makers.compared(*_children()).different


def _other(value: Any) -> Any:
    return None if isinstance(value, str | tuple) else 0 if value else 1


def test_a_line_that_says_too_little_is_no_agreement() -> None:
    made = calls.scripts(1, Random(1), 0)
    rows = [{"said": [None, "stalled"], "suid_dumpable": 0, "nr_open": 1}] * len(made)
    found = held(_kernel(), observed(made, rows))
    assert len(found.wrong) == len(made) and not found.calls
    report = KernelReport(RUNNING, tasks=compared.Tasks(Children(), found))
    assert status([report]) == 1
    assert any("DISAGREE" in line for line in compared.lines(compared.Tasks(Children(), found)))


def test_what_was_compared_is_told() -> None:
    """How many of each kind, which refusals no call showed, in words and as JSON."""
    found = compared.Tasks(makers.compared(*_children()), held(_kernel(), _calls()))
    assert found.agree
    told = list(compared.lines(found))
    assert told[0].startswith(f"{found.children.compared} children of random makers")
    written = compared.document(found)
    assert written["calls"]["execve"] == {"compared": SOME, "agree": SOME}
    assert len(written["refusals"]) == sum(len(refusals(call)) for call in CALLS)
    found.calls.rows.clear()
    assert sum("not shown:" in line for line in compared.lines(found)) == len(written["refusals"])


def test_nothing_compared_is_no_agreement() -> None:
    assert not compared.Tasks(Children(), Held()).agree


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """A cgroup of v2, empty again when it is taken away."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    unified = next((one.split()[1] for one in mounts if one.split()[2] == "cgroup2"), None)
    if unified is None:
        pytest.skip("needs a hierarchy of v2")
    made = Path(unified, f"cloneproof-{os.getpid()}")
    made.mkdir()
    yield made
    if made.exists():
        made.rmdir()


def test_a_task_keeps_its_cgroup_busy_while_it_lives(cgroup: Path) -> None:
    """What `why` tells of rmdir(): EBUSY for a task that lives, not for a zombie."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        (cgroup / "cgroup.procs").write_text("0")
        os.write(writing, b".")
        signal.pause()
    os.read(reading, 1)
    listed = [(cgroup / name).read_text().split() for name in ("cgroup.procs", "cgroup.threads")]
    try:
        assert listed == [[str(child)]] * 2
        with pytest.raises(OSError, match="busy"):
            cgroup.rmdir()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        cgroup.rmdir()
        os.waitpid(child, 0)
