"""Writes a part of a certificate: the text, its clauses, and a trimmed log of one solver.

CaDiCaL writes each clause that it learns with the clauses it follows from (LIDRUP); what no
refuted question needs is left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pysat.solvers import Cadical300

from checker.certificates import claims
from checker.certificates.claims import CertifiedClaim, Goal, digest
from checker.certificates.encode import encode
from checker.certificates.rup import Clause, Derived, dimacs
from checker.certificates.script import TermScript, read_script, text_of
from checker.ground.problems import BROKEN, Problem
from checker.ground.scratch import folder_for_a_while

_LOG = {"CADICAL_LIDRUP_TRACE": "", "CADICAL_BINARY": "0", "CADICAL_INPROCESSING": "0"}


class NotProved(Problem):
    """A question that should have no answer has one: there is nothing to certify."""

    code = BROKEN


@dataclass(frozen=True, eq=False)
class Written:
    """The files of a part by name, and its goals."""

    files: dict[str, str]
    goals: list[Goal]


def write_part(script: TermScript, asked: list[CertifiedClaim]) -> Written:
    """Refute every question of a script; raise :class:`NotProved` if one can be answered."""
    text = text_of(script)
    script = read_script(text)
    clauses: list[Clause] = []
    literals = encode(script, lambda clause: clauses.append(tuple(clause))).questions
    steps, ends = _trimmed(_log(clauses, literals, asked), len(clauses))
    goals = [
        Goal(claim, digest(claim.text(script, question)), end)
        for claim, question, end in zip(asked, script.questions, ends, strict=True)
    ]
    return Written(
        {claims.SCRIPT: text, claims.FORMULA: dimacs(clauses), claims.PROOF: _lrat(steps)}, goals
    )


def _lrat(steps: list[Derived]) -> str:
    return "".join(
        f"{' '.join(map(str, (step.number, *step.clause, 0, *step.hints, 0)))}\n"
        for step in steps
    )


def _log(clauses: list[Clause], literals: list[int], asked: list[CertifiedClaim]) -> list[str]:
    """Return the lines that CaDiCaL writes while it refutes each literal in turn."""
    with folder_for_a_while("cloneproof-certify-") as folder:
        file = folder / "log"
        with _environment({**_LOG, "CADICAL_LIDRUP_TRACE": str(file)}):
            solver = Cadical300()
        with solver:
            for clause in clauses:
                solver.add_clause(list(clause))
            for literal, claim in zip(literals, asked, strict=True):
                if solver.solve(assumptions=[literal]):
                    raise NotProved(f"there is {claim.says}: {claim.property} on {claim.kernels}")
        return file.read_text().splitlines()


@contextmanager
def _environment(names: dict[str, str]) -> Iterator[None]:
    """Set variables meanwhile: CaDiCaL reads its options from there when it is made."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _trimmed(log: list[str], given: int) -> tuple[list[Derived], list[int]]:
    """Return the steps that the questions need, numbered on, and the step that ends each."""
    new, steps, ends = _read(log)
    if len(new) != given:
        raise AssertionError("CaDiCaL's log has other clauses than were given")
    needed = set(ends)
    for step in reversed(steps):
        if step.number in needed:
            needed.update(step.hints)
    kept = [step for step in steps if step.number in needed]
    new |= {step.number: number for number, step in enumerate(kept, start=given + 1)}
    made = [Derived(new[s.number], s.clause, tuple(new[h] for h in s.hints)) for s in kept]
    return made, [new[end] for end in ends]


def _read(log: list[str]) -> tuple[dict[int, int], list[Derived], list[int]]:
    """Return the places of the given clauses, the derived ones, and those that end questions.

    The log numbers clauses, but not the ends of questions: they get numbers below zero here.
    """
    given: dict[int, int] = {}
    steps: list[Derived] = []
    ends: list[int] = []
    for line in log:
        kind, *words = line.split()
        if kind == "i":
            given[int(words[0])] = len(given) + 1
        elif kind == "l":
            number, *rest = map(int, words)
            steps.append(_step(number, rest))
        elif kind == "u":
            ends.append(-1 - len(ends))
            found = _step(ends[-1], [int(word) for word in words])
            steps.append(Derived(ends[-1], tuple(-one for one in found.clause), found.hints))
    return given, steps, ends


def _step(number: int, rest: list[int]) -> Derived:
    middle = rest.index(0)
    return Derived(number, tuple(rest[:middle]), tuple(rest[middle + 1 : -1]))
