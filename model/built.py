"""What cannot be on a kernel that was built without an option.

Rules say what a call comes to there (``since`` and ``until`` name ``WITHOUT_…``); here stands
what no caller of such a kernel can be, each with the place that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from model import words
from model.algebra import Truth, Word, both, either, has, implies, no, when_word
from model.call import Situation
from model.kernel import Kernel
from model.patch import Has
from model.patches import (
    WITHOUT_CGROUPS,
    WITHOUT_IO_URING,
    WITHOUT_IPC_NS,
    WITHOUT_KEYS,
    WITHOUT_NET_NS,
    WITHOUT_PID_NS,
    WITHOUT_SECCOMP,
    WITHOUT_SECURITY,
    WITHOUT_SYSVIPC,
    WITHOUT_TIME_NS,
    WITHOUT_USER_NS,
    WITHOUT_UTS_NS,
)
from model.request import Entry, NsFile
from model.state import Reach

Assumption: TypeAlias = "Callable[[Kernel, Situation], Truth]"


_OPTIONAL = (
    (words.NEWUSER, WITHOUT_USER_NS),
    (words.NEWPID, WITHOUT_PID_NS),
    (words.NEWUTS, WITHOUT_UTS_NS),
    (words.NEWIPC, WITHOUT_IPC_NS),
    (words.NEWCGROUP, WITHOUT_CGROUPS),
    (words.NEWNET, WITHOUT_NET_NS),
    (words.NEWTIME, WITHOUT_TIME_NS),
)
"""Namespaces that a configuration may leave out; there are always mount namespaces."""


def built(kernel: Has) -> Word:
    """Return the flags of the namespaces that the kernel has: 64 bits."""
    flags: Word = words.NEWNS
    for flag, without in _OPTIONAL:
        flags = flags | when_word(64, kernel[without], 0, flag)
    return flags


def without_user_namespaces_all_are_in_the_first(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/user_namespace.h: there is init_user_ns."""
    task = start.current
    first = both(task.real_cred.user_ns.level == 0, task.cred.user_ns.level == 0)
    return implies(kernel[WITHOUT_USER_NS], first)


def without_user_namespaces_the_first_owns_all(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/user_namespace.h: a namespace's owner is init_user_ns, the caller's own."""
    pids, target = start.current.pid_ns, start.request.target
    owners = (pids.user_ns_reach, pids.parent_reach, pids.grandparent_reach, target.user_ns_reach)
    first = both(*(owner == int(Reach.WITHIN) for owner in owners), target.owners_owned == 0)
    return implies(kernel[WITHOUT_USER_NS], both(first, pids.user_ns_is_ancestor))


def without_pid_namespaces_all_are_in_the_first(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/pid_namespace.h: there is init_pid_ns."""
    return implies(kernel[WITHOUT_PID_NS], start.current.pid_ns.level == 0)


def without_time_namespaces_none_is_pending(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/time_namespace.h: nothing sets time_ns_for_children."""
    active = start.current.nsproxy.time_for_children_is_active
    return implies(kernel[WITHOUT_TIME_NS], active)


def a_namespace_file_is_of_a_type_that_is_built(kernel: Kernel, start: Situation) -> Truth:
    """fs/proc/namespaces.c:ns_entries has no other."""
    types, target = built(kernel), start.request.target
    joins = both(start.request.entry == int(Entry.SETNS), target.file == int(NsFile.NAMESPACE))
    return implies(joins, (target.type | types) == types)


def without_cgroups_nobody_is_frozen_or_killed(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/cgroup.h: cgroup_post_fork() does nothing."""
    group = start.current.cgroup
    quiet = both(no(group.frozen), group.kill_seq == 0, start.chance.cgroup_killed == 0)
    return implies(kernel[WITHOUT_CGROUPS], quiet)


def without_sysv_ipc_nobody_has_an_undo_list(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/sem.h: copy_semundo() does nothing."""
    return implies(kernel[WITHOUT_SYSVIPC], no(start.current.undo_list))


def without_keys_nobody_has_a_keyring(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/cred.h: struct cred has none."""
    task = start.current
    rings = (
        ring for one in (task.real_cred, task.cred) for ring in (one.thread_keyring,
                                                                 one.process_keyring)
    )
    return implies(kernel[WITHOUT_KEYS], no(either(*rings)))


def without_seccomp_nobody_is_filtered(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/seccomp.h: there is no mode; no_new_privs is there all the same."""
    return implies(kernel[WITHOUT_SECCOMP], start.current.seccomp_mode == 0)


def without_security_modules_none_denies(kernel: Kernel, start: Situation) -> Truth:
    """include/linux/security.h: security_capable() is cap_capable()."""
    return implies(kernel[WITHOUT_SECURITY], start.chance.lsm_denies == 0)


def without_io_uring_there_are_no_io_workers(kernel: Kernel, start: Situation) -> Truth:
    """io_uring/io-wq.c alone calls create_io_thread()."""
    made = start.request.entry == int(Entry.CREATE_IO_THREAD)
    one = has(start.current.flags, words.PF_IO_WORKER)
    return implies(kernel[WITHOUT_IO_URING], no(either(made, one)))


AS_BUILT: list[Assumption] = [
    without_user_namespaces_all_are_in_the_first,
    without_user_namespaces_the_first_owns_all,
    without_pid_namespaces_all_are_in_the_first,
    without_time_namespaces_none_is_pending,
    a_namespace_file_is_of_a_type_that_is_built,
    without_cgroups_nobody_is_frozen_or_killed,
    without_sysv_ipc_nobody_has_an_undo_list,
    without_keys_nobody_has_a_keyring,
    without_seccomp_nobody_is_filtered,
    without_security_modules_none_denies,
    without_io_uring_there_are_no_io_workers,
]
