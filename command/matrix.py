"""``cloneproof matrix``: all pairs of flags, accepted or refused by which rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from command.options import OUTPUT, formats, kernels_named
from command.output import Progress, emit, say

if TYPE_CHECKING:
    from checker.asked.matrix import Cell

_ACCEPTED, _SOMEHOW, _UNKNOWN = ".", "+", "?"
_LETTERS = ascii_lowercase + ascii_uppercase


@click.command()
@kernels_named("May be repeated. Default: the running one.")
@click.option("--entry", type=click.Choice(["clone3", "clone", "unshare"]), default="clone3",
              show_default=True, help="The system call.")
@formats()
@OUTPUT
def matrix(kernels: tuple[str, ...], entry: str, style: str, output: str | None) -> int:
    """Show for all pairs of flags whether a call with exactly these can succeed.

    If none can, whoever calls, that is proved, and the rules are told that refuse it to a caller
    with all capabilities and to an ordinary one.

    \b
    Examples:
      cloneproof matrix
      cloneproof matrix --entry unshare -k v5.4 -k v7.1
    """
    from checker.asked.matrix import flags_of
    from checker.asked.matrix import matrix as cells_of
    from checker.questions.decide import decider
    from command.kernels_asked import kernels_of, which_kernels
    from model.request import Entry

    found: dict[str, list[Cell]] = {}
    chosen = kernels_of(kernels)
    count = len(flags_of(Entry[entry.upper()]))
    with Progress(len(chosen) * count * (count + 1) // 2, "pairs") as advance:
        for one in chosen:
            found[one.name] = list(cells_of(one, Entry[entry.upper()], decider(), advance))
    if style == "json":
        emit(json.dumps(_document(entry, found), indent=2), output)
    else:
        emit("\n".join(line for name, cells in found.items()
                       for line in _lines(name, entry, cells)), output)
    for line in which_kernels(kernels):
        say(line)
    unknown = any(cell.unknown for cells in found.values() for cell in cells)
    return problems.UNANSWERED if unknown else problems.AS_EXPECTED


def _lines(name: str, entry: str, cells: list[Cell]) -> Iterator[str]:
    from reports.text import paragraph

    flags = list(dict.fromkeys(cell.flags[0] for cell in cells))
    rules = list(dict.fromkeys(
        _refuses(cell) for cell in cells if not cell.accepted and not cell.unknown))
    known = {frozenset(cell.flags): _mark(cell, rules) for cell in cells}
    yield f"{entry}() on {name}, two flags at a time"
    width = max(len(_said(flag)) for flag in flags)
    places = [f"{place:>2}" for place in range(1, len(flags) + 1)]
    for digit in (0, 1):
        yield f"{'':{width}}    {' '.join(place[digit] for place in places)}".rstrip()
    for place, flag in enumerate(flags, 1):
        marks = (known[frozenset((flag, other))] for other in flags[:place])
        yield f"{_said(flag):{width}} {place:>2} {' '.join(marks)}"
    yield ""
    yield paragraph(
        f"{_ACCEPTED} accepted from a caller with all capabilities; {_SOMEHOW} accepted from "
        "another state or with other arguments; a letter: never accepted, proved; refused by"
    )
    for mark, rule in zip(_LETTERS, rules, strict=False):
        yield paragraph(f"{mark}  {rule or 'nothing: there is no such call'}", "  ")


def _refuses(cell: Cell) -> str:
    """Return the rules that refuse a pair: root, and an ordinary caller if that is another."""
    if not cell.ordinary or cell.ordinary == cell.rule:
        return cell.rule
    return f"{cell.rule}; of an ordinary caller: {cell.ordinary}"


def _said(flag: Any) -> str:
    return str(flag.name)


def _mark(cell: Cell, rules: list[str]) -> str:
    if cell.unknown:
        return _UNKNOWN
    if cell.accepted:
        return _SOMEHOW if cell.somehow else _ACCEPTED
    return _LETTERS[rules.index(_refuses(cell))]


def _document(entry: str, found: dict[str, list[Cell]]) -> dict[str, Any]:
    return {
        "entry": entry,
        "kernels": {
            name: [
                {
                    "flags": sorted({f"CLONE_{flag.name}" for flag in cell.flags}),
                    "accepted": None if cell.unknown else cell.accepted,
                    "rule": cell.rule or None,
                    "rule_of_ordinary_caller": cell.ordinary or None,
                    "unknown": cell.unknown or None,
                }
                for cell in cells
            ]
            for name, cells in found.items()
        },
    }
