"""Histories of one's own: what is typed is the step that is meant, and gives the same states."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from checker.ground.problems import Problem
from checker.over_time.trace import broken_by, rerun
from checker.over_time.watched import Watched
from checker.running.fitting import fit_in, fits, system_named
from checker.running.history import NotTaken, Running, TakenStep
from checker.running.phrases import meant
from checker.running.script import script
from model.over_time.catalogue import SYSTEMS
from model.revisions import REVISIONS
from properties.catalogue import timed_by_id

ROOT = Path(__file__).parents[2]
_WORD = re.compile(r"(?P<history>\S*)#[0-9a-f]{10} (?P<kernel>all|\S+?)(?:…|;|,| |$)")


def _kept() -> list[tuple[str, str, str]]:
    """The property, the history as it is kept, and the first kernel, of each kept trace."""
    rows = (ROOT / "reports" / "traces.md").read_text().splitlines()
    cells = [row.split(" | ") for row in rows if row.startswith("| ") and "#" in row]
    return [
        (one[0].removeprefix("| "), found["history"], found["kernel"].replace("all", "v5.4"))
        for one in cells
        for found in _WORD.finditer(one[2])
    ]


KEPT = _kept()


def _typed(running: Running, steps: tuple[str, ...]) -> None:
    fit = fit_in(running.system, steps)
    for words, one in zip(steps, fit.meant, strict=True):
        assert isinstance(running.take(words, one), TakenStep), words


def test_all_kept_traces_are_read() -> None:
    assert len(KEPT) > 150
    assert len({one[0] for one in KEPT}) > 90


@pytest.mark.parametrize("one", KEPT, ids=lambda one: f"{one[0]}@{one[2]}")
def test_a_kept_trace_can_be_typed_and_gives_the_same_states(one: tuple[str, str, str]) -> None:
    name, history, kernel = one[0], one[1], REVISIONS[one[2]].kernel
    prop = timed_by_id(name)
    steps = script(history, name).steps
    known = [part.system for part in prop.by_system]
    fitting = {fit.system.name for fit in fits(steps, kernel)} if steps else set(SYSTEMS)
    system = next(system for system in known if system.name in fitting)
    running = Running(system, kernel)
    _typed(running, steps)
    same = [step.name for step in running.steps]
    assert running.states == rerun(system, kernel, same)[1]
    assert broken_by(prop.about(system.name), kernel, running.states)


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_random_steps_typed_in_any_spelling_give_the_same_states(name: str) -> None:
    chance, kernel = random.Random(name), REVISIONS["v6.12"].kernel
    system, machine = SYSTEMS[name], Watched(kernel)
    states, steps = [system.start(machine)], []
    for _ in range(12):
        moves = [(step, step.move(machine, states[-1])) for step in system.steps_on(machine)]
        can = [(step, move.then) for step, move in moves if move.when is True]
        if not can:
            break
        step, after = chance.choice(can)
        steps.append(step)
        states.append(after)
    text = "\n".join(chance.choice((str.upper, str.title, _kept_word))(one.name) for one in steps)
    running = Running(system, kernel)
    _typed(running, script(text, "these").steps)
    assert running.states == states


def _kept_word(name: str) -> str:
    return name.replace(" ", "_")


@pytest.mark.parametrize(
    ("system", "typed", "step"),
    [
        ("accounts", "fork", "task 1 forks"),
        ("accounts", "setuid 1", "task 1 sets its uid to user 1"),
        ("accounts", "execve", "task 1 executes"),
        ("accounts", "task 2 exit", "task 2 exits"),
        ("accounts", "setrlimit 1", "the limit is lowered to 1"),
        ("user_namespaces", "unshare CLONE_NEWUSER", "task 1 makes a user namespace"),
        ("user_namespaces", "setns", "task 1 joins the namespace"),
        ("pid_namespaces", "unshare CLONE_NEWPID", "the task sets a pid namespace aside"),
        ("thread_groups", "kill process 2", "process 2 is killed"),
        ("cgroup_freezer", "freeze", "the home cgroup is to freeze"),
        ("cgroup_freezer", "thaw", "the home cgroup is to thaw"),
        ("suspend", "suspend", "the machine is to suspend"),
        ("de_thread", "open vhost", "the process opens a vhost device"),
        ("vhost_worker", "VHOST_SET_OWNER", "the owner opens the device"),
    ],
)
def test_a_few_words_mean_a_step(system: str, typed: str, step: str) -> None:
    found = meant(SYSTEMS[system], typed)
    assert found is not None
    assert found.steps[0].name == step


def test_what_trace_tells_can_be_typed_again() -> None:
    told = "on v6.4, x:\n  1. task 1 forks    [kernel/fork.c:copy_process]\n       n0: 1 → 2\n"
    assert script(told, "it").steps == ("task 1 forks",)


def test_a_saved_trace_says_its_system_and_its_kernel() -> None:
    saved = {"system": "accounts", "kernel": "v5.15", "call": {"history": ["task 1 forks"]}}
    read = script(json.dumps(saved), "it")
    assert (read.steps, read.system, read.kernel) == (("task 1 forks",), "accounts", saved)


@pytest.mark.parametrize("text", ['{"call": 3}', "{", '{"call": {"history": [1]}}'])
def test_what_is_no_saved_trace_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        script(text, "it")


def test_an_unknown_step_is_told_with_those_near_to_it() -> None:
    with pytest.raises(Problem, match="unknown step 'fly'"):
        fits(("fly",), REVISIONS["v6.12"].kernel)
    with pytest.raises(Problem, match="near it: a segment of shared memory is locked"):
        fits(("lock some shared memory now",), REVISIONS["v6.12"].kernel)


def test_steps_of_two_systems_are_refused_with_the_systems_that_have_them() -> None:
    with pytest.raises(Problem, match="no system has all of these steps"):
        fits(("a credential is copied", "task 1 forks"), REVISIONS["v6.12"].kernel)


def _not_taken(system: str, kernel: str, *steps: str) -> NotTaken:
    running = Running(system_named(system), REVISIONS[kernel].kernel)
    done = [
        running.take(typed, one)
        for typed, one in zip(steps, fit_in(running.system, steps).meant, strict=True)
    ]
    assert isinstance(done[-1], NotTaken)
    assert len(running.states) == len(steps)
    return done[-1]


def test_a_fact_in_the_way_is_named_with_its_value() -> None:
    done = _not_taken("suspend", "v6.12", "the other process closes the file")
    assert done.refusal.needs == ("passed = yes (it is no)",)


def test_several_facts_in_the_way_are_named_together() -> None:
    done = _not_taken("suspend", "v6.12", "the release is over")
    assert "worker_gone = yes (it is no) and closing = yes (it is no)" in done.refusal.needs


def test_a_call_that_is_refused_is_told_by_its_errno() -> None:
    asks = "the task clones a thread into a new pid namespace"
    done = _not_taken("pid_namespaces", "v6.12", asks)
    assert done.refusal.reason == "the call is refused: EINVAL"


def test_a_kernel_without_the_step_is_told_what_it_lacks() -> None:
    asks = "the owner opens the device and asks for a kthread"
    assert _not_taken("suspend", "v6.12", asks).refusal.lacks == "v6.12 lacks FORK_OWNER"


def test_what_may_come_next_is_every_step_once() -> None:
    running = Running(system_named("suspend"), REVISIONS["v6.12"].kernel)
    found = list(running.next())
    assert [one.step for one in found] == running.system.steps
    assert [one.step.name for one in found if one.refusal is None] == [
        "the owner opens the device", "the machine is to suspend"
    ]
