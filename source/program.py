"""The functions of a tree, by name, parsed when first asked for."""

from __future__ import annotations

from collections.abc import Callable

from checker.ground.problems import Problem
from source.constants import HEADERS, Constants
from source.syntax import Function, parse_function
from source.text import Prepared, prepared
from source.tree import Tree

READ_IN_TURN: dict[str, tuple[str, ...]] = {
    "kernel/fork.c": (
        "copy_process",
        "kernel_clone",
        "sys_fork",
        "sys_vfork",
        "sys_clone",
        "sys_clone3",
        "copy_clone_args_from_user",
        "clone3_args_valid",
        "clone3_stack_valid",
        "legacy_clone_args_valid",
        "kernel_thread",
        "user_mode_thread",
        "create_io_thread",
        "fork_idle",
        "copy_exec_state",
        "copy_files",
        "copy_fs",
        "copy_sighand",
        "copy_signal",
        "copy_mm",
        "copy_oom_score_adj",
        "copy_seccomp",
        "need_futex_hash_allocate_default",
        "ksys_unshare",
        "check_unshare_flags",
        "unshare_fs",
        "unshare_fd",
    ),
    "kernel/cred.c": ("copy_creds", "set_cred_ucounts", "commit_creds"),
    "kernel/user_namespace.c": (
        "create_user_ns",
        "set_cred_user_ns",
        "enforced_nproc_rlimit",
        "unshare_userns",
        "userns_install",
    ),
    "kernel/nsproxy.c": (
        "copy_namespaces",
        "create_new_namespaces",
        "unshare_nsproxy_namespaces",
        "sys_setns",
        "check_setns_flags",
        "prepare_nsset",
        "validate_ns",
        "validate_nsset",
        "commit_nsset",
        "put_nsset",
    ),
    "kernel/ucount.c": ("inc_rlimit_ucounts", "dec_rlimit_ucounts", "is_rlimit_overlimit"),
    "include/linux/nsproxy.h": ("nsset_cred",),
    "fs/namespace.c": (
        *("mntns_install", "copy_mnt_ns", "alloc_mnt_ns", "free_mnt_ns"),
        *("inc_mnt_namespaces", "dec_mnt_namespaces"),
    ),
    "kernel/utsname.c": (
        *("utsns_install", "copy_utsname", "clone_uts_ns", "create_uts_ns"),
        *("inc_uts_namespaces", "dec_uts_namespaces"),
    ),
    "ipc/namespace.c": (
        *("ipcns_install", "copy_ipcs", "create_ipc_ns"),
        *("inc_ipc_namespaces", "dec_ipc_namespaces"),
    ),
    "kernel/pid_namespace.c": (
        *("pidns_install", "pidns_is_ancestor", "copy_pid_ns", "create_pid_namespace"),
        *("inc_pid_namespaces", "dec_pid_namespaces"),
    ),
    "kernel/cgroup/namespace.c": (
        *("cgroupns_install", "copy_cgroup_ns", "alloc_cgroup_ns"),
        *("inc_cgroup_namespaces", "dec_cgroup_namespaces"),
    ),
    "net/core/net_namespace.c": (
        *("netns_install", "copy_net_ns", "net_alloc", "preinit_net"),
        *("inc_net_namespaces", "dec_net_namespaces"),
    ),
    "kernel/time/namespace.c": (
        *("timens_install", "copy_time_ns", "clone_time_ns"),
        *("inc_time_namespaces", "dec_time_namespaces"),
    ),
    "kernel/vhost_task.c": ("vhost_task_create",),
    "ipc/sem.c": ("copy_semundo",),
    "include/linux/iocontext.h": ("copy_io",),
    "block/blk-ioc.c": ("__copy_io",),
    "include/linux/user_namespace.h": (
        "get_userns_rlimit_max",
        "set_userns_rlimit_max",
        "get_rlimit_value",
    ),
    "include/linux/signal.h": ("valid_signal",),
    "include/linux/ptrace.h": ("ptrace_init_task",),
    "kernel/cgroup/cgroup.c": (
        *("cgroup_css_set_fork", "cgroup_can_fork", "cgroup_post_fork"),
        *("cgroup_fork_child_lock", "cgroup_fork_child_unlock"),
    ),
    "arch/x86/kernel/process.c": ("copy_thread",),
}
"""The functions that are read, not replaced by a contract, and where they stand."""

STRUCTURES = (
    "include/linux/cred.h",
    "include/linux/fs_struct.h",
    "include/linux/nsproxy.h",
    "kernel/fork.c",
)
"""Where structures are declared that are written to, besides the headers of the constants."""

REPLACED = (
    *("dec_rlimit_ucounts", "copy_thread"),
    *("copy_pid_ns", "copy_utsname", "copy_cgroup_ns", "copy_time_ns"),
    *("copy_net_ns", "copy_ipcs", "copy_mnt_ns"),
)
"""Functions of the list that some comparisons read, and that others have a contract for."""

PLACE = {name: path for path, names in READ_IN_TURN.items() for name in names}

EARLIER = {
    "copy_io": ("kernel/fork.c", "copy_io"),
    "kernel_clone": ("kernel/fork.c", "_do_fork"),
    "copy_thread": ("arch/x86/kernel/process_64.c", "copy_thread_tls"),
    "is_rlimit_overlimit": ("kernel/ucount.c", "is_ucounts_overlimit"),
    "get_rlimit_value": ("include/linux/user_namespace.h", "get_ucounts_value"),
    "set_userns_rlimit_max": ("include/linux/user_namespace.h", "set_rlimit_ucount_max"),
}
"""Where a function stood before, and what it was called, in trees whose file of the list has none:
_do_fork() until v5.10, copy_thread_tls() until v5.9, those of ucounts until v5.19."""

TODAY = {old: name for name, (_, old) in EARLIER.items()}
"""What a function is called that was called otherwise before."""


def _silent(_what: str) -> None:
    """Say nothing of what is being done."""


class Program:
    """What a tree says, as far as it is read; ``only`` are the functions that are asked for.

    Objects have the same numbers as in a program ``beside`` it.
    """

    def __init__(
        self, tree: Tree, only: frozenset[str] = frozenset(), beside: Program | None = None
    ) -> None:
        self.tree, self.only = tree, only
        self.progress: Callable[[str], None] = _silent
        self.constants = Constants(tree)
        self._files: dict[str, Prepared | None] = {}
        self._functions: dict[str, Function | None] = {}
        self._helpers: dict[tuple[str, str], Function | None] = {}
        self._handles: dict[str, int] = {} if beside is None else beside._handles
        self._borrowed: dict[str, Program] = {}
        self.unreadable: dict[str, str] = {}
        """Functions whose text cannot be read, and why."""

    def but_for(self, name: str, other: Program) -> Program:
        """Return this program with one function, whoever calls it, as another program has it."""
        made = Program(self.tree, self.only, self)
        made._files, made.constants = self._files, self.constants
        made._borrowed = {name: other}
        return made

    @property
    def functions(self) -> list[str]:
        """Return the names of the functions that were asked for so far."""
        return list(self._functions)

    def file(self, path: str) -> Prepared | None:
        """Return a prepared file, or ``None`` where the tree has none."""
        if path not in self._files:
            text = self.tree.text(path)
            self._files[path] = None if text is None else prepared(text)
        return self._files[path]

    def declared(self, struct: str) -> dict[str, str]:
        """Return the fields of a structure, by name; nothing where it is not at hand."""
        for place in (*HEADERS, *STRUCTURES):
            file = self.file(place)
            if file is not None and struct in file.structs:
                return file.structs[struct]
        return {}

    def unread_body(self, path: str, name: str) -> str | None:
        """Return the text of a function that is called but not read, where it is at hand."""
        if self.reads(name) and name not in REPLACED:
            return None
        for place in (path, *HEADERS):
            file = self.file(place)
            if file is not None and name in file.bodies:
                return file.bodies[name]
        return None

    def reads(self, name: str) -> bool:
        """Return whether a call of this name is read in turn here."""
        return self.readable(name) is not None

    def readable(self, name: str, beside: str = "") -> Function | None:
        """Return a function that is read in turn; ``None`` too where its text cannot be read.

        Besides those of the list that is any that ``beside``, the file of its caller, defines.
        """
        try:
            found = self.function(name)
            if found is None and beside and name not in PLACE:
                return self._helper(name, beside)
        except Problem as problem:
            self.unreadable[name] = str(problem)
            return None
        return found

    def _helper(self, name: str, path: str) -> Function | None:
        if name in self._borrowed:
            return self._borrowed[name]._helper(name, path)
        file = self.file(path)
        if file is None or name not in file.bodies:
            return None
        if (path, name) not in self._helpers:
            found = file.function(name)
            self._helpers[path, name] = (
                None if found is None else parse_function(*found, path, name)
            )
        return self._helpers[path, name]

    def name_today(self, name: str) -> str:
        """Return what a function that is called by this name is called today."""
        today = TODAY.get(name, name)
        if today == name:
            return name
        file = self.file(PLACE[today])
        named = file is not None and file.function(today) is not None
        return today if not named and self.reads(today) else name

    def function(self, name: str) -> Function | None:
        """Return a function that is read in turn, or ``None`` if it is not to be found."""
        if name in self._borrowed:
            return self._borrowed[name].function(name)
        if name not in self._functions:
            self._functions[name] = self._parsed(name)
        return self._functions[name]

    def _parsed(self, name: str) -> Function | None:
        places = [(PLACE[name], name)] if name in PLACE else []
        for path, called in (*places, *([EARLIER[name]] if name in EARLIER else [])):
            file = self.file(path)
            found = file.function(called) if file is not None else None
            if found is not None:
                return parse_function(*found, path, name)
        return None

    def assumed(self, functions: list[Function]) -> list[str]:
        """Return the ``#if`` symbols inside functions that no configuration table knows."""
        found = []
        for function in functions:
            file = self.file(function.path)
            last = function.line + function.body.text.count("\n") + 10
            for symbol, line in (file.assumed_undefined if file else {}).items():
                if function.line <= line <= last:
                    found.append(f"{function.path}:{line}: {symbol} counts as undefined")
        return found

    def mentions(self, path: str, name: str) -> bool:
        """Return whether a file of the tree names something (a declaration, say)."""
        text = self.tree.text(path)
        return text is not None and name in text

    def handle(self, place: str) -> int:
        """Return the number that stands for an object."""
        if place not in self._handles:
            self._handles[place] = 0x100000 + 16 * len(self._handles)
        return self._handles[place]
