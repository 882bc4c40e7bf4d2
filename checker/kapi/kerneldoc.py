"""A specification as kernel-doc with KAPI's tags, to stand above a system call's definition."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from checker.kapi.calls import CALLS, KIND_NAMES, USE_NAMES
from checker.scml.told import bits_told
from model.request import Entry

_WIDTH = 78
_EFFECTS = {1 << 7: "KAPI_EFFECT_RESOURCE_CREATE", 1 << 2: "KAPI_EFFECT_MODIFY_STATE"}


def kernel_doc(told: dict[str, Any], entry: Entry) -> str:
    """Return the comment, and the definition below it without what it does."""
    call = CALLS[entry]
    lines = ["/**", *(f" * {line}".rstrip() for line in _lines(told, entry)), " */"]
    return "\n".join([*lines, call.declared(entry.name.lower()), "{", "}"])


def _lines(told: dict[str, Any], entry: Entry) -> Iterator[str]:
    yield f"{told['name']} - {told['description']}"
    for one in told["parameters"]:
        yield from _tag(f"@{one['name']}", one["description"])
    yield ""
    yield from _tag("long-desc", told["long_description"])
    yield ""
    yield f"context-flags: {' | '.join(told['context_flags'])}"
    for one in told["parameters"]:
        yield from _parameter(one, entry)
    yield from _returned(told["return_spec"])
    for one in told["errors"]:
        yield ""
        yield f"error: {one['name']}, {one['description']}"
        yield from _tag("  desc", one["condition"])
    for one in told["locks"]:
        yield from _lock(one)
    for one in told["side_effects"]:
        yield from _effect(one)
    for one in told["capabilities"]:
        yield from _capability(one)
    yield ""
    yield from _tag("examples", told["examples"])
    yield ""
    yield from _tag("notes", told["notes"])
    if "since_version" in told:
        yield ""
        yield f"since-version: {told['since_version']}"


def _parameter(one: dict[str, Any], entry: Entry) -> Iterator[str]:
    yield ""
    yield f"param: {one['name']}"
    yield f"  type: {KIND_NAMES[one['param_type']]}"
    yield f"  flags: {' | '.join(name for bit, name in USE_NAMES.items() if one['flags'] & bit)}"
    if one["valid_mask"] is not None:
        yield "  constraint-type: KAPI_CONSTRAINT_MASK"
        yield from _tag("  valid-mask", mask_told(one["valid_mask"], entry))
        yield from _tag("  constraint", one["constraint"])


def mask_told(mask: int, entry: Entry) -> str:
    """Return a mask by the names of its bits; what has none as a number, which comes last."""
    return " | ".join(bits_told(mask, entry))


def _returned(told: dict[str, Any]) -> Iterator[str]:
    exact = told["success_value"] is not None
    yield ""
    yield "return:"
    yield "  type: KAPI_TYPE_INT"
    yield f"  check-type: {'KAPI_RETURN_EXACT' if exact else 'KAPI_RETURN_RANGE'}"
    yield f"  success: {'= 0' if exact else '>= 0'}"
    yield from _tag("  desc", told["description"])


def _lock(one: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"lock: {one['lock_name']}"
    yield "  type: KAPI_LOCK_RWLOCK"
    yield from _tag("  desc", one["description"])


def _effect(one: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"side-effect: {_EFFECTS[one['effect_type']]}"
    yield f"  target: {one['target']}"
    yield from _tag("  desc", one["description"])
    yield f"  reversible: {'yes' if one['reversible'] else 'no'}"


def _capability(one: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"capability: {one['name']}"
    yield f"  type: {one['action']}"
    yield from _tag("  allows", f"what is refused without it: {one['allows']}")
    yield from _tag("  without", one["without_cap"])


def _tag(tag: str, text: str) -> Iterator[str]:
    """Yield a tag with its text, in lines that are not too long."""
    indent = " " * (len(tag) - len(tag.lstrip()) + 2)
    yield from wrap(f"{tag}: {text}", _WIDTH, subsequent_indent=indent, break_on_hyphens=False)
