"""What a refuted question shows, and the list of such claims in a certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from checker.certificates.script import TermScript, text_of

FORMAT = "cloneproof certificate 1"

INDEX = "claims.json"
SCRIPT = "obligations.smt2"
FORMULA = "formula.cnf"
PROOF = "proof.lrat"
"""The files of a certificate: one list of claims, and three files in each part's folder."""


@dataclass(frozen=True, slots=True)
class CertifiedClaim:
    """That a question cannot be answered with yes, and which verdict rests on that.

    ``says`` is the question in words; ``kernels`` are those of which it speaks.
    """

    property: str
    verdict: str
    says: str
    sentence: str
    kernels: tuple[str, ...]

    def text(self, script: TermScript, question: int) -> str:
        """Return the question alone as SMT-LIB text, with what it is about."""
        about = [
            f"{self.property}: {self.sentence}",
            f"on {' '.join(self.kernels)}",
            f"asked: {self.says}; if there is none: {self.verdict}",
        ]
        return text_of(script.alone(question), about)


@dataclass(frozen=True, slots=True)
class Goal:
    """A claim in a certificate: the digest of its text, and the step that ends its proof."""

    claim: CertifiedClaim
    sha256: str
    step: int

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self.claim), "sha256": self.sha256, "step": self.step}


def digest(text: str) -> str:
    """Return the digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


_WORDS = ("property", "verdict", "says", "sentence")


def goal_of(document: Any) -> Goal:
    """Return the goal in a JSON value; raise ``ValueError`` for anything else."""
    if not isinstance(document, dict) or document.keys() != {*_WORDS, "kernels", "sha256", "step"}:
        raise ValueError("a claim has not the keys of one")
    kernels, step = document["kernels"], document["step"]
    words = [*(document[word] for word in _WORDS), document["sha256"], *_listed(kernels)]
    if not all(isinstance(one, str) and "\n" not in one for one in words):
        raise ValueError("a claim is not told in words")
    if not isinstance(step, int) or isinstance(step, bool):
        raise ValueError("a claim's step is no number")
    identity, verdict, says, sentence = (document[word] for word in _WORDS)
    return Goal(
        CertifiedClaim(identity, verdict, says, sentence, tuple(kernels)), document["sha256"], step
    )


def _listed(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise ValueError("a claim's kernels are no list")
    return value
