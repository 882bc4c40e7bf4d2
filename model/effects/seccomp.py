"""The filters that the child inherits (kernel/fork.c:copy_seccomp)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has
from model.call import Call
from model.patches import CLONE_NNP
from model.rows import decides


@decides("no_new_privs", at="kernel/fork.c:copy_seccomp")
def no_new_privs(call: Call) -> Truth:
    """Inherited; CLONE_NNP sets it (v7.1)."""
    asked = both(call.kernel[CLONE_NNP], has(call.args.flags, words.NNP))
    return either(call.current.no_new_privs, asked)


@decides("seccomp_mode", at="kernel/fork.c:copy_seccomp")
def seccomp_mode(call: Call) -> Word:
    """Inherited with its filters."""
    return call.current.seccomp_mode
