"""Parallel work: each item is answered once, or the run says who is missing and ends."""

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.ground import problems
from checker.ground.pool import Lane, WorkerFailed, WorkerLost, each, side_by_side

ROOT = Path(__file__).parents[2]


def test_every_item_is_answered_once_whatever_the_number_of_workers() -> None:
    for jobs in (1, 2, 9):
        found = list(each(lambda item: item * item, range(20), jobs=jobs))
        assert sorted(found) == [(place, place * place) for place in range(20)]
    assert list(each(str, [])) == []


@pytest.mark.parametrize("jobs", [1, 2, 3, 9])
def test_of_several_lanes_every_item_is_answered_once(jobs: int) -> None:
    """However many processes there are; what a process shares it makes for few of them."""
    slow = Lane(lambda item: (item, os.getpid()), [*"abcdef"], most=2, joined=False)
    others = Lane(lambda item: (-item, os.getpid()), [*range(20)])
    found = list(side_by_side([slow, Lane(str, []), others], jobs=jobs))
    told = sorted((lane, place, answer[0]) for lane, place, answer in found)
    assert told == [(0, place, item) for place, item in enumerate("abcdef")] + [
        (2, place, -place) for place in range(20)
    ]
    assert len({pid for lane, _, (_, pid) in found if lane == 0}) <= min(max(jobs - 1, 1), 2)
    assert len({pid for _, _, (_, pid) in found}) <= jobs


def test_answers_come_while_others_are_still_at_work() -> None:
    def wait(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    answers = each(wait, [30.0, 0.0], jobs=2)
    begun = time.monotonic()
    assert next(answers) == (1, 0.0)
    answers.close()
    assert time.monotonic() - begun < 10


class Awkward(Exception):
    """Cannot be made again from its own arguments."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def _raise(error: BaseException) -> Callable[[int], int]:
    def function(_item: int) -> int:
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "seen", "says"),
    [
        (ValueError("what went wrong"), ValueError, "what went wrong"),
        (Awkward(1, 2), WorkerFailed, "Awkward: 1 and 2"),
        (SystemExit(0), WorkerFailed, "SystemExit: 0"),
        (KeyboardInterrupt(), WorkerFailed, "KeyboardInterrupt"),
        (MemoryError(), WorkerLost, "memory ran out"),
    ],
)
def test_a_workers_exception_travels_and_never_ends_the_parent(
    error: BaseException, seen: type[Exception], says: str
) -> None:
    with pytest.raises(seen, match=says):
        list(each(_raise(error), [1, 2, 3], jobs=2))


def _abort() -> None:
    faulthandler.disable()
    os.abort()


@pytest.mark.parametrize(
    ("die", "says", "code"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "memory", problems.UNANSWERED),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "SIGTERM", problems.UNANSWERED),
        (_abort, "SIGABRT", problems.INTERNAL),
        (lambda: os._exit(0), "exit code 0", problems.INTERNAL),
    ],
)
def test_a_worker_that_dies_ends_the_run(die: Callable[[], None], says: str, code: int) -> None:
    def function(item: int) -> int:
        if item == 7:
            die()
        return item

    begun = time.monotonic()
    with pytest.raises(WorkerLost, match=says) as lost:
        list(each(function, [*range(9), *range(9)], jobs=2))
    assert lost.value.code == code
    assert time.monotonic() - begun < 10


def test_workers_do_not_outlive_a_parent_that_is_killed() -> None:
    code = (
        "import os, time\nfrom checker.ground.pool import each\nout = os.dup(1)\n"
        "def work(item):\n    os.write(out, b'%d\\n' % os.getpid())\n    time.sleep(60)\n"
        "list(each(work, [1, 2], jobs=2))"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{one}").exists() for one in workers):
        assert time.monotonic() < deadline, "workers are left behind"
        time.sleep(0.05)


def test_a_worker_does_not_print(capfd: pytest.CaptureFixture[str]) -> None:
    def talk(item: int) -> int:
        os.write(1, b"noise\n")
        os.write(2, b"last words\n")
        return os._exit(3) if item else item

    with pytest.raises(WorkerLost, match=r"exit code 3 \(last words\)"):
        list(each(talk, [0, 1], jobs=1))
    assert capfd.readouterr() == ("", "")
