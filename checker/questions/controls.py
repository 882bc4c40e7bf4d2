"""Control questions: what the solver says is held against what is known without it.

``unsat`` carries no evidence of its own.  So a solver that decides properties is asked, in
between, of calls whose errno the concrete reading knows: that some call like it has that errno
(with a model, which is read concretely again), and that this very call has no other.  They are
terms of the same rules, on the same solver, with the same literals for the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle
from typing import Any

from checker.engines.sat import Constraint, Silent, Unreliable
from checker.questions.decide import Decider, kernel_of
from checker.readings.concrete import outcome_on
from checker.readings.space import all_leaves, space
from checker.readings.subjects import RANGES
from checker.smallest.shrink import not_default
from model.algebra import no
from model.due import as_truth
from model.records import Leaf
from model.request import Entry
from model.revisions import REVISIONS, Revision
from model.words import Flag
from properties.claim import Subject

_ENTRY = {
    Subject.CREATE: Entry.CLONE,
    Subject.UNSHARE: Entry.UNSHARE,
    Subject.SETNS: Entry.SETNS,
}
_FLAGS = (0, Flag.NEWUSER | Flag.FS, Flag.NEWPID, Flag.THREAD, Flag.FS)
"""Some calls succeed, others are refused."""


@lru_cache(maxsize=1)
def controls(tool: Decider) -> Controls:
    """Return the control questions of a decider, where they stand."""
    return Controls(tool)


class Controls:
    """The control questions of one decider, each time about another call on another kernel."""

    def __init__(self, tool: Decider) -> None:
        self.tool = tool
        self._default = {leaf.path: self._is(leaf, leaf.default) for leaf in all_leaves()}
        self._calls = _calls()

    def ask(self, about: Subject) -> None:
        """Ask about one more call of a subject; raise :class:`Unreliable` if an answer is wrong."""
        subject = Subject.CREATE if about is Subject.VHOST else about
        revision, values, errno = next(self._calls[subject])
        scope = self.tool.any_of([revision])
        ranged = as_truth(RANGES[subject].holds_for(space().start))
        model = self.tool.model
        same = model.outcome(subject).errno == errno
        entry = space().constants["request.entry"] == values["request.entry"]
        self._can(model.constraint(ranged, same, entry), scope, subject, errno)
        self._cannot(model.constraint(ranged, no(same)), scope, values)

    def _can(self, wanted: Constraint, scope: Constraint, subject: Subject, errno: int) -> None:
        answer = self.tool.engine.ask(wanted, self.tool.model.whole, scope)
        if answer.status == "unknown":
            raise Silent(answer.reason)
        if answer.values is None:
            raise Unreliable(f"of a call that exists the solver says {answer.status}")
        kernel = kernel_of(answer.patches)
        outcome = outcome_on(kernel, not_default(answer.values), subject)
        if outcome is None or outcome.errno != errno:
            raise Unreliable("the solver's call is none of those that were asked for")

    def _cannot(self, wanted: Constraint, scope: Constraint, values: dict[str, Any]) -> None:
        known = {leaf.path: leaf for leaf in all_leaves()}
        fixed = {path: self._is(known[path], value) for path, value in values.items()}
        call = (self._default | fixed).values()
        answer = self.tool.engine.ask(wanted, self.tool.model.whole, scope, *call)
        if answer.status == "unknown":
            raise Silent(answer.reason)
        if answer.status != "unsat":
            raise Unreliable(f"of a call that cannot be the solver says {answer.status}")

    def _is(self, leaf: Leaf, value: Any) -> Constraint:
        return self.tool.engine.constraint(space().constants[leaf.path] == value)


Known = tuple[Revision, dict[str, Any], int]


def _calls() -> dict[Subject, Iterator[Known]]:
    return {subject: _calls_of(subject, entry) for subject, entry in _ENTRY.items()}


def _calls_of(subject: Subject, entry: Entry) -> Iterator[Known]:
    """Yield known calls, over and over: on which kernel, its facts, its errno."""
    found = []
    for revision, flags in zip(REVISIONS.values(), cycle(_FLAGS), strict=False):
        values = not_default({"request.flags": int(flags)})
        values["request.entry"] = int(entry)
        outcome = outcome_on(revision.kernel, values, subject)
        if outcome is not None:
            found.append((revision, values, int(outcome.errno)))
            yield found[-1]
    yield from cycle(found)
