"""Replay counterexamples on real kernels, call by call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from checker.calls.counterexample import Counterexample
from checker.readings.concrete import evaluate
from kernels.machines.place import CannotRun, Place, observe, place
from kernels.observe import comparison as comparing
from kernels.observe.attempts import ENTRIES as WORKER_ENTRIES
from kernels.observe.attempts import Attempt
from kernels.observe.comparison import Difference
from kernels.observe.facts import told as told_by_the_probe
from kernels.observe.visible import rests_on_unseen
from kernels.replay.answer import ReplayAnswer, Replayed
from kernels.replay.beyond import followed_fields
from kernels.replay.by_attempt import cannot_be_seen, shown
from kernels.replay.fitting import Fitted, fit
from model.call import Situation
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry
from model.words import errno_name
from properties.catalogue import by_id
from properties.claim import Property

Row = dict[str, Any]
Values = dict[str, Any]


def replay(
    found: Iterable[Counterexample],
    where: str,
    progress: Callable[[str], None] = lambda _text: None,
) -> list[Replayed]:
    """Replay counterexamples on one kernel, in one run or boot."""
    try:
        here = place(where)
    except CannotRun as cannot:
        return [_unseen(one, where, "", str(cannot)) for one in found]
    return replay_at(list(found), here, progress)


def replay_at(
    found: list[Counterexample],
    here: Place,
    progress: Callable[[str], None] = lambda _text: None,
) -> list[Replayed]:
    """Replay counterexamples on a known kernel."""
    plans = [_plan(one, here) for one in found]
    lines = [
        f"id={number} {plan.line}"
        for number, plan in enumerate(plans)
        if isinstance(plan, Fitted) and plan.case is not None
    ]
    workers = any(plan is None for plan in plans)
    if not lines and not workers:
        return [_answered(one, here, plan, {}, []) for one, plan in zip(found, plans, strict=True)]
    progress(f"{here.where}: running {len(lines)} calls" + (" and all workers" if workers else ""))
    try:
        rows = observe(here.where, lines, workers=workers)
    except CannotRun as cannot:
        return [_unseen(one, here.where, here.revision.name, str(cannot)) for one in found]
    by_number = {row["id"]: row for row in rows if "kind" not in row}
    seen = [row for row in rows if "kind" in row]
    return [
        _answered(one, here, plan, by_number.get(str(number), {}), seen)
        for number, (one, plan) in enumerate(zip(found, plans, strict=True))
    ]


# ---- planning --------------------------------------------------------------------------


def not_of_its_era(prop: Property, found: Counterexample, here: Place) -> str:
    """Return why the kernel cannot show the counterexample by the model; nothing if it can."""
    if prop.of_patch is not None:
        return "speaks of kernels with and without a patch: no one kernel shows it"
    claim = evaluate(prop, here.kernel, found.values)
    if not claim.possible:
        return f"not of this era: that call cannot be made on {here.revision.name}"
    if not claim.violation:
        return f"not of this era: by the model the call keeps the property on {here.revision.name}"
    return ""


def _plan(found: Counterexample, here: Place) -> Fitted | None:
    """Return the case to run; ``None`` where the worker rows are to be asked."""
    prop = by_id(found.property)
    reason = not_of_its_era(prop, found, here)
    if reason:
        return Fitted(None, reason=reason)
    entry = Entry(found.values.get("request.entry", 0))
    if entry in WORKER_ENTRIES and entry is not Entry.FORK:
        reason = cannot_be_seen(found.values)
        return Fitted(None, reason=reason) if reason else None
    made = fit(prop, here.kernel, found.values, here.machine)
    if made.case is not None or entry not in (Entry.FORK, Entry.CLONE):
        return made
    reason = cannot_be_seen(found.values)
    return made if reason else None


# ---- judging ---------------------------------------------------------------------------


def _unseen(found: Counterexample, where: str, revision: str, reason: str) -> Replayed:
    return Replayed(found.property, where, revision, ReplayAnswer.NOT_REPLAYABLE, reason)


def _answered(
    found: Counterexample, here: Place, plan: Fitted | None, row: Row, workers: list[Row]
) -> Replayed:
    if plan is None:
        return _by_worker(found, here, workers)
    if plan.case is None:
        return _unseen(found, here.where, here.revision.name, plan.reason)
    return judged(found.property, here, plan, row)


def judged(identity: str, here: Place, plan: Fitted, row: Row) -> Replayed:
    """Return what the observation of a case says about the property that it should break."""
    assert plan.case is not None
    about: dict[str, Any] = {
        "property": identity,
        "where": here.where,
        "revision": here.revision.name,
        "release": str(row["kernel"]),
        "call": plan.line,
        "told": plan.told,
        "errno": _errno(row),
    }
    wrong = _unprepared(plan, row)
    if wrong:
        reason = f"the caller could not be prepared: {wrong}"
        return Replayed(answer=ReplayAnswer.NOT_REPLAYABLE, reason=reason, **about)
    fields = _fields(here.kernel, plan, row)
    return _verdict(by_id(identity), here.kernel, plan.values, fields, about)


def _is_empty(plan: Fitted, name: str) -> bool:
    """Return whether a comparison says nothing: two tasks without an io context look alike."""
    needs = {"io_context": "current.io_context", "sysvsem": "current.undo_list"}
    return name in needs and not plan.values.get(needs[name], False)


def _errno(row: Row) -> str:
    return "OK" if row.get("errno") == 0 else str(row.get("errno"))


def _unprepared(plan: Fitted, row: Row) -> str:
    if row["prepared"] is not True:
        return str(row["prepared"])
    assert plan.case is not None
    start = build(Situation, plan.values)
    return comparing.caller_is_not_as_said(plan.case, start, row["caller"])


def _fields(kernel: Kernel, plan: Fitted, row: Row) -> list[tuple[str, Any, Any]]:
    """Return (fact, the model's, the kernel's) of everything observed."""
    assert plan.case is not None
    start = build(Situation, plan.values)
    outcome: Any = predict(kernel, start)
    expected = errno_name(int(outcome.errno)).replace("0", "OK")
    fields = [("errno", expected, _errno(row))]
    if expected == _errno(row) == "OK":
        seen = told_by_the_probe(plan.case, start, outcome, row)
        fields += [one for one in seen if not _is_empty(plan, one[0])]
        fields += followed_fields(plan.case, plan.line, start, outcome, row)
    return fields


def _verdict(
    prop: Property, kernel: Kernel, values: Values, fields: Any, about: dict[str, Any]
) -> Replayed:
    """CONFIRMED needs agreement on all that was seen, and that it is what breaks the property."""
    different = tuple(Difference(*one) for one in fields if one[1] != one[2])
    names = tuple(dict.fromkeys(one[0].split(" (")[0] for one in fields))
    if different:
        return Replayed(answer=ReplayAnswer.REFUTED, seen=names, differences=different, **about)
    unseen = rests_on_unseen(prop, kernel, values, set(names))
    if unseen:
        reason = f"rests on what no observation shows: {', '.join(unseen)}"
        return Replayed(answer=ReplayAnswer.NOT_REPLAYABLE, reason=reason, seen=names, **about)
    return Replayed(answer=ReplayAnswer.CONFIRMED, seen=names, **about)


def _by_worker(found: Counterexample, here: Place, workers: list[Row]) -> Replayed:
    prop = by_id(found.property)
    made = shown(prop, here.kernel, found.values, workers, here.machine)
    if made.attempt is None:
        return _unseen(found, here.where, here.revision.name, made.reason)
    about: dict[str, Any] = {
        "property": found.property,
        "where": here.where,
        "revision": here.revision.name,
        "release": str(made.attempt.row["kernel"]),
        "call": made.attempt.name,
        "errno": str(made.attempt.errno),
    }
    fields = [*_before(made.attempt), *made.fields]
    return _verdict(prop, here.kernel, made.attempt.values, fields, about)


def _before(last: Attempt) -> list[tuple[str, Any, Any]]:
    """Return the answers of the attempts before one: its counts rest on them."""
    return [
        next(iter(Attempt(last.row, last.entry, number, last.kernel, last.machine).fields()))
        for number in range(last.number)
    ]

