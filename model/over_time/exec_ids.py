"""Exec ids: what a parent that has executed meanwhile is sent when its child ends.

fs/exec.c:begin_new_exec raises task->self_exec_id, kernel/fork.c:copy_process has the child
remember it, kernel/signal.c:do_notify_parent compares.  The ids are what they are, of 32 or
64 bits; a step may stand for many execve() in a row, so that a wrap is a history.
"""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, implies, no, signed_below, when, when_word
from model.kernel import Kernel
from model.over_time.places import Life
from model.over_time.step import Machine, Move
from model.over_time.steps import exit
from model.over_time.world import World, but, scope
from model.patches import EXEC_ID_64

_EXEC = "fs/exec.c:begin_new_exec"
WIDE = 80
"""Bits of the facts."""


SYSTEM = scope(
    "exec_ids",
    about="execve() of a parent between the making and the end of its child",
    facts="self_exec_id parent_exec_id executed child child_signal notice execs_left",
    tasks="a parent that executes less than 2**64 times, and one child",
    self_exec_id=5,
    execs_left=3,
)


def ids(kernel: Kernel) -> Word:
    """Return how many exec ids there are."""
    return when_word(WIDE, kernel[EXEC_ID_64], 2**64, 2**32)


def _later(kernel: Kernel, own: Word, times: int) -> Word:
    """Return the id after so many execve(): it wraps."""
    last = ids(kernel)
    wraps = no(signed_below(own + times, last))
    return when_word(WIDE, wraps, own + times - last, own + times)


def lives(world: World) -> Truth:
    """Return whether the child is there."""
    return world.child == int(Life.ALIVE)


@SYSTEM.step(at="kernel/fork.c:copy_process", who="parent")
def the_parent_clones_a_child_that_is_to_send_SIGUSR1(
    _machine: Machine, world: World
) -> Move:
    """clone(SIGUSR1): the child remembers its parent's exec id."""
    after = but(
        world,
        child=int(Life.ALIVE),
        child_signal=words.SIGUSR1,
        parent_exec_id=world.self_exec_id,
        executed=0,
    )
    return Move(world.child == int(Life.NONE), after)


def _executes(machine: Machine, world: World, times: int) -> Move:
    after = but(
        world,
        self_exec_id=_later(machine.kernel, world.self_exec_id, times),
        executed=when_word(WIDE, lives(world), world.executed + times, world.executed),
        execs_left=world.execs_left - 1,
    )
    return Move(signed_below(0, world.execs_left), after)


@SYSTEM.step(at=_EXEC, who="parent")
def the_parent_executes(machine: Machine, world: World) -> Move:
    """execve(): perhaps a set-user-ID file."""
    return _executes(machine, world, 1)


@SYSTEM.step(at=_EXEC, who="parent", each=(2**32 - 1,))
def the_parent_executes_X_times(machine: Machine, world: World, times: int) -> Move:
    """As many execve() in a row; a week or two on a machine."""
    return _executes(machine, world, times)


@SYSTEM.step(at="fs/exec.c:de_thread", who="child")
def the_child_executes(_machine: Machine, world: World) -> Move:
    """It will send SIGCHLD then."""
    return Move(lives(world), but(world, child_signal=words.SIGCHLD))


SYSTEM.takes(exit.the_child_ends_and_its_parent_is_sent_a_signal)


def told_after_an_execve(world: World) -> Truth:
    """Return whether the parent was sent a signal, and had executed since the clone()."""
    return both(no(world.notice == 0), signed_below(0, world.executed))


def there_is_no_child_yet_and_any_exec_id(kernel: Kernel, world: World) -> Truth:
    """Nothing was sent; any number of steps to come."""
    fresh = both(world.child == int(Life.NONE), world.notice == 0, world.executed == 0)
    return both(fresh, world.parent_exec_id == 0, _below(world.self_exec_id, ids(kernel)))


def _below(number: Word, most: Word) -> Truth:
    return both(no(signed_below(number, 0)), signed_below(number, most))


def before_any_wrap(world: World) -> Truth:
    """Return whether there were less than 2**64 execve(): one in a nanosecond takes 580 years."""
    return signed_below(world.executed, 2**64)


def ids_are_within_their_bits(kernel: Kernel, world: World) -> Truth:
    """They wrap; the number of execve() does not."""
    both_ids = world.self_exec_id, world.parent_exec_id
    within = both(*(_below(one, ids(kernel)) for one in both_ids))
    return both(within, no(signed_below(world.executed, 0)))


def a_living_child_remembers_the_id_of_that_many_execve_ago(
    kernel: Kernel, world: World
) -> Truth:
    """The ids differ by the number of execve(), but for a wrap; what was sent is settled."""
    since = world.parent_exec_id + world.executed
    level = either(world.self_exec_id == since, world.self_exec_id == since - ids(kernel))
    signals = either(world.child_signal == words.SIGUSR1, world.child_signal == words.SIGCHLD)
    near = implies(before_any_wrap(world), level)
    return when(lives(world), both(near, signals, world.notice == 0), True)


def nothing_is_sent_before_the_child_ends(_kernel: Kernel, world: World) -> Truth:
    """One child, one signal."""
    return either(world.notice == 0, world.child == int(Life.GONE))
