"""Decides one property on many kernels.

The kernel stays symbolic: one query asks for a call that breaks the property on any of
the kernels still open.  If there is one, the least such call is sought, proved to be it, and
re-evaluated on every open kernel; those it breaks are REFUTED.  When none is left to be found,
the remaining kernels are PROVED, provided that the premise can occur there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter

from checker.engines.sat import PATIENT, QUICK, Answer, Constraint, Sat, out_of_budget
from checker.questions.asking import Apart, Question
from checker.questions.blame import Core, carries_over, constraints_of, core_of, kept_cores
from checker.questions.tracked import Tracked
from checker.readings.concrete import Evaluation, can_lack, evaluate, evaluations
from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.record.result import EVERY_SET
from checker.smallest.cost import Values
from checker.smallest.first_guess import (
    kept_calls,
    kept_on_sets,
    kept_witness,
    kept_witnesses,
)
from checker.smallest.least import Contradiction, Least
from checker.smallest.order import CallOrder
from checker.smallest.shrink import found_in
from model.algebra import Truth, both, either, no
from model.call import Situation
from model.due import as_truth
from model.kernel import Kernel
from model.patch import Patch
from model.patches import BY_NAME
from model.records import build
from model.revisions import REVISIONS, Revision
from properties.claim import Property, Subject, Verdict


@dataclass
class Finding:
    """What was found about one kernel (or about every admissible set of patches)."""

    verdict: Verdict
    reason: str = ""
    values: Values = field(default_factory=dict)
    witness: Values = field(default_factory=dict)
    minimal: bool = False
    kernel: Kernel | None = None
    core: Core | None = None
    """What a proof rested on, where it was no more than that."""


class Decider:
    """The engine with everything that all properties share encoded once."""

    def __init__(self, quick: int = QUICK, patient: int = PATIENT) -> None:
        self.engine = Sat([space().well_formed], quick, patient)
        self._kernels: dict[str, Truth] = {}
        self._scopes: dict[tuple[str, ...], Constraint] = {}
        self._since: dict[Subject, list[Values]] = {subject: [] for subject in Subject}
        """Calls that answered questions since the decider was made."""

    @cached_property
    def model(self) -> Tracked:
        """Return the model with a literal per row, as the engine knows it."""
        return Tracked(self.engine)

    @cached_property
    def order(self) -> CallOrder:
        """Return the order of calls, as the engine knows it."""
        return CallOrder(self.engine)

    def remember(self, subject: Subject, values: Values) -> None:
        """Keep a call for questions to come."""
        if values not in self._since[subject]:
            self._since[subject].append(values)

    def known(self, subject: Subject) -> Iterator[Values]:
        """Yield calls that are likely to do: those kept for any premise, and those remembered."""
        yield from witnesses_by_subject()[subject]
        yield from self._since[subject]

    def any_of(self, revisions: list[Revision]) -> Constraint:
        """Return that the kernel is one of the revisions."""
        names = tuple(revision.name for revision in revisions)
        if names not in self._scopes:
            some = either(*(self._exactly(revision) for revision in revisions))
            self._scopes[names] = self.engine.constraint(some)
        return self._scopes[names]

    def _exactly(self, revision: Revision) -> Truth:
        if revision.name not in self._kernels:
            self._kernels[revision.name] = space().is_exactly(revision)
        return self._kernels[revision.name]

    def all_of(self, *truths: Truth) -> Constraint:
        """Return the conjunction of truths as one constraint."""
        return self.engine.constraint(both(*truths))


@lru_cache(maxsize=1)
def witnesses_by_subject() -> dict[Subject, list[Values]]:
    """Return the calls that are kept to show premises, by whom they are calls of."""
    found: dict[Subject, list[Values]] = {subject: [] for subject in Subject}
    for values in kept_witnesses():
        start = build(Situation, values)
        for subject in Subject:
            if RANGES[subject].holds_for(start):
                found[subject].append(values)
    return found


@lru_cache(maxsize=1)
def decider() -> Decider:
    """Return the process's decider."""
    return Decider()


GROWN = 60_000
"""Variables of a solver that is left behind, with all that properties have added to it."""


def begin_anew(about: Subject) -> None:
    """Let the process have a new decider if its own knows other subjects, or has grown too large.

    What a question is not about is in the way of its search all the same.
    """
    tool = decider()
    if tool.engine.variables > GROWN or not tool.model.subjects <= {about}:
        decider.cache_clear()


def decide(prop: Property, revisions: list[Revision]) -> dict[str, Finding]:
    """Return a finding per revision name, or one for every admissible set of patches."""
    return Decision(prop, decider()).findings(revisions)


def _gave_up(answer: Answer) -> Finding:
    verdict = Verdict.TIMEOUT if out_of_budget(answer.reason) else Verdict.UNKNOWN
    return Finding(verdict, reason=answer.reason)


def _untold(*truths: Truth) -> Constraint:
    """Return the conjunction of truths as a constraint that the engine is not told."""
    return Constraint(both(*truths), None)


@dataclass(frozen=True)
class _Wanted:
    """What is looked for: as a constraint, and on the concrete reading."""

    constraint: Constraint
    shows: Verdict
    prop: Property
    what: Callable[[Evaluation], bool]

    def holds(self, kernel: Kernel, values: Values) -> bool:
        """Return whether a call is one on a kernel."""
        return self.what(evaluate(self.prop, kernel, values))

    def of(self, revisions: list[Revision], values: Values) -> list[Revision]:
        """Return those of some kernels on which a call is one."""
        found = evaluations(self.prop, [one.kernel for one in revisions], values)
        return [one for one, said in zip(revisions, found, strict=True) if self.what(said)]

    def found_in(self, answer: Answer) -> Values | None:
        """Return the call in an answer, made smaller; ``None`` if the readings disagree."""
        kernel = kernel_of(answer.patches)
        return found_in(answer, lambda trial: self.holds(kernel, trial))


def breaks(prop: Property, kernel: Kernel, values: Values) -> bool:
    """Return whether a call breaks a property on a kernel, on plain values."""
    return evaluate(prop, kernel, values).violation


_WITNESS, _VIOLATION = attrgetter("witness"), attrgetter("violation")


class Decision:
    """One property, put to a decider."""

    def __init__(self, prop: Property, tool: Decider) -> None:
        self.prop = prop
        self.tool, self.model = tool, tool.model
        outcome = self.model.outcome(prop.subject)
        before = len(self.model.kernel.walks)
        claim = prop.statement(self.model.call, outcome)
        asks_again = len(self.model.kernel.walks) > before
        ranged = RANGES[prop.subject].holds_for(space().start)
        met, kept = as_truth(claim.premise), as_truth(claim.conclusion)
        premise, broken = (ranged, met), (ranged, met, no(kept))
        self._apart, made = Apart(self.model), self.model.constraint
        if asks_again or prop.of_patch is not None:
            self._apart, made = Apart(self.model, made(*premise)), _untold
        self.premise = _Wanted(made(*premise), Verdict.PROVED, prop, _WITNESS)
        self.broken = _Wanted(made(*broken), Verdict.REFUTED, prop, _VIOLATION)

    def findings(self, revisions: list[Revision]) -> dict[str, Finding]:
        """Return a finding per revision name, or one for every admissible set of patches."""
        if self.prop.of_patch is not None:
            return {EVERY_SET: self.under_every_set(self.prop.of_patch)}
        return self.on(revisions)

    def shared_broken(self) -> Constraint:
        """Return that the property is broken as a constraint that the shared engine knows."""
        broken = self.broken.constraint
        return self.model.constraint(broken.truth) if broken.literal is None else broken

    def core(self, kernel: Kernel | None) -> Core | None:
        """Return on what a proof rests, on a kernel or under every admissible set of patches."""
        patch = self.prop.of_patch
        scope = [] if patch is None else [self._admissible(patch)]
        return core_of(self.model, kernel, self.shared_broken(), *scope)

    def on(self, revisions: list[Revision]) -> dict[str, Finding]:
        """Decide the property on each revision."""
        cores = self._by_kept_cores(revisions)
        rest = [one for one in revisions if one.name not in cores]
        calls, why, left = self._each(self.broken, rest)
        found = {one.name: _refuted(least, one.kernel) for one, least in calls}
        if why is not None:
            found |= dict.fromkeys((one.name for one in left), why)
            left = []
        unbroken = {one.name for one in left}
        left = [one for one in revisions if one.name in cores or one.name in unbroken]
        witnesses, why, left = self._each(self.premise, left)
        for one, least in witnesses:
            proved = Finding(Verdict.PROVED, witness=least.values, core=cores.get(one.name))
            found[one.name] = proved
        why = why or Finding(Verdict.VACUOUS, "the premise cannot occur")
        return found | dict.fromkeys((one.name for one in left), why)

    def _by_kept_cores(self, revisions: list[Revision]) -> dict[str, Core]:
        """Return, by kernel, the kept core on which a proof goes through, as the solver says."""
        found: dict[str, Core] = {}
        for core in kept_cores(self.model, self.prop.id):
            some = [one for one in revisions if carries_over(core, one.kernel)]
            new = [one.name for one in some if one.name not in found]
            if new and self.is_proof(core):
                found |= dict.fromkeys(new, core)
        return found

    def is_proof(self, core: Core, *scope: Constraint) -> bool:
        """Return whether the solver says that a core suffices for a proof."""
        question = self._question(self.broken, constraints_of(self.model, core), *scope)
        return question.answer().status == "unsat"

    def _question(
        self, wanted: _Wanted, rows: list[Constraint], *scope: Constraint
    ) -> Question:
        asked = wanted.constraint, *rows
        return Question(self.model, lambda: self.tool.order, asked, scope, self._apart)

    def _each(
        self, wanted: _Wanted, revisions: list[Revision]
    ) -> tuple[list[tuple[Revision, Least]], Finding | None, list[Revision]]:
        """Return the least call on each revision that has one, and which are left.

        Between them stands why the engine gave up on those, or ``None`` if they have none.
        The least call of several kernels is the least of each of them on which it holds.
        """
        found: list[tuple[Revision, Least]] = []
        left = list(revisions)
        while left:
            least = self._least(wanted, left, self.tool.any_of(left))
            if not isinstance(least, Least):
                return found, least, left
            hit = wanted.of(left, least.values)
            if not hit:
                return found, Finding(Verdict.ERROR, "the solver's call fails concretely"), left
            found += [(one, least) for one in hit]
            names = {one.name for one in hit}
            left = [one for one in left if one.name not in names]
        return found, None, left

    def _least(
        self, wanted: _Wanted, named: list[Revision], *scope: Constraint
    ) -> Least | Finding | None:
        """Return the least call, a finding when the engine gives up, or None if there is none.

        A witness of the premise need not be the least.
        """

        question = self._question(wanted, [self.model.whole], *scope)
        first = self._known(wanted, named)
        if first is None:
            answer = question.answer()
            if answer.status == "unsat":
                return None
            if answer.values is None:
                return _gave_up(answer)
            first = wanted.found_in(answer)
        if first is None:
            return Finding(Verdict.ERROR, "the two readings disagree on the solver's call")
        if wanted is self.premise:
            self.tool.remember(self.prop.subject, first)
            return Least(first, False)
        try:
            least = question.least(first, wanted.found_in)
        except Contradiction as error:
            return Finding(Verdict.ERROR, str(error))
        self.tool.remember(self.prop.subject, least.values)
        return least

    def _known(self, wanted: _Wanted, named: list[Revision]) -> Values | None:
        """Return a call that is kept, or known from other questions, if one is likely to do.

        The latest kernel is tried on which the call is expected; a wrong guess costs time,
        and changes nothing.
        """
        kept = kept_calls(self.prop.id) if wanted is self.broken else []
        for one in kept:
            if wanted.of(named, one):
                return one
        if kept:  # of whatever it is broken on, be that a set of patches without a name
            return None if named else self._on_a_set(wanted)
        likely = (one for one in reversed(named) if self._expects(one.kernel) is wanted.shows)
        last = next(likely, None)
        if last is None:
            return None
        for one in kept_witness(self.prop.id, self._told_of(last.kernel)):
            if last in wanted.of(named, one):
                return one
        known = self.tool.known(self.prop.subject)
        return next((one for one in known if wanted.holds(last.kernel, one)), None)

    def _on_a_set(self, wanted: _Wanted) -> Values | None:
        """Return a call that is kept, and does on the set of patches that is kept with it."""
        kept = ((call, Kernel.of("a kept set", on)) for call, on in kept_on_sets(self.prop.id))
        return next((call for call, kernel in kept if wanted.holds(kernel, call)), None)

    def _told_of(self, kernel: Kernel) -> str:
        """Return the kernel that is named where what is found on one is told."""
        return kernel.name if self.prop.of_patch is None else EVERY_SET

    def _expects(self, kernel: Kernel) -> Verdict:
        expect = self.prop.expect
        return expect.on(kernel) if self.prop.of_patch is None else expect.inside

    def _admissible(self, patch: Patch) -> Constraint:
        """Return that the kernel is admissible with and without a patch."""
        kernel = space().kernel
        both_ways = (kernel.but(patch, there).admissible() for there in (True, False))
        return self.tool.all_of(*map(as_truth, both_ways))

    def under_every_set(self, patch: Patch) -> Finding:
        """Decide a statement about one patch with all others open.

        A call that shows a difference is looked for on the named kernels first, so that it
        can be read; the proof ranges over every admissible set.
        """
        admissible = self._admissible(patch)
        named = [one for one in REVISIONS.values() if can_lack(one.kernel, patch)]
        core = next((one for one in kept_cores(self.model, self.prop.id)
                     if carries_over(one, None) and self.is_proof(one, admissible)), None)
        if core is None:
            shown = self._difference(named, admissible)
            if shown is not None:
                return shown
        step = self._least(self.premise, named, admissible)
        if isinstance(step, Least):
            return Finding(Verdict.PROVED, witness=step.values, core=core)
        return step or Finding(Verdict.VACUOUS, "the premise cannot occur")

    def _difference(self, named: list[Revision], admissible: Constraint) -> Finding | None:
        """Return a call that shows a difference, why nothing is known, or None if there is none."""
        for some, scope in ((named, (self.tool.any_of(named), admissible)), ([], (admissible,))):
            step = self._least(self.broken, some, *scope)
            if isinstance(step, Least):
                return self._shown(step, named, admissible)
            if step is not None:
                return step
        return None

    def _shown(self, least: Least, named: list[Revision], admissible: Constraint) -> Finding:
        """Return a call on the first named kernel that it breaks, or on the least set."""
        for one in named:
            if breaks(self.prop, one.kernel, least.values):
                return _refuted(least, one.kernel)

        def still(patches: frozenset[str]) -> bool:
            return breaks(self.prop, kernel_of(patches), least.values)

        try:
            question = self._question(self.broken, [self.model.whole], admissible)
            patches = question.least_set(least.values, still)
        except Contradiction as error:
            return Finding(Verdict.ERROR, str(error))
        return _refuted(least, kernel_of(patches))


def _refuted(least: Least, kernel: Kernel) -> Finding:
    return Finding(Verdict.REFUTED, values=least.values, minimal=least.proved, kernel=kernel)


def kernel_of(patches: frozenset[str]) -> Kernel:
    """Return the kernel with the patches; a named one where they are a revision's."""
    chosen = frozenset(BY_NAME[name] for name in patches)
    for revision in REVISIONS.values():
        if revision.patches == chosen:
            return revision.kernel
    return Kernel.of("a set of patches", chosen)
