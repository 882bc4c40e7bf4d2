"""Contracts: what a call that is not read in turn does, in the model's terms.

Allocations, security hooks and the like fail where chance says so; what they yield has to be
given back by the ladder; predicates read the model's state.
"""

from __future__ import annotations

from collections.abc import Callable

from model import words
from model.algebra import (
    Truth,
    Word,
    below,
    both,
    either,
    no,
    plus_unsigned,
    when_word,
)
from model.call import Call
from model.evaluate import _error, walk
from model.rows import Rejection, Row
from model.rules import cgroup, namespaces, pid
from model.rules.creds import full
from model.state import Step
from source import facts, values
from source.configuration import DEFINED
from source.expressions import assign
from source.interpreter import Contract, Interpreter, Unreadable
from source.syntax import Node
from source.values import (
    Choice,
    Target,
    Value,
    equal,
    is_error,
    merged,
    number,
    truth,
    truth_of,
    unknown,
    word_of,
)

CONTRACTS: dict[str, Contract] = {}

ANY = "any"
"""An error that chance chooses."""


def contract(*names: str) -> Callable[[Contract], Contract]:
    """Declare what a call of one of these names does."""

    def declare(made: Contract) -> Contract:
        for name in names:
            CONTRACTS[name] = made
        return made

    return declare


def _errno(machine: Interpreter, error: str) -> Word:
    """Return a negative errno."""
    if error == ANY:
        word = values.extended(machine.call.chance.errno)
        return values.negated(word)
    found = machine.program.constants[error]
    assert found is not None
    return -found


def _or_error(machine: Interpreter, fails: Truth, error: str, good: Word) -> Word:
    return when_word(64, fails, _errno(machine, error), good)


def yields_zero(
    step: Step | None, error: str = ANY, *, takes: str = "", when: str = ""
) -> Contract:
    """Return a contract for ``int f(…)``: 0, or a negative errno where a step fails."""

    def run(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
        fails = machine.call.fails(step) if step is not None else False
        if takes:
            machine.take(takes, no(fails))
        return Value(_or_error(machine, fails, error, 0))

    return run


def yields_pointer(
    step: Step, to: str, *, error: str = "", takes: str = "", loaded: str = ""
) -> Contract:
    """Return a contract for a pointer: NULL (or an error pointer) where a step fails."""

    def run(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
        fails = machine.call.fails(step)
        good = machine.program.handle(to)
        bad = _errno(machine, error) if error else 0
        if takes:
            machine.take(takes, no(fails))
        for copy, original in facts.COPIES:
            if copy == to:
                machine.made_from(copy, original)
        return Value(when_word(64, fails, bad, good), False, to)

    return run


def gives(resource: str) -> Contract:
    """Return a contract that gives a resource back."""

    def run(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
        machine.give(resource)
        return number(0)

    return run


def gives_if_set(resource: str, place: tuple[str, str]) -> Contract:
    """Return a contract that gives a resource back unless its pointer is NULL."""

    def run(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
        held = machine.field(*place)
        if held.unknown:
            raise Unreadable(held.unknown)
        machine.give(resource, truth_of(held))
        return number(0)

    return run


def takes(resource: str) -> Contract:
    """Return a contract that takes a resource and cannot fail."""

    def run(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
        machine.take(resource)
        return number(0)

    return run


def is_that(read: Callable[[Call], Truth]) -> Contract:
    """Return a contract for a predicate on the caller."""
    return lambda machine, _node, _arguments: truth(read(machine.call))


def leads(to: str) -> Contract:
    """Return a contract for a pointer that is always the same."""
    return lambda machine, _node, _arguments: machine.load(to)


def same(_machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    """Return the first argument: annotations and conversions that change nothing."""
    return arguments[0]


def stands_for(*rows: Rejection, takes: str = "", to: str = "") -> Contract:
    """Return a contract that the model's own rows spell out (functions not read in turn)."""

    table: list[Row] = list(rows)

    def run(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
        word: Word = machine.program.handle(to) if to else 0
        found = walk(table, machine.call)
        for row, first in reversed(found.hits):
            error = values.extended(_error(row, machine.call))
            word = when_word(64, first, values.negated(error), word)
        failed = either(*(first for _, first in found.hits))
        if takes:
            machine.take(takes, no(failed))
        return Value(word, not to, to)

    return run


for _name in (
    "likely",
    "unlikely",
    "data_race",
    "READ_ONCE",
    "u64_to_user_ptr",
    "get_fs_struct",
    "rcu_dereference",
    "get_task_struct",
    "array_index_nospec",
    "get_time_ns",
):
    CONTRACTS[_name] = same


@contract("lower_32_bits")
def _lower(_machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    return Value(values.bits(word_of(arguments[0])) & 0xFFFFFFFF, False)


@contract("sigmask")
def _sigmask(_machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    word = arguments[0].word
    return Value(1 << (word - 1), False) if isinstance(word, int) else unknown("sigmask")


@contract("IS_ERR", "IS_ERR_OR_NULL", "IS_ERR_VALUE")
def _is_err(_machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    value = arguments[0]
    if value.unknown:
        return unknown(value.unknown)
    error = is_error(word_of(value))
    null = word_of(value) == 0 if node["function"].text == "IS_ERR_OR_NULL" else False
    return truth(either(error, null))


@contract("PTR_ERR", "ERR_CAST", "ERR_PTR")
def _ptr_err(_machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    value = arguments[0]
    return value if value.unknown else Value(word_of(value), True)


@contract("IS_ENABLED")
def _is_enabled(_machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    return truth(node["arguments"].kids[0].text in DEFINED)


@contract("capable", "ns_capable_setid")
def _capable(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    cap = arguments[0].word
    return truth(machine.call.capable(1 << cap)) if isinstance(cap, int) else unknown("capable")


@contract("ns_capable")
def _ns_capable(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    """Over a namespace made by this call its maker, the owner, has every capability."""
    ns, cap = arguments
    if ns.unknown or not isinstance(cap.word, int):
        return unknown(f"ns_capable({ns.unknown})")
    mask = 1 << cap.word
    call = machine.call
    made = equal(ns, Value(machine.program.handle("new user_ns"), False))
    initial = equal(ns, Value(machine.program.handle("init_user_ns"), False))
    own = both(no(initial), call.capable_in_own_ns(mask))
    owned = both(made, (call.chance.lsm_denies & mask) == 0)
    return truth(either(owned, both(no(made), either(own, both(initial, call.capable(mask))))))


@contract("rlimit")
def _rlimit(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    if arguments[0].word == machine.program.constants["RLIMIT_NPROC"]:
        return values.fact(machine.call.current.signal.rlim_nproc)
    return unknown(node.plain, "another limit")


@contract("task_sigpending")
def _sigpending(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    return truth(machine.call.chance.signal_pending)


@contract("signal_pending")
def _signal_pending(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    chance = machine.call.chance
    return truth(either(chance.signal_pending, chance.notify_signal))


@contract("task_active_pid_ns")
def _active_pid_ns(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    return Value(machine.program.handle("its active pid_ns"), False, "its active pid_ns")


CONTRACTS |= {
    "fatal_signal_pending": is_that(lambda call: call.chance.fatal_signal),
    "current_chrooted": is_that(lambda call: call.current.chrooted),
    "kuid_has_mapping": is_that(lambda call: call.cred.euid_mapped),
    "kgid_has_mapping": is_that(lambda call: call.cred.egid_mapped),
    "thread_group_empty": is_that(lambda call: call.current.signal.nr_threads == 1),
    "current_is_single_threaded": is_that(
        lambda call: both(call.current.signal.nr_threads == 1, call.current.mm_users == 1)
    ),
    "pid_vnr": lambda _machine, _node, _arguments: number(100),
    "current_uid": leads("current cred->uid"),
    "current_user_ns": leads("current cred->user_ns"),
    "current_cred": leads("current->cred"),
    "setup_userns_sysctls": is_that(lambda call: no(_allocating_fails(call, 2))),
    "ns_free_inum": gives("user_ns inum"),
    "security_create_user_ns": yields_zero(Step.SECURITY_CREATE_USER_NS),
    "security_task_alloc": yields_zero(Step.SECURITY_TASK_ALLOC, takes="security blob"),
    "security_task_free": gives("security blob"),
    "audit_alloc": yields_zero(Step.AUDIT_ALLOC, "ENOMEM", takes="audit context"),
    "audit_free": gives("audit context"),
    "perf_event_init_task": yields_zero(Step.PERF_EVENT_INIT_TASK, takes="perf events"),
    "perf_event_free_task": gives("perf events"),
    "delayacct_tsk_init": takes("delay accounting"),
    "delayacct_tsk_free": gives("delay accounting"),
    "dup_task_struct": yields_pointer(Step.DUP_TASK_STRUCT, "p", takes="task_struct"),
    "delayed_free_task": gives("task_struct"),
    "set_kthread_struct": lambda machine, _node, _arguments: truth(
        no(machine.call.fails(Step.KTHREAD_STRUCT))
    ),
    "mpol_put": gives_if_set("memory policy", ("p", "mempolicy")),
    "exit_files": gives_if_set("files", ("p", "files")),
    "exit_fs": gives_if_set("fs", ("p", "fs")),
    "exit_sem": gives_if_set("undo list", ("p", "sysvsem->undo_list")),
    "__cleanup_sighand": gives("sighand"),
    "free_signal_struct": gives("signal"),
    "mmget": takes("mm"),
    "mmput": gives("mm"),
    "exit_io_context": gives("io_context"),
    "alloc_io_context": yields_pointer(Step.COPY_IO, "new io_context", takes="io_context"),
    "ioprio_valid": lambda _machine, _node, _arguments: truth(True),
    "exit_thread": gives("thread state"),
    "free_pid": gives("pid"),
    "put_unused_fd": gives("pidfd"),
    "cgroup_cancel_fork": gives("cgroup charge"),
    "sched_cgroup_fork": yields_zero(Step.SCHED_CGROUP_FORK),
    "sched_cancel_fork": gives("scheduler hook"),
    "futex_hash_allocate_default": yields_zero(Step.FUTEX_HASH, "ENOMEM"),
    "io_uring_fork": yields_zero(Step.IO_URING_FORK, "ENOMEM"),
    "put_user": lambda machine, _node, _arguments: Value(
        _or_error(machine, machine.call.fails(Step.PUT_PIDFD), "EFAULT", 0)
    ),
    "copy_from_user": lambda machine, _node, _arguments: truth(
        machine.call.fails(Step.COPY_SET_TID)
    ),
    "task_css_set": leads("current->cgroups"),
    "cgroup_get_from_file": stands_for(cgroup.cgroup_was_removed, to="the target cgroup"),
    "cgroup_is_dead": is_that(cgroup.cgroup_is_removed_meanwhile.condition),
    "cgroup_may_write": stands_for(cgroup.cgroup_is_not_writable),
    "cgroup_attach_permissions": stands_for(
        cgroup.common_ancestor_is_not_writable,
        cgroup.cgroup_lies_outside_the_delegation,
        cgroup.cgroup_is_no_valid_domain,
        cgroup.cgroup_controls_its_children,
        cgroup.thread_would_leave_its_threaded_domain,
    ),
    "find_css_set": yields_pointer(Step.FIND_CSS_SET, "the target's css_set"),
    "ss->can_fork": stands_for(cgroup.cgroup_has_all_the_tasks_it_may),
    "shstk_alloc_thread_stack": lambda _machine, _node, _arguments: number(0),
    "set_new_tls": lambda _machine, _node, _arguments: number(0),
    "prepare_creds": yields_pointer(Step.PREPARE_CREDS, "new cred", takes="cred"),
    "dup_fd": yields_pointer(Step.DUP_FD, "new files", error=ANY, takes="files"),
    "copy_fs_struct": yields_pointer(Step.COPY_FS_STRUCT, "new fs", takes="fs"),
    "dup_mm": yields_pointer(Step.DUP_MM, "new mm", takes="mm"),
    "create_nsproxy": yields_pointer(Step.CREATE_NSPROXY, "new nsproxy", takes="new nsproxy"),
    "get_nsproxy": takes("nsproxy"),
    "exit_task_namespaces": gives("nsproxy"),
    "put_nsproxy": gives("nsproxy"),
    "put_files_struct": gives("files"),
    "free_fs_struct": gives("fs"),
    "put_ucounts": lambda _machine, _node, _arguments: number(0),
    "dec_user_namespaces": gives("user namespace count"),
}


@contract("fput")
def _fput(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    cases = values.cases_of(arguments[0].target)
    machine.give("pidfd file", either(*(there for there, one in cases if one == "pidfd file")))
    return number(0)


@contract("fget_raw")
def _fget_raw(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    """The model does not tell a closed descriptor from one that is no cgroup's."""
    closed = cgroup.cgroup_fd_is_no_cgroup.condition(machine.call)
    handle = machine.program.handle("a cgroup's file")
    return Value(when_word(64, closed, 0, handle), False, "a cgroup's file")


@contract("css_set_move_task")
def _css_set_move_task(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    machine.store(arguments[0].target, "cgroups", arguments[2])
    return number(0)


@contract("test_bit")
def _test_bit(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    bit, place = arguments
    word = machine.load(place.target) if isinstance(place.target, str) else unknown(node.plain)
    if word.unknown or not isinstance(bit.word, int):
        return unknown(node.plain)
    return truth((values.bits(word_of(word)) & (1 << bit.word)) != 0)


@contract("do_send_sig_info")
def _send_signal(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    signal, _, task, _ = node["arguments"].kids
    if (signal.text, task.text) != ("SIGKILL", "child"):
        return unknown(node.plain)
    machine.state["SIGKILL for p"] = truth(True)
    return number(0)


@contract("kthread_frame_init")
def _starts_at(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    machine.state["p starts at"] = arguments[1]
    return number(0)


_THREAD_STATE = yields_zero(Step.COPY_THREAD, takes="thread state")


@contract("copy_thread")
def _copy_thread(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    """What the C of arch/x86 sets up; whether it can be set up is chance."""
    function = machine.program.function("copy_thread")
    if function is None:
        machine.state["p starts at"] = unknown("copy_thread() is not in the tree")
    else:
        machine.run(function, arguments)
    return _THREAD_STATE(machine, node, arguments)


_ALLOC_PID = stands_for(*pid.ALLOC_PID, takes="pid", to="pid")


@contract("alloc_pid")
def _alloc_pid(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    """The model's rows, provided that they are asked about the pids of the call."""
    wanted = machine.load("args->set_tid_size")
    if len(arguments) > 1 and (arguments[-1].unknown or arguments[-1].word is not wanted.word):
        return unknown(f"{node.plain}: other pids than the call's")
    machine.state["pid->ns"] = arguments[0]
    machine.state["pid->level"] = machine.field(arguments[0].target, "level")
    return _ALLOC_PID(machine, node, arguments)


@contract("sched_fork")
def _sched_fork(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    fails = machine.call.current.deadline
    if machine.program.mentions("include/linux/sched/task.h", "sched_cancel_fork"):
        machine.take("scheduler hook", no(fails))
    return Value(_or_error(machine, fails, "EAGAIN", 0))


@contract("mpol_dup")
def _mpol_dup(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    there = truth_of(arguments[0])
    fails = both(there, machine.call.fails(Step.MPOL_DUP))
    machine.take("memory policy", both(there, no(fails)))
    made = when_word(64, there, machine.program.handle("new mempolicy"), 0)
    return Value(_or_error(machine, fails, "ENOMEM", made), False, "new mempolicy")


@contract("get_undo_list")
def _get_undo_list(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    had = truth_of(machine.load("current->sysvsem->undo_list"))
    fails = both(no(had), machine.call.fails(Step.COPY_SEMUNDO))
    place = arguments[0].target
    assert isinstance(place, str)
    machine.state[place] = Value(machine.program.handle("the undo list"), False, "the undo list")
    machine.state["done:the caller has an undo list"] = truth(no(fails))
    return Value(_or_error(machine, fails, "ENOMEM", 0))


def _allocating_fails(call: Call, which: int) -> Truth:
    """Making a user namespace takes three allocations; any one may be what fails.

    ``chance.errno``, of no other use where ALLOC_USER_NS fails, says which.
    """
    inum = call.chance.errno == int(words.Errno.EAGAIN)
    sysctls = call.chance.errno == int(words.Errno.EINVAL)
    chosen = (both(no(inum), no(sysctls)), inum, sysctls)[which]
    return both(call.fails(Step.ALLOC_USER_NS), chosen)


@contract("ns_alloc_inum")
def _ns_alloc_inum(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    fails = _allocating_fails(machine.call, 1)
    machine.take("user_ns inum", no(fails))
    return Value(_or_error(machine, fails, "ENOMEM", 0))


@contract("kmem_cache_alloc", "kmem_cache_zalloc")
def _kmem_cache(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    cache = node["arguments"].kids[0].text
    known: dict[str, tuple[Step, str, str]] = {
        "sighand_cachep": (Step.COPY_SIGHAND, "new sighand", "sighand"),
        "signal_cachep": (Step.COPY_SIGNAL, "new signal", "signal"),
        "user_ns_cachep": (Step.ALLOC_USER_NS, "new user_ns", "user_ns memory"),
    }
    if cache not in known:
        return unknown(f"an object of {cache}")
    step, to, resource = known[cache]
    if step is Step.ALLOC_USER_NS:
        fails = _allocating_fails(machine.call, 0)
        machine.take(resource, no(fails))
        return Value(when_word(64, fails, 0, machine.program.handle(to)), False, to)
    return yields_pointer(step, to, takes=resource)(machine, node, [])


@contract("kmem_cache_free")
def _kmem_cache_free(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    cache = node["arguments"].kids[0].text
    resource = {"user_ns_cachep": "user_ns memory", "nsproxy_cachep": "new nsproxy"}.get(cache)
    if resource is None:
        return unknown(f"an object of {cache}")
    machine.give(resource)
    return number(0)


@contract("kzalloc")
def _kzalloc(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    if machine.frame.function.name != "vhost_task_create":
        return unknown(node.plain)
    return yields_pointer(Step.VHOST_TASK_STRUCT, "vtsk")(machine, node, [])


@contract("RCU_INIT_POINTER", "rcu_assign_pointer")
def _assigned(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    assign(machine, node["arguments"].kids[0], arguments[1])
    return number(0)


@contract("refcount_inc", "atomic_inc")
def _counts(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    """A reference taken by hand: which one, its place tells."""
    resource = {
        "current->sighand->count": "sighand",
        "current->files->count": "files",
        "current->io_context->active_ref": "io_context",
        "the undo list->refcnt": "undo list",
    }
    for there, place in values.cases_of(arguments[0].target):
        if place in resource:
            machine.take(resource[place], there)
    return number(0)


@contract("refcount_read", "atomic_read")
def _counted(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    """The count behind a pointer to it."""
    place = arguments[0].target
    return machine.load(place) if isinstance(place, str) and place else unknown("a count")


@contract("uid_eq")
def _uid_eq(_machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    for value in arguments:
        if value.unknown:
            return unknown(value.unknown)
    return truth(equal(*arguments))


@contract("siginitsetinv")
def _siginitsetinv(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    """Set every signal but those of the mask (sigmask() bits)."""
    place, mask = arguments
    assert isinstance(place.target, str)
    machine.state[place.target] = Value(values.bits(word_of(mask)) ^ values.MASK, False)
    return number(0)


def _actions(machine: Interpreter, task: Value) -> Target:
    """Return the signal actions of a task."""
    sighand = machine.field(task.target, "sighand")
    return machine.field(sighand.target, "action").target


@contract("flush_signal_handlers")
def _flush(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    machine.store(_actions(machine, arguments[0]), "caught", number(0))
    return number(0)


@contract("ignore_signals")
def _ignore(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    actions = _actions(machine, arguments[0])
    machine.store(actions, "caught", number(0))
    machine.store(actions, "ignored", Value(words.ALL_SIGNALS, False))
    return number(0)


@contract("memcpy")
def _memcpy(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    """Copy a whole structure, as its size says."""
    target, source = arguments[0].target, arguments[1].target
    whole = node["arguments"].kids[2].kind == "sizeof_expression"
    if not (whole and isinstance(target, str) and isinstance(source, str) and target and source):
        return unknown(node.plain)
    machine.copied(target, source)
    return number(0)


@contract("strscpy_pad")
def _named(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    assign(machine, node["arguments"].kids[0], truth(True))
    return number(0)


@contract("task_no_new_privs")
def _has_no_new_privs(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    return machine.field(arguments[0].target, "no_new_privs")


@contract("task_set_no_new_privs")
def _sets_no_new_privs(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    machine.store(arguments[0].target, "no_new_privs", truth(True))
    return number(0)


@contract("__ptrace_link")
def _ptrace_link(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    machine.state[f"{arguments[0].target} has a tracer"] = truth(True)
    return number(0)


@contract("attach_pid")
def _attach_pid(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    machine.state[node.plain] = truth(True)
    return number(0)


@contract("fd_install")
def _fd_install(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    """The caller's table has the descriptor, and so has whoever shares it."""
    table = machine.field("current", "files")
    machine.store(table.target, "the new pidfd", truth(True))
    return number(0)


@contract("install_thread_keyring_to_cred")
def _fresh_keyring(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    handle = machine.program.handle("fresh thread keyring")
    machine.store(arguments[0].target, "thread_keyring", Value(handle, False))
    return number(0)


@contract("sas_ss_reset")
def _sas_ss_reset(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    machine.store(arguments[0].target, "sas_ss_sp", number(0))
    return number(0)


@contract("hlist_add_head")
def _hlist_add(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    if "multiprocess" not in node.text:
        return unknown(node.plain)
    machine.take("delayed signals")
    return number(0)


@contract("hlist_del_init")
def _hlist_del(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    """hlist_del_init() of what is on no list does nothing."""
    machine.drop("delayed signals")
    return number(0)


def _lock_of(node: Node) -> str:
    return f"lock {node['arguments'].kids[0].plain}"


def _locks(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    machine.take(_lock_of(node))
    return number(0)


def _unlocks(machine: Interpreter, node: Node, _arguments: list[Value]) -> Value:
    machine.give(_lock_of(node))
    return number(0)


for _name in ("spin_lock", "spin_lock_irq", "write_lock_irq", "mutex_lock", "task_lock"):
    CONTRACTS[_name] = _locks
    CONTRACTS[_name.replace("_lock", "_unlock", 1)] = _unlocks


@contract("__pidfd_prepare", "pidfd_prepare")
def _pidfd_prepare(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    fails = machine.call.fails(Step.PIDFD_PREPARE)
    place = arguments[2].target
    assert isinstance(place, str)
    machine.state[place] = Value(machine.program.handle("pidfd file"), False, "pidfd file")
    machine.take("pidfd", no(fails))
    machine.take("pidfd file", no(fails))
    return Value(_or_error(machine, fails, ANY, 100))


CRED, SECOND_CRED = "cred", "second reference on the cred"
"""A task's two references: one on its objective credentials, one on its subjective ones."""


@contract("get_cred")
def _get_cred(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    """One reference: the first on the cred that the run is about, else the second."""
    first = truth_of(machine.load(f"held:{CRED}"))
    machine.take(SECOND_CRED, first)
    machine.take(CRED, no(first))
    return arguments[0]


@contract("get_cred_many")
def _get_cred_many(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    """kernel/cred.c:copy_creds takes both of a thread's at once (v6.7)."""
    if arguments[1].word != 2:
        return unknown(node.plain)
    machine.take(CRED)
    machine.take(SECOND_CRED)
    return arguments[0]


_FRESH_UCOUNTS = yields_pointer(Step.SET_CRED_UCOUNTS, "fresh ucounts")


@contract("alloc_ucounts")
def _alloc_ucounts(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    """kernel/ucount.c: what is charged to a uid in a namespace; a new one of both is empty."""
    ns, uid = arguments
    machine.state["fresh ucounts->ns"], machine.state["fresh ucounts->uid"] = ns, uid
    return _FRESH_UCOUNTS(machine, node, arguments)


def _gives_cred(machine: Interpreter) -> None:
    machine.drop("user namespace")
    machine.give(CRED)


@contract("put_cred", "put_cred_many")
def _put_cred(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    """The last reference on a cred drops the one on its user namespace."""
    _gives_cred(machine)
    return number(0)


@contract("exit_creds")
def _exit_creds(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    """kernel/cred.c:exit_creds puts both references of a task."""
    machine.give(SECOND_CRED)
    _gives_cred(machine)
    return number(0)


@contract("inc_user_namespaces")
def _inc_user_namespaces(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    fails = full(machine.call.system.user_namespaces)
    machine.take("user namespace count", no(fails))
    cred, handle = machine.call.cred, machine.program.handle
    own = Value(handle("its ucounts"), False, "its ucounts")
    of_euid = Value(handle("creator's ucounts"), False, "creator's ucounts")
    return merged(fails, number(0), merged(cred.uid == cred.euid, own, of_euid))


@contract("atomic_long_add_return", "atomic_long_read")
def _atomic_long(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    place = arguments[-1].target
    return _each(machine, place, arguments[0] if len(arguments) == 2 else None, True)


@contract("atomic_long_sub_return")
def _atomic_long_sub(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    taken, place = arguments
    return _each(machine, place.target, Value(values.negated(word_of(taken)), True), True)


def _each(machine: Interpreter, place: Target, added: Value | None, here: Truth) -> Value:
    """Add to (or read) the counter that a pointer leads to, wherever it may lead."""
    if isinstance(place, Choice):
        found = [
            (there, _each(machine, one, added, both(here, there))) for there, one in place.cases
        ]
        value = found[-1][1]
        for there, one in reversed(found[:-1]):
            value = merged(there, one, value)
        return value
    if not place:
        return number(0)
    old = machine.load(place)
    if old.unknown or added is None:
        return old
    word = word_of(old) + word_of(added)
    new = Value(values.as_signed(word) if isinstance(word, int) else word, True)
    machine.state[place] = merged(here, new, old)
    return new


@contract("pid_nr")
def _pid_nr(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    return Value(when_word(64, machine.call.args.idle, 0, 100))


@contract("thread_group_leader")
def _leader(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    signal = machine.field(arguments[0].target, "exit_signal")
    return unknown(signal.unknown) if signal.unknown else truth(no(values.less(signal, number(0))))


@contract("is_child_reaper")
def _is_child_reaper(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    call = machine.call
    return truth(either(pid.new_pid_ns(call), no(call.current.pid_ns.child_reaper)))


@contract("timens_on_fork")
def _timens_on_fork(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    """kernel/time/namespace.c: the child enters the time namespace set aside for children."""
    target = arguments[0].target
    machine.store(target, "time_ns", machine.field(target, "time_ns_for_children"))
    return number(0)


@contract("task_ucounts")
def _task_ucounts(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    cred = machine.field(arguments[0].target, "real_cred")
    return machine.field(cred.target, "ucounts")


@contract("task_cred_xxx")
def _task_cred(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    cred = machine.field(arguments[0].target, "real_cred")
    return machine.field(cred.target, node["arguments"].kids[1].text)


@contract("swap")
def _swap(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    one, other = node["arguments"].kids
    assign(machine, one, arguments[1])
    assign(machine, other, arguments[0])
    return number(0)


@contract("access_ok")
def _access_ok(_machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    start, size = (values.bits(word_of(value)) for value in arguments)
    end = plus_unsigned(start, size)
    return truth(no(either(below(end, start), below(words.TASK_SIZE_MAX, end))))


@contract("copy_struct_from_user")
def _copy_struct(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    """Fields beyond the caller's size are zero; bytes beyond the kernel's must be."""
    target = arguments[0].target
    assert isinstance(target, str)
    known = _size_of_clone_args(machine)
    call = machine.call
    for name, (offset, _) in facts.CLONE_ARGS.items():
        if offset < known:
            machine.state[f"{target}->{name}"] = facts.clone_arg(call, name)
    machine.state[f"{target}->*"] = unknown("a field of struct clone_args")
    beyond = [
        facts.clone_arg(call, name).word != 0
        for name, (offset, _) in facts.CLONE_ARGS.items()
        if offset >= known
    ]
    tail = both(call.request.tail, below(words.CLONE_ARGS_SIZE_VER2, call.request.usize))
    fault = call.fails(Step.COPY_CLONE_ARGS)
    word = _or_error(machine, fault, "EFAULT", 0)
    return Value(_or_error(machine, either(tail, *beyond), "E2BIG", word))


def _size_of_clone_args(machine: Interpreter) -> int:
    """Return the size of struct clone_args in this tree: its newest CLONE_ARGS_SIZE_VER."""
    sizes = [machine.program.constants[f"CLONE_ARGS_SIZE_VER{number_}"] for number_ in range(3)]
    return max(size for size in sizes if size is not None)


def _copied_namespace(field: str, flag: str, *rows: Rejection, old_is: int = 2) -> Contract:
    """copy_X_ns(): a new namespace where its flag is set, else the old one; one reference."""

    def run(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
        resource, old = _NAMESPACE[field], arguments[old_is]
        bit = machine.program.constants[flag]
        assert bit is not None
        wanted = (values.bits(word_of(arguments[0])) & bit) != 0
        made = stands_for(*rows)(machine, node, [])
        failed = both(wanted, word_of(made) != 0)
        machine.take(resource, no(failed))
        new = Value(machine.program.handle(f"new {field}"), False, f"new {field}")
        return merged(failed, made, merged(wanted, new, old))

    return run


_NAMESPACE = {
    "mnt_ns": "mount namespace",
    "uts_ns": "UTS namespace",
    "ipc_ns": "IPC namespace",
    "pid_ns": "pid namespace",
    "cgroup_ns": "cgroup namespace",
    "net_ns": "network namespace",
    "time_ns": "time namespace",
}
_ns = namespaces
CONTRACTS |= {
    "copy_mnt_ns": _copied_namespace(
        "mnt_ns",
        "CLONE_NEWNS",
        _ns.too_many_mount_namespaces,
        _ns.mount_namespace_cannot_be_copied,
        old_is=1,
    ),
    "copy_utsname": _copied_namespace(
        "uts_ns",
        "CLONE_NEWUTS",
        _ns.too_many_uts_namespaces,
        _ns.uts_namespace_cannot_be_allocated,
    ),
    "copy_ipcs": _copied_namespace(
        "ipc_ns",
        "CLONE_NEWIPC",
        _ns.too_many_ipc_namespaces,
        _ns.ipc_namespace_cannot_be_made,
    ),
    "copy_pid_ns": _copied_namespace(
        "pid_ns",
        "CLONE_NEWPID",
        _ns.second_pid_namespace_before_the_first_has_a_child,
        _ns.pid_namespace_of_a_stranger_would_be_nested,
        _ns.pid_namespaces_nest_too_deep,
        _ns.too_many_pid_namespaces,
        _ns.pid_namespace_cannot_be_allocated,
    ),
    "copy_cgroup_ns": _copied_namespace(
        "cgroup_ns",
        "CLONE_NEWCGROUP",
        _ns.too_many_cgroup_namespaces,
        _ns.cgroup_namespace_cannot_be_allocated,
    ),
    "copy_net_ns": _copied_namespace(
        "net_ns",
        "CLONE_NEWNET",
        _ns.too_many_network_namespaces,
        _ns.network_namespace_cannot_be_set_up,
    ),
    "copy_time_ns": _copied_namespace(
        "time_ns",
        "CLONE_NEWTIME",
        _ns.too_many_time_namespaces,
        _ns.time_namespace_cannot_be_allocated,
    ),
    "put_mnt_ns": gives("mount namespace"),
    "put_uts_ns": gives("UTS namespace"),
    "put_ipc_ns": gives("IPC namespace"),
    "put_pid_ns": gives("pid namespace"),
    "put_cgroup_ns": gives("cgroup namespace"),
    "put_net": gives("network namespace"),
    "put_time_ns": gives("time namespace"),
}


def after_call(machine: Interpreter, name: str, value: Value) -> None:
    """Note what a function that was read hands over when it succeeds."""
    if name == "create_new_namespaces":
        fine = no(is_error(word_of(value)))
        for resource in ("new nsproxy", *_NAMESPACE.values()):
            machine.drop(resource, fine)
        machine.take("nsproxy", fine)
    elif name == "create_user_ns":
        fine = word_of(value) == 0
        for resource in ("user namespace count", "user_ns memory", "user_ns inum"):
            machine.drop(resource, fine)
        machine.take("user namespace", fine)
    elif name == "inc_rlimit_ucounts":
        machine.take("nproc charge")
    elif name == "dec_rlimit_ucounts":
        machine.give("nproc charge")
    elif name == "cgroup_can_fork":
        machine.take("cgroup charge", word_of(value) == 0)
        _kill_the_cgroup(machine)


def _kill_the_cgroup(machine: Interpreter) -> None:
    """Let cgroup.kill be written where chance says so: the number moves, a flag while it walks."""
    call = machine.call
    for name, there in (
        ("the target cgroup", cgroup.into_cgroup(call)),
        ("its cgroup", no(cgroup.into_cgroup(call))),
    ):
        killed = both(there, call.chance.cgroup_killed != 0)
        walking = both(there, call.chance.cgroup_killed == 1)
        number_, flags = machine.field(name, "kill_seq"), machine.field(name, "flags")
        moved = Value((word_of(number_) + 1) & 0xFFFFFFFF, False)
        machine.store(name, "kill_seq", merged(killed, moved, number_))
        bit = machine.program.constants["CGRP_KILL"]
        if bit is not None:
            set_ = Value(values.bits(word_of(flags)) | (1 << bit), False)
            machine.store(name, "flags", merged(walking, set_, flags))


FALLBACKS: dict[str, Contract] = {
    "valid_signal": lambda _machine, _node, arguments: truth(
        no(values.less(number(words.SIGNAL_MAX), Value(word_of(arguments[0]), False)))
    ),
    "get_userns_rlimit_max": lambda machine, _node, arguments: machine.field(
        arguments[0].target, f"rlimit_max[{arguments[1].word}]"
    ),
    "get_rlimit_value": lambda machine, _node, arguments: machine.field(
        arguments[0].target, f"rlimit[{arguments[1].word}]"
    ),
}
"""What header functions mean where a tree has not got the header (a file given alone)."""
