"""Exec ids: what a parent that has executed meanwhile is sent when its child ends.

fs/exec.c:begin_new_exec raises task->self_exec_id, kernel/fork.c:copy_process has the child
remember it, kernel/signal.c:do_notify_parent compares.  The ids are what they are, of 32 or
64 bits; a step may stand for many execve() in a row, so that a wrap is a history.
"""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, Word, both, either, implies, no, signed_below, when, when_word
from model.kernel import Kernel
from model.over_time.places import Life
from model.over_time.step import Machine, Move, System, but
from model.patches import EXEC_ID_64
from model.records import fact

_EXEC = "fs/exec.c:begin_new_exec"
WIDE = 80
"""Bits of a fact: more than any id has, so that a comparison is one of plain numbers."""


@dataclass(frozen=True, slots=True)
class ExecIds:
    """A parent, and a child that is to send it a signal of the child's choice."""

    own: Word = fact(WIDE, 5, "the parent's self_exec_id")
    remembered: Word = fact(WIDE, 0, "the child's parent_exec_id")
    executed: Word = fact(WIDE, 0, "how often the parent executed since it made the child")
    child: Word = fact(8, 0, "the child", names="family")
    signal: Word = fact(8, 0, "the child's exit signal")
    sent: Word = fact(8, 0, "what the parent was sent when the child ended")
    steps: Word = fact(WIDE, 3, "how many more steps of execve() there may be")


SYSTEM = System(
    name="exec_ids",
    about="execve() of a parent between the making and the end of its child",
    record=ExecIds,
    tasks="a parent that executes less than 2**64 times, and one child",
    start=lambda _machine: ExecIds(),
)


def ids(kernel: Kernel) -> int:
    """Return how many exec ids there are."""
    return 2**64 if kernel[EXEC_ID_64] is True else 2**32


def _later(kernel: Kernel, own: Word, times: int) -> Word:
    """Return the id after so many execve(): it wraps."""
    last = ids(kernel)
    wraps = no(signed_below(own + times, last))
    return when_word(WIDE, wraps, own + times - last, own + times)


def lives(state: ExecIds) -> Truth:
    """Return whether the child is there."""
    return state.child == int(Life.ALIVE)


@SYSTEM.step(at="kernel/fork.c:copy_process", who="parent")
def the_parent_clones_a_child_that_is_to_send_SIGUSR1(
    _machine: Machine, state: ExecIds
) -> Move:
    """clone(SIGUSR1): the child remembers its parent's exec id."""
    after = but(
        state, child=int(Life.ALIVE), signal=words.SIGUSR1, remembered=state.own, executed=0
    )
    return Move(state.child == int(Life.NONE), after)


def _executes(machine: Machine, state: ExecIds, times: int) -> Move:
    after = but(
        state,
        own=_later(machine.kernel, state.own, times),
        executed=when_word(WIDE, lives(state), state.executed + times, state.executed),
        steps=state.steps - 1,
    )
    return Move(signed_below(0, state.steps), after)


@SYSTEM.step(at=_EXEC, who="parent")
def the_parent_executes(machine: Machine, state: ExecIds) -> Move:
    """execve(): perhaps a set-user-ID file."""
    return _executes(machine, state, 1)


@SYSTEM.step(at=_EXEC, who="parent", each=(2**32 - 1,))
def the_parent_executes_X_times(machine: Machine, state: ExecIds, times: int) -> Move:
    """As many execve() in a row; a week or two on a machine."""
    return _executes(machine, state, times)


@SYSTEM.step(at="fs/exec.c:de_thread", who="child")
def the_child_executes(_machine: Machine, state: ExecIds) -> Move:
    """It will send SIGCHLD then."""
    return Move(lives(state), but(state, signal=words.SIGCHLD))


@SYSTEM.step(at="kernel/signal.c:do_notify_parent", who="child")
def the_child_ends_and_its_parent_is_sent_a_signal(_machine: Machine, state: ExecIds) -> Move:
    """Its exit signal if the ids agree; else SIGCHLD."""
    agree = state.remembered == state.own
    sent = when_word(8, agree, state.signal, words.SIGCHLD)
    return Move(lives(state), but(state, child=int(Life.GONE), sent=sent))


def told_after_an_execve(state: ExecIds) -> Truth:
    """Return whether the parent was sent a signal, and had executed since the clone()."""
    return both(no(state.sent == 0), signed_below(0, state.executed))


def there_is_no_child_yet_and_any_exec_id(kernel: Kernel, state: ExecIds) -> Truth:
    """Nothing was sent; any number of steps to come."""
    fresh = both(state.child == int(Life.NONE), state.sent == 0, state.executed == 0)
    return both(fresh, state.remembered == 0, _below(state.own, ids(kernel)))


def _below(number: Word, most: int) -> Truth:
    return both(no(signed_below(number, 0)), signed_below(number, most))


def before_any_wrap(state: ExecIds) -> Truth:
    """Return whether there were less than 2**64 execve(): one in a nanosecond takes 580 years."""
    return signed_below(state.executed, 2**64)


def ids_are_within_their_bits(kernel: Kernel, state: ExecIds) -> Truth:
    """They wrap; the number of execve() does not."""
    own, remembered = (_below(one, ids(kernel)) for one in (state.own, state.remembered))
    return both(own, remembered, no(signed_below(state.executed, 0)))


def a_living_child_remembers_the_id_of_that_many_execve_ago(
    kernel: Kernel, state: ExecIds
) -> Truth:
    """The ids differ by the number of execve(), but for a wrap; what was sent is settled."""
    since = state.remembered + state.executed
    level = either(state.own == since, state.own == since - ids(kernel))
    signals = either(state.signal == words.SIGUSR1, state.signal == words.SIGCHLD)
    near = implies(before_any_wrap(state), level)
    return when(lives(state), both(near, signals, state.sent == 0), True)


def nothing_is_sent_before_the_child_ends(_kernel: Kernel, state: ExecIds) -> Truth:
    """One child, one signal."""
    return either(state.sent == 0, state.child == int(Life.GONE))
