"""One solver on a folder of SMT-LIB files: ``python -m bench.worker SOLVER FOLDER SECONDS``.

Each solver runs in a process of its own, so that its memory can be told and a crash harms
nobody else.  Prints a JSON object: file name to [status, seconds].
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

MISSING = 7
"""Exit code: this solver is not installed."""

Solve = Callable[[Path], str]


def _z3(seconds: float) -> Solve:
    import z3

    def solve(file: Path) -> str:
        solver = z3.SolverFor("QF_BV")
        solver.set("timeout", int(seconds * 1000))
        solver.from_file(str(file))
        return str(solver.check())

    return solve


def _cvc5(seconds: float) -> Solve:
    import cvc5

    def solve(file: Path) -> str:
        solver = cvc5.Solver(cvc5.TermManager())
        solver.setOption("tlimit-per", str(int(seconds * 1000)))
        parser = cvc5.InputParser(solver)
        parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, str(file))
        symbols = parser.getSymbolManager()
        said = ""
        while not (command := parser.nextCommand()).isNull():
            said += str(command.invoke(solver, symbols))
        return said.strip()

    return solve


def _bitwuzla(seconds: float) -> Solve:
    import bitwuzla

    def solve(file: Path) -> str:
        options = bitwuzla.Options()
        options.set(bitwuzla.Option.TIME_LIMIT_PER, int(seconds * 1000))
        parser = bitwuzla.Parser(bitwuzla.TermManager(), options)
        parser.parse(str(file), True)
        return str(parser.bitwuzla().check_sat()).rsplit(".", maxsplit=1)[-1].lower()

    return solve


def _own(fresh: bool) -> Solve:
    """Return this project's engine; it takes the terms that the file was written from."""
    from bench.obligations import BenchObligation
    from checker.engines.sat import Sat
    from checker.readings.space import space
    from properties.catalogue import by_id

    engines: list[Sat] = []

    def solve(file: Path) -> str:
        if fresh or not engines:
            engines[:] = [Sat([space().well_formed])]
        terms = BenchObligation(by_id(file.stem), "").terms()
        return engines[0].ask(*(engines[0].constraint(term) for term in terms)).status

    return solve


SOLVERS: dict[str, Callable[[float], Solve]] = {
    "z3": _z3,
    "cvc5": _cvc5,
    "bitwuzla": _bitwuzla,
    "own-fresh": lambda _seconds: _own(fresh=True),
    "own": lambda _seconds: _own(fresh=False),
}


def answers(name: str, folder: Path, seconds: float) -> dict[str, tuple[str, float]]:
    """Return each file's status and time; reading the file is part of the time."""
    solve = SOLVERS[name](seconds)
    found = {}
    for file in sorted(folder.glob("*.smt2")):
        begun = time.perf_counter()
        status = solve(file)
        found[file.name] = (status, time.perf_counter() - begun)
    return found


def main() -> int:
    """Run a solver and print what it answered."""
    name, folder, seconds = sys.argv[1:4]
    try:
        found = answers(name, Path(folder), float(seconds))
    except ImportError as error:
        print(error)
        return MISSING
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
