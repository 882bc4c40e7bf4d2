"""Makes a certificate of everything that is declared PROVED or VACUOUS, part by part."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.certificates import claims
from checker.certificates.check import Certificate, Rejected
from checker.certificates.claims import CertifiedClaim, digest
from checker.certificates.script import TermScript
from checker.certificates.write import Written, write_part
from checker.ground.files import make_folder, write_together
from checker.ground.pool import each
from checker.ground.problems import Problem
from checker.independent.histories import by_exploration, inductions, questions
from checker.independent.obligations import Obligation, expected, to_refute
from checker.independent.printer import Printer
from properties.catalogue import all_properties
from properties.claim import Verdict

FILES = (claims.SCRIPT, claims.FORMULA, claims.PROOF)


@dataclass(frozen=True, eq=False)
class Source:
    """What one part is to certify: its questions as a script, with a claim for each."""

    name: str
    script: TermScript
    claims: list[CertifiedClaim]

    def digests(self) -> list[tuple[CertifiedClaim, str]]:
        """Return each claim with the digest of its text."""
        pairs = zip(self.claims, self.script.questions, strict=True)
        return [(claim, digest(claim.text(self.script, asked))) for claim, asked in pairs]


def calls() -> list[Source]:
    """Return the part of single calls."""
    return [source("calls", list(to_refute(all_properties())))]


def source(name: str, obligations: list[Obligation]) -> Source:
    """Return a part of such obligations."""
    printer = Printer()
    for one in obligations:
        printer.ask(one.term())
    return Source(name, printer.script, [one.claim() for one in obligations])


def histories() -> list[Source]:
    """Return a part for each property of histories: what its proofs exclude on bits."""
    asked = [one for one in questions(inductions()) if not one.whole]
    made: dict[str, tuple[Printer, list[CertifiedClaim]]] = {}
    for one in asked:
        printer, told = made.setdefault(one.claim.property, (Printer(), []))
        printer.ask(one.term)
        told.append(one.claim)
    return [Source(f"history-{name}", one.script, told) for name, (one, told) in made.items()]


SOURCES: tuple[Callable[[], list[Source]], ...] = (calls, histories)
"""What a certificate is made of, each in a process of its own."""


def certify(folder: Path, jobs: int | None = None) -> Iterator[str]:
    """Write a certificate into a folder, all of it or nothing; yield a line for each part.

    Raise :class:`~checker.certificates.write.NotProved` if something declared does not hold.
    """
    _check_folder(folder)
    parts: dict[str, list[object]] = {}
    files: dict[Path, str] = {}
    for _place, made in each(_written, SOURCES, jobs=jobs):
        for name, written in made.items():
            parts[name] = [goal.document() for goal in written.goals]
            files |= {folder / name / file: text for file, text in written.files.items()}
            yield f"{name}: {len(written.goals)} questions refuted"
    index = {"format": claims.FORMAT, "parts": parts, "not covered": not_covered()}
    text = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    for name in parts:
        make_folder(folder / name)
    write_together({**files, folder / claims.INDEX: text}, lambda: _of_before(folder))


def _written(sources: Callable[[], list[Source]]) -> dict[str, Written]:
    return {one.name: write_part(one.script, one.claims) for one in sources()}


def _check_folder(folder: Path) -> None:
    strange = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if strange and not (folder / claims.INDEX).is_file():
        raise Problem(f"{folder} is there and is no certificate: name another folder")


def _of_before(folder: Path) -> list[Path]:
    return [path for file in FILES for path in folder.glob(f"*/{file}")]


def not_covered() -> dict[str, list[str]]:
    """Return which verdicts no certificate is about, by kind: the names of the properties."""
    refuted = [one.id for one in all_properties() if Verdict.REFUTED in expected(one)]
    return {
        "REFUTED: a call shows it, which is evaluated on plain values": refuted,
        "inductions, of which what is asked on whole numbers is decided by z3 and cvc5": [
            one.id for one in inductions()
        ],
        "histories that exploration alone decides": [one.id for one in by_exploration()],
    }


def compare(found: Certificate) -> str:
    """Return what a certificate covers of what is declared today.

    Raise :class:`Rejected` if it lacks a claim, has one of other words, or one too many.
    """
    given = Counter(
        (name, goal.claim, goal.sha256) for name in found.parts for goal in found.parts[name]
    )
    wanted = Counter(
        (one.name, claim, sha256)
        for make in SOURCES
        for one in make()
        for claim, sha256 in one.digests()
    )
    for _name, claim, _sha256 in wanted - given:
        raise Rejected(
            f"{claim.property} on {' '.join(claim.kernels)} is not certified as declared"
        )
    for _name, claim, _sha256 in given - wanted:
        raise Rejected(f"{claim.property} is certified, but not declared like that")
    return f"all {wanted.total()} claims that are declared are certified, in the words of today"
