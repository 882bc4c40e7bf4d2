"""The figures as text, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tabulate import tabulate

from bench.commands import MEMORY
from bench.obligations import KERNEL
from bench.prediction import WANTED

Row = dict[str, Any]


def render(found: Row) -> str:
    """Return the tables of what was measured."""
    about = found["machine"]
    parts = [
        f"medians of {found['runs']} runs; {about['processors']} processors, "
        f"Python {about['python']}, load {about['load']} at the end"
    ]
    parts += [make(found[name]) for name, make in _PARTS.items() if name in found]
    return "\n\n".join(parts)


def _number(value: float | None, places: int = 2) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}x"


def _table(head: list[str], rows: list[list[str]]) -> str:
    align = ("left", *["right"] * (len(head) - 1))
    made: str = tabulate(rows, head, tablefmt="simple", disable_numparse=True, colalign=align)
    return made


def _commands(rows: list[Row]) -> str:
    head = ["command", "wall s", "budget", "ratio", "CPU s", "solver s", "wall/solver", "peak MB"]
    lines = [
        [
            row["command"] + ("" if row["exit"] == 0 else f" (exit {row['exit']})"),
            _number(row["wall"]),
            _number(row["budget"]),
            _times(row["of_budget"]),
            _number(row["cpu"]),
            _number(row["solver"], 3),
            _times(row["wall_per_solver"]),
            f"{row['peak_mb']:.0f}",
        ]
        for row in rows
    ]
    note = (
        "Each a process of its own; wall/solver: the wait beside the solver's seconds, which are\n"
        f"summed over processes; peak: all its processes together (the budget is {MEMORY:.0f} MB)."
    )
    return f"{_table(head, lines)}\n{note}"


def _prediction(rows: list[Row]) -> str:
    head = ["predict", "calls", "seconds", "calls/s", "wanted", "ratio", "peak MB"]
    lines = [
        [
            row["what"] + ("" if row["agree"] else " (ANSWERS DIFFER)"),
            f"{row['calls']:,}",
            _number(row["seconds"]),
            _number(row["per_second"], 0),
            _number(WANTED, 0),
            _times(row["of_wanted"]),
            _number(row["peak_mb"], 0),
        ]
        for row in rows
    ]
    return _table(head, lines)


def _solvers(rows: list[Row]) -> str:
    head = ["solver", "total s", "to z3", "proof ms", "call ms", "slowest", "peak MB", "agree"]
    done = [row for row in rows if "skipped" not in row]
    lines = [
        [
            row["solver"],
            _number(row["total"], 3),
            _times(row["of_z3"]),
            *(_number(row[key] * 1000, 1) for key in ("unsat", "sat", "slowest")),
            f"{row['peak_mb']:.0f}",
            "all" if not row["wrong"] else "NO",
        ]
        for row in done
    ]
    notes = [f"{row['solver']}: {wrong}" for row in done for wrong in row["wrong"]]
    notes += _skipped(rows, "solver")
    count = done[0]["answers"] if done else 0
    notes.append(f"{count} obligations on {KERNEL}; proof (unsat) and call (sat) are medians.")
    return "\n".join([_table(head, lines), *notes])


def _crosshair(rows: list[Row]) -> str:
    done = [row for row in rows if "skipped" not in row]
    lines = [
        [
            row["contract"],
            row["says"][:30],
            "yes" if row["as_wanted"] else "NO",
            _number(row["wall"]),
        ]
        for row in done
    ]
    table = [_table(["contract", "CrossHair", "wanted", "wall s"], lines)] if done else []
    return "\n".join([*table, *_skipped(rows, "contract")])


def _skipped(rows: list[Row], name: str) -> list[str]:
    return [f"{row[name]} skipped: {row['skipped']}" for row in rows if "skipped" in row]


_PARTS: dict[str, Callable[[list[Row]], str]] = {
    "commands": _commands,
    "predict": _prediction,
    "solvers": _solvers,
    "crosshair": _crosshair,
}
