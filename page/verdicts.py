"""What was decided, as data: verdicts by kernel, what proofs rest on, what breaks a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.calls.documents import from_document
from checker.record.result import EVERY_SET, Result
from properties.claim import Verdict

Turns = Mapping[str, Sequence[Mapping[str, Any]]]
"""By the id of a statement: between which kernels its verdict turns, and by which commits."""

LETTERS = {
    Verdict.PROVED: "P", Verdict.VACUOUS: "V", Verdict.BOUNDED: "B", Verdict.REFUTED: "R",
    Verdict.UNKNOWN: "U", Verdict.TIMEOUT: "T", Verdict.ERROR: "E",
}
NONE = "-"
"""The letter of a kernel for which nothing was decided."""


def document(results: Sequence[Result], turns: Turns) -> dict[str, Any]:
    """Return of each statement its verdicts, in the order of ``decided_on``, and their grounds."""
    known = {one.kernel: one.place for one in results if one.kernel != EVERY_SET}
    order = sorted(known, key=lambda name: known[name])
    by_id: dict[str, list[Result]] = {}
    for one in results:
        by_id.setdefault(one.property, []).append(one)
    return {
        "decided_on": order,
        "verdicts": {name: _of(some, order, turns.get(name, ())) for name, some in by_id.items()},
    }


def _of(results: list[Result], order: list[str], turns: Sequence[Any]) -> dict[str, Any]:
    letters = {one.kernel: LETTERS[one.verdict] for one in results}
    made: dict[str, Any] = {"by": "".join(letters.get(name, NONE) for name in order)}
    if EVERY_SET in letters:
        made["every_set"] = letters[EVERY_SET]
    wrong = [one.kernel for one in results if not one.as_expected]
    for name, found in (
        ("unexpected", wrong),
        ("turns", list(turns)),
        ("basis", _grouped(results, _basis)),
        ("broken", _grouped(results, _broken)),
        ("reasons", _grouped(results, lambda one: one.reason)),
        ("witness", _grouped(results, _witness)[:1]),
    ):
        if found:
            made[name] = found
    return made


def _grouped(results: list[Result], told: Any) -> list[list[Any]]:
    """Return what is told of results, each once, with the kernels that it is told of."""
    found: dict[str, list[Any]] = {}
    for one in sorted(results, key=lambda one: one.place):
        said = told(one)
        if said:
            found.setdefault(repr(said), [[], said])[0].append(one.kernel)
    return list(found.values())


def _basis(one: Result) -> Any:
    """Return what a proof rests on, and the size of what was explored."""
    rests, size = list(one.rests_on), one.size
    return [rests, size, one.system] if rests or (size and one.verdict is Verdict.PROVED) else None


def _broken(one: Result) -> Any:
    """Return the call, or the system and the history, that breaks a statement."""
    call = one.counterexample.get("call")
    if call is None:
        return None
    if "history" in call:
        patches = one.counterexample.get("patches")
        made = {"system": one.counterexample.get("system", one.system), "history": call["history"]}
        return {**made, **({"patches": patches} if patches else {})}
    return {"facts": _facts(call), **_set(one)}


def _set(one: Result) -> dict[str, Any]:
    """Return the patches of a kernel that has no name."""
    patches = one.counterexample.get("patches")
    return {"patches": patches} if patches else {}


def _witness(one: Result) -> Any:
    return _facts(one.witness) if one.witness and "cloneproof" not in one.witness else None


def _facts(call: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a saved call by their paths; numbers as texts."""
    return {
        path: value if isinstance(value, bool) else str(int(value))
        for path, value in from_document(call).items()
    }
