"""Solvers of other people, each of which gets a question as SMT-LIB text and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from checker.ground.problems import Problem

SAT, UNSAT, UNKNOWN = "sat", "unsat", "unknown"
SECONDS = 120
"""What one question may take; one that takes longer is not decided."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a solver says: ``sat`` with the inputs' values by name, ``unsat``, or ``unknown``."""

    status: str
    values: dict[str, int | bool] | None = None


Solver: TypeAlias = "Callable[[str], Said]"


def by_bitwuzla(text: str) -> Said:
    """Return what Bitwuzla says of a question about words."""
    bitwuzla = _module("bitwuzla")
    options = bitwuzla.Options()
    options.set(bitwuzla.Option.PRODUCE_MODELS, True)
    options.set(bitwuzla.Option.TIME_LIMIT_PER, SECONDS * 1000)
    parser = bitwuzla.Parser(bitwuzla.TermManager(), options)
    parser.parse(text, True, False)
    solver = parser.bitwuzla()
    status = str(solver.check_sat()).rsplit(".", maxsplit=1)[-1].lower()
    if status != SAT:
        return Said(UNSAT if status == UNSAT else UNKNOWN)
    inputs = {one.symbol().strip("|"): solver.get_value(one) for one in parser.get_declared_funs()}
    return Said(SAT, {name: _value(value) for name, value in inputs.items()})


def _value(value: Any) -> int | bool:
    return int(value.value(10)) if value.sort().is_bv() else bool(value.value())


def by_cvc5(text: str) -> Said:
    """Return what cvc5 says of a question about words or whole numbers, without a model."""
    cvc5 = _module("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(SECONDS * 1000))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols = parser.getSymbolManager()
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += str(command.invoke(solver, symbols))
    return Said(said.strip() if said.strip() in (SAT, UNSAT) else UNKNOWN)


def _module(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise Problem(f"{name} is not installed: pip install 'cloneproof[proof]'") from None
