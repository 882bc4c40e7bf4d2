"""The core flag rules as contracts for CrossHair, which executes Python symbolically.

The functions called are the rows of :mod:`model.rules.flags` themselves.  A contract is the
``pre:`` and ``post:`` lines of a docstring (PEP 316).  ``negative_`` ones must be refuted.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from model.rows import Rejection
from model.rules import flags as rules
from model.words import (  # noqa: F401 - the contracts name them
    FS,
    NEWNS,
    NEWPID,
    NEWUSER,
    PARENT,
    SIGHAND,
    THREAD,
    VM,
)


def asked(flags: int, bit: int) -> bool:
    """Return whether one flag is set: by division, which CrossHair can follow."""
    return flags // bit % 2 == 1


class PlainWord:
    """A plain number as the rules use it.

    ``&`` is written with ``//`` and ``%``, because CrossHair gives up on bits of a symbolic
    number; a comparison gives a plain truth, as the concrete reading has it.
    """

    def __init__(self, number: int) -> None:
        self.number = number

    def __and__(self, bits: int) -> PlainWord:
        places = [1 << place for place in range(bits.bit_length()) if bits >> place & 1]
        return PlainWord(sum(bit for bit in places if asked(self.number, bit)))

    def __eq__(self, other: object) -> bool:
        return True if self.number == other else False  # noqa: SIM210 - decides the path here

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]


def _rejects(rule: Rejection, flags: int, *, init: bool = False, set_aside: bool = False) -> bool:
    """Return what a row says of a call with these flags; ``set_aside``: a pid namespace waits."""
    call: Any = SimpleNamespace(
        args=SimpleNamespace(flags=PlainWord(flags)),
        current=SimpleNamespace(
            signal=SimpleNamespace(unkillable=init),
            nsproxy=SimpleNamespace(pid_for_children_is_active=not set_aside),
        ),
    )
    return bool(rule.condition(call))


def no_root_is_shared_across_mount_namespaces(flags: int) -> bool:
    """
    What this row lets through has not both CLONE_NEWNS and CLONE_FS.

    pre: 0 <= flags < 2**64
    post: __return__ or not (asked(flags, NEWNS) and asked(flags, FS))
    """
    return _rejects(rules.root_directory_is_shared_across_mount_namespaces, flags)


def no_root_is_shared_across_user_namespaces(flags: int) -> bool:
    """
    What this row lets through has not both CLONE_NEWUSER and CLONE_FS.

    pre: 0 <= flags < 2**64
    post: __return__ or not (asked(flags, NEWUSER) and asked(flags, FS))
    """
    return _rejects(rules.root_directory_is_shared_across_user_namespaces, flags)


def a_thread_shares_handlers(flags: int) -> bool:
    """
    What this row lets through has CLONE_SIGHAND if it has CLONE_THREAD.

    pre: 0 <= flags < 2**64
    post: __return__ or asked(flags, SIGHAND) or not asked(flags, THREAD)
    """
    return _rejects(rules.thread_does_not_share_signal_handlers, flags)


def a_thread_shares_memory(flags: int) -> bool:
    """
    What two rows let through has CLONE_VM if it has CLONE_THREAD.

    pre: 0 <= flags < 2**64
    post: __return__ or asked(flags, VM) or not asked(flags, THREAD)
    """
    handlers = _rejects(rules.thread_does_not_share_signal_handlers, flags)
    return handlers or _rejects(rules.shared_handlers_without_shared_memory, flags)


def an_init_makes_no_sibling(flags: int, init: bool) -> bool:
    """
    CLONE_PARENT by the init of a pid namespace is rejected, and by nobody else.

    pre: 0 <= flags < 2**64
    post: __return__ == (init and asked(flags, PARENT))
    """
    return _rejects(rules.init_makes_itself_a_sibling, flags, init=init)


def a_thread_stays_in_its_namespaces(flags: int, set_aside: bool) -> bool:
    """
    A thread for another pid or user namespace is rejected.

    pre: 0 <= flags < 2**64
    pre: asked(flags, THREAD)
    post: __return__ == (set_aside or asked(flags, NEWUSER) or asked(flags, NEWPID))
    """
    rule = rules.thread_enters_another_pid_or_user_namespace
    return _rejects(rule, flags, set_aside=set_aside)


def negative_user_namespaces_are_never_rejected(flags: int) -> bool:
    """
    False: with CLONE_FS they are.  CrossHair must find the call.

    pre: 0 <= flags < 2**64
    pre: asked(flags, NEWUSER)
    post: not __return__
    """
    return _rejects(rules.root_directory_is_shared_across_user_namespaces, flags)
