"""The ledger: what each step does to one count, against what it does to the tasks.

For one element of the ucounts tree, any one, two numbers are compared: the kernel's count,
and the number of tasks whose credential is charged to it.  Every call keeps its own
difference of the two, from 0 to 1 while it is under way and 0 when it is done; as calls
touch nothing else, the same follows for any number of tasks and any history.

An element is known by which credentials' chains pass through it.  inc_rlimit_ucounts() and
dec_rlimit_ucounts() walk the chain of one ucounts, which never changes and names each
element once, so nesting to any depth is one truth per credential.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, either, implies, no, same, when_word
from model.kernel import Kernel
from model.patches import REAL_UID_KEY, UCOUNTS_NPROC
from model.records import BOOL, fact
from model.system.commit import (
    Identity,
    Key,
    adds_to_the_new,
    key_after,
    same_key,
    takes_from_the_old,
)


@dataclass(frozen=True, slots=True)
class Commit:
    """A task about to commit other credentials, as one element of the tree sees it."""

    uid: Word = fact(8, 0, "its real uid")
    ns: Word = fact(8, 0, "its user namespace")
    key_uid: Word = fact(8, 0, "the uid its ucounts were looked up by")
    key_ns: Word = fact(8, 0, "the namespace its ucounts were looked up in")
    new_uid: Word = fact(8, 0, "the real uid it takes")
    new_euid: Word = fact(8, 0, "the effective uid it takes")
    new_ns: Word = fact(8, 0, "the user namespace it enters")
    in_old: Truth = fact(BOOL, False, "the element is in the chain of its old ucounts")
    in_new: Truth = fact(BOOL, False, "the element is in the chain of its new ucounts")


def old_identity(start: Commit) -> Identity:
    """Return the credential before; the effective uid plays no part in it."""
    return Identity(start.uid, start.uid, start.ns, Key(start.key_ns, start.key_uid))


def new_key(kernel: Kernel, start: Commit) -> Key:
    """Return the key of the credential that is committed."""
    return key_after(kernel, old_identity(start), start.new_uid, start.new_euid, start.new_ns)


def chains_are_functions_of_their_key(kernel: Kernel, start: Commit) -> Truth:
    """Equal keys mean one ucounts object, so one chain."""
    alike = same_key(Key(start.key_ns, start.key_uid), new_key(kernel, start))
    return implies(alike, same(start.in_old, start.in_new))


def ucounts_are_those_of_the_real_uid(kernel: Kernel, start: Commit) -> Truth:
    """The lemma: a credential is charged to (its namespace, its real uid).

    Kept by every step where the key is the real uid; v5.14 to v5.16 do without it, as there
    nothing is looked up anew unless the user or the namespace changes.
    """
    canonical = Key(when_word(8, kernel[UCOUNTS_NPROC], start.ns, 0), start.uid)
    by_euid = both(kernel[UCOUNTS_NPROC], no(kernel[REAL_UID_KEY]))
    return either(by_euid, same_key(Key(start.key_ns, start.key_uid), canonical))


def lemma_is_kept(kernel: Kernel, start: Commit) -> Truth:
    """Return whether the committed credential satisfies the lemma again."""
    key = new_key(kernel, start)
    after = Commit(
        uid=start.new_uid, ns=start.new_ns, key_uid=key.uid, key_ns=key.ns
    )
    return ucounts_are_those_of_the_real_uid(kernel, after)


def _one(truth: Truth) -> Word:
    return when_word(8, truth, 1, 0)


def differences(kernel: Kernel, start: Commit) -> list[tuple[str, Word]]:
    """Return count minus tasks after each half-step of commit_creds(), starting from 0.

    The new charge is added before the credential is published, the old one taken after.
    """
    user, ns = start.uid != start.new_uid, start.ns != start.new_ns
    added = both(start.in_new, adds_to_the_new(kernel, user, ns))
    taken = both(start.in_old, takes_from_the_old(kernel, user, ns))
    charged = _one(added)
    published = charged + _one(start.in_old) - _one(start.in_new)
    return [
        ("the new charge is added", charged),
        ("the credential is published", published),
        ("the old charge is taken", published - _one(taken)),
    ]


def commit_is_never_behind(kernel: Kernel, start: Commit) -> Truth:
    """Return whether commit_creds() never leaves a count lower than its tasks."""
    return both(
        *(either(number == 0, number == 1, number == 2) for _, number in differences(kernel, start))
    )


def commit_keeps_the_difference(kernel: Kernel, start: Commit) -> Truth:
    """Return whether commit_creds() is at most one ahead meanwhile, and level when done."""
    steps = differences(kernel, start)
    meanwhile = (either(number == 0, number == 1) for _, number in steps[:-1])
    return both(*meanwhile, steps[-1][1] == 0)
