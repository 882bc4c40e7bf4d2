"""The ledger: what every call does to one count, against what it does to the tasks.

One element of the ucounts tree, any one, is looked at: the kernel's count, and the unreaped
tasks whose ucounts' chain passes through it.  A call is a list of half-steps; each adds to
the count, to the tasks, or to both at one moment.  What a call has added to the count and no
task stands for yet is in its hand.

An element is known by which chains pass through it.  inc_rlimit_ucounts() and
dec_rlimit_ucounts() (kernel/ucount.c) walk the chain of one ucounts, so nesting to any depth
is one truth per credential.  Before v5.14 an element is a user_struct, kernel/user.c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from model.algebra import Truth, Word, both, either, implies, no, same, when_word
from model.call import Situation
from model.child import Child
from model.copy_process import CHARGE
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.over_time.commit import (
    Identity,
    Key,
    adds_to_the_new,
    key_after,
    release_takes,
    same_key,
    takes_from_the_old,
)
from model.patches import REAL_UID_KEY, UCOUNTS_NPROC
from model.predict import call_of
from model.records import BOOL, fact, part
from model.wellformed import creates, well_formed


@dataclass(frozen=True, slots=True)
class UcountsElement:
    """One element of the ucounts tree, with any number of tasks and of calls under way."""

    count: Word = fact(64, 0, "the kernel's count", signed=True)
    tasks: Word = fact(64, 0, "unreaped tasks that are charged to it", signed=True)
    in_hand: Word = fact(64, 0, "charges in the hands of calls, for no task yet", signed=True)
    calls: Word = fact(64, 0, "calls under way", signed=True)


@dataclass(frozen=True, slots=True)
class HalfStep:
    """A half-step of a call: what it adds, at one moment, to the count and to the tasks."""

    name: str
    count: Word = 0
    tasks: Word = 0


@dataclass(frozen=True, slots=True)
class LedgerCall:
    """A kind of call: its facts, when they fit together, its half-steps, whom it leaves.

    ``read`` is what the rest is told in, made from the facts once.  ``fits`` is what is true
    whenever such a call begins, ``among`` whether its caller is one of the element's tasks, and
    ``leaves`` are the credentials that the call made.
    """

    name: str
    at: str
    facts: type[Any]
    fits: Callable[[Kernel, Any], Truth]
    among: Callable[[Any], Truth]
    halves: Callable[[Kernel, Any], list[HalfStep]]
    leaves: Callable[[Kernel, Any], list[Identity]]
    read: Callable[[Kernel, Any], Any] = lambda _kernel, facts: facts


def histories_begin() -> dict[str, UcountsElement]:
    """Return every kind of element that a history begins with.

    Root's holds the first task: kernel/ucount.c:user_namespace_sysctl_init charges it (before
    v5.14 kernel/user.c:root_user has it from the start).  alloc_ucounts() zeroes the others.
    """
    return {"root's, at boot": UcountsElement(count=1, tasks=1), "a new one": UcountsElement()}


def ucounts_are_those_of_the_real_uid(kernel: Kernel, task: Identity) -> Truth:
    """The lemma: a credential is charged to (its namespace, its real uid).

    Kept by every call where the key is the real uid; v5.14 to v5.16 do without it, as there
    nothing is looked up anew unless the user or the namespace changes.
    """
    canonical = Key(when_word(8, kernel[UCOUNTS_NPROC], task.ns, 0), task.uid)
    by_euid = both(kernel[UCOUNTS_NPROC], no(kernel[REAL_UID_KEY]))
    return either(by_euid, same_key(task.key, canonical))


def _unit(truth: Truth) -> Word:
    return when_word(64, truth, 1, 0)


def _times(truth: Truth, units: Word) -> Word:
    return when_word(64, truth, units, 0)


def _less(truth: Truth, units: Word = 1) -> Word:
    return 0 - _times(truth, units)


# kernel/fork.c:copy_process


@dataclass(frozen=True, slots=True)
class Creation:
    """Any creating call from any state of the single call, as the element sees it."""

    start: Situation = part(Situation)
    charged_here: Truth = fact(BOOL, False, "the child's charge goes through the element")
    belongs_here: Truth = fact(BOOL, False, "the child's ucounts' chain goes through it")


@dataclass(frozen=True, slots=True)
class RuledCreation:
    """A creation with what the rules of the single call say of it."""

    facts: Creation
    outcome: Outcome
    child: Child

    @property
    def caller(self) -> Identity:
        """Return the caller: charged to its real uid; its namespace is called 0, a new one 1."""
        cred = self.outcome.call.cred
        return Identity(cred.uid, cred.euid, 0, Key(0, cred.uid))


def _made(kernel: Kernel, facts: Creation) -> RuledCreation:
    outcome = outcome_of(call_of(kernel, facts.start))
    return RuledCreation(facts, outcome, outcome.child)


def _chosen(where: Truth, then: Key, otherwise: Key) -> Key:
    return Key(
        when_word(8, where, then.ns, otherwise.ns), when_word(32, where, then.uid, otherwise.uid)
    )


def childs_key(kernel: Kernel, made: RuledCreation) -> Key:
    """Return the key of the child's own ucounts: a copy, or by set_cred_ucounts()."""
    old = made.caller
    fresh = key_after(kernel, old, old.uid, old.euid, 1)
    return _chosen(made.child.new_user_ns, fresh, old.key)


def charged_key(kernel: Kernel, made: RuledCreation) -> Key:
    """Return the key that copy_creds() charges, as the effects of the single call say."""
    inside = both(made.child.new_user_ns, kernel[UCOUNTS_NPROC])
    return Key(when_word(8, inside, 1, 0), made.child.charged_uid)


def _creation_fits(kernel: Kernel, made: RuledCreation) -> Truth:
    """A key leads to one ucounts, so to one chain."""
    facts = made.facts
    alike = same_key(charged_key(kernel, made), childs_key(kernel, made))
    chains = implies(alike, same(facts.charged_here, facts.belongs_here))
    return both(well_formed(kernel, facts.start), creates(facts.start), chains)


def _creation(_kernel: Kernel, made: RuledCreation) -> list[HalfStep]:
    units, facts = made.outcome.units(CHARGE), made.facts
    return [
        HalfStep("copy_creds() charges the child", count=_times(facts.charged_here, units.taken)),
        HalfStep("the ladder gives back", count=_less(facts.charged_here, units.returned)),
        HalfStep("the child is published", tasks=_unit(both(made.outcome.ok, facts.belongs_here))),
    ]


def _born(kernel: Kernel, made: RuledCreation) -> list[Identity]:
    """The child; one that is not made passes for its caller."""
    old, ok = made.caller, made.outcome.ok
    key = _chosen(ok, charged_key(kernel, made), old.key)
    ns = when_word(8, both(ok, made.child.new_user_ns), 1, 0)
    return [Identity(old.uid, old.euid, ns, key)]


CREATION = LedgerCall(
    name="a creating call",
    at="kernel/fork.c:copy_process",
    facts=Creation,
    fits=_creation_fits,
    among=lambda _made: False,
    halves=_creation,
    leaves=_born,
    read=_made,
)


# kernel/cred.c:commit_creds


@dataclass(frozen=True, slots=True)
class Commit:
    """A task about to commit other credentials: set*uid(), execve(), unshare(), setns()."""

    uid: Word = fact(8, 0, "its real uid")
    ns: Word = fact(8, 0, "its user namespace")
    key_uid: Word = fact(8, 0, "the uid its ucounts were looked up by")
    key_ns: Word = fact(8, 0, "the namespace its ucounts were looked up in")
    new_uid: Word = fact(8, 0, "the real uid it takes")
    new_euid: Word = fact(8, 0, "the effective uid it takes")
    new_ns: Word = fact(8, 0, "the user namespace it enters")
    in_old: Truth = fact(BOOL, False, "the element is in the chain of its old ucounts")
    in_new: Truth = fact(BOOL, False, "the element is in the chain of its new ucounts")


def old_identity(task: Commit) -> Identity:
    """Return the credential before; the effective uid plays no part in it."""
    return Identity(task.uid, task.uid, task.ns, Key(task.key_ns, task.key_uid))


def new_identity(kernel: Kernel, task: Commit) -> Identity:
    """Return the credential that is committed, its ucounts set by set_cred_ucounts()."""
    key = key_after(kernel, old_identity(task), task.new_uid, task.new_euid, task.new_ns)
    return Identity(task.new_uid, task.new_euid, task.new_ns, key)


def _commit_fits(kernel: Kernel, task: Commit) -> Truth:
    """A key leads to one ucounts, so to one chain; the lemma is true of every task."""
    old = old_identity(task)
    alike = same_key(old.key, new_identity(kernel, task).key)
    chains = implies(alike, same(task.in_old, task.in_new))
    lemma = ucounts_are_those_of_the_real_uid(kernel, old)
    return both(chains, lemma)


def _commit(kernel: Kernel, task: Commit) -> list[HalfStep]:
    user, ns = no(task.uid == task.new_uid), no(task.ns == task.new_ns)
    added = both(task.in_new, adds_to_the_new(kernel, user, ns))
    taken = both(task.in_old, takes_from_the_old(kernel, user, ns))
    moved = _unit(task.in_new) - _unit(task.in_old)
    return [
        HalfStep("the new charge is added", count=_unit(added)),
        HalfStep("the credential is published", tasks=moved),
        HalfStep("the old charge is taken", count=_less(taken)),
    ]


COMMIT = LedgerCall(
    name="commit_creds()",
    at="kernel/cred.c:commit_creds",
    facts=Commit,
    fits=_commit_fits,
    among=lambda task: task.in_old,
    halves=_commit,
    leaves=lambda kernel, task: [new_identity(kernel, task)],
)


def _stays(kernel: Kernel, task: Commit) -> Truth:
    return both(task.ns == task.new_ns, _commit_fits(kernel, task))


COMMIT_IN_ONE_NAMESPACE = replace(COMMIT, name="commit_creds() in one namespace", fits=_stays)


# kernel/exit.c


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """A task that ends, or is reaped."""

    here: Truth = fact(BOOL, False, "the element is in the chain of its ucounts")


def _release(kernel: Kernel, task: TaskEnd) -> list[HalfStep]:
    """The first act of release_task(); from it on the task counts as reaped."""
    units = release_takes(kernel)
    return [HalfStep("the charge is taken", count=_less(task.here, units), tasks=_less(task.here))]


EXIT = LedgerCall(
    name="do_exit()",
    at="kernel/exit.c:do_exit",
    facts=TaskEnd,
    fits=lambda _kernel, _task: True,
    among=lambda task: task.here,
    halves=lambda _kernel, _task: [HalfStep("a zombie stays charged")],
    leaves=lambda _kernel, _task: [],
)
RELEASE = LedgerCall(
    name="release_task()",
    at="kernel/exit.c:release_task",
    facts=TaskEnd,
    fits=lambda _kernel, _task: True,
    among=lambda task: task.here,
    halves=_release,
    leaves=lambda _kernel, _task: [],
)


@dataclass(frozen=True, slots=True)
class CallShare:
    """What a call has added at some point on its way, and whether it is still under way."""

    where: str
    count: int
    tasks: int
    under_way: bool = True

    @property
    def added(self) -> tuple[int, int, bool]:
        """Return what it is apart from its name."""
        return self.count, self.tasks, self.under_way

    def with_it(self, rest: UcountsElement) -> UcountsElement:
        """Return an entry with this call, from the entry without it."""
        hand = self.count - self.tasks if self.under_way else 0
        return UcountsElement(
            count=rest.count + self.count,
            tasks=rest.tasks + self.tasks,
            in_hand=rest.in_hand + hand,
            calls=rest.calls + (1 if self.under_way else 0),
        )


def shares(halves: list[HalfStep]) -> list[CallShare]:
    """Return what a call has added when it begins, after each half-step, and when it is done.

    The half-steps are plain: of one way that the call can go.
    """
    found = [CallShare("it begins", 0, 0)]
    for half in halves:
        count, tasks = found[-1].count + int(half.count), found[-1].tasks + int(half.tasks)
        found.append(CallShare(half.name, count, tasks))
    return [*found, replace(found[-1], where="it is done", under_way=False)]


@dataclass(frozen=True, slots=True)
class LedgerView:
    """How a system shows the ledger: its entries, its tasks, and which calls stand for its steps.

    ``state`` is the record of a state with any number of tasks beside its slots, which are
    ``others``.  ``entries`` are those of a state in which no call is under way; ``tasks`` says of
    each slot whether there is a task, and which.
    """

    about: str
    state: type[Any]
    calls: tuple[LedgerCall, ...]
    entries: Callable[[Any], list[UcountsElement]]
    tasks: Callable[[Any], list[tuple[Truth, Identity]]]
    others: Callable[[Any], list[Word]]
