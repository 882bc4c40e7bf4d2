"""Calls behind a seccomp filter, which a line or the command line names."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from checker.calls.answer import answer
from checker.calls.documents import from_document, leaves_by_path
from checker.calls.kernel_names import kernel_named
from checker.calls.kvm import as_made
from checker.ground.json_text import short
from checker.ground.problems import Problem
from checker.seccomp.before import AT, Filter, Filtered, filter_of, filtered
from model.request import Entry

_KEYS = ("seccomp", "cap_add")


def answered(line: dict[str, Any], default: str, before: Filter | None) -> dict[str, Any]:
    """Return the answer to a decoded line, with the filter before it that it names, or ``before``.

    Where the filter surely answers, ``errno`` is what it says, or SIGSYS, and ``inside`` what the
    kernel would have said; else ``notes`` tell what it does.  Raises :class:`Problem` as
    :func:`~checker.calls.answer.answer` does, and for a filter that is none.
    """
    some = _filter(line) or before
    rest = {key: value for key, value in line.items() if key not in _KEYS}
    made = answer(rest, default)
    return made if some is None else _behind(made, _seen(rest, default, some))


def _filter(line: dict[str, Any]) -> Filter | None:
    given, caps = line.get("seccomp"), line.get("cap_add", [])
    if given is None and "cap_add" in line:
        raise Problem("cap_add goes with seccomp")
    if given is not None and not isinstance(given, str):
        raise Problem(f"seccomp must be a filter's name or a file, not {short(given)}")
    if not isinstance(caps, list) or not all(isinstance(one, str) for one in caps):
        raise Problem(f"cap_add must be a list of capabilities, not {short(caps)}")
    return None if given is None else _named(given, tuple(caps))


@lru_cache(maxsize=64)
def _named(given: str, caps: tuple[str, ...]) -> Filter:
    return filter_of(given, caps)


def _seen(rest: dict[str, Any], default: str, some: Filter) -> Filtered:
    """Return what a filter makes of a call; arguments that are left out have their defaults."""
    kernel = kernel_named(str(rest.get("kernel", default)))
    if as_made(rest, kernel)[1]:
        raise Problem("of KVM's ioctls it is not told here what a seccomp filter says to them")
    facts = from_document({key: one for key, one in rest.items() if key not in ("id", "kernel")})
    plain = {path: leaf.default for path, leaf in leaves_by_path().items()
             if path.startswith("request.")}
    given = {**plain, **facts}
    return filtered(Entry(int(given["request.entry"])), given, kernel, some)


def _behind(made: dict[str, Any], seen: Filtered) -> dict[str, Any]:
    name = f"seccomp filter {seen.name}"
    if not seen.answers:
        does = "lets it pass" if seen.passes else f"may say {' or '.join(_all(seen))}"
        return {**made, "notes": [*made.get("notes", []), f"the {name} {does}"]}
    kept: dict[str, Any] = {key: made[key] for key in ("id", "kernel", "notes") if key in made}
    said = {"errno": " or ".join(seen.says), "rule": name, "at": AT}
    return {**kept, **said, "inside": made["errno"]}


def _all(seen: Filtered) -> list[str]:
    from checker.seccomp.words import said_in_words

    return [said_in_words(one.said) for one in seen.found]
