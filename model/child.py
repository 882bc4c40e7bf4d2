"""The child that a successful copy_process() publishes: one function per field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model import words
from model.algebra import (
    Truth,
    Word,
    both,
    clear,
    either,
    has,
    has_any,
    low_32,
    no,
    when,
    when_word,
)
from model.call import Call
from model.entries import through_kernel_clone
from model.new_namespaces import NAMED_BY_FLAGS, Ns
from model.patches import (
    CGROUP_KILL,
    CLEAR_SIGHAND,
    CLONE_AUTOREAP,
    CLONE_FLAGS_U64,
    CLONE_NNP,
    EXPLICIT_KTHREAD,
    KILL_SEQ,
    KILL_SEQ_OF_TARGET,
    PIDFD_AUTOKILL,
    PLUG_TIME_DROPPED,
    TIMENS_AT_EXEC,
    USER_WORKER,
    WORKERS_ARE_THREADS,
)
from model.records import BOOL, fact
from model.rows import Effect, decides
from model.rules.cgroup import entered, into_cgroup
from model.rules.creds import shares_its_creators_cred
from model.rules.namespaces import (
    shares_nsproxy,
    time_ns_is_pending,
    wants_time_ns,
)
from model.rules.pid import child_level, new_pid_ns, wants_pidfd
from model.state import Step
from model.ucounts import charged_uid, enforced_nproc_rlimit, new_user_ns


class Share(IntEnum):
    """How the child's resource stands to the caller's."""

    NONE = 0
    SHARED = 1
    COPIED = 2


class Parent(IntEnum):
    """Who a relation of the child points to."""

    CALLER = 0
    CALLERS_PARENT = 1


@dataclass(frozen=True, slots=True)
class Child:
    """The new task (``p``) at the moment it is published."""

    flags: Word = fact(32, 0, "PF_ flags", names="pf")
    named_by_args: Truth = fact(BOOL, False, "comm is args->name, not the caller's")
    set_child_tid: Word = fact(64, 0, "address that gets the pid in the child")
    clear_child_tid: Word = fact(64, 0, "address cleared when the child ends")
    shares_cred: Truth = fact(BOOL, False, "its cred is the caller's very object")
    uid: Word = fact(32, 0, "real uid, objective and subjective")
    euid: Word = fact(32, 0, "effective uid")
    cap_effective: Word = fact(64, 0, "effective capabilities", names="caps")
    new_user_ns: Truth = fact(BOOL, False, "in a user namespace of its own")
    user_ns_level: Word = fact(8, 0, "nesting level of its user namespace")
    user_ns_nproc_max: Word = fact(64, 0, "NPROC bound of its user namespace", signed=True)
    charged_uid: Word = fact(32, 0, "uid it is charged to")
    thread_keyring: Truth = fact(BOOL, False, "has a thread keyring")
    process_keyring: Truth = fact(BOOL, False, "has the caller's process keyring")
    files: Word = fact(8, 0, "file descriptors", names="share")
    fs: Word = fact(8, 0, "root, cwd and umask", names="share")
    sighand: Word = fact(8, 0, "signal handlers", names="share")
    mm: Word = fact(8, 0, "address space", names="share")
    sysvsem: Word = fact(8, 0, "semaphore undo list", names="share")
    io_context: Word = fact(8, 0, "I/O context", names="share")
    same_thread_group: Truth = fact(BOOL, False, "a thread of the caller's group")
    rlim_nproc: Word = fact(64, 0, "soft RLIMIT_NPROC")
    rlimits_shared: Truth = fact(BOOL, False, "its rlimits are the caller's own, not a copy")
    ignored: Word = fact(64, 0, "ignored signals", names="signals")
    caught: Word = fact(64, 0, "caught signals", names="signals")
    blocked: Word = fact(64, 0, "blocked signals", names="signals")
    altstack: Truth = fact(BOOL, False, "keeps the alternate signal stack")
    exit_signal: Word = fact(32, 0, "signal to the parent; -1 for a thread", signed=True)
    real_parent: Word = fact(8, 0, "parent", names="parent")
    parent_exec_id: Word = fact(8, 0, "whose exec id it remembers", names="parent")
    nsproxy_shared: Truth = fact(BOOL, False, "uses the caller's nsproxy")
    mnt_ns: Word = fact(8, 0, "mount namespace", names="ns")
    uts_ns: Word = fact(8, 0, "UTS namespace", names="ns")
    ipc_ns: Word = fact(8, 0, "IPC namespace", names="ns")
    pid_ns: Word = fact(8, 0, "active pid namespace", names="ns")
    cgroup_ns: Word = fact(8, 0, "cgroup namespace", names="ns")
    net_ns: Word = fact(8, 0, "network namespace", names="ns")
    time_ns: Word = fact(8, 0, "time namespace", names="ns")
    time_ns_for_children: Word = fact(8, 0, "time namespace of its children", names="ns")
    pid_level: Word = fact(8, 0, "nesting level of its pid namespace")
    is_child_reaper: Truth = fact(BOOL, False, "pid 1 of its namespace: SIGNAL_UNKILLABLE")
    has_pid: Truth = fact(BOOL, True, "is in the process tree (not an idle task)")
    pidfd_in_child: Truth = fact(BOOL, False, "the new pidfd is in its own table too")
    no_new_privs: Truth = fact(BOOL, False, "no_new_privs")
    seccomp_mode: Word = fact(8, 0, "seccomp mode")
    in_target_cgroup: Truth = fact(BOOL, False, "starts in the cgroup named by the call")
    starts_frozen: Truth = fact(BOOL, False, "trapped by the cgroup freezer at once")
    born_killed: Truth = fact(BOOL, False, "gets SIGKILL from cgroup.kill at once")
    starts_in_kernel: Truth = fact(BOOL, False, "runs args->fn, not user code")
    autoreap: Truth = fact(BOOL, False, "is reaped automatically")
    autokill: Truth = fact(BOOL, False, "is killed when its pidfd is closed")
    reports_to_tracer: Truth = fact(BOOL, False, "the caller's tracer gets an event")
    traced: Truth = fact(BOOL, False, "is traced from birth")
    not_throttled: Truth = fact(BOOL, False, "exempt from reclaim throttling")
    oom_score_adj: Word = fact(16, 0, "oom_score_adj", signed=True)
    parent_tid_stored: Truth = fact(BOOL, False, "its pid was stored at parent_tid")
    vfork_wait: Truth = fact(BOOL, False, "the caller waits until it execs or ends")


_COPY = "kernel/fork.c:copy_process"


def _thread(call: Call) -> Truth:
    return has(call.args.flags, words.THREAD)


@decides("flags", at=_COPY)
def flags(call: Call) -> Word:
    """The caller's flags, PF_KTHREAD set anew, worker flags added, few cleared.

    PF_IO_WORKER, PF_USER_WORKER, PF_NOFREEZE and PF_NPROC_EXCEEDED are inherited.
    """
    explicit = call.kernel[EXPLICIT_KTHREAD]
    word = call.current.flags
    word = when_word(32, explicit, clear(word, words.PF_KTHREAD, 32), word)
    word = when_word(32, call.args.kthread, word | words.PF_KTHREAD, word)
    word = when_word(32, call.args.user_worker, word | words.PF_USER_WORKER, word)
    word = when_word(32, call.args.io_thread, word | words.PF_IO_WORKER, word)
    dropped = words.PF_SUPERPRIV | words.PF_WQ_WORKER | words.PF_IDLE | words.PF_NO_SETAFFINITY
    word = clear(word, dropped, 32) | words.PF_FORKNOEXEC
    without_time = clear(word, words.PF_BLOCK_TS, 32)
    return when_word(32, call.kernel[PLUG_TIME_DROPPED], without_time, word)


@decides("named_by_args", at=_COPY)
def named_by_args(call: Call) -> Truth:
    """comm is set from args->name when there is one."""
    return call.args.name


@decides("set_child_tid", at=_COPY)
def set_child_tid(call: Call) -> Word:
    """CLONE_CHILD_SETTID keeps child_tid."""
    return when_word(64, has(call.args.flags, words.CHILD_SETTID), call.args.child_tid, 0)


@decides("clear_child_tid", at=_COPY)
def clear_child_tid(call: Call) -> Word:
    """CLONE_CHILD_CLEARTID keeps child_tid."""
    return when_word(64, has(call.args.flags, words.CHILD_CLEARTID), call.args.child_tid, 0)


@decides("shares_cred", at="kernel/cred.c:copy_creds")
def shares_cred(call: Call) -> Truth:
    """A thread whose creator has no thread keyring takes its *subjective* cred, for both."""
    return shares_its_creators_cred(call)


def makes_user_ns(call: Call) -> Truth:
    """Return whether the child's cred lives in a new user namespace."""
    return both(no(shares_its_creators_cred(call)), new_user_ns(call))


@decides("uid", at="kernel/cred.c:copy_creds")
def uid(call: Call) -> Word:
    """The caller's subjective real uid."""
    return call.cred.uid


@decides("euid", at="kernel/cred.c:copy_creds")
def euid(call: Call) -> Word:
    """The caller's subjective effective uid."""
    return call.cred.euid


@decides("cap_effective", at="kernel/user_namespace.c:set_cred_user_ns")
def cap_effective(call: Call) -> Word:
    """The caller's subjective capabilities; all of them inside a new user namespace."""
    return when_word(64, makes_user_ns(call), words.CAP_FULL_SET, call.cred.cap_effective)


@decides("new_user_ns", at="kernel/cred.c:copy_creds")
def in_new_user_ns(call: Call) -> Truth:
    """CLONE_NEWUSER makes one."""
    return makes_user_ns(call)


@decides("user_ns_level", at="kernel/user_namespace.c:create_user_ns")
def user_ns_level(call: Call) -> Word:
    """One deeper with CLONE_NEWUSER."""
    level = call.cred.user_ns.level
    return when_word(8, makes_user_ns(call), level + 1, level)


@decides("user_ns_nproc_max", at="kernel/user_namespace.c:create_user_ns")
def user_ns_nproc_max(call: Call) -> Word:
    """A new namespace's bound is a snapshot of the creator's RLIMIT_NPROC."""
    return when_word(
        64, makes_user_ns(call), enforced_nproc_rlimit(call), call.cred.user_ns.nproc_max
    )


@decides("charged_uid", at="kernel/cred.c:set_cred_ucounts")
def charged(call: Call) -> Word:
    """The real uid, in the child's own user namespace."""
    return charged_uid(call)


@decides("thread_keyring", at="kernel/cred.c:copy_creds")
def thread_keyring(call: Call) -> Truth:
    """Only threads get one, a fresh one, and only if the creator had one."""
    return both(_thread(call), call.cred.thread_keyring)


@decides("process_keyring", at="kernel/cred.c:copy_creds")
def process_keyring(call: Call) -> Truth:
    """Shared between the threads of a process only."""
    return both(_thread(call), call.cred.process_keyring)


def _share(shared: Truth, otherwise: Word = int(Share.COPIED)) -> Word:
    return when_word(8, shared, int(Share.SHARED), otherwise)


@decides("files", at="kernel/fork.c:copy_files")
def files(call: Call) -> Word:
    """None if the caller has none or no_files is set (even with CLONE_FILES)."""
    none = either(no(call.current.files), call.args.no_files)
    return when_word(8, none, int(Share.NONE), _share(has(call.args.flags, words.FILES)))


@decides("fs", at="kernel/fork.c:copy_fs")
def fs(call: Call) -> Word:
    """CLONE_FS shares it."""
    return _share(has(call.args.flags, words.FS))


@decides("sighand", at="kernel/fork.c:copy_sighand")
def sighand(call: Call) -> Word:
    """CLONE_SIGHAND shares it."""
    return _share(has(call.args.flags, words.SIGHAND))


@decides("mm", at="kernel/fork.c:copy_mm")
def mm(call: Call) -> Word:
    """None if the caller has none; CLONE_VM shares it."""
    shared = _share(has(call.args.flags, words.VM))
    return when_word(8, call.current.mm, shared, int(Share.NONE))


@decides("sysvsem", at="ipc/sem.c:copy_semundo")
def sysvsem(call: Call) -> Word:
    """CLONE_SYSVSEM shares the undo list; without it the child has none."""
    return _share(has(call.args.flags, words.SYSVSEM), int(Share.NONE))


@decides("io_context", at="block/blk-ioc.c:__copy_io")
def io_context(call: Call) -> Word:
    """None if the caller has none; CLONE_IO shares it."""
    shared = _share(has(call.args.flags, words.IO))
    return when_word(8, call.current.io_context, shared, int(Share.NONE))


@decides("same_thread_group", at=_COPY)
def same_thread_group(call: Call) -> Truth:
    """CLONE_THREAD."""
    return _thread(call)


@decides("rlim_nproc", at="kernel/fork.c:copy_signal")
def rlim_nproc(call: Call) -> Word:
    """The caller's, shared by a thread and copied otherwise."""
    return call.current.signal.rlim_nproc


@decides("rlimits_shared", at="kernel/fork.c:copy_signal")
def rlimits_shared(call: Call) -> Truth:
    """rlimits live in signal_struct."""
    return _thread(call)


def clears_handlers(call: Call) -> Truth:
    """Return whether CLONE_CLEAR_SIGHAND takes effect (lost on 32 bits before v6.18)."""
    seen = either(no(call.system.long_is_32_bit), call.kernel[CLONE_FLAGS_U64])
    return both(
        call.kernel[CLEAR_SIGHAND],
        has(call.args.flags, words.CLEAR_SIGHAND),
        no(has(call.args.flags, words.SIGHAND)),
        seen,
    )


@decides("ignored", at="kernel/fork.c:copy_sighand")
def ignored(call: Call) -> Word:
    """The caller's; every signal where ignore_signals is set."""
    return when_word(64, call.args.ignore_signals, words.ALL_SIGNALS, call.current.sighand.ignored)


@decides("caught", at="kernel/fork.c:copy_sighand")
def caught(call: Call) -> Word:
    """The caller's; none with CLONE_CLEAR_SIGHAND or ignore_signals."""
    none = either(call.args.ignore_signals, clears_handlers(call))
    return when_word(64, none, 0, call.current.sighand.caught)


@decides("blocked", at=_COPY)
def blocked(call: Call) -> Word:
    """The caller's; a worker blocks all but SIGKILL and SIGSTOP."""
    worker = when(call.kernel[WORKERS_ARE_THREADS], call.args.user_worker, call.args.io_thread)
    return when_word(64, worker, words.WORKER_BLOCKED, call.current.blocked)


@decides("altstack", at=_COPY)
def altstack(call: Call) -> Truth:
    """Dropped when the address space is shared without vfork."""
    reset = both(has(call.args.flags, words.VM), no(has(call.args.flags, words.VFORK)))
    return both(call.current.altstack, no(reset))


@decides("exit_signal", at=_COPY)
def exit_signal(call: Call) -> Word:
    """-1 for a thread; a sibling takes the group leader's; else the argument."""
    given = low_32(call.args.exit_signal)
    leader = call.current.signal.leader_exit_signal
    sibling = has(call.args.flags, words.PARENT)
    return when_word(32, _thread(call), -1, when_word(32, sibling, leader, given))


def _callers_parent(call: Call) -> Word:
    sibling = has_any(call.args.flags, words.PARENT | words.THREAD)
    return when_word(8, sibling, int(Parent.CALLERS_PARENT), int(Parent.CALLER))


@decides("real_parent", at=_COPY)
def real_parent(call: Call) -> Word:
    """The caller's parent for threads and siblings, else the caller."""
    return _callers_parent(call)


@decides("parent_exec_id", at=_COPY)
def parent_exec_id(call: Call) -> Word:
    """Goes with real_parent."""
    return _callers_parent(call)


@decides("nsproxy_shared", at="kernel/nsproxy.c:copy_namespaces")
def nsproxy_shared(call: Call) -> Truth:
    """No new namespace, and no pending time namespace (or CLONE_VM since v6.2)."""
    return shares_nsproxy(call)


@decides("pid_ns", at="kernel/pid.c:alloc_pid")
def pid_ns(call: Call) -> Word:
    """CLONE_NEWPID, else what the caller set aside for its children."""
    pending = when_word(
        8,
        call.current.nsproxy.pid_for_children_is_active,
        int(Ns.SAME),
        int(Ns.PENDING),
    )
    return when_word(8, new_pid_ns(call), int(Ns.NEW), pending)


@decides("time_ns_for_children", at="kernel/time/namespace.c:copy_time_ns")
def time_ns_for_children(call: Call) -> Word:
    """CLONE_NEWTIME, else the caller's pending one, else the caller's."""
    pending = when_word(8, time_ns_is_pending(call), int(Ns.PENDING), int(Ns.SAME))
    return when_word(8, wants_time_ns(call), int(Ns.NEW), pending)


@decides("time_ns", at="kernel/time/namespace.c:timens_on_fork")
def time_ns(call: Call) -> Word:
    """The child enters it at once, unless it shares memory (v6.2): then at exec."""
    waits = both(call.kernel[TIMENS_AT_EXEC], has(call.args.flags, words.VM))
    return when_word(
        8,
        either(shares_nsproxy(call), waits),
        int(Ns.SAME),
        time_ns_for_children.value(call),
    )


@decides("pid_level", at="kernel/pid_namespace.c:create_pid_namespace")
def pid_level(call: Call) -> Word:
    """One deeper with CLONE_NEWPID."""
    return child_level(call)


@decides("is_child_reaper", at=_COPY)
def is_child_reaper(call: Call) -> Truth:
    """The first task of a pid namespace gets pid 1 and is its init."""
    first = either(new_pid_ns(call), no(call.current.pid_ns.child_reaper))
    return both(no(call.args.idle), first)


@decides("has_pid", at=_COPY)
def has_pid(call: Call) -> Truth:
    """Idle tasks keep init_struct_pid."""
    return no(call.args.idle)


@decides("pidfd_in_child", at=_COPY)
def pidfd_in_child(call: Call) -> Truth:
    """The pidfd is reserved after copy_files(), so only a shared table shows it."""
    return both(wants_pidfd(call), files.value(call) == int(Share.SHARED))


@decides("no_new_privs", at="kernel/fork.c:copy_seccomp")
def no_new_privs(call: Call) -> Truth:
    """Inherited; CLONE_NNP sets it (v7.1)."""
    asked = both(call.kernel[CLONE_NNP], has(call.args.flags, words.NNP))
    return either(call.current.no_new_privs, asked)


@decides("seccomp_mode", at="kernel/fork.c:copy_seccomp")
def seccomp_mode(call: Call) -> Word:
    """Inherited with its filters."""
    return call.current.seccomp_mode


@decides("in_target_cgroup", at="kernel/cgroup/cgroup.c:cgroup_post_fork")
def in_target_cgroup(call: Call) -> Truth:
    """CLONE_INTO_CGROUP; an idle task is in no cgroup."""
    return both(into_cgroup(call), no(call.args.idle))


def _kernel_thread(call: Call) -> Truth:
    return has(flags.value(call), words.PF_KTHREAD)


@decides("starts_frozen", at="kernel/cgroup/cgroup.c:cgroup_post_fork")
def starts_frozen(call: Call) -> Truth:
    """A child of a frozen cgroup is trapped, unless it is a kernel thread or an idle task."""
    return both(entered(call).frozen, no(call.args.idle), no(_kernel_thread(call)))


def _kills_before(call: Call) -> Word:
    """Return the count of kills that cgroup_can_fork() read: since 8e3599202166 the target's."""
    target = both(into_cgroup(call), call.kernel[KILL_SEQ_OF_TARGET])
    there = call.request.cgroup_target.group.kill_seq
    return when_word(32, target, there, call.current.cgroup.kill_seq)


def _kills_after(call: Call) -> Word:
    """Return the count that cgroup_post_fork() compares with it: of the cgroup it enters."""
    before = entered(call).kill_seq
    return when_word(32, call.chance.cgroup_killed != 0, (before + 1) & 0xFFFFFFFF, before)


@decides("born_killed", at="kernel/cgroup/cgroup.c:cgroup_post_fork")
def born_killed(call: Call) -> Truth:
    """cgroup.kill during the fork reaches the child.

    v5.14 to v6.13 only while the kill still walks its tasks; since v6.14 whenever the
    sequence number moved, which until 8e3599202166 was compared across two cgroups.
    """
    walking = call.chance.cgroup_killed == 1
    moved = _kills_before(call) != _kills_after(call)
    noticed = when(call.kernel[KILL_SEQ], moved, walking)
    return both(call.kernel[CGROUP_KILL], noticed, no(_kernel_thread(call)))


@decides("starts_in_kernel", at="arch/x86/kernel/process.c:copy_thread")
def starts_in_kernel(call: Call) -> Truth:
    """args->fn makes it a kernel thread or a user worker."""
    return call.args.fn


@decides("autoreap", at=_COPY)
def autoreap(call: Call) -> Truth:
    """CLONE_AUTOREAP (v7.1); a thread belongs to its group's."""
    asked = both(call.kernel[CLONE_AUTOREAP], has(call.args.flags, words.AUTOREAP))
    return either(asked, both(_thread(call), call.current.signal.autoreap))


@decides("autokill", at=_COPY)
def autokill(call: Call) -> Truth:
    """CLONE_PIDFD_AUTOKILL (v7.1)."""
    return both(call.kernel[PIDFD_AUTOKILL], has(call.args.flags, words.PIDFD_AUTOKILL))


@decides("reports_to_tracer", at="kernel/fork.c:kernel_clone")
def reports_to_tracer(call: Call) -> Truth:
    """kernel_clone() reports to a tracer that asked, unless CLONE_UNTRACED."""
    return both(
        through_kernel_clone(call.request),
        call.current.traced,
        no(has(call.args.flags, words.UNTRACED)),
    )


@decides("traced", at="include/linux/ptrace.h:ptrace_init_task")
def traced(call: Call) -> Truth:
    """CLONE_PTRACE or a reported event attaches the caller's tracer."""
    asked = both(call.current.traced, has(call.args.flags, words.PTRACE))
    return both(no(call.args.idle), either(asked, reports_to_tracer.value(call)))


@decides("not_throttled", at="mm/vmscan.c:reclaim_throttle")
def not_throttled(call: Call) -> Truth:
    """Kernel threads and workers are: io workers, since the series all user workers."""
    task: Word = flags.value(call)
    workers = when_word(32, call.kernel[USER_WORKER], words.PF_USER_WORKER, words.PF_IO_WORKER)
    return (task & (workers | words.PF_KTHREAD)) != 0


@decides("oom_score_adj", at="kernel/fork.c:copy_signal")
def oom_score_adj(call: Call) -> Word:
    """The caller's."""
    return call.current.signal.oom_score_adj


@decides("parent_tid_stored", at="kernel/fork.c:kernel_clone")
def parent_tid_stored(call: Call) -> Truth:
    """CLONE_PARENT_SETTID; a bad address is ignored."""
    return both(
        through_kernel_clone(call.request),
        has(call.args.flags, words.PARENT_SETTID),
        no(call.fails(Step.PUT_PARENT_TID)),
    )


@decides("vfork_wait", at="kernel/fork.c:kernel_clone")
def vfork_wait(call: Call) -> Truth:
    """CLONE_VFORK."""
    return both(through_kernel_clone(call.request), has(call.args.flags, words.VFORK))


EFFECTS: list[Effect] = [
    *NAMED_BY_FLAGS,
    *(item for item in list(globals().values()) if isinstance(item, Effect)),
]
