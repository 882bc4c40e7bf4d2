"""What setns() refuses: prepare_nsset, validate_nsset, and each namespace's install operation."""

from __future__ import annotations

from model.algebra import (
    Truth,
    Word,
    both,
    either,
    has,
    no,
    when,
    when_word,
)
from model.built import built
from model.call import Call
from model.patches import (
    MNTNS_ROOT_LOOKUP,
    SETNS_PIDFD,
    SETNS_SHARED_FS,
    THREADS_STAY,
    UCOUNTS_NPROC,
)
from model.request import NsFile
from model.rows import (
    Rejection,
    rejects,
)
from model.rules.creds import any_error
from model.rules.unsharing import single_threaded
from model.state import Fallible, Reach
from model.ucounts import new_user_ns
from model.words import (
    CAP_SYS_ADMIN,
    CAP_SYS_CHROOT,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    Errno,
)

_SETNS = "kernel/nsproxy.c:setns"
_PREPARE = "kernel/nsproxy.c:prepare_nsset"
_VALIDATE = "kernel/nsproxy.c:validate_nsset"
_USER = "kernel/user_namespace.c:userns_install"
_MNT = "fs/namespace.c:mntns_install"
_PID = "kernel/pid_namespace.c:pidns_install"
_TIME = "kernel/time/namespace.c:timens_install"


def nstype(call: Call) -> Word:
    """Return the nstype argument, an int."""
    return call.request.flags & 0xFFFFFFFF


def _file(call: Call, kind: NsFile) -> Truth:
    return call.request.target.file == int(kind)


def installed(call: Call) -> Word:
    """Return the namespaces to install: a namespace file's own, or those that nstype names."""
    return when_word(64, _file(call, NsFile.NAMESPACE), call.request.target.type, nstype(call))


def joins(call: Call, flag: int) -> Truth:
    """Return whether a namespace of this type is installed."""
    return has(call.args.flags, flag)


@rejects(Errno.EBADF, at=_SETNS)
def descriptor_is_closed(call: Call) -> Truth:
    """The descriptor is not open."""
    return _file(call, NsFile.CLOSED)


@rejects(Errno.EINVAL, at=_SETNS)
def namespace_is_of_another_type(call: Call) -> Truth:
    """A namespace file whose type is not the one asked for (0 asks for any)."""
    asked = nstype(call)
    wrong = both(asked != 0, asked != call.request.target.type)
    return both(_file(call, NsFile.NAMESPACE), wrong)


@rejects(Errno.EINVAL, at="kernel/nsproxy.c:check_setns_flags", since=SETNS_PIDFD)
def pidfd_without_known_namespaces(call: Call) -> Truth:
    """A pidfd with no flag, or with one that is no namespace, or none of those that are built."""
    known = built(call.kernel)
    asked = nstype(call)
    return both(_file(call, NsFile.PIDFD), either(asked == 0, (asked | known) != known))


@rejects(Errno.EINVAL, at=_SETNS, until=SETNS_PIDFD)
def pidfd_is_no_namespace_file(call: Call) -> Truth:
    """A pidfd before v5.8."""
    return _file(call, NsFile.PIDFD)


@rejects(Errno.EINVAL, at=_SETNS)
def file_is_neither_namespace_nor_pidfd(call: Call) -> Truth:
    """Any other file."""
    return _file(call, NsFile.OTHER)


@rejects(Errno.ENOMEM, at="kernel/nsproxy.c:create_new_namespaces")
def nsproxy_to_join_with_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct nsproxy; the copy of the caller's needs nothing else."""
    return call.fails(Fallible.CREATE_NSPROXY)


def _no_cred(call: Call) -> Truth:
    return both(new_user_ns(call), call.fails(Fallible.PREPARE_CREDS))


@rejects(Errno.ENOMEM, at=_PREPARE, since=SETNS_PIDFD)
def credentials_to_join_with_cannot_be_copied(call: Call) -> Truth:
    """prepare_creds() fails."""
    return _no_cred(call)


def copies_fs(call: Call) -> Truth:
    """Return whether a mount namespace is joined together with others: on a copy of fs."""
    return both(joins(call, NEWNS), call.args.flags != NEWNS)


@rejects(Errno.ENOMEM, at=_PREPARE, since=SETNS_PIDFD)
def fs_struct_to_join_with_cannot_be_copied(call: Call) -> Truth:
    """No memory for the temporary fs_struct."""
    return both(copies_fs(call), call.fails(Fallible.COPY_FS_STRUCT))


def _of_pidfd(call: Call, condition: Truth) -> Truth:
    return both(_file(call, NsFile.PIDFD), condition)


@rejects(Errno.ESRCH, at=_VALIDATE)
def task_of_the_pidfd_was_reaped(call: Call) -> Truth:
    """The pidfd names no task any more."""
    return _of_pidfd(call, no(call.request.target.alive))


@rejects(Errno.EPERM, at=_VALIDATE)
def task_of_the_pidfd_may_not_be_inspected(call: Call) -> Truth:
    """ptrace_may_access(PTRACE_MODE_READ_REALCREDS) says no."""
    return _of_pidfd(call, no(call.request.target.ptrace_allowed))


@rejects(Errno.ESRCH, at=_VALIDATE)
def task_of_the_pidfd_is_a_zombie(call: Call) -> Truth:
    """It has exited: its namespaces are gone."""
    return _of_pidfd(call, call.request.target.exited)


@rejects(Errno.EINVAL, at=_USER)
def caller_is_in_the_user_namespace_already(call: Call) -> Truth:
    """Joining one's own user namespace again would restore capabilities."""
    return both(joins(call, NEWUSER), call.request.target.own_user_ns)


@rejects(Errno.EINVAL, at=_USER)
def threads_would_be_in_two_user_namespaces(call: Call) -> Truth:
    """A user namespace is joined while there are other threads.

    Before v4.3 while anybody shared the memory.
    """
    threads = call.current.signal.nr_threads != 1
    sharers = call.current.mm_users != 1
    return both(joins(call, NEWUSER), when(call.kernel[THREADS_STAY], threads, sharers))


@rejects(Errno.EINVAL, at=_USER)
def root_would_be_shared_across_user_namespaces(call: Call) -> Truth:
    """A user namespace is joined while fs_struct is shared."""
    return both(joins(call, NEWUSER), call.current.fs_users != 1)


@rejects(Errno.EPERM, at=_USER)
def user_namespace_is_not_the_callers_to_join(call: Call) -> Truth:
    """No CAP_SYS_ADMIN in the user namespace itself; none is needed in the caller's own."""
    reach = call.request.target.user_ns_reach
    return both(joins(call, NEWUSER), no(call.capable_at(reach, CAP_SYS_ADMIN)))


@rejects(Errno.ENOMEM, at=_USER, until=SETNS_PIDFD)
def credentials_cannot_be_copied_at_last(call: Call) -> Truth:
    """Before v5.8 prepare_creds() came after the tests."""
    return _no_cred(call)


@rejects(Errno.EINVAL, at=_USER, since=UCOUNTS_NPROC)
def ucounts_of_the_user_namespace_cannot_be_had(call: Call) -> Truth:
    """set_cred_ucounts() fails; its EAGAIN is replaced by EINVAL."""
    return both(joins(call, NEWUSER), call.fails(Fallible.SET_CRED_UCOUNTS))


def owner_reach(call: Call, flag: int) -> Word:
    """Return how the owning user namespace of the target's namespace stands to the caller."""
    target = call.request.target
    inner = when_word(8, has(target.owners_owned, flag), int(Reach.OWNED), int(Reach.WITHIN))
    return when_word(8, has(target.owners_outside, flag), int(Reach.OUTSIDE), inner)


def rules_its_next_user_ns(call: Call, cap: int) -> Truth:
    """Return ns_capable() on the user namespace the caller will be in: joined or its own."""
    joined = call.capable_at(call.request.target.user_ns_reach, cap)
    return when(joins(call, NEWUSER), joined, call.capable_in_own_ns(cap))


def may_join(call: Call, flag: int) -> Truth:
    """Return whether CAP_SYS_ADMIN is held over the namespace and where the caller will be."""
    return both(
        call.capable_at(owner_reach(call, flag), CAP_SYS_ADMIN),
        rules_its_next_user_ns(call, CAP_SYS_ADMIN),
    )


def _forbidden(kind: str, flag: int, at: str) -> Rejection:
    def condition(call: Call) -> Truth:
        return both(joins(call, flag), no(may_join(call, flag)))

    condition.__name__ = f"{kind}_namespace_is_not_the_callers_to_join"
    condition.__doc__ = (
        f"No CAP_SYS_ADMIN over the {kind} namespace, or none in the caller's user namespace."
    )
    return rejects(Errno.EPERM, at=at)(condition)


@rejects(Errno.EPERM, at=_MNT)
def mount_namespace_is_not_the_callers_to_join(call: Call) -> Truth:
    """As others; in the caller's user namespace CAP_SYS_CHROOT is needed too."""
    allowed = both(may_join(call, NEWNS), rules_its_next_user_ns(call, CAP_SYS_CHROOT))
    return both(joins(call, NEWNS), no(allowed))


@rejects(Errno.EINVAL, at=_MNT)
def mount_namespace_is_anonymous(call: Call) -> Truth:
    """An anonymous mount namespace (of a detached mount) cannot be joined."""
    return both(joins(call, NEWNS), call.request.target.anonymous_mnt_ns)


@rejects(Errno.EINVAL, at=_MNT)
def root_would_be_shared_across_mount_namespaces(call: Call) -> Truth:
    """A mount namespace is joined while fs_struct is shared.

    From v5.8 on the test looked at the temporary copy where several namespaces are joined,
    which nobody shares; "mount: refuse setns() with a shared fs_struct again" repairs it.
    """
    looks_at_a_copy = both(
        call.kernel[SETNS_PIDFD], no(call.kernel[SETNS_SHARED_FS]), copies_fs(call)
    )
    shared = call.current.fs_users != 1
    return both(joins(call, NEWNS), no(looks_at_a_copy), shared)


@rejects(any_error, at=_MNT, since=MNTNS_ROOT_LOOKUP)
def root_of_the_mount_namespace_cannot_be_found(call: Call) -> Truth:
    """vfs_path_lookup() fails."""
    return both(joins(call, NEWNS), call.fails(Fallible.PATH_LOOKUP))


@rejects(Errno.EINVAL, at=_PID)
def pid_namespace_is_no_descendant(call: Call) -> Truth:
    """Only the active pid namespace and those below it can be chosen for children."""
    return both(joins(call, NEWPID), no(call.request.target.descendant_pid_ns))


@rejects(Errno.EUSERS, at=_TIME)
def other_tasks_would_see_the_time_change(call: Call) -> Truth:
    """A time namespace is joined while the group or the address space is shared."""
    return both(joins(call, NEWTIME), no(single_threaded(call)))


uts_namespace = _forbidden("uts", NEWUTS, "kernel/utsname.c:utsns_install")
ipc_namespace = _forbidden("ipc", NEWIPC, "ipc/namespace.c:ipcns_install")
pid_namespace = _forbidden("pid", NEWPID, _PID)
cgroup_namespace = _forbidden("cgroup", NEWCGROUP, "kernel/cgroup/namespace.c:cgroupns_install")
net_namespace = _forbidden("net", NEWNET, "net/core/net_namespace.c:netns_install")
time_namespace = _forbidden("time", NEWTIME, _TIME)
