"""Names of numbers, from the tree's own headers: flags, errnos, PF_ bits, capabilities."""

from __future__ import annotations

import re
from functools import cached_property

from model import words
from source.number import LONGEST, value_of
from source.text import prepared
from source.tree import Tree

HEADERS = (
    "include/uapi/linux/sched.h",
    "include/linux/sched.h",
    "include/linux/sched/signal.h",
    "include/linux/sched/task.h",
    "include/uapi/asm-generic/errno-base.h",
    "include/uapi/asm-generic/errno.h",
    "include/linux/errno.h",
    "include/uapi/linux/capability.h",
    "include/linux/pid.h",
    "include/linux/pid_namespace.h",
    "include/linux/user_namespace.h",
    "include/uapi/asm-generic/signal.h",
    "arch/x86/include/uapi/asm/signal.h",
    "include/uapi/asm-generic/resource.h",
    "include/uapi/linux/ptrace.h",
    "include/uapi/linux/pidfd.h",
    "include/linux/cgroup-defs.h",
    "include/linux/sched/jobctl.h",
)
"""Read in this order; a later definition of a name wins over an earlier one."""

OF_FILES = ("kernel/fork.c",)
"""Files whose own enumerations are read, where no header has the name."""

FIXED = {
    "PAGE_SIZE": 4096,
    "INT_MAX": 2**31 - 1,
    "LONG_MAX": 2**63 - 1,
    "_NSIG": 64,
    "NUMA_NO_NODE": -1,
    "RLIM_INFINITY": 2**64 - 1,
    "RLIMIT_NPROC": 6,
    "true": 1,
    "false": 0,
    "NULL": 0,
    "PIDTYPE_PID": 0,
    "PAGE_SHIFT": 12,
    "O_RDWR": 2,
    "O_EXCL": 0o200,
    "O_CLOEXEC": 0o2000000,
    "GFP_KERNEL": 0xCC0,
    "GLOBAL_ROOT_UID": 0,
    "CAP_FULL_SET": words.CAP_FULL_SET,
    "CAP_EMPTY_SET": 0,
}
"""x86-64 numbers that live in architecture headers or are no plain constants."""

DEEPEST = 20
"""Names that are looked up for the sake of one another."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+([^\n]+)$", re.MULTILINE)
_ENUM = re.compile(r"\benum(?:\s+\w+)?\s*\{([^{}]*)\}")
_NAME = re.compile(r"\b[A-Za-z_]\w*")


def _from_model() -> dict[str, int]:
    known = {f"CLONE_{flag.name}": int(flag) for flag in words.Flag}
    known |= {f"PF_{flag.name}": int(flag) for flag in words.PF}
    known |= {f"CAP_{cap.name}": int(cap) for cap in words.Cap}
    known |= {errno.name: int(errno) for errno in words.Errno}
    known |= {
        "CSIGNAL": words.CSIGNAL,
        "CLONE_LEGACY_FLAGS": words.LEGACY_FLAGS,
        "SIGKILL": words.SIGKILL,
        "SIGSTOP": words.SIGSTOP,
        "SIGCHLD": words.SIGCHLD,
        "MAX_PID_NS_LEVEL": words.MAX_PID_NS_LEVEL,
        "CLONE_ARGS_SIZE_VER0": 64,
        "CLONE_ARGS_SIZE_VER1": 80,
        "CLONE_ARGS_SIZE_VER2": 88,
        "PTRACE_EVENT_FORK": 1,
        "PTRACE_EVENT_VFORK": 2,
        "PTRACE_EVENT_CLONE": 3,
        "PTRACE_EVENT_VFORK_DONE": 5,
        "SIGNAL_UNKILLABLE": 0x40,
        "PIDNS_ADDING": 1 << 31,
        "UCOUNT_RLIMIT_NPROC": 0,
        "UCOUNT_USER_NAMESPACES": 0,
        "CLONE_NS_ALL": words.NEW_NAMESPACES | words.NEWUSER,
        "UNSHARE_EMPTY_MNTNS": words.UNSHARE_EMPTY_MNTNS,
    }
    return known


INDICES = ("UCOUNT_RLIMIT_NPROC", "UCOUNT_USER_NAMESPACES")
"""Places in an array: each kernel has its own, and nothing but the array's own code reads them."""


class Constants:
    """Looks a name up in the tree's headers; a tree without headers has the model's numbers."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.borrowed: set[str] = set()
        self._known: dict[str, int | None] = {}
        self._busy: set[str] = set()

    @cached_property
    def _written(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in HEADERS:
            text = self.tree.text(path)
            if text is None:
                continue
            plain = _COMMENT.sub(" ", text)
            for body in _ENUM.findall(prepared(text).text):
                found |= _members(body)
            for name, value in _DEFINE.findall(plain):
                found[name] = value.split("//")[0].strip()
        for path in OF_FILES:
            for body in _ENUM.findall(prepared(self.tree.text(path) or "").text):
                found = _members(body) | found
        return found

    def __getitem__(self, name: str) -> int | None:
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> int | None:
        if name in FIXED:
            return FIXED[name]
        written = self._written.get(name)
        if written is not None and name not in self._busy:
            self._busy.add(name)
            value = self._evaluate(written)
            self._busy.discard(name)
            if value is not None:
                return value
        borrowed = _from_model().get(name)
        if borrowed is not None:
            self.borrowed.add(name)
        return borrowed

    def value_of(self, text: str) -> int | None:
        """Return the value of a constant expression that mentions names, if it has one."""
        return self._evaluate(text)

    def _evaluate(self, text: str) -> int | None:
        if len(text) > LONGEST or len(self._busy) > DEEPEST:
            return None
        missing = False

        def known(name: re.Match[str]) -> str:
            nonlocal missing
            value = self[name.group()]
            missing = missing or value is None
            return f"({value})"

        plain = _NAME.sub(known, text)
        return None if missing else value_of(plain)

    def disagreements(self) -> list[tuple[str, int, int]]:
        """Return (name, in the tree, in the model) of numbers that differ."""
        found = []
        for name, value in _from_model().items():
            there = self[name] if name in self._written and name not in INDICES else None
            if there is not None and there != value:
                found.append((name, there, value))
        return found


def _members(body: str) -> dict[str, str]:
    """Return the members of an enum, each as its value or as the one before plus 1."""
    found: dict[str, str] = {}
    before, since = "0", 0
    for item in body.split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        if not re.fullmatch(r"\w+", name):
            continue
        if value:
            before, since = f"({value})", 0
        found[name] = f"{before} + {since}"
        since += 1
    return found
