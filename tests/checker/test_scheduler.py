"""Campaigns on any scheduler: each item once, whoever dies; another version is refused."""

from __future__ import annotations

import copyreg
import logging
import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from checker.ground import cluster, problems
from checker.ground.cluster import Cluster
from checker.ground.pool import WorkerLost, each
from checker.ground.problems import Problem
from checker.ground.scheduler import Local, Scheduler
from checker.ground.version import difference, versions

ITEMS = list(range(24))


@pytest.fixture(autouse=True, scope="module")
def _exceptions_travel_as_before() -> Iterator[None]:
    """Take back how Dask has exceptions pickled in this process, for the tests of others."""
    before = dict(copyreg.dispatch_table)
    yield
    copyreg.dispatch_table.clear()
    copyreg.dispatch_table.update(before)


class _Told(Scheduler):
    """Gives the answers that it was made with."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.told = answers

    def _answers(
        self, _work: Callable[[Any], Any], _todo: list[Any]
    ) -> Generator[tuple[int, Any], None, None]:
        yield from self.told


def squared(item: int) -> int:
    return item * item


def shifted(by: int, item: int) -> int:
    return by + sum(answer for _place, answer in each(squared, [item]))


def refused(item: int) -> int:
    raise Problem(f"not {item}")


def killed_once(folder: Path, item: int) -> int:
    """Take the worker along in the middle, the first time that it is asked."""
    time.sleep(0.02)
    mark = folder / "died"
    if item == ITEMS[-8] and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def always_kills(item: int) -> int:
    if item == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return item


def test_every_item_is_answered_once_by_local_processes() -> None:
    assert sorted(Local(2).each(squared, ITEMS)) == [(one, one * one) for one in ITEMS]


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([(0, 0), (1, 1), (1, 1), (2, 2)], "item 1 was answered twice"),
        ([(0, 0), (3, 3)], "item 3 was answered twice, or never asked"),
        ([(0, 0), (2, 2)], "item 1 was never answered"),
        ([], "item 0 was never answered"),
    ],
)
def test_an_answer_that_comes_twice_or_never_ends_a_campaign(
    answers: list[tuple[int, int]], says: str
) -> None:
    with pytest.raises(WorkerLost, match=says) as lost:
        list(_Told(*answers).each(squared, range(3)))
    assert lost.value.code == problems.INTERNAL


def test_an_answer_to_another_item_is_none() -> None:
    with pytest.raises(WorkerLost, match="item 1 was asked, and 2 answered"):
        cluster._opened(1, cluster.pool.answered(squared, 2, 3))


@pytest.mark.parametrize("changed", ["sources", "Python", "z3-solver", "numpy"])
def test_a_worker_with_another_version_is_refused_by_name(changed: str) -> None:
    said = versions() | {"threads": "1", changed: "another"}
    with pytest.raises(Problem, match=f"tcp://there runs another version: {changed} another"):
        cluster._refuse("tcp://there", said)
    cluster._refuse("tcp://there", versions() | {"threads": "1"})
    with pytest.raises(Problem, match="threads 2, here 1"):
        cluster._refuse("tcp://there", versions() | {"threads": "2"})
    assert difference(versions(), {}).startswith("sources none")


def asked_for() -> Any:
    """Return Dask, whose threads are no company for tests that fork: ``make cluster`` asks."""
    if not os.environ.get("CLONEPROOF_CLUSTER"):
        pytest.skip("campaigns on Dask are tried by `make cluster`")
    return import_module("distributed")


def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for()
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    for address in ("tcp://127.0.0.1:1", "nonsense://x", "tcp://127.0.0.1"):
        with pytest.raises(Problem, match=f"no scheduler answers at {address}") as told:
            list(Cluster(address).each(squared, ITEMS))
        assert told.value.code == problems.USAGE and "\n" not in str(told.value)


def test_without_dask_the_mending_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(Problem, match=r"pip install 'cloneproof\[cluster\]'") as told:
        list(Cluster("tcp://127.0.0.1:1").each(squared, ITEMS))
    assert told.value.code == problems.USAGE


# ---- on three worker processes


@pytest.fixture(scope="module")
def here() -> Iterator[Any]:
    distributed = asked_for()
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
    ) as found:
        yield found


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    here: Any, tmp_path: Path
) -> None:
    found = list(Cluster(here.scheduler_address).each(partial(killed_once, tmp_path), ITEMS))
    assert (tmp_path / "died").exists()
    assert sorted(found) == [(one, one) for one in ITEMS]


def test_what_is_shared_travels_and_exceptions_come_back(here: Any) -> None:
    on = Cluster(here.scheduler_address)
    assert sorted(on.each(partial(shifted, 7), ITEMS)) == [(one, 7 + one * one) for one in ITEMS]
    with pytest.raises(Problem, match="^not 3"):
        list(on.each(refused, [3]))
    assert list(on.each(squared, [])) == []


def test_a_campaign_that_is_left_cancels_what_remains(here: Any) -> None:
    answers = Cluster(here.scheduler_address).each(squared, ITEMS)
    next(answers)
    answers.close()
    deadline = time.monotonic() + 10
    while here.scheduler.tasks:
        assert time.monotonic() < deadline, "tasks are left behind"
        time.sleep(0.05)


def test_a_worker_that_joins_with_another_version_ends_the_campaign(
    here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_refuse_others", lambda _client, _address: None)
    monkeypatch.setattr(cluster, "versions", lambda: versions() | {"sources": "another"})
    with pytest.raises(WorkerLost, match="joined with another version: sources"):
        list(Cluster(here.scheduler_address).each(squared, ITEMS))


def test_an_item_that_takes_workers_along_again_and_again_is_given_up(here: Any) -> None:
    with pytest.raises(WorkerLost, match="item '5' took 4 workers along") as lost:
        list(Cluster(here.scheduler_address).each(always_kills, ITEMS))
    assert lost.value.code == problems.UNANSWERED
