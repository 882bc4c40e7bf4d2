"""A scope is the world seen through some of its facts: what it leaves out makes no difference."""

from dataclasses import FrozenInstanceError, fields, replace
from functools import cache
from typing import Any

import pytest

from checker.over_time.explore import explore
from checker.over_time.watched import Watched
from model import records
from model.mistake import Mistake
from model.over_time import accounts, user_namespaces
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Machine, TransitionSystem
from model.over_time.steps import exit, files, io_wq, kvm, pid_namespace, signal, vhost, vhost_task
from model.over_time.world import Scope, World, but, scope
from model.revisions import REVISIONS

FACTS = [one.name for one in fields(World)]
SCOPES = [one for one in SYSTEMS.values() if issubclass(one.record, Scope)]


SLEEPERS = {"cgroup_freezer", "both_freezers", "worker_signals", "io_wq_exit", "suspend"}
URING = {"sqpoll", "coredump", "de_thread", "io_wq_retry"}
AWAKE = {"vhost_ownership", "inheritance", "vhost_worker", "pid_namespaces", "userns_sharing"}
MOST = 1_500
"""What a scope leaves out may be a number without end: then this many states are looked at."""
ENDLESS = {"vhost_new_worker"}


def _whole(state: Any) -> World:
    """A state of a scope as one of the whole world, the rest as the scope says it is."""
    return World(**{name: getattr(state, name) for name in FACTS})


def _seen(system: TransitionSystem, world: World) -> Any:
    return system.record(**{one.name: getattr(world, one.name) for one in fields(system.record)})


@pytest.mark.parametrize("kernel", ["v5.4", "series-11", "v6.6", "v6.12", "v7.1"])
@pytest.mark.parametrize("system", SCOPES, ids=lambda one: one.name)
def test_a_scope_is_the_whole_world_seen_through_its_facts(
    system: TransitionSystem, kernel: str
) -> None:
    """Else a fact that some step changes and another reads was left out."""
    machine = Watched(REVISIONS[kernel].kernel)
    todo = [_whole(system.start(machine))]
    known = set(todo)
    for world in todo:
        mine = _seen(system, world)
        for step in system.steps_on(machine):
            whole, seen = step.move(machine, world), step.move(machine, mine)
            assert (whole.when, _seen(system, whole.then)) == (seen.when, seen.then), step.name
            if whole.when and whole.then not in known and len(known) < MOST:
                known.add(whole.then)
                todo.append(whole.then)
    assert len(known) < MOST or system.name in ENDLESS


def test_the_test_sees_a_fact_that_is_left_out() -> None:
    """Who forgets that an owner was killed lets it open a device afterwards."""
    forgetful = scope("forgetful", about="", tasks="", facts="made")
    forgetful.takes(*SYSTEMS["cgroup_freezer"].steps)
    with pytest.raises(AssertionError):
        test_a_scope_is_the_whole_world_seen_through_its_facts(forgetful, "v6.12")


@pytest.mark.parametrize(
    ("said_once", "by"),
    [
        (
            vhost_task.calls_get_signal,
            {"cgroup_freezer", "both_freezers", "worker_signals", "suspend"},
        ),
        (vhost_task.leaves_for_a_signal, {"worker_signals", "vhost_worker"}),
        (vhost_task.takes_SIGKILL, {"cgroup_freezer", "vhost_flush"}),
        (vhost_task.done, {"cgroup_freezer", "vhost_flush", "suspend", "vhost_wake"}),
        (
            vhost.moved_by_its_owner,
            {"cgroup_freezer", "vhost_new_worker", "vhost_devices", "both_freezers", "inheritance"},
        ),
        (signal.owner_is_awake, SLEEPERS | URING | AWAKE),
        (vhost_task.is_alive, {"coredump", "de_thread", "worker_signals"}),
        (pid_namespace.without_its_init, {"pid_namespaces", "reaping"}),
        (exit.notice, {"families", "reaping"}),  # exec_ids has as many states
    ],
)
def test_a_change_of_one_function_is_one_of_every_scope_that_uses_it(
    said_once: Any, by: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a commit would change it: here to no, or to nothing at all."""
    before = _sizes_as_they_are()
    name = said_once.__name__
    for module in (exit, files, io_wq, kvm, pid_namespace, signal, vhost, vhost_task):
        if getattr(module, name, None) is said_once:
            monkeypatch.setattr(module, name, _OTHER.get(name, _no))
    after = _sizes()
    assert {name for name in before if before[name] != after[name]} == by


def _no(*_: Any) -> bool:
    return False


def _itself(world: World, *_: Any) -> World:
    return world


_OTHER = {
    **dict.fromkeys(("moved_by_its_owner", "done", "without_its_init"), _itself),
    "notice": lambda _world: 0,
}
"""Where it is no truth, what a function comes to instead."""


def _sizes() -> dict[str, str]:
    return {one.name: explore(one, REVISIONS["v7.1"].kernel, 1_000).size for one in SCOPES}


_sizes_as_they_are = cache(_sizes)


def test_a_fact_that_the_world_has_not_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="'mad', which is no fact"):
        scope("wrong", about="", tasks="", facts="mad")
    with pytest.raises(Mistake, match="'mad' is no fact"):
        but(World(), mad=True)


RECORDS = {
    **{name: one.start(Machine(REVISIONS["v6.12"].kernel)) for name, one in SYSTEMS.items()},
    "tasks beside the slots": accounts.CHARGES.crowded()(),
    "tasks beside the slots, namespaces": user_namespaces.CHARGES.crowded()(),
}


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_with_a_fact_changed_is_what_dataclasses_make_of_it(record: str) -> None:
    before = RECORDS[record]
    for fact in fields(before):
        changed = {fact.name: "another"}
        made = records.but(before, **changed)
        assert made == replace(before, **changed) != before
        assert type(made) is type(before)
        with pytest.raises(FrozenInstanceError):
            setattr(made, fact.name, "a third")
    with pytest.raises(AttributeError, match="no_such_fact"):
        records.but(before, no_such_fact=True)
