"""JSON Schemas of what ``cloneproof predict`` takes and answers: a line in, a line out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from checker.calls.documents import leaves_by_path, leaves_of
from checker.calls.kernel_words import SIGNALS, words_of
from checker.calls.kvm import IOCTLS
from checker.calls.naming import names_of, spoken
from model.child import Child
from model.records import BOOL, Leaf
from model.setns import Joined
from model.unshare import Unshared
from model.vhost import Worker
from model.words import Errno

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER = r"-?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[1-9][0-9]*|0)"
_SETS = {"flags": "CLONE_", "pf": "PF_", "caps": "CAP_", "signals": "SIG"}
"""How the names of each set of bits begin; they are taken without it, too."""


def line_schema() -> dict[str, Any]:
    """Return the schema of an input line: which facts there are, and what may stand where."""
    root: dict[str, Any] = {
        "$schema": _DRAFT,
        "title": "A call and its caller, for cloneproof predict",
        "description": "What is left out is as in an ordinary process. A line that is no call is "
        "answered by {\"line\": …, \"error\": …}; the others go on, and the exit code is 3.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "id": {"description": "copied to the answer"},
            "kernel": {
                "type": "string",
                "description": "any kernel, as for -k; without one, the one that runs here",
                "examples": ["v6.12", "6.8.0-58-generic", "v6.1+KILL_SEQ", "running"],
            },
            "seccomp": {
                "type": "string",
                "description": "a seccomp filter before the call: a file, or a name as for "
                "`why --seccomp`",
                "examples": ["docker", "podman", "RestrictNamespaces=yes"],
            },
            "cap_add": {
                "type": "array",
                "items": {"type": "string"},
                "description": "capabilities that the filter's container has beside the usual ones",
            },
        },
    }
    for path, leaf in leaves_by_path().items():
        *groups, last = path.split(".")
        place = root["properties"]
        for group in groups:
            empty = {"type": "object", "additionalProperties": False, "properties": {}}
            place = place.setdefault(group, empty)["properties"]
        about = {"description": leaf.doc, "default": spoken(leaf, leaf.default)}
        place[last] = {**_given(leaf), **about}
    return root


def answer_schema() -> dict[str, Any]:
    """Return the schema of an answer: an outcome, or what is wrong with the line."""
    note = {"type": "array", "items": {"type": "string"}}
    outcome: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["kernel", "errno", "rule", "at"],
        "properties": {
            "id": {"description": "that of the line, where it has one"},
            "kernel": {"type": "string", "description": "what the kernel is called"},
            "notes": {**note, "description": "of a kernel that is not in the list, of facts that "
                      "mean nothing on it, of facts that were filled in"},
            "errno": {
                "description": "an errno of the model; of a filter any errno, SIGSYS, or two of "
                "them joined by or",
                "anyOf": [{"enum": ["0", *(one.name for one in Errno)]},
                          {"type": "string", "pattern": "^(E[A-Z0-9]+|SIGSYS|0)( or .+)?$"}],
            },
            "rule": {"type": ["string", "null"], "description": "the rule that refuses"},
            "at": {"type": ["string", "null"], "description": "its file and function"},
            "inside": {"type": "string", "description": "the error of copy_process(), where who "
                       "asked for a worker is told another; what the kernel would have said, "
                       "where a filter answers"},
            **{name: _record(record) for name, record in
               (("child", Child), ("worker", Worker))},
            "after": {"description": "the caller after unshare() or setns()",
                      "anyOf": [_record(Unshared), _record(Joined)]},
        },
    }
    error = {
        "type": "object",
        "additionalProperties": False,
        "required": ["line", "error"],
        "properties": {
            "id": {"type": ["string", "integer"]},
            "line": {"type": "integer", "minimum": 1},
            "error": {"type": "string"},
        },
    }
    return {"$schema": _DRAFT, "title": "An answer of cloneproof predict, a line",
            "anyOf": [outcome, error]}


def _given(leaf: Leaf) -> dict[str, Any]:
    """Return what may stand for a fact of a line."""
    if leaf.width == BOOL:
        return {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}]}
    known: list[Any] = [{"type": "integer", **_bounds(leaf)}]
    words = list(words_of(leaf))
    if leaf.names in _SETS:
        text = {"type": "string", "pattern": _set_pattern(leaf)}
        known += [text, {"type": "array", "items": {"anyOf": [{"type": "integer"}, text]}}]
    else:
        words += [one for one in names_of(leaf) if one not in words]
        words += IOCTLS if leaf.names == "entry" else ()
        known.append({"type": "string", "pattern": f"^{_NUMBER}$"})
    return {"anyOf": [*known, *([{"enum": words}] if words else [])]}


def _bounds(leaf: Leaf) -> dict[str, int]:
    low = -(2 ** (leaf.width - 1)) if leaf.signed else 0
    high = 2 ** (leaf.width - leaf.signed) - 1
    return {"minimum": low, "maximum": high if leaf.most is None else leaf.most}


def _set_pattern(leaf: Leaf) -> str:
    """Return what a text looks like that is a set of bits, by their names or as a number."""
    begins = _SETS[leaf.names]
    bare = [name.removeprefix(begins) for name in names_of(leaf) if name.startswith(begins)]
    one = f"({begins})?({_any(dict.fromkeys(bare))})"
    if leaf.names == "flags":
        one += f"|{_any([*SIGNALS, 'CSIGNAL'])}"
    if leaf.names in ("caps", "signals"):
        one += "|all|[0-9a-fA-F]{16}"
    each = rf"\s*({one}|none|{_NUMBER}|)\s*"
    whole = rf"{each}(\|{each})*"
    return f"^(all but )?{whole}$" if leaf.names == "signals" else f"^{whole}$"


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words))


def _record(kind: Any) -> dict[str, Any]:
    """Return the schema of a record as an answer has it."""
    properties = {leaf.path: {**_told(leaf), "description": leaf.doc} for leaf in leaves_of(kind)}
    return {"type": "object", "additionalProperties": False, "required": list(properties),
            "properties": properties}


def _told(leaf: Leaf) -> dict[str, Any]:
    if leaf.width == BOOL:
        return {"type": "boolean"}
    number = {"type": "integer", **_bounds(leaf)}
    if leaf.names in _SETS:
        return {"type": "string"}
    names = names_of(leaf)
    if names:
        return {"anyOf": [{"enum": list(names)}, number]}
    return {"anyOf": [number, {"const": "unlimited"}]} if "rlim_nproc" in leaf.path else number
