"""Statements on a terminal: found by words, each with its verdicts and what breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.record.result import EVERY_SET, Result
from properties.catalogue import all_statements
from properties.claim import Stated
from properties.over_time.claim import TimedProperty


class Decided:
    """What was decided of every statement, by its id."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._by_id: dict[str, list[Result]] = {}
        for one in sorted(results, key=lambda one: one.place):
            self._by_id.setdefault(one.property, []).append(one)

    def of(self, name: str) -> list[Result]:
        """Return the results of a statement, in the order of the kernels."""
        return self._by_id.get(name, [])

    def strip(self, name: str) -> str:
        """Return a letter for each kernel."""
        return "".join(one.verdict.name[0] for one in self.of(name))

    def breaking(self, name: str) -> Result | None:
        """Return a result with a history that breaks a statement: on the newest kernel."""
        found = [one for one in self.of(name) if "history" in one.counterexample.get("call", {})]
        return found[-1] if found else None


def found(words: str) -> list[Stated]:
    """Return the statements that have all words in their id, sentence, text or source."""
    asked = words.lower().split()
    return [
        one for one in all_statements()
        if all(word in f"{one.id} {one.sentence} {one.doc} {one.source}".lower() for word in asked)
    ]


def lines(one: Stated, decided: Decided) -> list[str]:
    """Return what is told of a statement."""
    told = [f"{one.id}: {one.sentence}", one.doc, f"source: {one.source}"]
    if isinstance(one, TimedProperty):
        told.append(f"about histories of {', '.join(part.system.name for part in one.by_system)}")
    told += ["", *_stretches(decided.of(one.id))]
    call = next((r for r in reversed(decided.of(one.id)) if r.counterexample), None)
    if call is not None:
        told += ["", f"broken on {call.kernel} by", *_broken(call.counterexample["call"])]
    basis = next((r for r in reversed(decided.of(one.id)) if r.rests_on), None)
    if basis is not None:
        told += ["", f"on {basis.kernel} the proof rests on", *(f"  {x}" for x in basis.rests_on)]
    return told


def _stretches(results: list[Result]) -> list[str]:
    """Return neighbouring kernels with one verdict, a line each."""
    stretches: list[list[Result]] = []
    for one in results:
        if stretches and stretches[-1][0].verdict is one.verdict:
            stretches[-1].append(one)
        else:
            stretches.append([one])
    return [f"{some[0].verdict.name:<8} {_from_to(some)}" for some in stretches]


def _from_to(some: list[Result]) -> str:
    first, last = some[0].kernel, some[-1].kernel
    return first if first in (last, EVERY_SET) else f"{first} to {last}"


def _broken(call: dict[str, Any]) -> list[str]:
    if "history" in call:
        return [f"  {number}. {step}" for number, step in enumerate(call["history"], 1)]
    return [f"  {path} = {value}" for path, value in _flat(call)]


def _flat(document: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in document.items():
        path = f"{prefix}{name}"
        found += _flat(value, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return found
