"""RLIMIT_NPROC arithmetic: who is charged, and when a charge is over its limit.

kernel/ucount.c:inc_rlimit_ucounts, is_rlimit_overlimit; kernel/cred.c:copy_creds.
"""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import (
    LONG_MAX,
    Truth,
    Word,
    below,
    both,
    capped,
    either,
    has,
    no,
    plus,
    signed_below,
    when,
    when_word,
)
from model.call import Call
from model.kernel import Kernel
from model.patches import (
    BOUND_OF_INNER_NS,
    COUNT_BEFORE_TEST,
    NEGATIVE_IS_OVER,
    REAL_UID_KEY,
    ROOT_NS_UNLIMITED,
    UCOUNTS_NPROC,
)
from model.state import Cred


@dataclass(frozen=True, slots=True)
class Level:
    """One element of a ucounts chain: its count, its bound, and whether it exists."""

    count: Word
    bound: Word
    exists: Truth


def new_user_ns(call: Call) -> Truth:
    """Return whether the child gets a user namespace of its own."""
    return (call.args.flags & words.NEWUSER) != 0


def rlimit(call: Call) -> Word:
    """Return RLIMIT_NPROC of the caller's group, capped at LONG_MAX."""
    return capped(call.current.signal.rlim_nproc)


def enforced_nproc_rlimit(call: Call) -> Word:
    """Return the NPROC bound that a user namespace made now is given.

    kernel/user_namespace.c:enforced_nproc_rlimit: none for global root in init_user_ns
    (since v5.17), else the creator's RLIMIT_NPROC, as a snapshot.
    """
    cred = call.cred
    exempt = both(call.kernel[ROOT_NS_UNLIMITED], cred.uid == 0, cred.user_ns.level == 0)
    return when_word(64, exempt, LONG_MAX, rlimit(call))


def charged_to_euid(cred: Cred) -> Word:
    """Return the count of (user_ns, euid): the element that a new namespace hangs from."""
    return when_word(64, cred.uid == cred.euid, cred.ucounts.nproc, cred.ucounts.nproc_of_euid)


@dataclass(frozen=True, slots=True)
class Element:
    """A ucounts of a chain: its count, the bound of the namespace it is in, whether it exists."""

    count: Word
    bound_here: Word
    exists: Truth


def elements_of(cred: Cred) -> list[Element]:
    """Return the chain a task with ``cred`` is charged to, innermost first."""
    ns, ucounts = cred.user_ns, cred.ucounts
    return [
        Element(ucounts.nproc, ns.nproc_max, True),
        Element(ucounts.nproc_parent, ns.nproc_max_parent, below(0, ns.level)),
        Element(ucounts.nproc_grandparent, LONG_MAX, below(1, ns.level)),
    ]


def outer_levels(cred: Cred) -> list[Level]:
    """Return the chain above the first element, innermost first (v5.16 and later)."""
    chain = elements_of(cred)
    return [
        Level(outer.count, inner.bound_here, outer.exists)
        for inner, outer in zip(chain, chain[1:], strict=False)
    ]


def compared(kernel: Kernel, chain: list[Element], limit: Word) -> list[Level]:
    """Return what is_rlimit_overlimit() compares with what.

    The first count with the limit, each further one with the bound of the namespace below it.
    v5.14 and v5.15 took the bound of the namespace that a count is in, the first one's too.
    """
    below_it = kernel[BOUND_OF_INNER_NS]
    first = chain[0]
    made = [
        Level(first.count, limit, first.exists),
        Level(first.count, first.bound_here, both(first.exists, no(below_it))),
    ]
    for inner, outer in zip(chain, chain[1:], strict=False):
        bound = when_word(64, below_it, inner.bound_here, outer.bound_here)
        made.append(Level(outer.count, bound, outer.exists))
    return made


def chain_of(kernel: Kernel, cred: Cred, limit: Word) -> list[Level]:
    """Return what a task with ``cred`` is held to: the elements of its chain, with bounds."""
    return compared(kernel, elements_of(cred), limit)


def child_chain(call: Call) -> list[Level]:
    """Return the chain that the child is charged to, before it is charged."""
    cred = call.cred
    fresh = new_user_ns(call)
    own = Level(when_word(64, fresh, 0, cred.ucounts.nproc), rlimit(call), True)
    creator = Level(charged_to_euid(cred), enforced_nproc_rlimit(call), fresh)
    return [own, creator, *outer_levels(cred)]


def charged(level: Level) -> Level:
    """Return the element after inc_rlimit_ucounts(…, 1)."""
    return Level(plus(level.count, 1), level.bound, level.exists)


def is_over(call: Call, level: Level) -> Truth:
    """Return whether one element is over its bound (a wrapped count is, since v5.17)."""
    wrapped = both(call.kernel[NEGATIVE_IS_OVER], signed_below(level.count, 0))
    return both(level.exists, either(wrapped, signed_below(level.bound, level.count)))


def any_over(call: Call, chain: list[Level], cred: Cred) -> Truth:
    """Return is_rlimit_overlimit(): some element of the chain is over its bound."""
    beyond = both(below(2, cred.user_ns.level), cred.ucounts.beyond_is_over)
    return either(*(is_over(call, level) for level in chain), beyond)


def child_is_over(call: Call) -> Truth:
    """Return whether the child, once counted, is over a limit (v5.17 and later)."""
    return any_over(call, [charged(level) for level in child_chain(call)], call.cred)


def caller_is_over(call: Call) -> Truth:
    """Return the test made before the child was counted: the *caller's* objective ucounts.

    Up to v5.13 one counter per user_struct, refused at the limit; v5.14 to v5.16 the ucounts
    chain, refused only beyond the limit.
    """
    cred = call.current.real_cred
    at_limit = no(signed_below(cred.ucounts.user_processes, rlimit(call)))
    beyond = any_over(call, chain_of(call.kernel, cred, rlimit(call)), cred)
    return when(call.kernel[UCOUNTS_NPROC], beyond, at_limit)


def objective_uid(call: Call) -> Word:
    """Return the real uid whose user_struct is compared with INIT_USER."""
    return when_word(32, call.kernel[COUNT_BEFORE_TEST], call.cred.uid, call.current.real_cred.uid)


def exempt(call: Call) -> Truth:
    """Return whether RLIMIT_NPROC is not enforced: INIT_USER, CAP_SYS_RESOURCE, CAP_SYS_ADMIN."""
    return either(
        objective_uid(call) == 0,
        call.capable(words.CAP_SYS_RESOURCE),
        call.capable(words.CAP_SYS_ADMIN),
    )


def shares_its_creators_cred(call: Call) -> Truth:
    """Return whether copy_creds() takes its short cut: a thread, and no thread keyring."""
    return both(has(call.args.flags, words.THREAD), no(call.cred.thread_keyring))


def charged_uid(call: Call) -> Word:
    """Return the uid that the child is charged to, in its own user namespace.

    With CLONE_NEWUSER v5.14 to v5.16 looked the new ucounts up by the effective uid, but for a
    thread that is charged with its creator's cred.
    """
    cred, looked_up = call.cred, no(shares_its_creators_cred(call))
    by_euid = both(call.kernel[UCOUNTS_NPROC], no(call.kernel[REAL_UID_KEY]))
    return when_word(32, both(new_user_ns(call), looked_up, by_euid), cred.euid, cred.uid)
