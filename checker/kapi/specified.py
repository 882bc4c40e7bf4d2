"""A specification of a system call on a kernel, as the kapi tool's JSON has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from checker.kapi.calls import CALLS, Call, Parameter
from checker.kapi.facts import Error, Facts, Needed
from checker.scml.told import call_told
from model.entries import ENTRIES
from model.patch import Patch
from model.rows import Happens, Taken
from model.words import errno_name

LONGEST = 511
"""Characters of a description: kapi keeps them in arrays of 512 bytes."""
MOST_ERRORS = 32
_MASK = 2
"""KAPI_CONSTRAINT_MASK."""
_RESOURCE, _STATE = 1 << 7, 1 << 2
"""KAPI_EFFECT_RESOURCE_CREATE, KAPI_EFFECT_MODIFY_STATE."""
_LOCKS = {"tasklist_lock": 3}
"""Resources of the rules that are locks, with their kind: KAPI_LOCK_RWLOCK."""
_RESTARTED = "the call is made again after the signal; programs do not see this"


def specification(facts: Facts) -> dict[str, Any]:
    """Return a specification; of most locks and of signals the model has no facts."""
    call = CALLS[facts.entry]
    told: dict[str, Any] = {
        "name": f"sys_{facts.entry.name.lower()}",
        "description": call.does,
        "long_description": call.long,
        "context_flags": ["KAPI_CTX_PROCESS", "KAPI_CTX_SLEEPABLE"],
    }
    example = facts.least_success()
    told["examples"] = call_told(example, facts.entry) if example is not None else ""
    told["notes"] = (
        f"Written by cloneproof from its rules for {facts.kernel.name}: what is told here of "
        "errors, masks and capabilities is proved for every caller. Signals are not told, and of "
        "locks none but tasklist_lock."
    )
    since = ENTRIES[facts.entry].since
    if isinstance(since, Patch):
        told["since_version"] = since.landed.removeprefix("v")
    told["capabilities"] = [_capability(one) for one in facts.capabilities]
    told["side_effects"] = list(_effects(facts))
    told["parameters"] = [
        _parameter(place, one, facts) for place, one in enumerate(call.parameters)
    ]
    told["return_spec"] = _returned(call)
    told["locks"] = list(_locks(facts))
    told["errors"] = [line for one in facts.errors for line in _errors(one)]
    return told


def _parameter(place: int, one: Parameter, facts: Facts) -> dict[str, Any]:
    told: dict[str, Any] = {
        "index": place, "name": one.name, "type_name": one.type, "description": one.says,
        "flags": one.use, "param_type": one.kind, "constraint_type": 0, "constraint": None,
        "min_value": None, "max_value": None, "valid_mask": None, "enum_values": [],
        "size": None, "alignment": None,
    }
    if one.flags:
        told |= {"constraint_type": _MASK, "valid_mask": valid_mask(facts),
                 "constraint": "no call with another bit succeeds; not every set of these does"}
    return told


def valid_mask(facts: Facts) -> int:
    """Return the bits of the flag word that calls can have which succeed."""
    width = 32 if facts.entry.name == "SETNS" else 64
    return sum(1 << place for place in range(width) if facts.can_succeed_with(1 << place))


def _returned(call: Call) -> dict[str, Any]:
    return {
        "type_name": "long", "description": call.returns, "return_type": 1,
        "check_type": 1 if call.is_pid else 0, "success_value": None if call.is_pid else 0,
        "success_min": 0 if call.is_pid else None, "success_max": None, "error_values": [],
    }


def _errors(one: Error) -> Iterator[dict[str, Any]]:
    """Yield an errno with its conditions, on as many lines as these need."""
    name = errno_name(one.errno)
    restarts = name == "ERESTARTNOINTR"
    parts = [(f"{row.at.rpartition(':')[2]}()", row.name) for row in one.rules]
    parts += [("handed on", row.name) for row in one.handed]
    parts += [("then", _RESTARTED)] if restarts else []
    says = "Restart the call" if restarts else os.strerror(one.errno)
    for text in _cut(parts):
        yield {"error_code": -one.errno, "name": name, "condition": text, "description": says}


def _cut(parts: list[tuple[str, str]]) -> Iterator[str]:
    """Yield who says what, joined to texts that are short enough."""
    text, last = "", ""
    for who, says in parts:
        part = says if who == last else f"{who}: {says}"
        if text and len(text) + len(part) + 2 > LONGEST:
            yield text
            text, part = "", f"{who}: {says}"
        text += f"; {part}" if text else part
        last = who
    yield text


def _capability(one: Needed) -> dict[str, Any]:
    refused = "; ".join(f"{errno_name(errno)}: {row.name}" for row, errno in one.rules)
    return {
        "capability": one.bit, "name": one.name, "action": "KAPI_CAP_BYPASS_CHECK",
        "allows": "; ".join(f"{row.name}" for row, _ in one.rules),
        "without_cap": refused, "check_condition": None, "priority": None, "alternatives": [],
    }


def _effects(facts: Facts) -> Iterator[dict[str, Any]]:
    """Yield what a call that succeeds takes on its way, and what it does to others."""
    for row in facts.effects:
        if not _lock_of(row):
            taken = isinstance(row, Taken)
            yield {
                "effect_type": _RESOURCE if taken else _STATE,
                "target": row.resource if isinstance(row, Taken) else row.name, "condition": None,
                "description": f"in {row.at.rpartition(':')[2]}()", "reversible": taken,
            }


def _locks(facts: Facts) -> Iterator[dict[str, Any]]:
    """Yield the locks that error paths have to give back: the model knows of no others."""
    for row in facts.effects:
        if name := _lock_of(row):
            yield {"lock_name": name, "lock_type": _LOCKS[name], "scope": 0,
                   "description": f"held to the end of {row.at.rpartition(':')[2]}()"}


def _lock_of(row: Taken | Happens) -> str:
    """Return the lock that a row takes; nothing for any other row."""
    return row.resource if isinstance(row, Taken) and row.resource in _LOCKS else ""
