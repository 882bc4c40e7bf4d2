"""On what a proof can rest: every smallest set of rules, effects and patches that suffices.

A set suffices if nothing breaks the property whichever of the others stand.  Two questions take
turns: is there a choice of rules and patches that holds no set found so far, and no more than
was seen not to suffice; and does it suffice?  When there is no such choice, the sets are all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pysat.solvers import Minisat22

from checker.compared.mending import turned, with_needs
from checker.engines.sat import Constraint
from checker.questions.blame import Core, assumed_of
from checker.questions.decide import Decider, Decision
from model.kernel import Kernel
from model.patch import Patch
from model.patches import COMMITS
from model.revisions import Revision
from properties.claim import Property, Stated, Verdict


@dataclass
class Blamed:
    """The smallest sets that a proof can rest on; ``complete`` if there is no other."""

    cores: list[Core] = field(default_factory=list)
    complete: bool = False
    unknown: str = ""


class _Choices:
    """Choices of entries that are not known yet, the largest first."""

    def __init__(self, count: int) -> None:
        self._solver = Minisat22()
        self._all = list(range(1, count + 1))
        self._solver.add_clause([count + 1])
        self._solver.set_phases(self._all)

    def another(self) -> list[int] | None:
        """Return the entries of a choice, ``None`` if there is none left."""
        if not self._solver.solve():
            return None
        model = set(self._solver.get_model() or [])
        return [one for one in self._all if one in model or -one not in model]

    def suffices(self, core: Sequence[int]) -> None:
        """Leave out whatever holds a set that suffices."""
        self._solver.add_clause([-one for one in core])

    def falls_short(self, choice: Sequence[int]) -> None:
        """Leave out whatever is no more than a choice that does not suffice."""
        chosen = set(choice)
        self._solver.add_clause([one for one in self._all if one not in chosen])


def blamed(prop: Property, kernel: Kernel, tool: Decider, most: int) -> Blamed:
    """Return up to ``most`` smallest sets that a proof of a property of calls can rest on."""
    decision = Decision(prop, tool)
    wanted = decision.shared_broken()
    entries = assumed_of(decision.model, kernel)
    names = list(entries)
    choices, found = _Choices(len(names)), Blamed()
    while len(found.cores) < most:
        choice = choices.another()
        if choice is None:
            found.complete = True
            return found
        core = _core(decision, wanted, [entries[names[one - 1]] for one in choice])
        if core is None:
            status = _status(decision, wanted, [entries[names[one - 1]] for one in choice])
            if status != "sat":
                found.unknown = status
                return found
            choices.falls_short(choice)
            continue
        literals = {one.literal for one in core}
        places = [at for at, name in enumerate(names, 1) if entries[name].literal in literals]
        choices.suffices(places)
        found.cores.append(tuple(names[at - 1] for at in places))
    return found


def _core(
    decision: Decision, wanted: Constraint, chosen: list[Constraint]
) -> list[Constraint] | None:
    return decision.model.engine.core([wanted], chosen)


def _status(decision: Decision, wanted: Constraint, chosen: list[Constraint]) -> str:
    answer = decision.model.engine.ask(wanted, *chosen)
    return answer.status if answer.status != "unknown" else answer.reason


def single_turns(
    prop: Stated, kernel: Revision, jobs: int | None
) -> dict[frozenset[Patch], Verdict]:
    """Return the commits of which each turns a property of histories, and to what.

    A commit is tried with those that it needs, or that rest on it; of two sets of which one
    holds the other and both turn it, only the smaller is returned.
    """
    from checker.over_time.results import verify_histories

    sets = {with_needs(kernel.kernel, patch) for patch in COMMITS}
    trials = {turned(kernel.kernel, some).name: some for some in sorted(sets, key=len)}
    results = verify_histories([prop.id], [kernel.name, *trials], jobs=jobs)
    verdicts = {one.kernel: one.verdict for one in results}
    now = verdicts.pop(kernel.name)
    found: dict[frozenset[Patch], Verdict] = {}
    for name, some in trials.items():
        verdict = verdicts[name]
        if verdict is not now and not any(
            other < some and found[other] is verdict for other in found
        ):
            found[some] = verdict
    return found
