"""Publishing: the half-steps of copy_process() against signals, a dying init, and pids.max.

kernel/fork.c:copy_process (from the multiprocess list to the last test under siglock),
kernel/pid_namespace.c:zap_pid_ns_processes, kernel/cgroup/pids.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, when_word
from model.over_time import calls
from model.over_time.step import Machine, Move, System, but
from model.records import BOOL, fact

_COPY = "kernel/fork.c:copy_process"


class Half(IntEnum):
    """How far the fork got."""

    NO = 0
    LISTED = 1
    """On the multiprocess list: signals to the group are noted for the child."""
    CHARGED = 2
    """pids_can_fork() charged the cgroup."""
    DONE = 3
    FAILED = 4


class Child(IntEnum):
    """Where the child is."""

    NONE = 0
    ALIVE = 1
    RELEASED = 2


@dataclass(frozen=True, slots=True)
class Publishing:
    """A caller in a pid namespace, and its fork."""

    half: Word = fact(8, 0, "how far the fork got", names="half")
    group_signal: Truth = fact(BOOL, False, "a signal was sent to the group during the fork")
    noted: Truth = fact(BOOL, False, "it is noted for the child")
    pending: Truth = fact(BOOL, False, "it is pending for the caller")
    fatal: Truth = fact(BOOL, False, "SIGKILL is pending for the caller")
    adding: Truth = fact(BOOL, True, "PIDNS_ADDING: the namespace's init lives")
    errno: Word = fact(16, 0, "what the fork returned", names="errno")
    child: Word = fact(8, 0, "the child", names="child")
    child_pending: Truth = fact(BOOL, False, "the signal is pending for the child")
    late_child: Truth = fact(BOOL, False, "the child was added after the init's death")
    charges: Word = fact(8, 0, "charges of the cgroup for the child", signed=True)


SYSTEM = System(
    name="publishing",
    about="the half-steps of one fork against signals and a dying init",
    record=Publishing,
    tasks="one caller and its child",
    start=lambda _machine: Publishing(),
)


def _in_progress(state: Publishing) -> Truth:
    return either(state.half == int(Half.LISTED), state.half == int(Half.CHARGED))


@SYSTEM.step(at=_COPY, who="caller")
def the_fork_begins(_machine: Machine, state: Publishing) -> Move:
    """No signal is pending; the caller is on the multiprocess list."""
    quiet = both(state.half == int(Half.NO), no(state.pending), no(state.fatal))
    return Move(quiet, but(state, half=int(Half.LISTED)))


@SYSTEM.step(at="kernel/cgroup/pids.c:pids_can_fork", who="caller", own=True)
def the_cgroup_is_charged(_machine: Machine, state: Publishing) -> Move:
    """One task more."""
    after = but(state, half=int(Half.CHARGED), charges=state.charges + 1)
    return Move(state.half == int(Half.LISTED), after)


@SYSTEM.step(at="kernel/signal.c:__send_signal_locked", who="user")
def the_group_gets_a_signal(_machine: Machine, state: Publishing) -> Move:
    """kill(-pgid): noted for every fork in progress of the group."""
    after = but(state, group_signal=True, noted=True, pending=True)
    return Move(both(_in_progress(state), no(state.group_signal)), after)


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="user")
def the_caller_gets_SIGKILL(_machine: Machine, state: Publishing) -> Move:
    """At any time."""
    return Move(both(no(state.fatal), no(state.half == int(Half.DONE))), but(state, fatal=True))


@SYSTEM.step(at="kernel/pid_namespace.c:zap_pid_ns_processes", who="init")
def the_namespaces_init_dies(_machine: Machine, state: Publishing) -> Move:
    """disable_pid_allocation(), then SIGKILL to all that are there."""
    return Move(state.adding, but(state, adding=False))


@SYSTEM.step(at=_COPY, who="caller", own=True)
def the_fork_comes_to_its_last_tests(machine: Machine, state: Publishing) -> Move:
    """Under siglock and tasklist_lock: fails, or publishes the child with the noted signals."""
    dead = machine.ask(calls.last_test, True, False)
    killed = machine.ask(calls.last_test, False, True)
    fine = machine.ask(calls.last_test, False, False)
    errno = when_word(
        16, no(state.adding), dead, when_word(16, state.fatal, killed, fine)
    )
    ok = errno == 0
    after = but(
        state,
        half=when_word(8, ok, int(Half.DONE), int(Half.FAILED)),
        errno=errno,
        child=when_word(8, ok, int(Child.ALIVE), int(Child.NONE)),
        child_pending=both(ok, state.noted),
        late_child=both(ok, no(state.adding)),
        charges=state.charges - when_word(8, ok, 0, 1),
    )
    return Move(state.half == int(Half.CHARGED), after)


@SYSTEM.step(at="kernel/exit.c:release_task", who="parent")
def the_child_is_released(_machine: Machine, state: Publishing) -> Move:
    """pids_release() gives the charge back."""
    after = but(state, child=int(Child.RELEASED), charges=state.charges - 1)
    return Move(state.child == int(Child.ALIVE), after)
