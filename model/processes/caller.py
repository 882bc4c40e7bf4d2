"""A task of the world as the rules of the single call see their caller."""

from __future__ import annotations

from model import state
from model.algebra import LONG_MAX
from model.processes.world import INIT, Cred, Process, Processes
from model.state import Cgroup, Nsproxy, PidNamespace, Reach, Sighand, Signal, Task, Ucounts
from model.words import PF_NPROC_EXCEEDED


def task_of(world: Processes, task: Process) -> Task:
    """Return struct task_struct of a task that makes a call."""
    cred = cred_of(world, task.cred)
    waiting = task.spaces.pid_ns_for_children
    space = world.pid_spaces[waiting]
    active = world.pid_spaces[task.spaces.pid_ns]
    return Task(
        flags=PF_NPROC_EXCEEDED if task.marked else 0,
        real_cred=cred,
        cred=cred,
        signal=Signal(
            rlim_nproc=task.limit,
            unkillable=active.reaper == task.leader,
            nr_threads=world.threads(task.leader),
            leader_exit_signal=world.tasks[task.leader].exit_signal,
        ),
        sighand=Sighand(count=world.sharing("sighand", task)),
        mm_users=world.sharing("mm", task),
        files_count=world.sharing("files", task),
        fs_users=world.sharing("fs", task),
        nsproxy=Nsproxy(
            pid_for_children_is_active=waiting == task.spaces.pid_ns,
            time_for_children_is_active=task.spaces.time_ns_for_children == task.spaces.time_ns,
        ),
        pid_ns=PidNamespace(
            level=space.level,
            child_reaper=space.reaper is not None or space.ended,
            adding=not space.ended,
            user_ns_reach=int(reach(world, task.cred, space.user_ns)),
            user_ns_is_ancestor=is_ancestor(world, space.user_ns, task.cred.user_ns),
        ),
        cgroup=Cgroup(pids=len(world.tasks), pids_max=world.pids_max),
    )


def cred_of(world: Processes, cred: Cred) -> state.Cred:
    """Return struct cred, with how many are charged along the chain of its ucounts."""
    space = world.user_spaces[cred.user_ns]
    above = world.user_spaces[space.parent]
    counts = [world.counts.get(one, 0) for one in world.chain(cred.key)]
    own, parent, grandparent = [*counts, 0, 0][:3]
    return state.Cred(
        uid=cred.uid,
        euid=cred.euid,
        euid_mapped=world.maps(cred.user_ns, cred.euid),
        cap_effective=cred.effective,
        user_ns=state.UserNamespace(
            level=space.level,
            nproc_max=space.bound if space.level else LONG_MAX,
            nproc_max_parent=above.bound if space.level > 1 else LONG_MAX,
        ),
        ucounts=Ucounts(
            nproc=own,
            nproc_of_euid=world.count(cred.user_ns, cred.euid),
            nproc_parent=parent,
            nproc_grandparent=grandparent,
            user_processes=own,
        ),
    )


def reach(world: Processes, cred: Cred, ns: int) -> Reach:
    """Return how a user namespace stands to a credential's: the walk of cap_capable()."""
    while ns != cred.user_ns:
        if ns == INIT:
            return Reach.OUTSIDE
        space = world.user_spaces[ns]
        if space.parent == cred.user_ns and space.owner == cred.euid:
            return Reach.OWNED
        ns = space.parent
    return Reach.WITHIN


def capable(world: Processes, cred: Cred, ns: int, cap: int) -> bool:
    """Return ns_capable(): whether a credential has a capability over a user namespace."""
    how = reach(world, cred, ns)
    return how is Reach.OWNED or (how is Reach.WITHIN and bool(cred.effective & cap))


def is_ancestor(world: Processes, ns: int, of: int) -> bool:
    """Return whether a user namespace is another, or above it."""
    while of not in (ns, INIT):
        of = world.user_spaces[of].parent
    return of == ns
