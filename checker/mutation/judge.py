"""Which mutants of the single calls does a verdict notice?

All mutants stand in one encoding, under the choice of one.  A statement that is PROVED is asked
for a call that breaks it under any mutant still unnoticed; a verdict that rests on a call (a
counterexample, a call with the premise) is asked which mutants change what that call shows,
and only those are decided anew.  Every mutant said to be noticed through a call is evaluated
once more on plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.engines.sat import Constraint
from checker.mutation.baseline import Baseline, ShownVerdict
from checker.mutation.choosing import NONE, Chooser, Choosing, every_leaf, open_choice
from checker.mutation.confirming import Noticed, breaks, meets
from checker.mutation.kernel import Mutated
from checker.mutation.mutant import Mutant
from checker.questions.decide import kernel_of
from checker.readings.space import PATCH, space
from checker.readings.subjects import RANGES
from checker.record.result import EVERY_SET
from checker.smallest.shrink import not_default
from model.algebra import both, either, no
from model.due import as_truth
from model.kernel import Kernel
from model.patches import COMMITS
from model.predict import call_of
from model.revisions import REVISIONS, Revision
from model.wellformed import well_formed
from properties.claim import Property, Subject, Verdict


class ChoiceDisagrees(Exception):
    """A run with the choice of mutants says otherwise, without a mutant, than one without it."""


@dataclass
class Posed:
    """A statement over the choice of mutants."""

    prop: Property
    premise: Constraint
    broken: Constraint
    kept: Constraint


@dataclass(frozen=True)
class _Change:
    """What changes a verdict: as a constraint, on plain values, to what it changes, in words."""

    wanted: Constraint
    shown_by: Callable[[Property, int, Kernel, dict[str, Any]], bool]
    after: Verdict
    what: str


@dataclass
class MutantJudge:
    """Decides a list of mutants against statements."""

    mutants: Sequence[Mutant]
    baseline: Baseline
    kills: dict[int, Noticed] = field(default_factory=dict)
    undecided: set[int] = field(default_factory=set)
    moved: dict[int, str] = field(default_factory=dict)
    """What else notices a mutant: a statement that another least call breaks than the kept one."""

    def __post_init__(self) -> None:
        self.kernel = self.open_kernel()
        self.call = call_of(self.kernel, space().start)
        formed = as_truth(well_formed(self.kernel, space().start))
        self.engine = Chooser([formed], len(self.mutants))
        self._scopes: dict[tuple[str, ...], Constraint] = {}
        self._outcomes: dict[Subject, Any] = {}
        self._asked: dict[str, Posed] = {}

    def open_kernel(self) -> Kernel:
        """Return the kernel of every choice at once."""
        return Choosing(self.mutants, space().kernel, open_choice())

    def under(self, number: int, kernel: Kernel) -> Kernel:
        """Return a kernel on plain values, with a mutant."""
        return Mutated(kernel, self.mutants[number - 1])

    @property
    def live(self) -> list[int]:
        """Return the numbers of the mutants that nothing noticed yet."""
        return [n for n in range(1, len(self.mutants) + 1) if n not in self.kills]

    def outcome(self, subject: Subject) -> Any:
        """Return the outcome of every call of a subject under every choice."""
        if subject not in self._outcomes:
            self._outcomes[subject] = RANGES[subject].outcome(self.call)
        return self._outcomes[subject]

    def notice(self, props: list[Property]) -> Iterator[Property]:
        """Ask the statements one after the other; yield each when it has been asked."""
        for prop in props:
            for shown in self.baseline[prop.id]:
                if shown.verdict is Verdict.PROVED and self.concerns(shown):
                    self._broken(self.asked(prop), shown)
            yield prop
        for prop in props:
            for shown in self.baseline[prop.id]:
                if self.concerns(shown):
                    self._changed(self.asked(prop), shown)

    def concerns(self, _shown: ShownVerdict) -> bool:
        """Return whether a mutant can change a verdict at all."""
        return bool(self.live)

    def asked(self, prop: Property) -> Posed:
        """Return a statement over the choice of mutants."""
        if prop.id not in self._asked:
            self._asked[prop.id] = self._made(prop)
        return self._asked[prop.id]

    def _made(self, prop: Property) -> Posed:
        scope = as_truth(RANGES[prop.subject].holds_for(space().start))
        claim = prop.statement(self.call, self.outcome(prop.subject))
        premise, conclusion = as_truth(claim.premise), as_truth(claim.conclusion)
        say = self.engine.constraint
        return Posed(
            prop,
            say(both(scope, premise)),
            say(both(scope, premise, no(conclusion))),
            say(no(both(scope, premise, no(conclusion)))),
        )

    def where(self, prop: Property, shown: ShownVerdict) -> Constraint:
        """Return that the kernel is one of those that a verdict speaks of."""
        if not shown.every_set:
            return self.any_of(shown.revisions)
        assert prop.of_patch is not None
        key = ("admissible", prop.of_patch.name)
        if key not in self._scopes:
            kernels = [space().kernel.but(prop.of_patch, there) for there in (True, False)]
            terms = [as_truth(kernel.admissible()) for kernel in kernels]
            self._scopes[key] = self.engine.constraint(both(*terms))
        return self._scopes[key]

    def any_of(self, revisions: tuple[Revision, ...]) -> Constraint:
        """Return that the kernel is one of these."""
        key = tuple(one.name for one in revisions)
        if key not in self._scopes:
            terms = [space().is_exactly(one) for one in revisions]
            self._scopes[key] = self.engine.constraint(either(*terms))
        return self._scopes[key]

    def kill(self, number: int, kill: Noticed) -> None:
        """Note what noticed a mutant; it is asked about no more."""
        self.kills[number] = kill
        self.engine.forget(number)

    def _broken(self, one: Posed, shown: ShownVerdict) -> None:
        """Find every live mutant under which a proved statement is broken.

        A change may lead where the two readings of the model part (beyond the numbers that it
        is written for); that is no proof that anybody notices.
        """
        what = f"breaks {one.prop.id}, which is proved"
        self._ask_each(one, shown, _Change(one.broken, self.broken_by, Verdict.REFUTED, what))

    def _met(self, one: Posed, shown: ShownVerdict) -> None:
        """Find every live mutant under which the premise of a vacuous statement is met."""
        what = f"meets the premise of {one.prop.id}, which is vacuous"
        self._ask_each(one, shown, _Change(one.premise, self.met_by, Verdict.PROVED, what))

    def _ask_each(self, one: Posed, shown: ShownVerdict, change: _Change) -> None:
        where, passed = self.where(one.prop, shown), list[Constraint]()
        for number, kernel, values in self.each([change.wanted, where], passed, change.what):
            if not change.shown_by(one.prop, number, kernel, values):
                self.undecided.add(number)
                passed.append(self.engine.but(number))
                continue
            self._kill(one, shown, number, kernel, change.after)
            for other, its_kernel in self.akin(number, kernel, shown):
                if change.shown_by(one.prop, other, its_kernel, values):
                    self._kill(one, shown, other, its_kernel, change.after)

    def _kill(
        self, one: Posed, shown: ShownVerdict, number: int, kernel: Kernel, after: Verdict
    ) -> None:
        where_seen = self.spoken_of(number, kernel)
        self.kill(number, Noticed(one.prop.id, where_seen, shown.verdict, after))

    def akin(
        self, number: int, kernel: Kernel, _shown: ShownVerdict
    ) -> Iterator[tuple[int, Kernel]]:
        """Yield the live mutants of the row of one, which its call may show as well, and where."""
        mine = self.mutants[number - 1]
        for other in self.live:
            one = self.mutants[other - 1]
            if (one.of, one.row) == (mine.of, mine.row):
                yield other, kernel

    def broken_by(
        self, prop: Property, number: int, kernel: Kernel, values: dict[str, Any]
    ) -> bool:
        """Return whether a call breaks a statement under a mutant, on plain values."""
        return breaks(prop, self.under(number, kernel), values)

    def met_by(
        self, prop: Property, number: int, kernel: Kernel, values: dict[str, Any]
    ) -> bool:
        """Return whether a call has a statement's premise under a mutant, on plain values."""
        return meets(prop, self.under(number, kernel), values)

    def each(
        self, wanted: list[Constraint], passed: list[Constraint], what: str
    ) -> Iterator[tuple[int, Kernel, dict[str, Any]]]:
        """Yield (mutant, kernel, call) until no live mutant has one.

        Whoever asks kills each mutant, or adds to ``passed`` that it is not to be chosen.
        ``what`` is wanted of a call, and of none without a mutant: raise :class:`ChoiceDisagrees`.
        """
        while True:
            answer = self.engine.ask(*wanted, *passed)
            if answer.status == "unsat":
                return
            if answer.values is None:
                self.undecided.update(self.live)
                return
            number = self.engine.chosen
            if number == NONE:
                raise ChoiceDisagrees(f"a call {what}, without any mutant")
            yield number, kernel_of(answer.patches), not_default(answer.values)

    def _changed(self, one: Posed, shown: ShownVerdict) -> None:
        """Find every live mutant that changes a verdict which rests on a call."""
        if shown.verdict is Verdict.VACUOUS:
            self._met(one, shown)
            return
        where = self.where(one.prop, shown)
        if shown.every_set and shown.verdict is Verdict.PROVED:
            return
        wanted = one.kept if shown.verdict is Verdict.REFUTED else self._unmet(one)
        still = one.broken if shown.verdict is Verdict.REFUTED else one.premise
        fixed = [*self.engine.fixed(every_leaf(shown.facts)), *self._own_kernel(shown)]
        passed: list[Constraint] = []
        while True:
            answer = self.engine.ask(wanted, where, *fixed, *passed)
            if answer.status == "unsat":
                return
            number = self.engine.chosen
            if answer.values is None or number == NONE:
                raise ChoiceDisagrees(f"{one.prop.id}: its own call does not show its verdict")
            if not self._gone(one, shown, number, still):
                passed.append(self.engine.but(number))
                if shown.verdict is Verdict.REFUTED:
                    self._note_another(one.prop, shown, number)

    @staticmethod
    def _unmet(one: Posed) -> Constraint:
        assert one.premise.literal is not None
        return Constraint(None, -one.premise.literal)

    def _note_another(self, prop: Property, shown: ShownVerdict, number: int) -> None:
        """Note that a kept call moves; one for every set does if no named kernel keeps it."""
        call = dict(shown.facts)
        named = [one.kernel for one in REVISIONS.values()]
        if not shown.every_set or not (
            shown.kernels[0].name in REVISIONS
            and any(self.broken_by(prop, number, kernel, call) for kernel in named)
        ):
            self.moved.setdefault(number, f"{prop.id} by another call")

    def _gone(self, one: Posed, shown: ShownVerdict, number: int, still: Constraint) -> bool:
        """Return whether on one of the kernels nothing shows the verdict any more."""
        chosen = self.engine.only(number)
        for name, there in self.separately(one, shown, number):
            answer = self.engine.ask(still, there, chosen)
            if answer.status == "unsat":
                meant = self.engine.ask(one.premise, there, chosen).status != "unsat"
                after = Verdict.PROVED if meant else Verdict.VACUOUS
                self.kill(number, Noticed(one.prop.id, name, shown.verdict, after))
                return True
        return False

    def spoken_of(self, _number: int, kernel: Kernel) -> str:
        """Return the name of the kernel whose verdict changes."""
        return kernel.name

    def separately(
        self, one: Posed, shown: ShownVerdict, _number: int
    ) -> list[tuple[str, Constraint]]:
        """Return what a verdict is given for, one by one: kernels, or every set of patches."""
        if shown.every_set:
            return [(EVERY_SET, self.where(one.prop, shown))]
        return [(revision.name, self.any_of((revision,))) for revision in shown.revisions]

    def _own_kernel(self, shown: ShownVerdict) -> list[Constraint]:
        """Return that the kernel is the one a call was shown on, for a statement on every set."""
        if not shown.every_set or not shown.kernels:
            return []
        bits = [(f"{PATCH}{one.name}", int(bool(shown.kernels[0][one]))) for one in COMMITS]
        return self.engine.fixed(bits)
