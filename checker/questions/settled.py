"""What is kept of a statement on a kernel, where it was found with these very sources.

Then it need not be found again: a verdict, what a proof rests on, and the call that shows that its
premise occurs, or that it is broken (:mod:`checker.record.sealed_tables`).
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.questions.blame import COLUMN, TABLE
from checker.record.hints import hints
from checker.record.kept_words import one_word
from checker.record.sealed_tables import are_of_these_sources
from checker.smallest.cost import Values
from checker.smallest.first_guess import LEAST, WITNESSES, call_of_word
from model.revisions import REVISIONS, Revision
from properties.claim import Verdict

_VERDICTS = "verdicts.md", "verdicts"
_CORES = TABLE, COLUMN


@dataclass(frozen=True)
class Settled:
    """A verdict, and what is kept beside it, as it is written."""

    verdict: Verdict
    kept_call: str = ""
    kept_core: str = ""

    @property
    def call(self) -> Values:
        """Return the call that shows the premise of a proof, or breaks what is refuted.

        Of what is vacuous there is none.
        """
        return call_of_word(self.kept_call) if self.kept_call else {}

    def rests_on_row(self, row: str) -> bool:
        """Return whether a proof names a rule."""
        return one_word(f"row:{row}") in self.kept_core.split(",")


def settled(identity: str, on: Revision) -> Settled | None:
    """Return what is settled of a property on a kernel of the list; ``None`` for nothing."""
    listed = REVISIONS.get(on.name)
    if listed is None or listed.patches != on.patches or not are_of_these_sources():
        return None
    found = {
        Verdict.PROVED.value: _proved, Verdict.REFUTED.value: _refuted,
        Verdict.VACUOUS.value: _vacuous,
    }.get(_word(_VERDICTS, identity, on.name) or "")
    return None if found is None else found(identity, on.name)


def _proved(identity: str, kernel: str) -> Settled | None:
    core, witness = (_word(kept, identity, kernel) for kept in (_CORES, WITNESSES))
    if core is None or witness is None:
        return None
    return Settled(Verdict.PROVED, witness, core)


def _refuted(identity: str, kernel: str) -> Settled | None:
    call = _word(LEAST, identity, kernel)
    return None if call is None else Settled(Verdict.REFUTED, call)


def _vacuous(_identity: str, _kernel: str) -> Settled:
    return Settled(Verdict.VACUOUS)


def _word(kept: tuple[str, str], identity: str, kernel: str) -> str | None:
    return hints(*kept, identity).get(kernel)
