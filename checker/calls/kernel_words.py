"""Words of the kernel, of its files and of the shell for numbers: ``max``, ``RLIM_INFINITY``.

They are taken where a fact is read; where one is told, it is told as a number.
"""

from __future__ import annotations

import re
from functools import cache

from model import words
from model.records import Leaf
from model.request import NsFile
from model.state import Reach

_CAPABILITIES = """
CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
PERFMON BPF CHECKPOINT_RESTORE
"""
CAPABILITIES = {name: 1 << number for number, name in enumerate(_CAPABILITIES.split())}
"""Every capability of include/uapi/linux/capability.h, as the bit of a set."""

SIGNALS = {f"SIG{name}": number for number, name in words.SIGNAL_NAMES.items()}

_UNLIMITED = ("unlimited", "infinity", "RLIM_INFINITY", "RLIM64_INFINITY")
_LONG_MAX = 2**63 - 1
_INT_MAX = 2**31 - 1
PIDS_MAX = 2**62
"""What ``max`` is in pids.max: more than there can be (kernel/cgroup/pids.c: PIDS_MAX)."""

_WORDS: tuple[tuple[str, dict[str, int]], ...] = (
    (r"exit_signal$", SIGNALS),
    (r"\.pids_max$", {"max": PIDS_MAX}),
    (r"rlim_nproc$", dict.fromkeys(_UNLIMITED, words.RLIM_INFINITY)),
    (r"\.nproc_max", dict.fromkeys((*_UNLIMITED, "LONG_MAX"), _LONG_MAX)),
    (r"^system\.\w+_namespaces\.max$", {"INT_MAX": _INT_MAX, "unlimited": _INT_MAX}),
    (r"\.seccomp_mode$", {"none": 0, "strict": 1, "filter": 2, "SECCOMP_MODE_DISABLED": 0,
                          "SECCOMP_MODE_STRICT": 1, "SECCOMP_MODE_FILTER": 2}),
    (r"_reach$", {one.name.lower(): int(one) for one in Reach}),
    (r"\.target\.file$", {one.name.lower(): int(one) for one in NsFile}),
    (r"^request\.(pidfd|parent_tid|child_tid|stack|set_tid)$", {"NULL": 0}),
    (r"^request\.usize$", {"CLONE_ARGS_SIZE_VER0": 64, "CLONE_ARGS_SIZE_VER1": 80,
                           "CLONE_ARGS_SIZE_VER2": 88}),
    (r"\.e?uid$", {"root": 0, "nobody": 65534}),
)

_MASK = re.compile(r"[0-9a-fA-F]{16}")


@cache
def words_of(leaf: Leaf) -> dict[str, int]:
    """Return the words that may stand for a number of a fact; nothing where it has none."""
    return next((known for looks, known in _WORDS if re.search(looks, leaf.path)), {})


def mask_in(text: str) -> int | None:
    """Return a set as /proc/PID/status writes it, 16 digits without 0x; ``None`` for another."""
    return int(text, 16) if _MASK.fullmatch(text) else None
