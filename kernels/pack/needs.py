"""What a call of a pack asks of the machine, found out by asking what it would be on others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from kernels.cases.case import Case, NsFd, NsKind
from kernels.cases.lines import line_of
from kernels.cases.outcomes import predicted
from kernels.machines.surroundings import Surroundings
from kernels.pack.trials import MACHINE
from model import words
from model.kernel import Kernel
from model.words import CAP_FULL_SET

_DEEP = 2
"""Callers further down are as deep as can be: the pack puts them there from wherever it is."""


def caps_needed(kernel: Kernel, case: Case) -> int:
    """Return the fewest capabilities of root's with which the call is still answered so.

    More of them only take away refusals, so that it is answered so with any more as well.
    """
    needed = 0 if _same(kernel, case, root_caps=0) else CAP_FULL_SET
    for bit in range(needed.bit_length()):
        fewer = needed & ~(1 << bit)
        needed = fewer if _same(kernel, case, root_caps=fewer) else needed
    return needed


def needs(kernel: Kernel, case: Case) -> Iterator[str]:
    """Yield what else the call needs, by the names that the pack's C has for it."""
    if _of_user_namespaces(case):
        yield "NEEDS_USERNS"
    shallow = int(case.caller.pid_level) <= _DEEP
    if shallow and not all(_same(kernel, case, pid_level=level) for level in (2, 4)):
        yield "NEEDS_TOP_PIDNS"
    if case.call.cgroup and not _same(kernel, case, pids_of_its_own=True):
        yield "NEEDS_PIDS_V2"
    if case.caller.cgroup_ns:
        yield "NEEDS_DELEGATION"
    if " vm=1" in line_of(case):
        yield "NEEDS_SYSCTLS"


def _same(kernel: Kernel, case: Case, **otherwise: Any) -> bool:
    """Return whether the answer is the same on a machine that is otherwise in that."""
    there: Surroundings = replace(MACHINE, **otherwise)
    return bool(_errno(kernel, case, MACHINE) == _errno(kernel, case, there))


@lru_cache(maxsize=8)
def _errno(kernel: Kernel, case: Case, machine: Surroundings) -> int:
    return int(predicted(kernel, case, machine).errno)


def _of_user_namespaces(case: Case) -> bool:
    call, caller = case.call, case.caller
    made = int(call.flags) | int(call.made)
    target = call.nsfd == NsFd.KIN or (call.nsfd != NsFd.OWN and call.kind == NsKind.USER)
    return bool(caller.userns or made & words.NEWUSER or target)
