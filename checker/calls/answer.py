"""One predicted call as a JSON answer: errno, the rule that decides, and the child."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.calls.documents import from_document, record_document
from checker.calls.filled import filled, impossible
from checker.calls.kernel_names import RUNNING, kernel_named
from checker.calls.kvm import as_made, as_told, notes_of
from checker.calls.remarks import of_facts, of_kernel
from checker.ground.json_text import short
from checker.ground.problems import Problem
from model.call import Situation
from model.child import Child
from model.entries import SYS_NI, unknown_call
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry
from model.vhost import VhostOutcome
from model.words import Errno, errno_name


def answer(line: dict[str, Any], default: str = RUNNING) -> dict[str, Any]:
    """Return the answer to one decoded input line.

    ``notes`` is there where something is to be said: of a kernel that is not in the list, of
    facts that mean nothing on it, of facts that were filled in.  ``errno`` is a name or ``0``;
    ``rule`` and ``at`` name the rejecting row (``null`` on success); ``child`` (or ``after``) is
    there on success.  Raises :class:`Problem` for an unknown name, and for a call that cannot be
    made from that state.
    """
    if not isinstance(line, dict):
        raise Problem(f"a line must be an object, not {short(line)}")
    rest = {key: value for key, value in line.items() if key not in ("id", "kernel")}
    name = str(line["kernel"]) if "kernel" in line else None
    kernel = kernel_named(default if name is None else name)
    given = {"id": line["id"]} if "id" in line else {}
    rest, ioctl = as_made(rest, kernel)
    notes = [*of_kernel(name, default), *(notes_of(ioctl, kernel) if ioctl else [])]
    made = answer_on(kernel, from_document(rest), notes)
    return {**given, **(as_told(made, kernel) if ioctl else made)}


def answer_on(
    kernel: Kernel, given: dict[str, Any], notes: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what a call comes to on a kernel, with ``notes`` first of what is to be noted.

    Raises :class:`Problem` for a call that cannot be made.
    """
    values, also = filled(given)
    unknown = unknown_call(kernel, Entry(values.get("request.entry", Entry.FORK)))
    if unknown:
        said = {"notes": [*notes]} if notes else {}
        return {"kernel": kernel.name, **said, **_told_enosys(unknown)}
    why = impossible(kernel, values)
    if why:
        raise Problem(why)
    noted = [*notes, *of_facts(kernel, values), *also]
    said = {"notes": noted} if noted else {}
    outcome = predict(kernel, build(Situation, values))
    return {"kernel": kernel.name, **said, **told(outcome)}


def _told_enosys(call: str) -> dict[str, Any]:
    """Return what whoever calls it is told of a system call that the kernel does not have."""
    return {"errno": Errno.ENOSYS.name, "rule": f"kernel has no {call}", "at": SYS_NI}


def parts(outcome: Any) -> list[tuple[str, Any]]:
    """Return what a successful call leaves: the child, the worker, or the changed caller."""
    if isinstance(outcome, VhostOutcome):
        return [("child", outcome.child), ("worker", outcome.worker)]
    name = "child" if isinstance(outcome.after, Child) else "after"
    return [(name, outcome.after)]


def _inside(outcome: Any) -> dict[str, str]:
    """Return the error that copy_process() gave a worker's maker, where that tells another."""
    if not isinstance(outcome, VhostOutcome):
        return {}
    made = int(outcome.creation)
    return {"inside": errno_name(made)} if made not in (0, int(outcome.errno)) else {}


def told(outcome: Any) -> dict[str, Any]:
    """Return an outcome as JSON writes it."""
    row = next((row for row, decides in outcome.hits if decides is True), None)
    made: dict[str, Any] = {
        "errno": errno_name(outcome.errno),
        "rule": row.name if row else None,
        "at": row.at if row else None,
        **_inside(outcome),
    }
    if outcome.errno == 0:
        made |= {name: record_document(record) for name, record in parts(outcome)}
    return made
