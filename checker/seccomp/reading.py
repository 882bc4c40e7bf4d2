"""A profile read from JSON: Docker's and Podman's format, OCI's, or an OCI config.json."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any, TypeVar

from checker.ground.json_text import load, short
from checker.ground.problems import Problem, nearest
from checker.seccomp.profile import (
    ARGUMENTS,
    Action,
    Compare,
    Condition,
    Entry,
    Profile,
    Said,
    Where,
)

MAX_ERRNO = 4095
"""What the kernel cuts a filter's errno to."""

E = TypeVar("E", Action, Compare)
_KEYS = {
    "name", "names", "action", "args", "errnoRet", "errno", "includes", "excludes", "comment",
}
_PLACES = {"caps", "arches", "minKernel"}


def read(file: Path) -> Profile:
    """Return the profile in a file; raise :class:`Problem` naming what is wrong with it."""
    try:
        return profile_of(load(file), file.name)
    except Problem as problem:
        said = str(problem)
        raise Problem(said if str(file) in said else f"{file}: {said}") from None


def profile_of(document: Any, name: str) -> Profile:
    """Return the profile that a JSON document is, or has in ``linux.seccomp``."""
    caps = None
    if isinstance(document, dict) and "ociVersion" in document:
        caps, document = _of_config(document)
    table = _table(document, "a seccomp profile")
    if table.get("architectures") and table.get("archMap"):
        raise Problem("both architectures and archMap are given: a runtime takes one")
    default = _said(table, "defaultAction", "defaultErrnoRet", "defaultErrno")
    listed = _list(table, "syscalls")
    notes: list[str] = []
    entries = [_numbered(one, place, notes) for place, one in enumerate(listed, 1)]
    return Profile(name, default, tuple(entries), caps=caps, notes=tuple(notes))


def _of_config(config: dict[str, Any]) -> tuple[frozenset[str] | None, Any]:
    """Return the capabilities and the profile of an OCI config.json."""
    found = _table(config.get("linux") or {}, "linux").get("seccomp")
    if found is None:
        raise Problem("it is an OCI configuration without linux.seccomp: there is no filter")
    process = _table(config.get("process") or {}, "process")
    sets = _table(process.get("capabilities") or {}, "process.capabilities")
    bounding = _texts(sets.get("bounding"), "process.capabilities.bounding")
    return frozenset(bounding), found


def _numbered(one: Any, place: int, notes: list[str]) -> Entry:
    try:
        return _entry(_table(one, "an entry"), place, notes)
    except Problem as problem:
        raise Problem(f"entry {place} of syscalls: {problem}") from None


def _entry(table: dict[str, Any], place: int, notes: list[str]) -> Entry:
    notes += [f"entry {place}: {short(key)} is no key of an entry, and is passed over"
              f"{nearest(key, sorted(_KEYS))}" for key in table if key not in _KEYS]
    if table.get("name") and table.get("names"):
        raise Problem("both name and names are given: a runtime takes one")
    names = _texts(table.get("names"), "names")
    if table.get("name"):
        names = _texts([table["name"]], "name")
    if not names:
        raise Problem("no call is named")
    return Entry(
        names,
        _said(table, "action", "errnoRet", "errno"),
        tuple(_condition(_table(one, "an argument")) for one in _list(table, "args")),
        _where(table.get("includes"), "includes"),
        _where(table.get("excludes"), "excludes"),
        place,
    )


def _said(table: dict[str, Any], action: str, number: str, text: str) -> Said:
    """Return an action with its errno; EPERM where none is given."""
    if not isinstance(table.get(action), str):
        raise Problem(f"{action} must be SCMP_ACT_…, not {short(table.get(action))}")
    found = _member(Action, "SCMP_ACT_", table[action], action)
    if found not in (Action.ERRNO, Action.TRACE):
        return Said(found)
    given = table.get(text) or table.get(number)
    if given is None:
        return Said(found, errno.EPERM)
    return Said(found, min(_errno(given, number), MAX_ERRNO))


def _errno(given: Any, what: str) -> int:
    """Return an errno that is given by its number, or as Podman takes it, by name."""
    if isinstance(given, str) and not given.isdecimal():
        known = {name: number for number, name in errno.errorcode.items()}
        if given not in known:
            raise Problem(f"{short(given)} is no errno{nearest(given, list(known))}")
        return known[given]
    return _number(int(given) if isinstance(given, str) else given, what, 2**16 - 1)


def _condition(table: dict[str, Any]) -> Condition:
    if not isinstance(table.get("op"), str):
        raise Problem(f"op of an argument must be SCMP_CMP_…, not {short(table.get('op'))}")
    return Condition(
        _number(table.get("index"), "index", ARGUMENTS - 1),
        _member(Compare, "SCMP_CMP_", table["op"], "op"),
        _number(table.get("value"), "value", 2**64 - 1),
        _number(table.get("valueTwo", 0), "valueTwo", 2**64 - 1),
    )


def _where(table: Any, what: str) -> Where:
    found = _table({} if table is None else table, what)
    unknown = next((key for key in found if key not in _PLACES), None)
    if unknown is not None:
        raise Problem(f"{what} has no {short(unknown)}: {', '.join(sorted(_PLACES))} it may have")
    kernel = found.get("minKernel")
    version = re.fullmatch(r"(\d+)\.(\d+)", str(kernel)) if kernel else None
    if kernel and version is None:
        raise Problem(f"minKernel must be as 4.8, not {short(kernel)}")
    return Where(
        _texts(found.get("caps"), f"{what}.caps"),
        _texts(found.get("arches"), f"{what}.arches"),
        (int(version[1]), int(version[2])) if version else None,
    )


def _member(kind: type[E], prefix: str, said: str, what: str) -> E:
    names = [f"{prefix}{one.name}" for one in kind]
    if said not in names:
        raise Problem(f"{what} is {short(said)}, which there is not{nearest(said, names)}")
    return kind[said.removeprefix(prefix)]


def _table(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Problem(f"{what} must be an object, not {short(value)}")
    return value


def _list(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    if value is not None and not isinstance(value, list):
        raise Problem(f"{key} must be a list, not {short(value)}")
    return value or []


def _texts(value: Any, what: str) -> tuple[str, ...]:
    some = value if value is not None else []
    if not isinstance(some, list) or not all(isinstance(one, str) and one for one in some):
        raise Problem(f"{what} must be a list of names, not {short(value)}")
    return tuple(some)


def _number(value: Any, what: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise Problem(f"{what} must be a number up to {most}, not {short(value)}")
    return value
