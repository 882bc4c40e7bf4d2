"""What is told of a result beside its verdict: the call or the history that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from command.names import history_named
from properties.catalogue import once_shared
from properties.claim import Kind


def of_histories(result: Any) -> bool:
    """Return whether a result speaks of histories, and so has traces."""
    return bool(result.kind == Kind.HISTORY.value)


def distinct(results: list[Any]) -> list[Any]:
    """Return one result per property, verdict and evidence: the first kernel's."""
    seen: dict[str, Any] = {}
    for result in results:
        evidence = _history(result) if of_histories(result) else _call(result)
        key = json.dumps([result.property, result.verdict.name, evidence], sort_keys=True)
        seen.setdefault(key, result)
    return list(seen.values())


def _call(result: Any) -> Any:
    shown = {key: value for key, value in result.counterexample.items() if key != "kernel"}
    return shown or result.witness


def _history(result: Any) -> Any:
    return [result.rests_on, (result.counterexample or result.witness).get("call", {})]


def detail(result: Any) -> Iterator[str]:
    """Yield what a verdict rests on, and the call or the history that shows it, line by line."""
    yield f"\n{result.property} on {result.kernel}: {result.verdict.name}, {result.sentence}"
    if result.reason:
        yield f"  reason: {result.reason}"
    yield from (_history_shown if of_histories(result) else _call_shown)(result)
    other = once_shared(result.property)
    if other is not None:
        yield f"  of histories: {other}, which once had this id, too"


def _call_shown(result: Any) -> Iterator[str]:
    if result.rests_on:
        yield "  the proof rests on"
        for entry in result.rests_on:
            yield f"    {entry}"
    if result.verdict.name == "PROVED":
        yield f"  a call on which it matters: {json.dumps(result.witness) or 'fork()'}"
    if result.counterexample:
        from checker.calls.counterexample import parse
        from checker.calls.story import story

        found = parse(result.counterexample)
        smallest = "the smallest call that breaks it" if found.minimal else "a call that breaks it"
        yield f"  {smallest}:"
        for line in story(found.kernel, found.values):
            yield f"  {line}"


def _history_shown(result: Any) -> Iterator[str]:
    from checker.over_time.trace import told, traced

    for entry in result.rests_on:
        yield f"  rests on {entry}"
    shown = result.counterexample or result.witness
    if result.counterexample and not shown["call"]["history"]:
        yield "  broken where histories begin, before any step"
    if shown and shown["call"]["history"]:
        yield "  broken by" if result.counterexample else "  a history on which it matters"
        yield from (f"  {line}" for line in told(traced(shown, history_named)))


def saved(results: list[Any]) -> dict[str, str]:
    """Return the files of a run by name: each distinct call or trace that breaks a property.

    ``PROPERTY@KERNEL.json``, and for a trace its picture beside it.
    """
    files: dict[str, str] = {}
    for result in distinct(results):
        if result.counterexample:
            name = f"{result.property}@{result.kernel.replace(' ', '-')}"
            files[f"{name}.json"] = json.dumps(result.counterexample, indent=2) + "\n"
            files |= _picture(name, result) if of_histories(result) else {}
    return files


def _picture(name: str, result: Any) -> dict[str, str]:
    from checker.over_time.picture import picture
    from checker.over_time.trace import traced

    return {f"{name}.svg": picture(traced(result.counterexample, history_named))}
