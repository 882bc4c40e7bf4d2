"""Killing: cgroup.kill while a task forks, in half-steps.

kernel/cgroup/cgroup.c:cgroup_kill, cgroup_css_set_fork and cgroup_post_fork.  The forker is
in one cgroup; its child starts there too, or with CLONE_INTO_CGROUP in another one.  Such a
fork holds cgroup_mutex, as the kill does; a plain fork holds nothing that the kill waits for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, same
from model.over_time import calls
from model.over_time.step import Machine, Move, System, but
from model.patches import CGROUP_KILL, CLONE_INTO_CGROUP, KILL_SEQ
from model.records import BOOL, fact

_KILL = "kernel/cgroup/cgroup.c:cgroup_kill"
_POST = "kernel/cgroup/cgroup.c:cgroup_post_fork"


class Kill(IntEnum):
    """How far the write to cgroup.kill got."""

    NO = 0
    WALKS = 1
    DONE = 2


class Fork(IntEnum):
    """How far the fork got."""

    NO = 0
    BEGUN = 1
    """The kill sequence was sampled."""
    PAST = 2
    """Past the last look at pending signals."""
    OVER = 3


@dataclass(frozen=True, slots=True)
class Killing:
    """A forker, its child, and a cgroup that is killed."""

    fork: Word = fact(8, 0, "how far the fork got", names="fork")
    into: Truth = fact(BOOL, False, "CLONE_INTO_CGROUP: the child starts in the other cgroup")
    elder: Truth = fact(BOOL, False, "the other cgroup was killed once, long ago")
    kill: Word = fact(8, 0, "how far the kill of the child's cgroup got", names="kill")
    moved: Truth = fact(BOOL, False, "the kill began after the fork did")
    late: Truth = fact(BOOL, False, "the fork began when the kill was over")
    forker_killed: Truth = fact(BOOL, False, "SIGKILL is pending for the forker")
    child: Truth = fact(BOOL, False, "the child is published")
    child_killed: Truth = fact(BOOL, False, "SIGKILL is pending for the child")


SYSTEM = System(
    name="killing",
    about="cgroup.kill against a fork in progress",
    record=Killing,
    tasks="one forker, one child, two cgroups",
    start=lambda _machine: Killing(),
)


@SYSTEM.step(at="kernel/cgroup/cgroup.c:cgroup_kill", who="administrator", since=CGROUP_KILL)
def the_other_cgroup_is_killed_while_empty(_machine: Machine, state: Killing) -> Move:
    """Its sequence number moves, nobody dies."""
    ready = both(state.fork == int(Fork.NO), no(state.elder))
    return Move(ready, but(state, elder=True))


@SYSTEM.step(at="kernel/cgroup/cgroup.c:cgroup_css_set_fork", who="forker")
def the_fork_begins(_machine: Machine, state: Killing) -> Move:
    """The sequence number is sampled, where there is one."""
    ready = both(state.fork == int(Fork.NO), no(state.forker_killed))
    late = state.kill == int(Kill.DONE)
    return Move(ready, but(state, fork=int(Fork.BEGUN), late=late))


@SYSTEM.step(
    at="kernel/cgroup/cgroup.c:cgroup_css_set_fork", who="forker", since=CLONE_INTO_CGROUP
)
def the_fork_into_the_other_cgroup_begins(_machine: Machine, state: Killing) -> Move:
    """CLONE_INTO_CGROUP; it waits for a kill that is under way."""
    ready = both(state.fork == int(Fork.NO), no(state.forker_killed))
    free = no(state.kill == int(Kill.WALKS))
    late = state.kill == int(Kill.DONE)
    after = but(state, fork=int(Fork.BEGUN), into=True, late=late)
    return Move(both(ready, free), after)


@SYSTEM.step(at="kernel/fork.c:copy_process", who="forker", own=True)
def the_fork_finds_no_fatal_signal(_machine: Machine, state: Killing) -> Move:
    """fatal_signal_pending(current), for the last time."""
    ready = both(state.fork == int(Fork.BEGUN), no(state.forker_killed))
    return Move(ready, but(state, fork=int(Fork.PAST)))


@SYSTEM.step(at="kernel/fork.c:copy_process", who="forker", own=True)
def the_fork_fails_for_a_fatal_signal(_machine: Machine, state: Killing) -> Move:
    """EINTR."""
    ready = both(state.fork == int(Fork.BEGUN), state.forker_killed)
    return Move(ready, but(state, fork=int(Fork.OVER)))


@SYSTEM.step(at=_POST, who="forker", own=True)
def the_child_enters_its_cgroup(machine: Machine, state: Killing) -> Move:
    """cgroup_post_fork() adds it to the css_set, and perhaps kills it at once."""
    walks, done = state.kill == int(Kill.WALKS), state.kill == int(Kill.DONE)
    noticed = either(no(machine[KILL_SEQ]), state.moved)
    killed: Truth = False
    for into in (False, True):
        for seq in (0, 1):
            for during, truth in ((1, both(noticed, walks)), (2, both(noticed, done))):
                born = machine.ask(calls.born_killed, into, during, 0, seq)
                quiet = machine.ask(calls.born_killed, into, 0, 0, seq)
                here = both(same(state.into, into), same(state.elder, seq == 1))
                killed = either(killed, both(here, either(both(truth, born), quiet)))
    after = but(state, fork=int(Fork.OVER), child=True, child_killed=killed)
    return Move(state.fork == int(Fork.PAST), after)


@SYSTEM.step(at=_KILL, who="administrator", since=CGROUP_KILL)
def the_childs_cgroup_is_to_be_killed(_machine: Machine, state: Killing) -> Move:
    """CGRP_KILL is set, later the sequence number raised; then the walk begins."""
    began = either(state.fork == int(Fork.BEGUN), state.fork == int(Fork.PAST))
    locked = both(began, state.into)
    after = but(state, kill=int(Kill.WALKS), moved=began)
    return Move(both(state.kill == int(Kill.NO), no(locked)), after)


@SYSTEM.step(at=_KILL, who="administrator", own=True, since=CGROUP_KILL)
def the_walk_kills_the_forker(_machine: Machine, state: Killing) -> Move:
    """If the forker is in that cgroup."""
    member = no(state.into)
    ready = both(state.kill == int(Kill.WALKS), member, no(state.forker_killed))
    return Move(ready, but(state, forker_killed=True))


@SYSTEM.step(at=_KILL, who="administrator", own=True, since=CGROUP_KILL)
def the_walk_kills_the_child(_machine: Machine, state: Killing) -> Move:
    """If it is there already."""
    ready = both(state.kill == int(Kill.WALKS), state.child, no(state.child_killed))
    return Move(ready, but(state, child_killed=True))


@SYSTEM.step(at=_KILL, who="administrator", own=True, since=CGROUP_KILL)
def the_walk_is_over(_machine: Machine, state: Killing) -> Move:
    """Everybody it met has SIGKILL."""
    met = both(
        either(state.into, state.forker_killed), either(no(state.child), state.child_killed)
    )
    return Move(both(state.kill == int(Kill.WALKS), met), but(state, kill=int(Kill.DONE)))
