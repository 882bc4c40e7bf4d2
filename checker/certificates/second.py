"""The same proof through a checker of other people: dratify, with its engine in Rust."""

from __future__ import annotations

from checker.certificates.check import CertificatePart, Rejected
from checker.certificates.rup import dimacs
from checker.ground.problems import Problem


def check_again(part: CertificatePart) -> None:
    """Raise :class:`Rejected` unless dratify says that each step follows (none by RAT).

    It gets the clauses and the steps without their hints, and searches for itself.
    """
    try:
        import cdclkit  # noqa: F401 - gives dratify its engine
        from dratify import check_proof, parse_dimacs
        from dratify.lits import from_dimacs
    except ImportError:
        raise Problem("no second checker here: pip install 'cloneproof[proof]'") from None
    steps = [("a", tuple(from_dimacs(one) for one in step.clause)) for step in part.steps]
    found = check_proof(
        parse_dimacs(dimacs(part.clauses)), steps, check_rat=False, engine="native"
    )
    if found.rup_steps != len(steps) or found.failed_step > 0:
        raise Rejected(f"{part.name}: dratify rejects step {found.failed_step}: {found.reason}")
