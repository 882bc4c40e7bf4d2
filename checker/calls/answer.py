"""One predicted call as a JSON answer: errno, the rule that decides, and the child."""

from __future__ import annotations

from typing import Any

from checker.calls.documents import from_document, record_document
from checker.calls.kernel_names import kernel_named
from checker.ground.json_text import short
from checker.ground.problems import Problem
from model.call import Situation
from model.child import Child
from model.evaluate import Outcome
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.vhost import VhostOutcome
from model.wellformed import ASSUMPTIONS
from model.words import errno_name

DEFAULT_KERNEL = "v6.12"


def answer(line: dict[str, Any], default: str = DEFAULT_KERNEL) -> dict[str, Any]:
    """Return the answer to one decoded input line.

    ``errno`` is a name or ``0``; ``rule`` and ``at`` name the rejecting row (``null`` on
    success); ``child`` (or ``after``) is there on success.  Raises :class:`Problem` for an
    unknown name, and for a call that cannot be made from that state.
    """
    if not isinstance(line, dict):
        raise Problem(f"a line must be an object, not {short(line)}")
    rest = {key: value for key, value in line.items() if key not in ("id", "kernel")}
    kernel = kernel_named(str(line.get("kernel", default)))
    given = {"id": line["id"]} if "id" in line else {}
    return {**given, "kernel": kernel.name, **answer_on(kernel, from_document(rest))}


def answer_on(kernel: Kernel, values: dict[str, Any]) -> dict[str, Any]:
    """Return what a call comes to on a kernel; raise :class:`Problem` for one that is none."""
    start = build(Situation, values)
    for assumption in ASSUMPTIONS:
        if not assumption(kernel, start):
            raise Problem(f"no such call: {assumption.__name__.replace('_', ' ')} does not hold")
    return told(predict(kernel, start))


def parts(outcome: Any) -> list[tuple[str, Any]]:
    """Return what a successful call leaves: the child, the worker, or the changed caller."""
    if isinstance(outcome, VhostOutcome):
        return [("child", outcome.child), ("worker", outcome.worker)]
    name = "child" if isinstance(outcome.after, Child) else "after"
    return [(name, outcome.after)]


def told(outcome: Any) -> dict[str, Any]:
    """Return an outcome as JSON writes it."""
    row = outcome.rejected_by if isinstance(outcome, Outcome) else None
    made: dict[str, Any] = {
        "errno": errno_name(outcome.errno),
        "rule": row.name if row else None,
        "at": row.at if row else None,
    }
    if outcome.errno == 0:
        made |= {name: record_document(record) for name, record in parts(outcome)}
    return made
