"""Makes a certificate of everything that is declared PROVED or VACUOUS, part by part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.certificates import claims
from checker.certificates.check import Certificate, Rejected
from checker.certificates.claims import Claim, digest
from checker.certificates.script import Script
from checker.certificates.write import Written, write_part
from checker.independent.obligations import Obligation, expected, to_refute
from checker.independent.printer import Printer
from checker.pool import each
from checker.problems import Problem
from properties.catalogue import all_properties
from properties.claim import Verdict
from reports.write import write_together

FILES = (claims.SCRIPT, claims.FORMULA, claims.PROOF)


@dataclass(frozen=True, eq=False)
class Source:
    """What one part is to certify: its questions as a script, with a claim for each."""

    name: str
    script: Script
    claims: list[Claim]

    def digests(self) -> dict[Claim, str]:
        """Return the digest of each claim's text."""
        pairs = zip(self.claims, self.script.questions, strict=True)
        return {claim: digest(claim.text(self.script, asked)) for claim, asked in pairs}


def calls() -> Source:
    """Return the part of single calls."""
    return source("calls", list(to_refute(all_properties())))


def source(name: str, obligations: list[Obligation]) -> Source:
    """Return a part of such obligations."""
    printer = Printer()
    for one in obligations:
        printer.ask(one.term())
    return Source(name, printer.script, [one.claim() for one in obligations])


SOURCES: tuple[Callable[[], Source], ...] = (calls,)
"""The parts of a certificate."""


def certify(folder: Path, jobs: int | None = None) -> Iterator[str]:
    """Write a certificate into a folder, all of it or nothing; yield a line for each part.

    Raise :class:`~checker.certificates.write.NotProved` if something declared does not hold.
    """
    _check_folder(folder)
    parts: dict[str, list[object]] = {}
    files: dict[Path, str] = {}
    for _place, (name, written) in each(_written, SOURCES, jobs=jobs):
        parts[name] = [goal.document() for goal in written.goals]
        files |= {folder / name / file: text for file, text in written.files.items()}
        yield f"{name}: {len(written.goals)} questions refuted"
    index = {"format": claims.FORMAT, "parts": parts, "not covered": not_covered()}
    text = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    for name in parts:
        _make(folder / name)
    write_together({**files, folder / claims.INDEX: text}, lambda: _of_before(folder))


def _written(source: Callable[[], Source]) -> tuple[str, Written]:
    made = source()
    return made.name, write_part(made.script, made.claims)


def _check_folder(folder: Path) -> None:
    strange = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if strange and not (folder / claims.INDEX).is_file():
        raise Problem(f"{folder} is there and is no certificate: name another folder")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"cannot make {folder}: {error.strerror}") from None


def _of_before(folder: Path) -> list[Path]:
    return [path for file in FILES for path in folder.glob(f"*/{file}")]


def not_covered() -> dict[str, list[str]]:
    """Return which verdicts no certificate is about, by kind: the names of the properties."""
    refuted = [one.id for one in all_properties() if Verdict.REFUTED in expected(one)]
    return {"REFUTED: a call shows it, which is evaluated on plain values": refuted}


def compare(found: Certificate) -> str:
    """Return what a certificate covers of what is declared today.

    Raise :class:`Rejected` if it lacks a claim, has one of other words, or one too many.
    """
    given = {(name, goal.claim): goal.sha256 for name in found.parts for goal in found.parts[name]}
    covered = 0
    for make in SOURCES:
        source = make()
        for claim, sha256 in source.digests().items():
            covered += 1
            if given.pop((source.name, claim), "") != sha256:
                raise Rejected(
                    f"{claim.property} on {' '.join(claim.kernels)} is not certified as declared"
                )
    for _name, claim in given:
        raise Rejected(f"{claim.property} is certified, but not declared like that")
    return f"all {covered} claims that are declared are certified, in the words of today"
