"""Which C places and names mean which facts of the model: the vocabulary of the reader.

``PLACES`` maps a place, written as the C writes it with every local pointer followed home,
to the model's state.  What is neither there nor in ``ELSEWHERE`` is unknown, and said so.
"""

from __future__ import annotations

from collections.abc import Callable

from model.algebra import Truth, Word, below, both, low_32, no, when_word
from model.call import Call
from model.effects.kernel_clone import reports_to_tracer
from model.entries import visible
from model.state import Cgroup, Cred
from model.ucounts import charged_to_euid
from source import values
from source.configuration import listed
from source.program import Program
from source.values import Value, fact, number, truth, unknown

COPIES = (("p", "current"), ("new cred", "current cred"), ("new files", "current->files"))
"""A new object starts as a copy of another: its places read as the other's until written."""


def origin_of(key: str) -> str | None:
    """Return the place that an unwritten place of a copied object is a copy of."""
    for copy, original in COPIES:
        if key.startswith(f"{copy}->"):
            return original + key[len(copy) :]
    return None


Fact = Callable[[Program, Call], Value]


def _to(place: str) -> Fact:
    """Return a pointer that is never NULL."""

    def pointer(program: Program, _call: Call) -> Value:
        return Value(program.handle(place), False, place)

    return pointer


def _if(condition: Callable[[Call], Truth], place: str) -> Fact:
    """Return a pointer that is NULL unless a truth of the model holds."""

    def pointer(program: Program, call: Call) -> Value:
        handle = program.handle(place)
        return Value(when_word(64, condition(call), handle, 0), False, place)

    return pointer


def _number(read: Callable[[Call], Word], *, signed: bool = False) -> Fact:
    return lambda _program, call: fact(read(call), signed=signed)


def _truth(read: Callable[[Call], Truth]) -> Fact:
    return lambda _program, call: truth(read(call))


def _same_if(condition: Callable[[Call], Truth], one: str, other: str) -> Fact:
    """Return a pointer to ``one`` where a truth of the model holds, else to ``other``."""

    def pointer(program: Program, call: Call) -> Value:
        handles = program.handle(one), program.handle(other)
        return values.merged(
            condition(call),
            Value(handles[0], False, one),
            Value(handles[1], False, other),
        )

    return pointer


def _signal_flags(program: Program, call: Call) -> Value:
    bit = program.constants["SIGNAL_UNKILLABLE"] or 0
    return Value(when_word(64, call.current.signal.unkillable, bit, 0), False)


def _adding(program: Program, call: Call) -> Value:
    """The child's pid namespace just before publication; alloc_pid() tested it before."""
    bit = program.constants["PIDNS_ADDING"] or 0
    gone = both(no(call.args.idle), call.chance.pid_ns_dies)
    return Value(when_word(64, gone, 0, bit), False)


def _pid_argument(program: Program, call: Call) -> Value:
    handle = program.handle("init_struct_pid")
    return Value(when_word(64, call.args.idle, handle, 0), False, "init_struct_pid")


_for_children = _same_if(
    lambda call: call.current.nsproxy.pid_for_children_is_active,
    "its active pid_ns",
    "a pending pid_ns",
)


def _deeper(call: Call) -> Word:
    """The level of a pid namespace made now: kernel/pid_namespace.c:create_pid_namespace."""
    level: Word = values.extended(call.current.pid_ns.level) + 1
    return level


def _cgroup(name: str, css_set: str, its: Callable[[Call], Cgroup]) -> dict[str, Fact]:
    """Return the places of a cgroup when the call begins."""

    def flags(program: Program, call: Call) -> Value:
        bit = program.constants["CGRP_FREEZE"]
        return Value(when_word(64, its(call).frozen, 1 << (bit or 0), 0), False)

    return {
        f"{css_set}->dfl_cgrp": _to(name),
        f"{name}->flags": flags,
        f"{name}->kill_seq": _number(lambda call: its(call).kill_seq),
    }


PLACES: dict[str, Fact] = {
    "current": _to("current"),
    "init_user_ns": _to("init_user_ns"),
    "INIT_USER": _to("INIT_USER"),
    "copy_process:pid": _pid_argument,
    "copy_process:trace": _truth(reports_to_tracer.value),
    "unprivileged_userns_clone": _truth(lambda call: call.system.unprivileged_userns_clone),
    "nr_threads": _number(lambda call: call.system.nr_threads, signed=True),
    "max_threads": _number(lambda call: call.system.max_threads, signed=True),
    # struct kernel_clone_args
    "args": _to("args"),
    "args->flags": _number(lambda call: call.args.flags),
    "args->exit_signal": lambda _program, call: fact(low_32(call.args.exit_signal), signed=True),
    "args->pidfd": _number(lambda call: call.args.pidfd),
    "args->parent_tid": _number(lambda call: call.args.parent_tid),
    "args->child_tid": _number(lambda call: call.args.child_tid),
    "args->set_tid_size": _number(lambda call: call.args.set_tid_size),
    "args->cgroup": _number(lambda call: call.args.cgroup),
    "args->name": _if(lambda call: call.args.name, "a name"),
    "args->fn": _if(lambda call: call.args.fn, "a function"),
    "args->kthread": _truth(lambda call: call.args.kthread),
    "args->io_thread": _truth(lambda call: call.args.io_thread),
    "args->user_worker": _truth(lambda call: call.args.user_worker),
    "args->no_files": _truth(lambda call: call.args.no_files),
    "args->ignore_signals": _truth(lambda call: call.args.ignore_signals),
    "args->idle": _truth(lambda call: call.args.idle),
    "args->cset": lambda _program, _call: number(0),
    "args->cgrp": lambda _program, _call: number(0),
    "args->kill_seq": lambda _program, _call: number(0),
    # current
    "current->flags": _number(lambda call: call.current.flags),
    "current->signal": _to("current->signal"),
    "current->signal->flags": _signal_flags,
    "current->signal->autoreap": _truth(lambda call: call.current.signal.autoreap),
    "current->signal->rlim->nproc": _number(lambda call: call.current.signal.rlim_nproc),
    "current->signal->oom_score_adj": _number(
        lambda call: call.current.signal.oom_score_adj, signed=True
    ),
    "new signal->autoreap": _truth(lambda _call: False),
    "new signal->rlim->nproc": lambda _program, _call: number(0),
    "new signal->oom_score_adj": lambda _program, _call: number(0),
    "current->sighand": _to("current->sighand"),
    "current->sighand->count": _number(lambda call: call.current.sighand.count),
    "current->sighand->action->ignored": _number(lambda call: call.current.sighand.ignored),
    "current->sighand->action->caught": _number(lambda call: call.current.sighand.caught),
    "current->mm": _if(lambda call: call.current.mm, "current->mm"),
    "current->files": _if(lambda call: call.current.files, "current->files"),
    "current->files->count": _number(lambda call: call.current.files_count),
    "current->fs": _to("current->fs"),
    "current->fs->in_exec": _truth(lambda call: call.current.fs_in_exec),
    "current->fs->users": _number(lambda call: call.current.fs_users),
    "current->io_context": _if(lambda call: call.current.io_context, "current->io_context"),
    "current->mempolicy": _if(lambda call: call.current.mempolicy, "current->mempolicy"),
    "current->sysvsem->undo_list": _if(lambda call: call.current.undo_list, "the undo list"),
    "current->real_parent": _to("current->real_parent"),
    "current->group_leader": _to("current->group_leader"),
    "current->group_leader->exit_signal": lambda _program, call: fact(
        call.current.signal.leader_exit_signal, signed=True
    ),
    "current->parent_exec_id": _to("current->parent_exec_id"),
    "current->self_exec_id": _to("current->self_exec_id"),
    "current->nsproxy": _to("current->nsproxy"),
    "current->nsproxy->mnt_ns": _to("its mnt_ns"),
    "current->nsproxy->uts_ns": _to("its uts_ns"),
    "current->nsproxy->ipc_ns": _to("its ipc_ns"),
    "current->nsproxy->cgroup_ns": _to("its cgroup_ns"),
    "current->nsproxy->net_ns": _to("its net_ns"),
    "current->nsproxy->time_ns": _to("its time_ns"),
    "current->nsproxy->pid_ns_for_children": _for_children,
    "current->nsproxy->time_ns_for_children": _same_if(
        lambda call: call.current.nsproxy.time_for_children_is_active,
        "its time_ns",
        "a pending time_ns",
    ),
    "current->blocked": _number(lambda call: call.current.blocked),
    "current->sas_ss_sp": _truth(lambda call: call.current.altstack),
    "current->comm": _truth(lambda _call: False),
    "current->no_new_privs": _truth(lambda call: call.current.no_new_privs),
    "current->seccomp->mode": _number(lambda call: call.current.seccomp_mode),
    "current->ptrace": _truth(lambda call: call.current.traced),
    "current->thread_pid": _to("its pid"),
    "current->jobctl": lambda _program, _call: number(0),
    "current->cgroups": _to("the caller's css_set"),
    "*its registers": lambda _program, _call: number(0),
    "p starts at": lambda _program, _call: number(0),
    "p has a tracer": _truth(lambda _call: False),
    "SIGKILL for p": _truth(lambda _call: False),
    "new fs->users": lambda _program, _call: number(1),
    "new files->count": lambda _program, _call: number(1),
    "current->files->the new pidfd": _truth(lambda _call: False),
    "parent tid stored": _truth(lambda _call: False),
    "waits for vfork": _truth(lambda _call: False),
    "attach_pid(p, PIDTYPE_PID)": _truth(lambda _call: False),
    "new signal->flags": lambda _program, _call: number(0),
    "ns_of_pid(pid)->pid_allocated": _adding,
    "ns_of_pid(pid)->child_reaper": lambda _program, _call: number(0),
    # the model knows the level of pid_ns_for_children: it is asked for no other
    "its active pid_ns->level": _number(lambda call: call.current.pid_ns.level),
    "a pending pid_ns->level": _number(lambda call: call.current.pid_ns.level),
    "new pid_ns->level": _number(_deeper),
    "pid->level": _number(lambda call: call.current.pid_ns.level),
    "pid->ns": _for_children,
    "current->cred": _to("current cred"),
    "current->real_cred": _same_if(
        lambda call: no(call.current.overridden), "current cred", "current real cred"
    ),
    "creator's ucounts->ns": _same_if(
        lambda call: call.cred.user_ns.level == 0, "init_user_ns", "its user_ns"
    ),
    "creator's ucounts->rlimit[0]": _number(lambda call: charged_to_euid(call.cred), signed=True),
    "init_user_ns->level": lambda _program, _call: number(0),
    "init_user_ns->ucounts": lambda _program, _call: number(0),
    "init_user_ns->rlimit_max[0]": lambda _program, _call: number(2**63 - 1),
    "new user_ns->ucounts": lambda _program, _call: number(0),
    "new user_ns->level": lambda _program, _call: number(0),
    "new user_ns->rlimit_max[0]": lambda _program, _call: number(0),
    "fresh ucounts->ns": _to("new user_ns"),
    "fresh ucounts->rlimit[0]": lambda _program, _call: number(0),
    # arguments of system calls
    "request->flags": _number(lambda call: call.request.flags),
    "request->stack": _number(lambda call: call.request.stack),
    "request->usize": _number(lambda call: call.request.usize),
    "request->parent_tid": _number(lambda call: call.request.parent_tid),
    "request->child_tid": _number(lambda call: call.request.child_tid),
}

Who = Callable[[Call], Cred]


def _credentials(name: str, its: str, who: Who) -> dict[str, Fact]:
    """Return the places of a credential and of the chain of ucounts that hangs from it."""

    def user(program: Program, call: Call) -> Value:
        handle = program.handle
        root = who(call).uid == 0
        return Value(when_word(64, root, handle("INIT_USER"), handle("another user")), False)

    def above(level: int, here: str) -> Fact:
        return _if(lambda call: below(level, who(call).user_ns.level), here)

    def own_ns(call: Call) -> Truth:
        return who(call).user_ns.level == 0

    def beyond(over: int, under: int) -> Fact:
        return lambda _program, call: fact(
            when_word(64, who(call).ucounts.beyond_is_over, over, under), signed=True
        )

    return {
        f"{name}->user": user,
        f"{name}->uid": _number(lambda call: who(call).uid),
        f"{name}->euid": _number(lambda call: who(call).euid),
        f"{name}->egid": _to(f"{its} egid"),
        f"{name}->cap_effective": _number(lambda call: who(call).cap_effective),
        f"{name}->thread_keyring": _if(
            lambda call: who(call).thread_keyring, f"{its} thread keyring"
        ),
        f"{name}->process_keyring": _if(
            lambda call: who(call).process_keyring, f"{its} process keyring"
        ),
        f"{name}->user_ns": _same_if(own_ns, "init_user_ns", f"{its} user_ns"),
        f"{name}->ucounts": _to(f"{its} ucounts"),
        f"{its} ucounts->ns": _same_if(own_ns, "init_user_ns", f"{its} user_ns"),
        f"{its} ucounts->uid": _number(lambda call: who(call).uid),
        f"{its} ucounts->rlimit[0]": _number(lambda call: who(call).ucounts.nproc, signed=True),
        f"{its} user_ns->level": _number(lambda call: who(call).user_ns.level, signed=True),
        f"{its} user_ns->rlimit_max[0]": _number(
            lambda call: who(call).user_ns.nproc_max, signed=True
        ),
        f"{its} user_ns->ucounts": above(0, f"{its} ucounts 1 up"),
        f"{its} ucounts 1 up->ns": _to(f"{its} ns 1 up"),
        f"{its} ucounts 1 up->rlimit[0]": _number(
            lambda call: who(call).ucounts.nproc_parent, signed=True
        ),
        f"{its} ns 1 up->rlimit_max[0]": _number(
            lambda call: who(call).user_ns.nproc_max_parent, signed=True
        ),
        f"{its} ns 1 up->ucounts": above(1, f"{its} ucounts 2 up"),
        f"{its} ucounts 2 up->ns": _to(f"{its} ns 2 up"),
        f"{its} ucounts 2 up->rlimit[0]": _number(
            lambda call: who(call).ucounts.nproc_grandparent, signed=True
        ),
        # whatever lies further up is one element: over its bound, or not
        f"{its} ns 2 up->rlimit_max[0]": beyond(0, 2**63 - 1),
        f"{its} ns 2 up->ucounts": above(2, f"{its} ucounts further up"),
        f"{its} ucounts further up->ns": _to(f"{its} ns further up"),
        f"{its} ucounts further up->rlimit[0]": beyond(2**62, 0),
        f"{its} ns further up->rlimit_max[0]": lambda _program, _call: number(2**63 - 1),
        f"{its} ns further up->ucounts": lambda _program, _call: number(0),
    }


PLACES |= _cgroup("its cgroup", "the caller's css_set", lambda call: call.current.cgroup)
PLACES |= _cgroup(
    "the target cgroup", "the target's css_set", lambda call: call.request.cgroup_target.group
)
PLACES |= _credentials("current cred", "its", lambda call: call.cred)
PLACES |= _credentials("current real cred", "its objective", lambda call: call.current.real_cred)

CLONE_ARGS: dict[str, tuple[int, Callable[[Call], Word]]] = {
    "flags": (0, lambda call: call.request.flags),
    "pidfd": (8, lambda call: call.request.pidfd),
    "child_tid": (16, lambda call: call.request.child_tid),
    "parent_tid": (24, lambda call: call.request.parent_tid),
    "exit_signal": (32, lambda call: call.request.exit_signal),
    "stack": (40, lambda call: call.request.stack),
    "stack_size": (48, lambda call: call.request.stack_size),
    "set_tid": (64, lambda call: call.request.set_tid),
    "set_tid_size": (72, lambda call: call.request.set_tid_size),
    "cgroup": (80, lambda call: call.request.cgroup),
}
"""Fields of struct clone_args: their offset, and the request's."""


def clone_arg(call: Call, name: str) -> Value:
    """Return a field of struct clone_args as far as the size argument covers it."""
    offset, read = CLONE_ARGS[name]
    word = read(call)
    return Value(visible(word, call.request.usize, offset) if offset >= 64 else word, False)


NOTES = ("held:", "again:", "twice:", "taken:", "order:", "done:")
"""How the places begin that hold what a run did itself: nothing of it before the call."""


def initial(program: Program, call: Call, key: str) -> Value:
    """Return what a place holds when the call begins."""
    if key.startswith(NOTES):
        return truth(False)
    found = PLACES.get(key)
    if found is not None:
        return found(program, call)
    return unknown(key, key)


_SIGNAL = "flags autoreap oom_score_adj rlim"
MODELLED: dict[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "p": """flags set_child_tid clear_child_tid blocked files fs sighand signal mm nsproxy
            io_context cred real_cred exit_signal real_parent parent_exec_id group_leader
            mempolicy comm sas_ss_sp no_new_privs seccomp ptrace jobctl cgroups""",
        "p->sysvsem": "undo_list",
        "p->seccomp": "mode",
        "current": "flags files fs nsproxy cred real_cred sighand signal thread_pid",
        "current->signal": _SIGNAL,
        "new signal": _SIGNAL,
        "current->fs": "users",
        "ns_of_pid(pid)": "child_reaper pid_allocated",
        "new cred": "thread_keyring process_keyring user_ns cap_effective ucounts uid euid",
        "new user_ns": "level ucounts rlimit_max[0]",
        "new nsproxy": """pid_ns_for_children time_ns time_ns_for_children mnt_ns uts_ns ipc_ns
            cgroup_ns net_ns""",
        "args": """flags exit_signal pidfd parent_tid child_tid set_tid_size cgroup kthread
            io_thread user_worker no_files ignore_signals idle fn name stack stack_size cset cgrp
            kill_seq""",
    }.items()
}
"""Fields that the model knows; an assignment to another touches nothing that it speaks of."""


def is_modelled(target: values.Target, name: str) -> bool:
    """Return whether the model knows a field of what a pointer leads to."""
    if isinstance(target, values.Choice):
        return any(is_modelled(one, name) for _, one in target.cases)
    if target[:1].isdigit():
        target = "args"
    if not target:
        return any(name in known for known in MODELLED.values())
    return name in MODELLED.get(target, ())


ELSEWHERE = listed(
    """
    sigemptyset INIT_HLIST_NODE INIT_LIST_HEAD INIT_HLIST_HEAD recalc_sigpending
    ftrace_graph_init_task rt_mutex_init_task lockdep_assert_irqs_enabled rcu_copy_process
    spin_lock_init init_sigpending prev_cputime_init seqcount_init task_io_accounting_init
    acct_clear_integrals posix_cputimers_init tick_dep_init_task audit_set_context cgroup_fork
    seqcount_spinlock_init memset shm_init_task random_kstack_task_init
    stackleak_task_init futex_init_task user_disable_single_step clear_task_syscall_work
    clear_tsk_latency_tracing clear_posix_cputimers_work ktime_get_ns ktime_get_boottime_ns
    klp_copy_process sched_core_fork rv_task_fork rseq_fork init_task_pid_links
    init_task_pid task_pgrp task_session tty_kref_get list_add_tail list_add_tail_rcu
    __this_cpu_inc atomic_set refcount_set task_join_group_stop syscall_tracepoint_update
    proc_fork_connector sched_post_fork perf_event_fork
    trace_task_newtask uprobe_copy_process user_events_fork sched_core_free
    lockdep_free_task WRITE_ONCE exit_task_stack_account put_task_stack ns_of_pid
    mm_clear_owner kdebug alter_cred_subscribers read_cred_subscribers validate_creds key_put
    INIT_WORK init_rwsem mutex_init cap_raised sched_mm_cid_fork init_waitqueue_head
    seqlock_init hrtimer_init posix_cpu_timers_init_group tty_audit_fork sched_autogroup_fork
    add_latent_entropy trace_sched_process_fork get_task_pid init_completion get_task_struct
    lru_gen_add_mm wake_up_new_task ptrace_event_pid put_pid wait_for_vfork_done
    perf_event_namespaces exit_shm init_idle_pids init_idle cpu_to_node LIST_HEAD_INIT kfree
    DEBUG_LOCKS_WARN_ON lockdep_init_task switch_task_namespaces atomic_long_set
    task_pid_nr assert_spin_locked get_seccomp_filter set_task_syscall_work set_bit
    task_set_jobctl_pending sigaddset cgroup_lock cgroup_unlock cgroup_threadgroup_change_begin
    cgroup_threadgroup_change_end get_css_set put_css_set cgroup_put cgroup_css_set_put_fork
    WARN_ON_ONCE encode_frame_pointer clear_tsk_thread_flag current_save_fsgs savesegment fpu_clone
    pkru_get_init_value read_pkru test_tsk_thread_flag io_bitmap_share task_pt_regs container_of
    current_pt_regs ss->fork likely unlikely
    BUG_ON uid_eq gid_eq cred_cap_issubset set_dumpable smp_wmb key_fsuid_changed key_fsgid_changed
    proc_id_connector
    """
)
"""Calls that touch nothing that the model speaks of at this point (lists, statistics, hooks)."""


def embedded(target: values.Target) -> bool:
    """Return whether a place is a structure in another, of which the model knows some fields."""
    return isinstance(target, str) and any(known.startswith(f"{target}->") for known in PLACES)


_LEADS_TO = {
    "ns_of_pid": "ns_of_pid(pid)",
    "task_pt_regs": "the child's registers",
    "current_pt_regs": "its registers",
    "container_of": "a fork_frame",
}


def is_harmless(name: str) -> bool:
    """Return whether a call touches nothing that the model speaks of."""
    return name in ELSEWHERE


def leads_to(name: str) -> str:
    """Return what the pointer that a harmless call yields leads to."""
    return _LEADS_TO.get(name, "")
