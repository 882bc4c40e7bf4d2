"""The door to every proof over time: two different solvers have to say the same.

On bits z3, and the own bit-blaster with a SAT solver; on whole numbers z3 and cvc5.  One that
gives up leaves the question open, and one that contradicts the other stops the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import z3
from pysat.solvers import Minisat22

from checker.engines.adding import adding
from checker.engines.blast import Blaster, Unsupported
from checker.engines.in_z3 import in_z3
from checker.engines.patient import values_in
from model.algebra import Truth

SAT, UNSAT, UNKNOWN = "sat", "unsat", "unknown"
PATIENT = 60_000_000
"""z3's resource units for one question."""

QUICK = 40_000_000
"""Propagations for one question."""

UNITS = 20_000_000
"""cvc5's resource units for one question."""

ON_BITS = "decided by z3, and by the bit-blaster with minisat"
ON_WHOLE_NUMBERS = "decided by z3, and by cvc5"


class SolversDisagree(Exception):
    """Two solvers gave opposite answers."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both solvers say; if ``sat`` the inputs that z3 found, if ``unknown`` the reason."""

    status: str
    model: dict[str, int] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A question that two solvers answered alike."""

    terms: tuple[Truth, ...]
    whole: bool
    status: str


_LISTENING: list[list[Heard]] = []


@contextmanager
def heard() -> Iterator[list[Heard]]:
    """Yield a list that gets every question that is answered meanwhile, in order."""
    _LISTENING.append([])
    try:
        yield _LISTENING[-1]
    finally:
        _LISTENING.pop()


def agreed(terms: list[Truth], *, whole: bool, said: str = "") -> Agreed:
    """Return whether the terms can hold together; raise :class:`SolversDisagree`.

    ``said`` is what the second solver has answered already, where it was asked on the way, case
    by case: that is what z3's core is good at, too.
    """
    first = by_z3(terms, whole=whole, core=bool(said))
    if first.status == UNKNOWN:
        return first
    found = confirmed(first.status, terms, whole=whole, said=said)
    return found if found.status == UNKNOWN else first


def by_z3(terms: list[Truth], *, whole: bool, core: bool = False) -> Agreed:
    """Return the answer of z3 alone.

    With ``core``, and on whole numbers, it is that of its core, which makes nothing ready first.
    """
    solver = z3.SimpleSolver() if core or whole else z3.SolverFor("QF_BV")
    solver.set("rlimit", PATIENT)
    solver.add(*map(in_z3, terms))
    status = str(solver.check())
    if status == UNKNOWN:
        return Agreed(UNKNOWN, reason=f"z3 gave up: {solver.reason_unknown()}")
    return Agreed(status, values_in(solver.model()) if status == SAT else {})


def confirmed(status: str, terms: list[Truth], *, whole: bool, said: str = "") -> Agreed:
    """Return z3's answer if the second solver gives it too; raise :class:`SolversDisagree`."""
    name, second = ("cvc5", by_cvc5) if whole else ("the SAT engine", by_sat)
    other = said or second(terms)
    if other == UNKNOWN:
        return Agreed(UNKNOWN, reason=f"z3 says {status}, and {name} gave up")
    if other != status:
        raise SolversDisagree(f"z3 says {status}, and {name} says {other}")
    tell(terms, whole=whole, status=status)
    return Agreed(status)


def tell(terms: list[Truth], *, whole: bool, status: str) -> None:
    """Let who listens hear a question that two solvers answered alike, now or before."""
    for listener in _LISTENING:
        listener.append(Heard(tuple(terms), whole, status))


class Once:
    """Questions that are decided once; who listens hears each as often as it is asked."""

    def __init__(self) -> None:
        self._known: dict[tuple[bool, tuple[int, ...]], Agreed] = {}
        """By the terms, of which equal ones are the same."""

    def agreed(self, terms: list[Truth], *, whole: bool, said: str = "") -> Agreed:
        """Return what :func:`agreed` says of the terms, or said of the same before."""
        key = whole, tuple(id(term) for term in terms)
        if key not in self._known:
            self._known[key] = agreed(terms, whole=whole, said=said)
            return self._known[key]
        answer = self._known[key]
        if answer.status != UNKNOWN:
            tell(terms, whole=whole, status=answer.status)
        return answer


ONCE = Once()
"""For what many kernels ask alike in one process: what a rule or a call of the ledger comes to."""


def by_sat(terms: list[Truth]) -> str:
    """Return the answer of the bit-blaster with a SAT solver."""
    with Minisat22() as solver:
        blaster = Blaster(adding(solver))
        try:
            for term in terms:
                solver.add_clause([blaster.truth(term)])
        except Unsupported:
            return UNKNOWN
        solver.prop_budget(QUICK)
        solved = solver.solve_limited()
    return UNKNOWN if solved is None else SAT if solved else UNSAT


def by_cvc5(terms: list[Truth]) -> str:
    """Return the answer of cvc5 to the same question in SMT-LIB."""
    import cvc5

    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("rlimit-per", str(UNITS))
    solver.setLogic("QF_LIA")
    try:
        answer = _answer(solver, _text(terms))
    except RuntimeError:
        return UNKNOWN
    return answer if answer in (SAT, UNSAT) else UNKNOWN


def _text(terms: list[Truth]) -> str:
    """Return a question in SMT-LIB, as z3 prints it."""
    *others, last = map(in_z3, terms)
    before = (z3.Ast * len(others))(*(one.as_ast() for one in others))
    text: str = z3.Z3_benchmark_to_smtlib_string(
        z3.main_ctx().ref(), "", "", "unknown", "", len(others), before, last.as_ast()
    )
    return text


def _answer(solver: Any, text: str) -> str:
    """Return what the commands of an SMT-LIB text say."""
    import cvc5

    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols = parser.getSymbolManager()
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, symbols)
    return said.strip()
