"""cgroup.kill while a task forks, in half-steps.

kernel/cgroup/cgroup.c:cgroup_kill, cgroup_css_set_fork and cgroup_post_fork.  The forker is
in one cgroup; its child starts there too, or with CLONE_INTO_CGROUP in another one.  Such a
fork holds cgroup_mutex, as the kill does; a plain fork holds nothing that the kill waits for.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no, same
from model.over_time import calls
from model.over_time.places import CgroupKill, ForkStage, Life
from model.over_time.step import Machine, Move
from model.over_time.steps import fork, signal
from model.over_time.world import World, but, scope
from model.patches import CGROUP_KILL, CLONE_INTO_CGROUP, KILL_SEQ

_BEGIN = "kernel/cgroup/cgroup.c:cgroup_css_set_fork"
_KILL = "kernel/cgroup/cgroup.c:cgroup_kill"
_POST = "kernel/cgroup/cgroup.c:cgroup_post_fork"


SYSTEM = scope(
    "cgroup_kill",
    about="cgroup.kill against a fork in progress",
    facts="half into_other other_killed kill forked_before killed child child_killed",
    tasks="one forker, one child, two cgroups",
)


def _under_way(world: World) -> Truth:
    return either(world.half == int(ForkStage.CHARGED), world.half == int(ForkStage.TESTED))


def _walks(world: World) -> Truth:
    return world.kill == int(CgroupKill.WALKS)


def _born(world: World) -> Truth:
    return world.child == int(Life.ALIVE)


@SYSTEM.step(at=_KILL, who="administrator", since=CGROUP_KILL)
def the_other_cgroup_is_killed_while_empty(_machine: Machine, world: World) -> Move:
    """Its sequence number moves, nobody dies."""
    ready = both(world.half == int(ForkStage.NO), no(world.other_killed))
    return Move(ready, but(world, other_killed=True))


def _begins(world: World, into: Truth) -> Move:
    after = but(world, half=int(ForkStage.CHARGED), into_other=into)
    return Move(both(world.half == int(ForkStage.NO), no(world.killed)), after)


@SYSTEM.step(at=_BEGIN, who="forker")
def the_fork_begins(_machine: Machine, world: World) -> Move:
    """The sequence number is sampled, where there is one."""
    return _begins(world, False)


@SYSTEM.step(at=_BEGIN, who="forker", since=CLONE_INTO_CGROUP)
def the_fork_into_the_other_cgroup_begins(_machine: Machine, world: World) -> Move:
    """CLONE_INTO_CGROUP; it waits for a kill that is under way."""
    begins = _begins(world, True)
    return Move(both(begins.when, no(_walks(world))), begins.then)


@SYSTEM.step(at=fork.COPY, who="forker", own=True)
def the_fork_finds_no_fatal_signal(machine: Machine, world: World) -> Move:
    """fatal_signal_pending(current), for the last time."""
    fine = fork.last_tests(machine, world) == 0
    return Move(
        both(world.half == int(ForkStage.CHARGED), fine), but(world, half=int(ForkStage.TESTED))
    )


@SYSTEM.step(at=fork.COPY, who="forker", own=True)
def the_fork_fails_for_a_fatal_signal(machine: Machine, world: World) -> Move:
    """EINTR."""
    fails = no(fork.last_tests(machine, world) == 0)
    return Move(
        both(world.half == int(ForkStage.CHARGED), fails), but(world, half=int(ForkStage.FAILED))
    )


@SYSTEM.step(at=_POST, who="forker", own=True)
def the_child_enters_its_cgroup(machine: Machine, world: World) -> Move:
    """cgroup_post_fork() adds it to the css_set, and perhaps kills it at once."""
    noticed = either(no(machine[KILL_SEQ]), world.forked_before)
    killed: Truth = False
    for into in (False, True):
        for seq in (0, 1):
            for during, kill in ((1, CgroupKill.WALKS), (2, CgroupKill.DONE)):
                born = machine.ask(calls.born_killed, into, during, 0, seq)
                quiet = machine.ask(calls.born_killed, into, 0, 0, seq)
                here = both(same(world.into_other, into), same(world.other_killed, seq == 1))
                told = both(noticed, world.kill == int(kill), born)
                killed = either(killed, both(here, either(told, quiet)))
    after = but(world, half=int(ForkStage.DONE), child=int(Life.ALIVE), child_killed=killed)
    return Move(world.half == int(ForkStage.TESTED), after)


@SYSTEM.step(at=_KILL, who="administrator", since=CGROUP_KILL)
def the_childs_cgroup_is_to_be_killed(_machine: Machine, world: World) -> Move:
    """CGRP_KILL is set, later the sequence number raised; then the walk begins."""
    began = _under_way(world)
    after = but(world, kill=int(CgroupKill.WALKS), forked_before=began)
    return Move(both(world.kill == int(CgroupKill.NO), no(both(began, world.into_other))), after)


@SYSTEM.step(at=_KILL, who="administrator", own=True, since=CGROUP_KILL)
def the_walk_kills_the_forker(machine: Machine, world: World) -> Move:
    """If the forker is in that cgroup."""
    sent = signal.the_owners_group_gets_SIGKILL.move(machine, world)
    return Move(both(sent.when, _walks(world), no(world.into_other)), sent.then)


@SYSTEM.step(at=_KILL, who="administrator", own=True, since=CGROUP_KILL)
def the_walk_kills_the_child(_machine: Machine, world: World) -> Move:
    """If it is there already."""
    ready = both(_walks(world), _born(world), no(world.child_killed))
    return Move(ready, but(world, child_killed=True))


@SYSTEM.step(at=_KILL, who="administrator", own=True, since=CGROUP_KILL)
def the_walk_is_over(_machine: Machine, world: World) -> Move:
    """Everybody it met has SIGKILL."""
    met = both(
        either(world.into_other, world.killed), either(no(_born(world)), world.child_killed)
    )
    return Move(both(_walks(world), met), but(world, kill=int(CgroupKill.DONE)))
