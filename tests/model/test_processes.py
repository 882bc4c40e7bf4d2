"""The world that calls are made in: what they come to, what they leave, on several kernels."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from checker.ground.problems import Problem
from checker.over_time.watched import Watched
from checker.running.calls import CALLS, NotACall, call
from checker.running.processes import Calling, CallMade, CannotCall, all_calls, errno_of
from model.kernel import Kernel
from model.over_time.accounts import ACCOUNTS, Accounts, slots
from model.over_time.charges import SlotLife
from model.patches import BOUND_OF_INNER_NS
from model.processes.world import Around
from model.revisions import REVISIONS
from model.words import CAP_FULL_SET


def _made(text: str, kernel: str = "v6.12", uid: int = 0) -> tuple[Calling, list[str]]:
    """The history, and how each call ended: OK, an errno, or why it cannot be made."""
    return _on(REVISIONS[kernel].kernel, text, uid)


def _on(kernel: Kernel, text: str, uid: int = 0) -> tuple[Calling, list[str]]:
    calling = Calling(kernel, uid)
    done = [calling.make(one.strip()) for one in text.split(";")]
    return calling, [
        one.reason if isinstance(one, CannotCall) else errno_of(one.errno).replace("0", "OK")
        for one in done
    ]


def test_nobody_is_made_in_a_pid_namespace_whose_init_has_ended() -> None:
    _, came = _made("unshare CLONE_NEWPID; fork; exit child; fork; wait; fork")
    assert came == ["OK", "OK", "OK", "ENOMEM", "OK", "ENOMEM"]


@pytest.mark.parametrize(("bound", "ends"), [(False, "OK"), (True, "EAGAIN")])
def test_a_root_service_in_a_user_namespace_executes_as_nobody(bound: bool, ends: str) -> None:
    """59ec71575ab4 held the new namespace's bound against root's own count."""
    known = set(REVISIONS["v5.15"].patches) | ({BOUND_OF_INNER_NS} if bound else set())
    kernel = Kernel.of("v5.15 composed", known)
    text = "others 0 100; setrlimit 4; fork; child: unshare CLONE_NEWUSER; setuid nobody; execve"
    assert _on(kernel, text)[1][-1] == ends


@pytest.mark.parametrize("kernel", ["v5.4", "v5.17", "v6.12"])
def test_su_to_a_user_over_its_limit_fails_in_execve_alone(kernel: str) -> None:
    _, came = _made("others 1000 3; setrlimit 2; setuid 1000; execve; setrlimit 9; execve", kernel)
    assert came == ["OK", "OK", "OK", "EAGAIN", "OK", "OK"]


@pytest.mark.parametrize(("kernel", "ends"), [("v6.1", "OK"), ("v6.12", "ENOMEM")])
def test_a_vhost_worker_counts_since_it_is_a_thread_of_its_owner(kernel: str, ends: str) -> None:
    assert _made("setrlimit 1; vhost", kernel, uid=1000)[1] == ["OK", ends]


def test_who_waits_in_vfork_calls_nothing_until_its_child_executes() -> None:
    calling, came = _made("vfork; fork; 2: execve; 1: fork")
    assert came == ["OK", "task 1 waits in vfork() for task 2", "OK", "OK"]
    assert calling.worlds[-1].tasks[1].mm != calling.worlds[-1].tasks[2].mm


def test_execve_of_a_thread_makes_it_the_leader() -> None:
    calling, _ = _made("thread; child: fork; 2: execve")
    tasks = calling.worlds[-1].tasks
    assert set(tasks) == {2, 3}
    assert (tasks[2].leader, tasks[3].parent) == (2, 2)


SHARED_ROOT = "clone CLONE_FS; 2: setreuid 2 1; 2: execve"


@pytest.mark.parametrize(
    ("kernel", "text", "uids"),
    [
        ("v6.14", SHARED_ROOT, (2, 2, 2)),
        ("v6.17", SHARED_ROOT, (2, 1, 1)),
        ("v6.14", SHARED_ROOT.replace("CLONE_FS", ""), (2, 1, 1)),
        ("v6.14", "clone CLONE_FS; 2: setreuid 2 1; 1: exit; 2: execve", (2, 1, 1)),
        ("v6.14", "clone CLONE_FS; 2: setresuid 2 0 0; 2: execve", (2, 0, 0)),
    ],
)
def test_execve_takes_from_who_shares_its_root(
    kernel: str, text: str, uids: tuple[int, int, int]
) -> None:
    """Two uids were a change until 337490f0007f; capabilities that are gained still are one."""
    calling, came = _made(text, kernel)
    cred = calling.worlds[-1].tasks[2].cred
    assert (cred.uid, cred.euid, cred.suid) == uids
    assert set(came) == {"OK"}


@pytest.mark.parametrize(("flags", "left"), [("CLONE_FS", (0, 0)), ("", (1, CAP_FULL_SET))])
def test_who_shares_its_root_gains_no_capabilities_by_execve(
    flags: str, left: tuple[int, int]
) -> None:
    """Root without capabilities would gain all of them."""
    calling, _ = _made(f"clone {flags}; 2: setresuid 0 1 1", "v6.17")
    world = calling.worlds[-1]
    bare = replace(world.tasks[2].cred, permitted=0)
    calling.worlds.append(world.changed(2, cred=bare))
    calling.make("2: execve")
    cred = calling.worlds[-1].tasks[2].cred
    assert (cred.euid, cred.permitted) == left


def test_a_process_is_killed_though_its_leader_has_ended() -> None:
    calling, _ = _made("fork; 2: thread; 2: exit; 1: kill 2")
    assert not [task for task in calling.worlds[-1].living() if task.leader == 2]


def test_an_init_waits_for_those_whom_others_have_to_wait_for() -> None:
    calling, came = _made("unshare CLONE_NEWPID; fork; fork; kill 2; wait 2; wait 3; wait 2")
    assert came[4] == "nobody has ended whom it could wait for"
    assert came[5:] == ["OK", "OK"]
    assert set(calling.worlds[-1].tasks) == {1}


def test_wait_finds_no_child_where_sigchld_was_ignored_by_an_init_that_shared_handlers() -> None:
    text = "clone CLONE_NEWPID CLONE_VM CLONE_SIGHAND; exit child; fork; exit child; wait"
    assert _made(text)[1][-1] == "ECHILD"


def test_every_count_is_the_number_of_tasks_charged_to_it() -> None:
    """A conserved count: whatever is called, on every kernel but v5.14, which leaves a unit."""
    for kernel in ("v5.4", "v5.17", "v6.12"):
        chance = random.Random(kernel)
        calling = Calling(REVISIONS[kernel].kernel)
        for _ in range(300):
            world = calling.worlds[-1]
            who = chance.choice(list(world.tasks))
            verb = chance.choice(("fork", "thread", "exit", "setuid 1", "setreuid 1 2", "execve",
                                  "unshare CLONE_NEWUSER", "clone CLONE_NEWUSER", "wait"))
            if len(world.tasks) < 12 or verb in ("exit", "wait"):
                calling.make(f"{who}: {verb}" if who != 1 or verb != "exit" else "1: fork")
            after = calling.worlds[-1]
            charged: dict[tuple[int, int], int] = {}
            for task in after.tasks.values():
                for element in after.chain(task.cred.key):
                    charged[element] = charged.get(element, 0) + 1
            assert {one: n for one, n in after.counts.items() if n} == charged


STEPS = {
    "forks": "fork", "exits": "exit", "sets its uid to user 1": "setuid 1",
    "sets its real uid to 1 and its effective to 2": "setreuid 1 2", "executes": "execve",
}


@pytest.mark.parametrize("kernel", list(REVISIONS))
def test_calls_do_what_the_accounts_say(kernel: str) -> None:
    """Random histories of the system of accounts, made as calls: the same counts and marks."""
    chance, machine = random.Random(kernel), Watched(REVISIONS[kernel].kernel)
    for _ in range(12):
        state: Accounts = ACCOUNTS.start(machine)
        calling = Calling(REVISIONS[kernel].kernel, 0, Around(init_waits=False))
        for typed in ("fork", "2: setuid 1", "1: setrlimit 2", "2: setrlimit 2"):
            calling.make(typed)
        names = {1: 1, 2: 2}
        for _ in range(10):
            moves = [(one, one.move(machine, state)) for one in ACCOUNTS.steps_on(machine)]
            step, after = chance.choice([(one, m.then) for one, m in moves if m.when is True])
            _follow(calling, names, step.name, (state, after))
            state = after
            world = calling.worlds[-1]
            assert [world.count(0, uid) for uid in (0, 1, 2)] == [state.n0, state.n1, state.n2]
            for place, slot in enumerate(slots(state), 1):
                if slot.life == int(SlotLife.ALIVE):
                    task = world.tasks[names[place]]
                    assert (task.cred.uid, task.marked) == (slot.uid, slot.marked), step.name


def _follow(
    calling: Calling, names: dict[int, int], step: str, states: tuple[Accounts, Accounts]
) -> None:
    """Make the calls that a step of the accounts stands for."""
    before, after = states
    if step.startswith("the limit"):
        for place, slot in enumerate(slots(after), 1):
            if slot.life == int(SlotLife.ALIVE):
                calling.make(f"{names[place]}: setrlimit {after.limit}")
        return
    place, does = int(step.split()[1]), step.split(maxsplit=2)[2]
    if does == "is reaped":
        done = calling.make(f"reap {names[place]}")
    else:
        done = calling.make(f"{names[place]}: {STEPS[does]}")
    assert isinstance(done, CallMade), (step, done)
    if does == "forks":
        pairs = zip(slots(before), slots(after), strict=True)
        came = [n for n, (old, new) in enumerate(pairs, 1) if old.life != new.life]
        names |= dict.fromkeys(came, done.made)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("unshare CLONE_NEWPIT", "did you mean CLONE_NEWPID"),
        ("setuid", "setuid takes a uid"),
        ("setuid me", "must be a number"),
        ("setrlimit many", "must be a number"),
        ("setns CLONE_NEWNET 1", "a user or a pid namespace"),
        ("fork 3", "fork takes nothing"),
    ],
)
def test_a_call_with_wrong_arguments_is_told(typed: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        call(typed)


def test_what_is_no_call_is_known_as_none() -> None:
    with pytest.raises(NotACall):
        call("the owner opens the device")
    assert not all_calls(("fork", "the owner opens the device"))
    assert all_calls(("fork", "2: execve"))
    assert "fork" in CALLS
