"""Workers that sleep in a freezer's trap or in a stop, and who waits for them."""

from dataclasses import replace

import pytest

from checker.over_time.decide import Historian
from model.over_time.steps.cgroup import CGROUPS, freezes, owner_in, says, worker_in
from model.over_time.world import World
from model.patches import EXEC_CANCELS_FIRST
from model.revisions import REVISIONS
from properties.catalogue import timed_by_id
from properties.claim import Verdict
from tests.model.test_system_workers import of, states, steps_of, without


def test_what_a_cgroup_says_is_what_the_counts_say_unless_a_kthread_moved() -> None:
    """An independent count of who is asleep, for kernels without kthread workers."""
    for kernel in ("series-11", "v6.6", "v6.12"):
        for state in states("cgroup_freezer", kernel).states:
            for cgroup in CGROUPS:
                assert says(state, cgroup) is _counted(state, cgroup)


def _counted(state: World, cgroup: str) -> bool:
    members = [
        trapped
        for there, trapped in (
            (owner_in(state, cgroup), state.owner_trapped),
            (worker_in(state, cgroup), state.worker_trapped),
        )
        if there
    ]
    return bool(freezes(state, cgroup)) and all(members)


def test_a_frozen_worker_holds_the_closer_until_the_thaw() -> None:
    """Since v6.4; and a thaw is all that it needs."""
    names = steps_of("P59c", "v6.12")
    assert names[-2:] == ["the worker is trapped", "the other process closes the file"]
    found = states("cgroup_freezer", "v6.12")
    thawed = found.lead_to(i for i, s in enumerate(found.states) if s.closed)
    stuck = [i for i, s in enumerate(found.states) if s.closing and i not in thawed]
    assert stuck
    assert all(
        found.states[i].worker_trapped and _frozen_in(found.states[i]) for i in stuck
    )


def _frozen_in(state: World) -> bool:
    return bool(state.worker_away or state.freeze)


WAITS_FOR_A_WORKER = {
    "P59c": "the other process closes the file",
    "P59g": "the owner calls an ioctl that flushes the worker",
    "P58f": "the owner calls an ioctl that flushes the worker",
    "P53c": "another process releases the device",
    "P60x": "the thread calls exit",
}


@pytest.mark.parametrize("prop", WAITS_FOR_A_WORKER)
def test_who_waits_for_a_worker_waits_as_long_as_it_sleeps(prop: str) -> None:
    """Kthreads neither freeze nor stop; a thread does both, and what it should do waits."""
    assert WAITS_FOR_A_WORKER[prop] in steps_of(prop, "v6.12")
    assert of(prop, "v5.10" if prop == "P60x" else "v6.1").verdict is Verdict.PROVED
    awake = {
        "P59c": "the worker is trapped",
        "P59g": "the worker is trapped",
        "P58f": "the worker freezes",
        "P53c": "the worker stops",
        "P60x": "the io worker is trapped",
    }[prop]
    cut = replace(timed_by_id(prop), system=without(timed_by_id(prop).system, awake))
    found = Historian().decide(cut, REVISIONS["v6.12"].kernel)
    assert found.verdict is (Verdict.REFUTED if prop == "P58f" else Verdict.PROVED)


def test_cancelling_io_uring_first_lets_execve_wait_for_a_frozen_worker() -> None:
    """What mended P60i broke P60f: the worker is not killed before it is waited for."""
    for name, revision in REVISIONS.items():
        found = of("P60f", name).verdict
        mended = of("P60i", name).verdict is Verdict.PROVED
        assert (found is Verdict.REFUTED) is mended
        assert mended is (EXEC_CANCELS_FIRST in revision.patches)
    assert steps_of("P60f", "debian-6.12.117")[-1] == "the io worker is trapped"
