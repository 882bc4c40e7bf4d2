"""How tasks of the world end and are released: exit(), SIGKILL, wait(), the end of an init.

kernel/exit.c:do_exit, exit_notify, forget_original_parent and release_task,
kernel/pid_namespace.c:zap_pid_ns_processes, kernel/signal.c:check_kill_permission.
"""

from __future__ import annotations

from dataclasses import replace

from model.kernel import Kernel
from model.over_time.commit import release_takes
from model.processes.caller import capable
from model.processes.making import Came
from model.processes.world import INIT, Life, Process, Processes
from model.words import SIGCHLD, Errno

_KILL = "kernel/signal.c:check_kill_permission"
_WAIT = "kernel/exit.c:do_wait"
CAP_KILL = 1 << 5
ECHILD = 10
"""No rule of the single call asks for these two."""


def exits(kernel: Kernel, world: Processes, task: Process) -> Came:
    """exit(2) of one thread."""
    return Came(0, ended(kernel, world, task.number))


def ended(kernel: Kernel, world: Processes, number: int) -> Processes:
    """do_exit(): a thread is released at once, a leader is a zombie until it is waited for."""
    task = world.tasks[number]
    world = world.changed(number, life=Life.ZOMBIE, marked=False, waits_for=None)
    if not world.group(task.leader):
        world = _workers_end(kernel, world, task.leader)
        world = _zapped(kernel, world, task.leader)
    world = _orphaned(kernel, world, number)
    for one in world.living():
        if one.waits_for == number:
            world = world.changed(one.number, waits_for=None)
    if not task.is_leader:
        world = released(kernel, world, number)
    return _notified(kernel, world, task.leader)


def _workers_end(kernel: Kernel, world: Processes, leader: int) -> Processes:
    """A worker that is no thread of its owner ends with its owner's files."""
    workers = [one.number for one in world.living() if one.worker and one.parent == leader]
    for number in workers:
        world = released(kernel, world, number)
    return world


def _notified(kernel: Kernel, world: Processes, leader: int) -> Processes:
    """exit_notify() of a leader whose threads are gone: released, if nobody is to wait for it."""
    task = world.tasks.get(leader)
    if task is None or task.life is not Life.ZOMBIE or world.group(leader):
        return world
    parent = world.tasks.get(task.parent)
    ignored = parent is not None and parent.sighand in world.ignoring
    if parent is None and not world.around.init_waits:
        return world
    if parent is None or (ignored and task.exit_signal == SIGCHLD):
        return released(kernel, world, leader)
    return world


def released(kernel: Kernel, world: Processes, number: int) -> Processes:
    """release_task(): its charge is taken back, and it is gone."""
    task = world.tasks[number]
    world = world.charged(task.cred.key, -release_takes(kernel))
    left = {one: known for one, known in world.tasks.items() if one != number}
    return _inits_end(kernel, replace(world, tasks=left))


def _inits_end(kernel: Kernel, world: Processes) -> Processes:
    """Return the world in which an init that waited for its namespace to be empty has ended."""
    for one in list(world.tasks.values()):
        if one.life is Life.ENDING and not _within(world, one.number):
            world = _notified(kernel, world.changed(one.number, life=Life.ZOMBIE), one.number)
    return world


def _within(world: Processes, init: int) -> list[int]:
    """Return the other tasks in the pid namespace of an init, and below it."""
    ns = world.tasks[init].spaces.pid_ns
    return [
        one.number
        for one in world.tasks.values()
        if one.leader != init and world.below(one.spaces.pid_ns, ns)
    ]


def _orphaned(kernel: Kernel, world: Processes, number: int) -> Processes:
    """forget_original_parent(): its children go to a thread of its group, or to the reaper."""
    task = world.tasks[number]
    heir = next((one.number for one in world.group(task.leader)), None)
    if heir is None:
        heir = _reaper(world, task)
    kin = heir in world.tasks and world.tasks[heir].leader == task.leader
    children = [one for one in world.tasks.values() if one.parent == number]
    for child in children:
        signal = child.exit_signal if kin or not child.is_leader else SIGCHLD
        world = world.changed(child.number, parent=heir, exit_signal=signal)
    for child in children:
        if not child.alive and child.number in world.tasks:
            world = _notified(kernel, world, child.number)
    return world


def _reaper(world: Processes, task: Process) -> int:
    """Return the init of the pid namespace; of the initial one that is nobody in the world."""
    space = world.pid_spaces[task.spaces.pid_ns]
    reaper = space.reaper
    if reaper is None or reaper == task.leader or reaper not in world.tasks:
        return INIT
    return reaper


def _zapped(kernel: Kernel, world: Processes, leader: int) -> Processes:
    """zap_pid_ns_processes() where the init of a pid namespace ends: with it all that are there.

    SIGCHLD is ignored in its handlers, whoever shares them.  It reaps its own children; those of
    others are zombies until these have waited for them, and so long it has not ended.
    """
    task = world.tasks[leader]
    ns = task.spaces.pid_ns
    if world.pid_spaces[ns].reaper != leader:
        return world
    spaces = {**world.pid_spaces, ns: replace(world.pid_spaces[ns], ended=True)}
    world = replace(world, pid_spaces=spaces)
    if task.sighand is not None:
        world = replace(world, ignoring=world.ignoring | {task.sighand})
    for number in sorted(_within(world, leader), reverse=True):
        if number in world.tasks and world.tasks[number].alive:
            world = ended(kernel, world, number)
    for number in _within(world, leader):
        mine = number in world.tasks and world.tasks[number].parent in (leader, INIT)
        if mine and not world.group(number):
            world = released(kernel, world, number)
    if _within(world, leader):
        world = world.changed(leader, life=Life.ENDING)
    return world


def kills(kernel: Kernel, world: Processes, task: Process, victim: int) -> Came:
    """kill(SIGKILL) of a process: all its threads end, also where its leader has ended before."""
    target = world.tasks[victim]
    if not world.below(target.spaces.pid_ns, task.spaces.pid_ns):
        rule = "it has no pid in the caller's pid namespace"
        return Came(int(Errno.ESRCH), world, rule, "kernel/pid.c:find_vpid")
    if not _may_kill(world, task, target):
        return Came(int(Errno.EPERM), world, "neither of its user nor CAP_KILL", _KILL)
    space = world.pid_spaces[target.spaces.pid_ns]
    if space.reaper == target.leader and task.spaces.pid_ns == target.spaces.pid_ns:
        return Came(0, world)  # SIGNAL_UNKILLABLE: sig_task_ignored()
    threads = sorted(one.number for one in world.group(target.leader))
    for number in (*threads[1:], *threads[:1]):
        if number in world.tasks:
            world = ended(kernel, world, number)
    return Came(0, world)


def _may_kill(world: Processes, task: Process, target: Process) -> bool:
    mine, its = (task.cred.euid, task.cred.uid), (target.cred.suid, target.cred.uid)
    same = task.leader == target.leader or any(one in its for one in mine)
    return same or capable(world, task.cred, target.cred.user_ns, CAP_KILL)


def reaps(kernel: Kernel, world: Processes, number: int) -> Came | None:
    """Return the world when a zombie's parent has waited for it; nothing if it cannot."""
    task = world.tasks[number]
    if task.life is not Life.ZOMBIE or not task.is_leader or world.group(number):
        return None
    parent = world.tasks.get(task.parent)
    if parent is not None and (not parent.alive or parent.waits_for is not None):
        return None
    return Came(0, released(kernel, world, number))


def waits(kernel: Kernel, world: Processes, task: Process, child: int | None) -> Came | None:
    """wait4(…, __WALL) for one child, or for any; nothing where it would wait on."""
    group = {one.number for one in world.tasks.values() if one.leader == task.leader}
    mine = [
        one
        for one in world.tasks.values()
        if one.parent in group and one.is_leader and child in (None, one.number)
        and one.exit_signal >= 0
    ]
    if not mine:
        return Came(ECHILD, world, "it has no such child", _WAIT)
    dead = [one for one in mine if one.life is Life.ZOMBIE and not world.group(one.number)]
    if not dead:
        return None
    return Came(0, released(kernel, world, dead[0].number))
