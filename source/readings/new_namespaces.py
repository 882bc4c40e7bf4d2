"""The makings of namespaces that are read, each with its limit, its steps and its rows."""

from __future__ import annotations

from model import words
from model.algebra import both, has
from model.rules.namespaces import wants_cgroup_ns, wants_time_ns
from model.state import Fallible
from source.contracts.making import ANY, gives, takes
from source.interpreter import Interpreter
from source.readings.making import (
    FLAGS,
    INODE,
    INUM,
    MEMORY,
    OLD,
    OWNER,
    REFERENCE,
    Making,
    Step,
    given,
    leading,
    nothing,
    pointer,
    refers,
)
from source.syntax import Function, SyntaxNode
from source.values import Value, merged, number, truth, truth_of, unknown, word_of


def _in_userns(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """kernel/user_namespace.c: whether the old pid namespace's owner is above the new one's."""
    if [one.target for one in arguments] != [_PARENTS, OWNER]:
        return unknown(node.plain)
    return truth(machine.call.current.pid_ns.user_ns_is_ancestor)


def _may_administer(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """What copy_namespaces() asked before: a call without it does not come here."""
    admin = machine.program.constants["CAP_SYS_ADMIN"]
    if arguments[0].target != OWNER or arguments[1].word != admin:
        return unknown(node.plain)
    return truth(True)


def _is_set_up(machine: Interpreter, arguments: list[Value]) -> None:
    """net/core/net_namespace.c:setup_net, until v6.10: the owner is set there."""
    if len(arguments) > 1:
        machine.store(arguments[0].target, "user_ns", arguments[1])


def _has_queues(machine: Interpreter, arguments: list[Value]) -> None:
    """ipc/mqueue.c:mq_init_ns: a mount of their own."""
    machine.store(arguments[0].target, "mq_mnt", pointer(machine, _QUEUES))


_TIME, _OF_TIME = "kernel/time/namespace.c", "kernel/time/namespace_internal.h"
_IPC, _OF_IPC = "ipc/namespace.c", "include/linux/ipc_namespace.h"
_OF_PIDNS, _NS_COMMON = "include/linux/pid_namespace.h", "include/linux/ns_common.h"
_PARENTS, _CSS_SET, _PAGE = "the owner of its pid_ns", "its css_set", "its page"
_GENERIC, _KEYS, _RWSEM = "its net_generic", "its key domain", "lock &pernet_ops_rwsem"
_QUEUES, _MQ_SYSCTLS, _IPC_SYSCTLS = "its mount of queues", "its sysctls of queues", "its sysctls"
_SYSCTLS = ("register_pidns_sysctls",)
_VVAR = ("timens_vdso_alloc_vvar_page",)
_SET_MQ, _SET_IPC = ("setup_mq_sysctls",), ("setup_ipc_sysctls",)
_FALLIBLE_MSG = ("ipc/util.h", "int msg_init_ns(")
_SEM, _HASH, _GUARDED = "lock namespace_sem", "lock mount_lock", "done:the lock is taken"
_RELEASES = ("mnt_ns_tree_remove", "mnt_ns_release")
_OF_MOUNTS = (
    *("lock_mnt_tree", "mnt_ns_tree_add", "ns_tree_add_raw", "ns_tree_gen_id"),
    *("atomic64_add_return", "RB_CLEAR_NODE", "fsnotify_mntns_delete"),
)
_FREES = ("net_free", "net_passive_dec")
_PREPARES = (
    *("ref_tracker_dir_init", "get_random_bytes", "get_random_u32"),
    *("idr_init", "preinit_net_sysctl"),
)


def _before_mounts(machine: Interpreter) -> None:
    """No namespace is to be freed; the old one's owner is the new one's, or another."""
    machine.state["emptied_ns"] = number(0)
    same = machine.call.request.target.own_user_ns
    owner = merged(same, pointer(machine, OWNER), pointer(machine, "another owner"))
    for old in ("init_mnt_ns", "its mnt_ns"):
        machine.state[f"{old}->user_ns"] = owner


def _namespace_lock(machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
    """fs/namespace.c: guard(namespace_excl) (v6.18), held until the function ends."""
    machine.state[_GUARDED] = truth(True)
    return number(0)


def _namespace_unlock(machine: Interpreter, value: Value) -> Value:
    """fs/namespace.c:namespace_unlock: a namespace that was left empty is freed."""
    emptied = machine.load("emptied_ns")
    function = machine.program.readable("free_mnt_ns")
    if emptied.unknown or function is None:
        return unknown(emptied.unknown or "free_mnt_ns() is not in the tree")
    there = both(truth_of(machine.load(_GUARDED)), word_of(emptied) != 0)
    machine.apart(there, lambda: _run(machine, function, emptied), lambda: None)
    return value


def _run(machine: Interpreter, function: Function, given_to: Value) -> None:
    machine.run(function, [given_to])


_MAKINGS = (
    Making(
        "copy_mnt_ns",
        "mnt_ns",
        "mnt_ns",
        lambda call: has(call.args.flags, words.NEWNS),
        "UCOUNT_MNT_NAMESPACES",
        lambda system: system.mnt_namespaces,
        Fallible.COPY_MNT_NS,
        ("alloc_mnt_ns", "copy_mnt_ns"),
        (
            Step(("kzalloc", "kzalloc_obj"), "new mnt_ns", MEMORY),
            Step(INODE, takes=INUM, error=ANY),
            Step(("copy_tree", "clone_mnt"), "a mount", error=ANY, by_pointer=True),
        ),
        {
            "get_mnt_ns": refers,
            "kfree": given({"new mnt_ns": (MEMORY,)}),
            "is_anon_ns": lambda _machine, _node, _arguments: truth(False),
            "namespace_lock": takes(_SEM),
            "namespace_unlock": gives(_SEM),
            "lock_mount_hash": takes(_HASH),
            "unlock_mount_hash": gives(_HASH),
            "guard(namespace_excl)": _namespace_lock,
            **dict.fromkeys(_RELEASES, given({"new mnt_ns": (f"{REFERENCE} on {OWNER}", MEMORY)})),
            **dict.fromkeys(_OF_MOUNTS, nothing),
        },
        holds={"root": "a mount"},
        asked=(FLAGS, OLD, OWNER, "its new fs"),
        prepare=_before_mounts,
        ended=_namespace_unlock,
    ),
    Making(
        "copy_pid_ns",
        "pid_ns",
        "pid_ns_for_children",
        lambda call: has(call.args.flags, words.NEWPID),
        "UCOUNT_PID_NAMESPACES",
        lambda system: system.pid_namespaces,
        Fallible.CREATE_PID_NAMESPACE,
        ("copy_pid_ns", "create_pid_namespace", "inc_pid_namespaces"),
        (
            Step(("kmem_cache_zalloc",), "new pid_ns", MEMORY),
            Step(("create_pid_cachep",), "a cache of pids"),
            Step(INODE, takes=INUM),
            Step(_SYSCTLS, late=(_OF_PIDNS, *_SYSCTLS)),
        ),
        {
            "get_pid_ns": refers,
            "in_userns": _in_userns,
            "idr_init": nothing,
            "idr_destroy": nothing,
            "kmem_cache_free": given({"new pid_ns": (MEMORY,)}, 1),
        },
        {f"{one} pid_ns->user_ns": _PARENTS for one in ("its active", "a pending")},
        {"parent": "its active pid_ns"},
    ),
    Making(
        "copy_utsname",
        "uts_ns",
        "uts_ns",
        lambda call: has(call.args.flags, words.NEWUTS),
        "UCOUNT_UTS_NAMESPACES",
        lambda system: system.uts_namespaces,
        Fallible.COPY_UTSNAME,
        ("copy_utsname", "clone_uts_ns"),
        (
            Step(("kmem_cache_alloc", "kmem_cache_zalloc"), "new uts_ns", MEMORY),
            Step(INODE, takes=INUM),
        ),
        {
            "get_uts_ns": refers,
            "put_uts_ns": gives(f"{REFERENCE} on the old one"),
            "down_read": nothing,
            "kmem_cache_free": given({"new uts_ns": (MEMORY,)}, 1),
        },
    ),
    Making(
        "copy_cgroup_ns",
        "cgroup_ns",
        "cgroup_ns",
        wants_cgroup_ns,
        "UCOUNT_CGROUP_NAMESPACES",
        lambda system: system.cgroup_namespaces,
        Fallible.COPY_CGROUP_NS,
        ("copy_cgroup_ns",),
        (
            Step(("kzalloc", "kzalloc_obj"), "new cgroup_ns", MEMORY),
            Step(INODE, takes=INUM),
        ),
        {
            "get_cgroup_ns": refers,
            "ns_capable": _may_administer,
            "task_css_set": leading(_CSS_SET),
            "get_css_set": refers,
            "put_css_set": gives(f"{REFERENCE} on the old one"),
            "kfree": given({"new cgroup_ns": (MEMORY,)}),
        },
        holds={"root_cset": _CSS_SET},
    ),
    Making(
        "copy_time_ns",
        "time_ns",
        "time_ns_for_children",
        wants_time_ns,
        "UCOUNT_TIME_NAMESPACES",
        lambda system: system.time_namespaces,
        Fallible.COPY_TIME_NS,
        ("copy_time_ns", "clone_time_ns"),
        (
            Step(("kmalloc", "kzalloc", "kzalloc_obj"), "new time_ns", MEMORY),
            Step(("alloc_page",), "its page", _PAGE, late=(_TIME, "alloc_page")),
            Step(_VVAR, takes=_PAGE, late=(_OF_TIME, *_VVAR)),
            Step(INODE, takes=INUM),
        ),
        {
            "get_time_ns": refers,
            "__free_page": gives(_PAGE),
            "timens_vdso_free_vvar_page": gives(_PAGE),
            "kfree": given({"new time_ns": (MEMORY,)}),
        },
    ),
    Making(
        "copy_net_ns",
        "net_ns",
        "net_ns",
        lambda call: has(call.args.flags, words.NEWNET),
        "UCOUNT_NET_NAMESPACES",
        lambda system: system.net_namespaces,
        Fallible.COPY_NET_NS,
        ("copy_net_ns",),
        (
            Step(("net_alloc_generic",), _GENERIC, _GENERIC),
            Step(("kmem_cache_zalloc",), "new net_ns", MEMORY),
            Step(("kzalloc", "kzalloc_obj"), _KEYS, _KEYS),
            Step(INODE[1:], takes=INUM, late=(_NS_COMMON, *INODE[1:]), error=ANY),
            Step(("down_read_killable",), takes=_RWSEM, error="EINTR"),
            Step(("setup_net",), error=ANY, notes=_is_set_up),
        ),
        {
            "get_net": refers,
            "up_read": gives(_RWSEM),
            "kfree": given({_GENERIC: (_GENERIC,)}),
            "kmem_cache_free": given({"new net_ns": (MEMORY,)}, 1),
            "key_remove_domain": given({_KEYS: (_KEYS,)}),
            **dict.fromkeys(_FREES, given({"new net_ns": (MEMORY, _GENERIC)})),
            **dict.fromkeys(_PREPARES, nothing),
        },
        holds={"gen": _GENERIC, "key_domain": _KEYS},
    ),
    Making(
        "copy_ipcs",
        "ipc_ns",
        "ipc_ns",
        lambda call: has(call.args.flags, words.NEWIPC),
        "UCOUNT_IPC_NAMESPACES",
        lambda system: system.ipc_namespaces,
        Fallible.COPY_IPCS,
        ("create_ipc_ns",),
        (
            Step(("kzalloc", "kzalloc_obj"), "new ipc_ns", MEMORY),
            Step(INODE, takes=INUM, error=ANY),
            Step(_SET_MQ, takes=_MQ_SYSCTLS, late=(_OF_IPC, *_SET_MQ), says=True),
            Step(_SET_IPC, takes=_IPC_SYSCTLS, late=(_OF_IPC, *_SET_IPC), says=True),
            Step(("msg_init_ns",), late=_FALLIBLE_MSG, error=ANY),
            Step(("mq_init_ns",), takes=_QUEUES, error=ANY, notes=_has_queues),
        ),
        {
            "get_ipc_ns": refers,
            "kfree": given({"new ipc_ns": (MEMORY,)}),
            "retire_mq_sysctls": given({"new ipc_ns": (_MQ_SYSCTLS,)}),
            "retire_ipc_sysctls": given({"new ipc_ns": (_IPC_SYSCTLS,)}),
            "kern_unmount": given({_QUEUES: (_QUEUES,)}),
            **dict.fromkeys(("sem_init_ns", "shm_init_ns", "ns_tree_gen_id"), nothing),
            "ns_tree_add_raw": nothing,
        },
        freed_by="free_ipc_work",
        waits=(_IPC, "static void free_ipc(struct work_struct *unused);"),
    ),
)

NEW_NAMESPACES = tuple(one.reading() for one in _MAKINGS)
"""The readings of what makes a namespace."""
