"""What is assumed of every caller is true of every child, and what follows at the edges."""

from __future__ import annotations

from model.algebra import (
    LONG_MAX,
    Truth,
    at_most,
    below,
    both,
    capped,
    either,
    has,
    has_any,
    implies,
    no,
    when,
    when_word,
)
from model.call import Call
from model.child import Parent, Share
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    CGROUP_PIDS,
    CLONE_INTO_CGROUP,
    IO_THREAD,
    PID_ERRNO_KEPT,
    REDHAT_KTHREAD_INHERITED,
    SET_TID,
    USER_WORKER,
    USERNS_NESTING_LIMIT,
)
from model.request import Entry
from model.state import Cred, Fallible, Reach
from model.words import (
    ALL_SIGNALS,
    CAP_FULL_SET,
    INTO_CGROUP,
    MAX_PID_NS_LEVEL,
    MAX_USER_NS_PARENT_LEVEL,
    NEWPID,
    NEWUSER,
    PARENT,
    PF_IO_WORKER,
    PF_KTHREAD,
    PF_POSTCOREDUMP,
    PF_SIGNALED,
    PF_USER_WORKER,
    THREAD,
    WORKER_BLOCKED,
    Errno,
)
from properties.claim import Claim, claims, holds
from properties.outcome import failed, from_user_space, same_byte, taken, through
from properties.premises import (
    below_its_process_limits,
    identity_is_its_own,
    mapped,
    otherwise_fine,
    room,
)

_COPY = "kernel/fork.c:copy_process"


def _asks(call: Call, flag: int) -> Truth:
    return has(call.args.flags, flag)


@claims("C17", source=f"{_COPY}; include/linux/sched.h", expect=holds(since=USERNS_NESTING_LIMIT))
def a_child_is_as_well_formed_as_its_maker(call: Call, outcome: Outcome) -> Claim:
    """What is assumed of every caller is true of every child, so it needs no faith.

    A signal is ignored or caught, not both; no capability, seccomp mode or nesting level
    beyond the last; no bound in the initial user namespace; worker flags as old as the kernel.
    """
    child, flags = outcome.child, outcome.child.flags
    io_worker, worker = has(flags, PF_IO_WORKER), has(flags, PF_USER_WORKER)
    return Claim(
        outcome.ok,
        both(
            (child.ignored & child.caught) == 0,
            at_most(child.cap_effective, CAP_FULL_SET),
            at_most(child.seccomp_mode, 2),
            at_most(child.user_ns_level, MAX_USER_NS_PARENT_LEVEL + 1),
            at_most(child.pid_level, MAX_PID_NS_LEVEL),
            implies(child.user_ns_level == 0, child.user_ns_nproc_max == LONG_MAX),
            implies(io_worker, call.kernel[IO_THREAD]),
            implies(worker, call.kernel[USER_WORKER]),
        ),
    )


@claims("C18", source="54e6842d0775; kernel/fork.c:create_io_thread", expect=holds())
def an_io_worker_that_fork_c_makes_is_a_user_worker(call: Call, outcome: Outcome) -> Claim:
    """Itself or by inheritance, since the series; other core code may break it (P51f)."""
    flags = outcome.child.flags
    io_worker = both(call.kernel[USER_WORKER], has(flags, PF_IO_WORKER))
    own = no(through(call, Entry.COPY_PROCESS))
    return Claim(both(outcome.ok, own), implies(io_worker, has(flags, PF_USER_WORKER)))


@claims("C19", source="kernel/fork.c:fork_idle, copy_process", expect=holds())
def an_idle_task_is_a_process_of_its_own(call: Call, outcome: Outcome) -> Claim:
    """No thread and no sibling, in its maker's pid namespace, without a pidfd."""
    child = outcome.child
    return Claim(
        both(outcome.ok, call.args.idle),
        both(
            no(child.same_thread_group),
            child.real_parent == int(Parent.CALLER),
            child.pid_level == call.current.pid_ns.level,
            no(taken(outcome, "pidfd")),
        ),
    )


@claims("C35", source="kernel/pid.c:alloc_pid; pid_namespaces(7)",
        expect=holds(since=PID_ERRNO_KEPT))
def the_first_task_of_a_pid_namespace_never_finds_its_init_gone(
    call: Call, outcome: Outcome
) -> Claim:
    """ENOMEM for a dead namespace is told only where an init has lived.

    Nor does a task whose children stay in its own: while it runs, its init does.
    """
    first = either(_asks(call, NEWPID), no(call.current.pid_ns.child_reaper))
    own = call.current.nsproxy.pid_for_children_is_active
    chance = both(call.chance.fails == int(Fallible.NONE), no(call.chance.pid_ns_dies))
    return Claim(both(either(first, own), chance), outcome.errno != int(Errno.ENOMEM))


@claims("C36", source="kernel/pid_namespace.c:create_pid_namespace; pid_namespaces(7)",
        expect=holds())
def only_the_initial_pid_namespace_has_level_0(call: Call, outcome: Outcome) -> Claim:
    """A child in another one than its maker's is one level down at least."""
    child = outcome.child
    return Claim(
        both(outcome.ok, child.pid_ns != int(Ns.SAME)), below(0, child.pid_level)
    )


@claims("C37", source=f"{_COPY}; kernel/cgroup/pids.c:pids_can_fork",
        expect=holds(since=CGROUP_PIDS))
def a_limit_of_0_tasks_lets_nobody_in(call: Call, outcome: Outcome) -> Claim:
    """threads-max, or pids.max of the cgroup the child would start in."""
    into = both(call.kernel[CLONE_INTO_CGROUP], _asks(call, INTO_CGROUP))
    target, own = call.request.cgroup_target.group.pids_max, call.current.cgroup.pids_max
    none = when(into, target == 0, own == 0)
    return Claim(either(call.system.max_threads == 0, none), failed(outcome))


@claims("C38", source="kernel/pid.c:alloc_pid; capabilities(7)",
        expect=holds(needs=SET_TID))
def with_every_capability_pids_are_chosen_wherever_one_reaches(
    call: Call, outcome: Outcome
) -> Claim:
    """EPERM is never told of set_tid in a namespace that is no ancestor's and no stranger's."""
    ns = call.current.pid_ns
    reaches = (ns.user_ns_reach, ns.parent_reach, ns.grandparent_reach)
    chosen = both(
        call.kernel[SET_TID], through(call, Entry.CLONE3), below(0, call.args.set_tid_size)
    )
    able = both(call.cred.cap_effective == CAP_FULL_SET, call.chance.lsm_denies == 0)
    plain = both(call.chance.fails == int(Fallible.NONE), no(_asks(call, NEWUSER)))
    return Claim(
        both(chosen, able, plain, *(reach != int(Reach.OUTSIDE) for reach in reaches)),
        outcome.errno != int(Errno.EPERM),
    )


def _held_by_its_own_limit_alone(call: Call, cred: Cred) -> Truth:
    """Return whether RLIMIT_NPROC leaves room, in the initial user namespace or just below."""
    limit, counts, ns = capped(call.current.signal.rlim_nproc), cred.ucounts, cred.user_ns
    own = (counts.nproc, counts.nproc_of_euid, counts.user_processes)
    bounds = both(room(counts.nproc, ns.nproc_max), room(counts.nproc_parent, ns.nproc_max))
    inner = both(ns.level == 1, bounds, cred.euid_mapped, cred.egid_mapped)
    return both(*(room(count, limit) for count in own), either(ns.level == 0, inner))


@claims("C39", source="kernel/user_namespace.c:init_user_ns, create_user_ns; user_namespaces(7)",
        expect=holds())
def the_initial_user_namespace_adds_no_bound_of_its_own(call: Call, outcome: Outcome) -> Claim:
    """Its users are mapped and its RLIMIT_NPROC bound is infinite: the caller's own decides.

    Before v5.17 the objective credentials were looked at, since then the subjective ones.
    """
    fine = otherwise_fine(call, mapped, identity_is_its_own, below_its_process_limits)
    creds = (call.current.real_cred, call.cred)
    held = (_held_by_its_own_limit_alone(call, cred) for cred in creds)
    return Claim(both(fine, *held), outcome.ok)


@claims("C40", source="signal(7); kernel/signal.c:do_sigaction, set_current_blocked",
        expect=holds())
def no_child_of_a_user_task_escapes_sigkill_or_sigstop(call: Call, outcome: Outcome) -> Claim:
    """It neither ignores, catches nor blocks them, and has not died already."""
    child = outcome.child
    deadly = ALL_SIGNALS & ~WORKER_BLOCKED
    held = (child.ignored | child.caught | child.blocked) & deadly
    dead = has_any(child.flags, PF_SIGNALED | PF_POSTCOREDUMP)
    return Claim(both(outcome.ok, from_user_space(call)), both(held == 0, no(dead)))


@claims("C41", source="343f4c49f243; kernel/fork.c:user_mode_thread",
        expect=holds(until=REDHAT_KTHREAD_INHERITED, needs=Entry.USER_MODE_THREAD))
def a_user_mode_thread_is_no_kernel_thread(call: Call, outcome: Outcome) -> Claim:
    """It starts in the kernel, but only to become a user task at execve(2) (v5.19).

    By Red Hat's from 9.2 to 9.6 it is one until then, as whoever made it.
    """
    child = outcome.child
    made = both(outcome.ok, through(call, Entry.USER_MODE_THREAD))
    return Claim(made, both(child.starts_in_kernel, no(has(child.flags, PF_KTHREAD))))


@claims("C46", source="kernel/fork.c:kernel_thread, user_mode_thread", expect=holds())
def a_task_of_kernel_thread_uses_its_makers_memory_and_is_told_to_no_tracer(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_VM and CLONE_UNTRACED whatever the flags; kthreadd has no memory to share.

    The signal of its end is their low byte.
    """
    child = outcome.child
    made = both(outcome.ok, through(call, Entry.KERNEL_THREAD, Entry.USER_MODE_THREAD))
    untold = no(child.reports_to_tracer)
    is_asked = same_byte(child.exit_signal, call.request.flags)
    ends = either(has_any(call.args.flags, THREAD | PARENT), is_asked)
    memory = when_word(8, call.current.mm, int(Share.SHARED), int(Share.NONE))
    return Claim(made, both(child.mm == memory, untold, ends))
