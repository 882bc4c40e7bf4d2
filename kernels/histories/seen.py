"""What the player's looks tell of a fact of the world, in whichever scope.

A look counts workers by their kind; of which kinds *the* worker may be is the scope's.  A fact
is shown where it can be told, and read as ``None`` where it could not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kernels.histories.script import Facts
from model.over_time import both_freezers, vhost_worker
from model.over_time.places import Thread
from model.over_time.steps.cred import ONE, OTHER
from model.over_time.steps.sys import LESS, MORE
from model.over_time.world import Stop, WorkerRun

KINDS = ("vhost", "kvm", "io")
RUNS = (int(Thread.LIVE), int(Thread.KILLED))
UIDS = {"u1": ONE, "u2": OTHER}
_GROUPS = {"home": 1, "away": 2}
_COUNTED = ("", "_threads", "_kthreads", "_inside", "_nofreeze", "_stopped")


def counted(told: Facts, kinds: Iterable[str]) -> Facts:
    """Return how many workers there are, of some kinds together: all, threads, kthreads, …."""
    return {
        f"workers{what}": sum(told.get(f"{kind}{what}", 0) for kind in kinds) for what in _COUNTED
    }


@dataclass(frozen=True, slots=True)
class Fact:
    """How a fact is read of what was told, and what a state shows of it, and when."""

    read: Callable[[Facts], Any]
    shown: Callable[[Any], Any] | None = None
    when: Callable[[Any], Any] = lambda _state: True


def lives(state: Any) -> bool:
    """Return whether the worker is there to be seen."""
    there = state.made and not state.worker_gone and not state.left
    return bool(there or vhost_worker.lives(state))


def runs(thread: Any) -> bool:
    """Return whether a thread of the process is there to be seen."""
    return int(thread) in RUNS


def owners_life(told: Facts) -> str:
    """Return the life of the owner's leader: alive, stopped, zombie, gone."""
    return str(told["owner"] if "owner" in told else told["seen"]["t1"]["life"])


def _gone(told: Facts) -> bool:
    return owners_life(told) in ("zombie", "gone")


def _worker(read: Callable[[Facts], Any], shown: Callable[[Any], Any] | None = None) -> Fact:
    """Return a fact of the worker while it is there."""
    return Fact(lambda told: read(told) if _kind(told) else None, shown, lives)


def _kind(told: Facts) -> str:
    """Return whether the worker is a thread of its owner, a kthread, or a process; or nothing."""
    if "worker" in told or not told["workers"]:
        return str(told.get("worker", ""))
    kinds = ("kthread", "thread")
    return next((one for one in kinds if told[f"workers_{one}s"]), "process")


def _which(its: Any, owners: Any) -> str:
    """Return how a namespace of the worker's looks beside its owner's."""
    return "first" if its == 0 else "owner" if its == owners else "other"


def _limit(told: Facts) -> Any:
    return told["owner_limit"] if "owner_limit" in told else told["seen"]["t1"]["limit"]


def _workers_limit(told: Facts) -> int:
    """Return it; a worker that has not its owner's limits has far more."""
    return told["worker_limit"] if told["worker_limit"] in (LESS, MORE) else 0


def _stopped(state: Any) -> str:
    over = state.run == int(WorkerRun.NONE) or state.stop == int(Stop.DONE)
    return "done" if over else "not done"


def _frozen(state: Any) -> bool:
    return bool(state.freeze and both_freezers.frozen(state))


def _memory(told: Facts) -> str | None:
    """Return whether the closer is done: a device keeps its owner's memory until then."""
    return {"held": "not done", "free": "done"}[told["memory"]] if _gone(told) else None


FACTS: dict[str, Fact] = {
    # the worker
    "made": Fact(lambda told: told["workers"] > 0, when=lambda state: not state.worker_gone),
    "worker_gone": Fact(
        lambda told: told["workers"] == 0, lambda state: bool(state.worker_gone or not state.made)
    ),
    "run": Fact(
        lambda told: "works" if told["workers"] else "none or over",
        lambda state: "works" if lives(state) else "none or over",
    ),
    "thread": _worker(lambda told: _kind(told) == "thread"),
    "kthread": _worker(lambda told: _kind(told) == "kthread"),
    "nofreeze": _worker(lambda told: told["workers_nofreeze"] > 0),
    "worker_stopped": _worker(lambda told: told["workers_stopped"] > 0),
    "worker_away": _worker(lambda told: told["workers_inside"] == 0),
    "masked": _worker(lambda told: told["mask"] == "kept" if "mask" in told else None),
    "worker_uid": _worker(lambda told: UIDS.get(told["worker_uid"], 0)),
    "worker_limit": _worker(_workers_limit),
    "worker_cgroup": _worker(lambda told: _GROUPS.get(told["worker_group"], 0)),
    "worker_ns": _worker(
        lambda told: told["worker_uts"], lambda state: _which(state.worker_ns, state.ns)
    ),
    "worker_user_ns": _worker(
        lambda told: told["worker_user"],
        lambda state: _which(state.worker_user_ns, state.user_ns),
    ),
    "in_cgroup": Fact(lambda told: told["workers"] == told["workers_inside"]),
    "gave_up": Fact(lambda told: told["request"] == "ECANCELED"),
    "vhost": Fact(lambda told: told["vhost"] > 0, lambda state: runs(state.vhost)),
    "vhost_thread": Fact(
        lambda told: told["vhost_threads"] > 0 if told["vhost"] else None,
        when=lambda state: runs(state.vhost),
    ),
    # how many there are, and who is charged
    "workers": Fact(
        lambda told: told["workers"], lambda state: int(state.workers + state.a + state.b)
    ),
    "opened": Fact(lambda told: told["workers"]),
    "kthreads": Fact(
        lambda told: told["workers_kthreads"],
        lambda state: state.a * bool(state.a_kthread) + state.b * bool(state.b_kthread),
    ),
    "tasks": Fact(lambda told: told["counts"].get("u1")),
    "limit": Fact(_limit),
    "pids": Fact(lambda told: told.get("pids")),
    "pids_max": Fact(lambda told: told.get("pids_max")),
    # the owner, who else has the file, and what the cgroups say
    "killed": Fact(lambda told: owners_life(told) != "alive"),
    "owner_gone": Fact(_gone),
    "owner_away": Fact(
        lambda told: None if _gone(told) else not told["owner_inside"],
        when=lambda state: not state.owner_gone,
    ),
    "stop": Fact(_memory, _stopped, lambda state: state.owner_gone and not state.kvm),
    "closed": Fact(
        lambda told: told["seen"]["t2"]["life"] != "alive", when=lambda state: state.passed
    ),
    "handled": Fact(lambda told: told["handled"] > 0 if "handled" in told else None),
    "main_stopped": Fact(lambda told: owners_life(told) == "stopped"),
    "uid": Fact(lambda told: UIDS.get(told["owner_uid"])),
    "cgroup": Fact(lambda told: _GROUPS.get(told["owner_group"], 0)),
    "frozen": Fact(lambda told: told["frozen"] == 1, _frozen),
    "home_says": Fact(lambda told: told["frozen"] == 1),
    "away_says": Fact(lambda told: told["other_frozen"] == 1),
}


def shown(names: Iterable[str], state: Any) -> Facts:
    """Return what a state shows of some facts."""
    known = ((name, FACTS[name]) for name in names)
    return {
        name: one.shown(state) if one.shown else getattr(state, name)
        for name, one in known
        if one.when(state)
    }


def read(names: Iterable[str], told: Facts, kinds: Iterable[str] = KINDS) -> Facts:
    """Return the same facts as they were told."""
    all_told = told | counted(told, kinds)
    return {name: FACTS[name].read(all_told) for name in names}
