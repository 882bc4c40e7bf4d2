"""What ksys_unshare() implies, and what it refuses that task creation does not."""

from __future__ import annotations

from model.algebra import (
    Truth,
    Word,
    both,
    either,
    has,
    has_any,
    no,
    signed_below,
    when,
    when_word,
)
from model.call import Call
from model.kernel import Kernel
from model.patches import (
    CGROUP_NAMESPACES,
    EMPTY_MNTNS,
    TIME_NAMESPACES,
    UCOUNTS_NPROC,
    UNSHARE_NEWNS_FS,
    UNSHARE_PIDNS_ALONE,
    UNSHARE_THREAD_ALONE,
)
from model.rows import (
    rejects,
)
from model.rules.creds import any_error
from model.rules.namespaces import wants_namespaces
from model.state import Fallible
from model.ucounts import (
    any_over,
    chain_of,
    new_user_ns,
    rlimit,
)
from model.words import (
    FILES,
    FS,
    NEW_NAMESPACES,
    NEWCGROUP,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    SIGHAND,
    SYSVSEM,
    THREAD,
    UNSHARE_EMPTY_MNTNS,
    VM,
    Errno,
)

_CHECK = "kernel/fork.c:check_unshare_flags"
_NSPROXY = "kernel/nsproxy.c:create_new_namespaces"


def implied(kernel: Kernel, asked: Word) -> Word:
    """Return the flags with those that ksys_unshare() adds, in its order."""
    all_flags = asked
    alone = kernel[UNSHARE_THREAD_ALONE]
    steps = (
        (True, NEWUSER, THREAD | FS),
        (no(kernel[UNSHARE_PIDNS_ALONE]), NEWPID, THREAD),
        (no(alone), THREAD, VM),
        (True, VM, SIGHAND),
        (alone, SIGHAND, THREAD),
    )
    for there, flag, more in steps:
        all_flags = when_word(64, both(there, has(all_flags, flag)), all_flags | more, all_flags)
    empty = both(kernel[EMPTY_MNTNS], has(all_flags, UNSHARE_EMPTY_MNTNS))
    all_flags = when_word(64, empty, all_flags | NEWNS, all_flags)
    return when_word(64, has(all_flags, NEWNS), all_flags | FS, all_flags)


def known(kernel: Kernel) -> Word:
    """Return the flags that check_unshare_flags() lets pass."""
    namespaces = NEWUSER | (NEW_NAMESPACES & ~(NEWTIME | NEWCGROUP))
    always = THREAD | FS | SIGHAND | VM | FILES | SYSVSEM | namespaces
    cgroup = when_word(64, kernel[CGROUP_NAMESPACES], NEWCGROUP, 0)
    time = when_word(64, kernel[TIME_NAMESPACES], NEWTIME, 0)
    empty = when_word(64, kernel[EMPTY_MNTNS], UNSHARE_EMPTY_MNTNS, 0)
    word: Word = always | cgroup | time | empty
    return word


def single_threaded(call: Call) -> Truth:
    """Return current_is_single_threaded(): alone in its group and in its address space."""
    task = call.current
    return both(task.signal.nr_threads == 1, task.mm_users == 1)


def over_its_limits(call: Call) -> Truth:
    """Return whether the caller, as it is charged now, is over RLIMIT_NPROC or a bound above."""
    cred = call.cred
    counted = any_over(call, chain_of(call.kernel, cred, rlimit(call)), cred)
    before = signed_below(rlimit(call), cred.ucounts.user_processes)
    return when(call.kernel[UCOUNTS_NPROC], counted, before)


@rejects(Errno.EINVAL, at=_CHECK)
def flag_is_unknown_to_unshare(call: Call) -> Truth:
    """A bit is set that unshare() does not know."""
    return (call.args.flags | known(call.kernel)) != known(call.kernel)


@rejects(Errno.EINVAL, at=_CHECK, since=UNSHARE_THREAD_ALONE)
def caller_would_leave_its_thread_group(call: Call) -> Truth:
    """CLONE_THREAD, asked for or implied, while there are other threads."""
    asked = has_any(call.args.flags, THREAD | SIGHAND | VM)
    return both(asked, call.current.signal.nr_threads != 1)


@rejects(Errno.EINVAL, at=_CHECK, since=UNSHARE_THREAD_ALONE)
def caller_would_leave_its_signal_handlers(call: Call) -> Truth:
    """CLONE_SIGHAND, asked for or implied, while another task shares the handlers."""
    return both(has_any(call.args.flags, SIGHAND | VM), call.current.sighand.count != 1)


@rejects(Errno.EINVAL, at=_CHECK, since=UNSHARE_THREAD_ALONE)
def caller_would_leave_its_address_space(call: Call) -> Truth:
    """CLONE_VM while another task shares the address space."""
    return both(has(call.args.flags, VM), no(single_threaded(call)))


@rejects(Errno.EINVAL, at=_CHECK, until=UNSHARE_THREAD_ALONE)
def caller_would_leave_whoever_shares_its_memory(call: Call) -> Truth:
    """CLONE_THREAD, CLONE_SIGHAND or CLONE_VM, asked for or implied, with mm_users above 1.

    Before v4.3 any of the three asked for memory of one's own.
    """
    return both(has_any(call.args.flags, THREAD | SIGHAND | VM), call.current.mm_users != 1)


def copies_fs(call: Call) -> Truth:
    """Return whether unshare_fs() copies: where shared, and since v7.0 for CLONE_NEWNS."""
    always = both(call.kernel[UNSHARE_NEWNS_FS], has(call.args.flags, NEWNS))
    return both(has(call.args.flags, FS), either(always, call.current.fs_users != 1))


def copies_files(call: Call) -> Truth:
    """Return whether unshare_fd() copies: CLONE_FILES and a shared table."""
    task = call.current
    return both(has(call.args.flags, FILES), task.files, task.files_count != 1)


@rejects(Errno.ENOMEM, at="kernel/fork.c:unshare_fs")
def own_fs_struct_cannot_be_allocated(call: Call) -> Truth:
    """No memory for a fs_struct of one's own."""
    return both(copies_fs(call), call.fails(Fallible.COPY_FS_STRUCT))


@rejects(any_error, at="kernel/fork.c:unshare_fd")
def own_file_table_cannot_be_made(call: Call) -> Truth:
    """dup_fd() fails."""
    return both(copies_files(call), call.fails(Fallible.DUP_FD))


@rejects(Errno.ENOMEM, at="kernel/user_namespace.c:unshare_userns")
def own_credentials_cannot_be_copied(call: Call) -> Truth:
    """prepare_creds() fails."""
    return both(new_user_ns(call), call.fails(Fallible.PREPARE_CREDS))


@rejects(Errno.ENOMEM, at=_NSPROXY)
def own_nsproxy_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct nsproxy."""
    return both(wants_namespaces(call), call.fails(Fallible.CREATE_NSPROXY))
