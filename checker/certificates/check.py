"""Checks a certificate alone: ``python -m checker.certificates.check DIR``.

No solver, model or property is used.  For each part: the text of the obligations is read and
encoded again, which must give the very clauses of the formula; every step of the proof must
follow from earlier clauses; and each claim must be the text that its digest says, its literal
refuted at the step that it names.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.certificates import claims
from checker.certificates.claims import Goal, digest, goal_of
from checker.certificates.encode import encode
from checker.certificates.rup import Clause, Derived, Refused, check_steps
from checker.certificates.script import TermScript, UnreadableScript, read_script
from checker.ground.json_text import load, read_text
from checker.ground.problems import BROKEN, Problem


class Rejected(Problem):
    """A certificate that does not prove what it claims."""

    code = BROKEN


@dataclass(frozen=True, eq=False)
class CertificatePart:
    """One formula with its proof and the claims that it shows."""

    name: str
    script: TermScript
    goals: list[Goal]
    clauses: list[Clause]
    steps: list[Derived]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A folder, the names of its parts with their goals, and what is not in it, by name."""

    folder: Path
    parts: dict[str, list[Goal]]
    not_covered: dict[str, list[str]]

    def read(self, name: str) -> CertificatePart:
        """Return a part; raise :class:`Rejected` where its files do not fit its claims."""
        folder = self.folder / name
        try:
            script = read_script(read_text(folder / claims.SCRIPT))
            clauses = list(_clauses(read_text(folder / claims.FORMULA)))
            steps = list(_steps(read_text(folder / claims.PROOF)))
        except (UnreadableScript, ValueError) as error:
            raise Rejected(f"{folder}: {error}") from None
        return CertificatePart(name, script, self.parts[name], clauses, steps)


def opened(folder: Path) -> Certificate:
    """Return the certificate in a folder; raise :class:`Problem` if that is none."""
    found = load(folder / claims.INDEX)
    try:
        if found["format"] != claims.FORMAT:
            raise ValueError(f"its format is not {claims.FORMAT!r}")
        parts = {name: [goal_of(one) for one in goals] for name, goals in found["parts"].items()}
        for name in parts:
            if not name.replace("-", "").isalnum():
                raise ValueError("a part's name is no word")
        left = {str(why): list(map(str, names)) for why, names in found["not covered"].items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Problem(f"{folder / claims.INDEX} is no list of claims: {error}") from None
    if not any(parts.values()):
        raise Rejected(f"{folder} claims nothing")
    return Certificate(folder, parts, left)


def _clauses(text: str) -> Iterator[Clause]:
    """Yield the clauses of a text in DIMACS."""
    for line in text.splitlines():
        if line[:1] not in ("c", "p"):
            *literals, end = map(int, line.split())
            if end or 0 in literals:
                raise ValueError("a clause is not one line that ends with 0")
            yield tuple(literals)


def _steps(text: str) -> Iterator[Derived]:
    """Yield the steps of a text in LRAT."""
    for line in text.splitlines():
        number, *rest = map(int, line.split())
        middle = rest.index(0)
        if rest[-1] != 0 or rest.count(0) != 2:
            raise ValueError(f"step {number} is not a clause and its hints, each ended by 0")
        yield Derived(number, tuple(rest[:middle]), tuple(rest[middle + 1 : -1]))


def check(part: CertificatePart) -> None:
    """Raise :class:`Rejected` unless a part proves each of its claims."""
    literals = _encoded(part)
    if len(literals) != len(part.goals):
        raise Rejected(f"{part.name}: {len(literals)} questions, {len(part.goals)} claims")
    try:
        known = check_steps(part.clauses, part.steps)
    except Refused as error:
        raise Rejected(f"{part.name}: {error}") from None
    for question, literal, goal in zip(part.script.questions, literals, part.goals, strict=True):
        _check_goal(part, question, goal)
        if known.get(goal.step) != (-literal,):
            raise Rejected(f"{part.name}: step {goal.step} does not refute {_name(goal)}")


def _encoded(part: CertificatePart) -> list[int]:
    """Return the questions' literals, if the script's clauses are those of the formula."""
    given = iter(part.clauses)

    def compare(clause: list[int]) -> None:
        if next(given, None) != tuple(clause):
            raise UnreadableScript("the clauses are not those of the obligations")

    try:
        literals = encode(part.script, compare).questions
        if next(given, None) is not None:
            raise UnreadableScript("there are clauses beside those of the obligations")
    except UnreadableScript as error:
        raise Rejected(f"{part.name}: {error}") from None
    return literals


def _check_goal(part: CertificatePart, question: int, goal: Goal) -> None:
    if digest(goal.claim.text(part.script, question)) != goal.sha256:
        raise Rejected(f"{part.name}: the obligation of {_name(goal)} is not the one digested")


def _name(goal: Goal) -> str:
    return f"{goal.claim.property} ({goal.claim.says})"


def checked(found: Certificate, name: str) -> CertificatePart:
    """Return a part that proves all of its claims; raise :class:`Rejected` otherwise."""
    part = found.read(name)
    check(part)
    return part


def told(part: CertificatePart) -> str:
    """Return what was checked of a part, in a line."""
    count = Counter(goal.claim.verdict for goal in part.goals)
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(count.items()))
    return (
        f"{part.name}: {len(part.goals)} claims ({verdicts}) follow,"
        f" in {len(part.steps)} steps from {len(part.clauses)} clauses"
    )


def main(arguments: list[str]) -> int:
    """Check the certificate in a folder; print a line a part, or what is wrong."""
    try:
        found = opened(Path(arguments[0] if arguments else "."))
        for name in found.parts:
            print(told(checked(found, name)))
    except Problem as problem:
        print(f"rejected: {problem}", file=sys.stderr)
        return problem.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
