"""The owner as a caller: struct task_struct as the rules of the single call read it."""

from __future__ import annotations

from dataclasses import replace

from model.algebra import Truth, Word, both, either, no, when_word
from model.new_namespaces import Ns
from model.over_time.places import Init
from model.over_time.questions import charged_with
from model.over_time.slots import how_many
from model.over_time.world import World
from model.state import Cgroup, Cred, Nsproxy, PidNamespace, Sighand, Signal, Task
from model.words import CAP_FULL_SET

HERE, NEW, ASIDE = int(Ns.SAME), int(Ns.NEW), int(Ns.PENDING)
"""A pid namespace: the owner's, one made by the call, and the other that is for children."""


def closed(world: World) -> Truth:
    """Return whether the init of the other pid namespace is past disable_pid_allocation()."""
    return either(world.child_reaper == int(Init.ENDING), world.child_reaper == int(Init.GONE))


def caller(world: World) -> Task:
    """Return the owner with its credentials, its limits, its cgroup, and where its children go."""
    own = no(world.for_children)
    had = either(own, no(world.child_reaper == int(Init.NONE)))
    lost = both(world.for_children, closed(world))
    return Task(
        real_cred=cred_of(world.uid, world.tasks),
        cred=cred_of(world.acting, world.tasks),
        overridden=no(world.uid == world.acting),
        signal=Signal(
            rlim_nproc=world.limit,
            unkillable=world.owner_init,
            leader_exit_signal=world.exit_signal,
        ),
        nsproxy=Nsproxy(pid_for_children_is_active=own),
        pid_ns=PidNamespace(
            level=when_word(8, own, 0, 1), child_reaper=had, adding=no(lost)
        ),
        cgroup=Cgroup(pids=world.pids, pids_max=world.pids_max),
    )


def child_caller(world: World) -> Task:
    """Return the owner's child with its credentials; all else is as the owner has it."""
    cred = cred_of(world.child_uid, world.tasks)
    return replace(caller(world), real_cred=cred, cred=cred, overridden=False)


def cred_of(uid: Word, tasks: Word) -> Cred:
    """Return the credentials of a user, root's with every capability."""
    caps = when_word(64, uid == 0, CAP_FULL_SET, 0)
    return Cred(uid=uid, euid=uid, cap_effective=caps, ucounts=charged_with(tasks))


def sharing_caller(world: World) -> Task:
    """Return the owner with how many share its group, handlers, memory and root with it."""
    alone = caller(world)
    task = both(world.made, no(world.kthread))
    threads = how_many((True, world.child_thread, world.thread), 32)
    handlers = how_many((True, either(world.child_thread, world.child_sighand), world.thread), 32)
    return replace(
        alone,
        signal=replace(alone.signal, nr_threads=threads),
        sighand=Sighand(count=handlers),
        mm_users=how_many((True, either(world.child_thread, world.child_vm), task), 32),
        fs_users=how_many((True, world.child_fs, world.worker_fs), 32),
    )
