"""Whether a proof stands however the kernel is built, and which options break it if left out."""

from __future__ import annotations

from checker.calls.configurations import with_what_falls
from checker.compared.mending import Mended
from checker.engines.sat import Sat
from checker.readings.space import exactly, space, symbolic_outcome
from checker.readings.subjects import RANGES
from model.algebra import both, no, when_word
from model.due import as_truth
from model.kernel import Kernel
from model.patch import Patch
from model.patches import BY_NAME, COMMITS, OPTIONS
from model.terms import less
from properties.claim import Property

_BITS = 8


class Builds:
    """All configurations of a kernel, and every call, at once."""

    def __init__(self, prop: Property, kernel: Kernel) -> None:
        """Take a property of calls, and a kernel, of which only the commits count."""
        every, scope = space(), RANGES[prop.subject]
        claim = prop.statement(every.call, symbolic_outcome(prop.subject))
        fixed = exactly(every.kernel, kernel.patches() & set(COMMITS), COMMITS)
        possible = both(every.well_formed, scope.holds_for(every.start))
        broken = both(claim.premise, no(claim.conclusion))
        self._sat = Sat([as_truth(one) for one in (every.kernel.admissible(), fixed, possible)])
        self._wanted = [self._sat.constraint(broken)]
        self._left_out = sum(
            (when_word(_BITS, every.kernel[one], 1, 0) for one in OPTIONS), start=0
        )
        self._found = Mended()

    def breaking(self) -> Mended:
        """Return each smallest set of options without which some call breaks the property.

        ``never`` is whether there is none: the property is proved for every configuration.
        """
        found = self._found
        while not found.unknown:
            answer = self._sat.ask(*self._wanted)
            if answer.status != "sat":
                found.never = answer.status == "unsat" and not found.sets
                found.unknown = "" if answer.status == "unsat" else answer.status
                break
            self._take(self._fewer(_options(answer.patches)))
        return found

    def _fewer(self, options: frozenset[Patch]) -> frozenset[Patch]:
        """Return a smallest set of options that is not known yet, if it is known in time."""
        while options:
            few = self._sat.constraint(
                less(self._left_out, len(options), by_sign=False))  # type: ignore[arg-type]
            answer = self._sat.ask(few, *self._wanted)
            if answer.status != "sat":
                self._found.unknown = "" if answer.status == "unsat" else answer.status
                break
            options = _options(answer.patches)
        return options

    def _take(self, options: frozenset[Patch]) -> None:
        """Keep a set, and leave out what leaves out all of it and more."""
        kernel = space().kernel
        self._found.sets.append(options)
        again = both(*(kernel[one] for one in options))
        self._wanted.append(self._sat.constraint(no(again)))


def _options(names: frozenset[str]) -> frozenset[Patch]:
    return frozenset(BY_NAME[name] for name in names) & frozenset(OPTIONS)


def alone(options: frozenset[Patch]) -> list[Patch]:
    """Return a set of options that are left out, without those that fall with another."""
    return [
        one for one in OPTIONS
        if one in options and not any(
            one in with_what_falls([other]) for other in options if other is not one
        )
    ]
