"""A patch turned round in one named kernel, wherever the set stays one that can be.

Statements' own expectations follow a kernel's patches; what notices a flip is a verdict that
is no longer the one kept for that kernel, or a landmark written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from checker.engines.sat import Constraint
from checker.mutation.baseline import Facts, ShownVerdict
from checker.mutation.confirming import Noticed
from checker.mutation.judge import MutantJudge, Posed
from checker.mutation.known import KnownCalls, Tried
from checker.mutation.mutant import Mutant
from checker.readings.space import exactly, space
from model.algebra import either, implies
from model.kernel import Kernel
from model.patch import Patch
from model.patches import COMMITS
from model.revisions import REVISIONS, Revision
from properties.claim import Property, Verdict

ROOM = "patches"


@dataclass(frozen=True, slots=True, eq=False)
class Flip(Mutant):
    """A named kernel with one patch more, or one less."""

    revision: Revision
    patch: Patch

    @property
    def kernel(self) -> Kernel:
        """Return the kernel with the patch turned round, the same one for all who ask."""
        return _turned(self.revision.name, self.revision.patches ^ {self.patch})


@cache
def _turned(name: str, patches: frozenset[Patch]) -> Kernel:
    return Kernel.of(name, patches)


def of_kernels() -> Iterator[Flip]:
    """Yield every flip after which each patch still has what it requires."""
    for revision in REVISIONS.values():
        for patch in COMMITS:
            change = "without" if patch in revision.patches else "with"
            flip = Flip(ROOM, revision.name, patch.name, change, None, {}, revision, patch)
            if flip.kernel.admissible() is True:
                yield flip


@dataclass
class Flips(MutantJudge):
    """Decides flips: the choice of one is the choice of its kernel.

    What the calls that are known anyway do on the turned kernels is looked at first.
    """

    mutants: Sequence[Flip]
    _hidden: dict[tuple[str, Facts], dict[int, bool]] = field(default_factory=dict)
    """Under which flips a call shows its verdict no more, and whether another known one does."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for number, flip in enumerate(self.mutants, 1):
            chosen = self.engine.chooses(number)
            self.engine.define(implies(chosen, exactly(space().kernel, flip.kernel.patches())))

    def notice(self, props: list[Property]) -> Iterator[Property]:
        """Try the known calls, then ask the statements one after the other."""
        known = KnownCalls(props, self.baseline)
        for tried in known.on([flip.kernel for flip in self.mutants]):
            for shown in self.baseline[tried.prop.id]:
                if not shown.every_set:
                    self._look(known, tried, shown)
        yield from super().notice(props)

    def _look(self, known: KnownCalls, tried: Tried, shown: ShownVerdict) -> None:
        """Look at what known calls do to a verdict under the flips of its kernels."""
        prop, names = tried.prop, {one.name for one in shown.revisions}
        shows = tried.broken if shown.verdict is Verdict.REFUTED else tried.met
        wrong = {Verdict.PROVED: tried.broken, Verdict.VACUOUS: tried.met}.get(shown.verdict)
        own = known.place(prop, shown.facts)
        for row in range(len(shows)):
            number = tried.first + row + 1
            if self.mutants[number - 1].revision.name not in names or number in self.kills:
                continue
            if wrong is not None and wrong[row].any():
                self._confirm(prop, shown, number, known.call(prop, int(wrong[row].argmax())))
            elif shown.verdict is not Verdict.VACUOUS and not shows[row, own]:
                hidden = self._hidden.setdefault((prop.id, shown.facts), {})
                hidden[number] = bool(shows[row].any())

    def _confirm(
        self, prop: Property, shown: ShownVerdict, number: int, call: dict[str, Any]
    ) -> None:
        """Kill a flip if a call changes a verdict on plain values too."""
        ask, after = self.broken_by, Verdict.REFUTED
        if shown.verdict is Verdict.VACUOUS:
            ask, after = self.met_by, Verdict.PROVED
        if ask(prop, number, self.mutants[number - 1].kernel, call):
            name = self.mutants[number - 1].revision.name
            self.kill(number, Noticed(prop.id, name, shown.verdict, after))

    def _changed(self, one: Posed, shown: ShownVerdict) -> None:
        """Find every live flip that changes a verdict which rests on a call."""
        if shown.verdict is Verdict.VACUOUS:
            self._met(one, shown)
            return
        refuted = shown.verdict is Verdict.REFUTED
        still = one.broken if refuted else one.premise
        for number, another in self._hidden.get((one.prop.id, shown.facts), {}).items():
            if number in self.kills or (not another and self._gone(one, shown, number, still)):
                continue
            if refuted:
                self._note_another(one.prop, shown, number)

    def open_kernel(self) -> Kernel:
        """Return the kernel with every patch open."""
        return space().kernel

    def under(self, number: int, kernel: Kernel) -> Kernel:
        """Return the kernel with its patch turned round."""
        del kernel
        return self.mutants[number - 1].kernel

    def spoken_of(self, number: int, _kernel: Kernel) -> str:
        """Return the name of the kernel that was changed."""
        return self.mutants[number - 1].revision.name

    def concerns(self, shown: ShownVerdict) -> bool:
        """Return whether a verdict speaks of named kernels."""
        return bool(self.live) and not shown.every_set

    def where(self, prop: Property, shown: ShownVerdict) -> Constraint:
        """Return that the flip is one of a kernel that a verdict speaks of."""
        del prop
        key = tuple(one.name for one in shown.revisions)
        if key not in self._scopes:
            flips = enumerate(self.mutants, 1)
            mine = [self.engine.chooses(n) for n, flip in flips if flip.revision.name in key]
            self._scopes[key] = self.engine.constraint(either(*mine))
        return self._scopes[key]

    def akin(
        self, number: int, kernel: Kernel, shown: ShownVerdict
    ) -> Iterator[tuple[int, Kernel]]:
        """Yield the live flips of the patch of one on kernels that a verdict speaks of."""
        del kernel
        patch, names = self.mutants[number - 1].patch, {one.name for one in shown.revisions}
        for other in self.live:
            flip = self.mutants[other - 1]
            if flip.patch is patch and flip.revision.name in names:
                yield other, flip.kernel

    def separately(
        self, one: Posed, shown: ShownVerdict, number: int
    ) -> list[tuple[str, Constraint]]:
        """Return the one kernel that a flip is about."""
        del one, shown
        return [(self.spoken_of(number, space().kernel), self.engine.only(number))]
