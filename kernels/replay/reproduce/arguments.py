"""Arguments of a call as C writes them."""

from __future__ import annotations

from typing import Any

from kernels.cases.case import Ptr
from model import words


def pointer(kind: Any, name: str) -> str:
    """Return a pointer argument of a kind, to the member of ``seen`` of that name."""
    return {
        Ptr.NULL: "0",
        Ptr.OK: f"(long)&seen->{name}",
        Ptr.BAD: "8",
        Ptr.SAME: "(long)&seen->pidfd",
    }[Ptr(kind)]


def flags_in_c(flags: Any) -> str:
    """Return flags by the names that sched.h has had for long, the others as numbers."""
    number = int(flags)
    if not number:
        return "0"
    named = [f"CLONE_{flag.name}" for flag in words.Flag if number & flag and _is_old(flag)]
    rest = number & ~sum(flag for flag in words.Flag if _is_old(flag))
    others = [f"{rest:#x} /* {words.flag_names(rest)} */"] if rest else []
    return " | ".join([*named, *others])


def _is_old(flag: words.Flag) -> bool:
    new = words.Flag.NEWTIME | words.Flag.PIDFD | words.Flag.NEWCGROUP
    return flag < 1 << 32 and not flag & new
