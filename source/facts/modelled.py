"""Which fields the model knows: writing to another changes nothing that it speaks of."""

from __future__ import annotations

from source import values

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
            io_thread user_worker no_files ignore_signals umh idle fn name stack stack_size cset
            cgrp kill_seq""",
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
