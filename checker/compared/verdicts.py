"""Verdicts of calls on a few kernels, where no least call is asked for: as they are, but soon.

A kept call that breaks a property on plain values refutes it, a kept core that the solver says
suffices proves it, a kept witness shows its premise; what is left is decided as always.
"""

from __future__ import annotations

from checker.questions.decide import Decider, Decision, breaks
from checker.smallest.cost import Values
from checker.smallest.first_guess import kept_calls
from model.revisions import Revision
from properties.claim import Property, Verdict


class Verdicts(Decision):
    """One property, put to a decider for its verdicts alone."""

    def __init__(self, prop: Property, tool: Decider) -> None:
        super().__init__(prop, tool)
        self.calls: dict[str, Values] = {}
        """A call that breaks the property on a kernel, not always the least."""

    def verdicts(self, revisions: list[Revision]) -> dict[str, Verdict]:
        """Return the verdict on each kernel, by its name; it is no statement about a patch."""
        found: dict[str, Verdict] = {}
        for one in revisions:
            call = self._breaking(one)
            if call is not None:
                found[one.name] = Verdict.REFUTED
                self.calls[one.name] = call
        rest = [one for one in revisions if one.name not in found]
        if rest:
            for name, finding in self.on(rest).items():
                found[name] = finding.verdict
                if finding.values:
                    self.calls[name] = finding.values
        return found

    def _breaking(self, one: Revision) -> Values | None:
        kept = kept_calls(self.prop.id)
        return next((call for call in kept if breaks(self.prop, one.kernel, call)), None)
