"""An answer as JSON, and its schema."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from checker.calls.documents import leaves_by_path, to_document
from checker.calls.naming import spoken
from checker.seccomp.answers import Verdict
from checker.seccomp.words import by_in_words, said_in_words
from checker.why.answer import Answer, Working
from checker.why.asked import name_of
from checker.why.causes import Cause
from checker.why.left import document as left_document
from checker.why.words import call_in_words, change_of_flags, looks
from checker.why.working import Nearest
from model.rows import Rejection
from model.words import flag_names


def document(answer: Answer, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Return an answer as JSON writes it (:func:`schema`); ``notes`` are said of its kernel."""
    asked = answer.asked
    facts = {path: one for path, one in asked.given.items() if path != "request.entry"}
    return {
        "kernel": answer.kernel.name,
        "call": call_in_words(asked),
        "entry": asked.entry.name.lower(),
        "given": _facts(facts),
        "read_at": asked.sources,
        "errno": answer.error,
        "predicted": answer.predicted,
        "notes": [*notes, *answer.notes],
        "rules": [_cause(answer, cause) for cause in answer.causes.own],
        "handed": [
            {**_cause(answer, cause), "who": cause.handed.who, "look": [cause.handed.look],
             "source": cause.handed.source}
            for cause in answer.causes.handed
            if cause.handed is not None
        ],
        "complete": answer.causes.complete,
        "instead": ["0" if one == 0 else name_of(one) for one in answer.instead],
        "ruled_out": [
            {"rule": one.rule.name, "at": one.rule.at, "facts": _facts(one.facts)}
            for one in answer.ruled_out
        ],
        "filter": _filter(answer),
        "others": [
            {"who": one.who, "kind": one.kind, "says": one.says, "since": one.since,
             "look": one.look, "source": one.source}
            for one in answer.others
        ],
        "working": _working(answer, answer.working) if answer.working else None,
        "needs": _facts(answer.needs),
        "left": left_document(answer.left) if answer.left is not None else None,
    }


def _filter(answer: Answer) -> dict[str, Any] | None:
    """Return what the filter makes of the call; ``None`` where none was given."""
    seen = answer.filtered
    if seen is None:
        return None
    return {
        "name": seen.name,
        "about": seen.filter.profile.about,
        "answered": answer.by_filter,
        "passes": seen.passes,
        "verdicts": [_verdict(one) for one in seen.found],
        "with": [
            {"cap": cap, "verdicts": [_verdict(one) for one in then]}
            for cap, then in seen.with_cap
        ],
        "kernel_would_say": "0" if answer.errno == 0 else name_of(answer.errno),
        "notes": list(seen.filter.profile.notes),
        "source": seen.filter.profile.source,
    }


def _verdict(one: Verdict) -> dict[str, Any]:
    entry = one.entry.number if one.entry is not None and one.entry.number else None
    return {"action": f"SCMP_ACT_{one.said.action}", "says": said_in_words(one.said),
            "by": by_in_words(one), "entry": entry}


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    known = leaves_by_path()
    return {path: spoken(known[path], value) for path, value in values.items()}


def _cause(answer: Answer, cause: Cause) -> dict[str, Any]:
    row = cause.case.row
    says = int(row.errno) if isinstance(row.errno, int) else None
    return {
        "rule": row.name,
        "reason": cause.handed.who if cause.handed else row.doc,
        "at": row.at,
        "says": None if says is None else name_of(says),
        "by": cause.case.by or None,
        "ways": [_facts(way) for way in cause.ways],
        "smallest": cause.proved,
        "call": _call(answer, cause.calls[0]),
        "look": looks(cause),
    }


def _call(answer: Answer, values: dict[str, Any], changed: AbstractSet[str] = frozenset()) -> Any:
    """Return a call with the very arguments that were given, but for what is changed."""
    known = leaves_by_path()
    given = {path: one for path, one in answer.asked.given.items()
             if path.startswith("request.") and path not in changed and one != known[path].default}
    return to_document({**values, **given})


def _rule(row: Rejection) -> dict[str, Any]:
    return {"rule": row.name, "at": row.at}


def _working(answer: Answer, working: Working) -> dict[str, Any]:
    flags = int(working.state.get("request.flags", 0))

    def option(one: Nearest) -> dict[str, Any]:
        return {
            "change": change_of_flags(answer.asked.entry, flags, one.flags) or None,
            "with": flag_names(one.flags & ~flags),
            "without": flag_names(one.flags & flags),
            "facts": _facts(one.facts),
            "call": _call(answer, one.values, {*one.moved, "request.flags"}),
            "nearest": one.proved,
        }

    return {
        "where": working.of.case.row.name if working.of is not None else None,
        "refused_by": [_rule(row) for row in working.refusing],
        "refused_whoever_calls": [_rule(row) for row in working.whoever],
        "by_flags": [option(one) for one in working.flags],
        "by_facts": [option(one) for one in working.facts],
        "by_both": [option(one) for one in working.mixed],
    }


_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_TEXTS = {"type": "array", "items": _TEXT}
_FACTS = {"type": "object", "description": "facts by their paths"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties),
            "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what ``cloneproof why --format json`` prints."""
    cause = {
        "rule": _TEXT, "reason": _TEXT, "at": _TEXT, "says": _MAYBE, "by": _MAYBE,
        "ways": _list(_FACTS), "smallest": {"type": "boolean"}, "call": {"type": "object"},
        "look": _TEXTS,
    }
    rule = _object(rule=_TEXT, at=_TEXT)
    option = _object(**{
        "change": _MAYBE, "with": _TEXT, "without": _TEXT, "facts": _FACTS,
        "call": {"type": "object"}, "nearest": {"type": "boolean"},
    })
    working = _object(
        where=_MAYBE, refused_by=_list(rule), refused_whoever_calls=_list(rule),
        by_flags=_list(option), by_facts=_list(option), by_both=_list(option),
    )
    verdict = _object(action=_TEXT, says=_TEXT, by=_TEXT,
                      entry={"type": ["integer", "null"]})
    seen = _object(**{
        "name": _TEXT, "about": _TEXT, "answered": {"type": "boolean"},
        "passes": {"type": "boolean"}, "verdicts": _list(verdict),
        "with": _list(_object(cap=_TEXT, verdicts=_list(verdict))),
        "kernel_would_say": _TEXT, "notes": _TEXTS, "source": _TEXT,
    })
    one = _object(
        kernel=_TEXT, call=_TEXT, entry=_TEXT, given=_FACTS, read_at=_FACTS, errno=_TEXT,
        predicted={"type": "boolean"}, notes=_TEXTS,
        rules=_list(_object(**cause)),
        handed=_list(_object(**cause, who=_TEXT, source=_TEXT)),
        complete={"type": "boolean", "description": "proved that nothing else gives the errno"},
        instead=_TEXTS,
        ruled_out=_list(_object(rule=_TEXT, at=_TEXT, facts=_FACTS)),
        filter={"anyOf": [seen, {"type": "null"}]},
        others=_list(_object(who=_TEXT, kind=_TEXT, says=_TEXT, since=_TEXT, look=_TEXT,
                             source=_TEXT)),
        working={"anyOf": [working, {"type": "null"}]},
        needs={**_FACTS, "description": "what success takes of the plainest caller"},
        left={"type": ["object", "null"]},
    )
    one["properties"]["count"] = {"type": "integer", "description": "equal calls in a log"}
    denied = dict.fromkeys(("who", "errno", "says", "look", "source", "ask"), _TEXT)
    failed = _object(error=_TEXT, count={"type": "integer"})
    log = _object(
        lines={"type": "integer"}, calls={"type": "integer"}, failed={"type": "integer"},
        succeeded={"type": "integer"}, unfinished={"type": "integer"},
        others={"type": "integer", "description": "lines of other calls, signals and ends"},
        unread={"type": "object", "description": "why lines were not read, and how often"},
        beside=_list(_object(call=_TEXT, errno=_TEXT, count={"type": "integer"})),
        denials=_list(_object(**denied, count={"type": "integer"})),
        answers=_list({"anyOf": [{"$ref": "#/$defs/answer"}, failed]}),
    )
    read = _object(rule=_TEXT, errno=_TEXT, reason=_TEXT, at=_TEXT, look=_TEXT,
                   modelled={"type": "boolean", "description": "held against real kernels"})
    around = _object(kernel=_TEXT, call=_TEXT, errno=_MAYBE, proved={"const": False},
                     read=_list(read), others=_TEXTS, notes=_TEXTS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Why a call was refused, as cloneproof why tells it",
        "anyOf": [{"$ref": "#/$defs/answer"}, log, around, _object(**denied)],
        "$defs": {"answer": one},
    }
