"""Specifications read: JSON as the kapi tool prints it, or C with KAPI's tags in kernel-doc.

Read is what a machine can hold against a kernel: names of errors, masks of flags, names of
capabilities.  The rest is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.ground.json_text import decoded, read_text, short
from checker.ground.problems import Problem, nearest
from checker.kapi.calls import CALLS
from checker.scml.shown import flags_of
from model.request import Entry

_BY_NAME = {entry.name.lower(): entry for entry in CALLS}
_JUDGED = ("errors", "capabilities", "parameters", "name")


@dataclass
class Specified:
    """What a specification says of a system call, each with its file and line or place in it."""

    entry: Entry
    at: str
    file: str
    errors: list[tuple[str, str]] = field(default_factory=list)
    masks: list[tuple[str, int, str]] = field(default_factory=list)
    capabilities: list[tuple[str, str]] = field(default_factory=list)
    unread: int = 0
    """Parts that no machine can hold against anything: descriptions, locks, signals."""


def read(file: Path) -> list[Specified]:
    """Return what a file specifies of the system calls that make tasks and namespaces.

    Raises :class:`Problem`, with the place in the file, for what is no specification.
    """
    text = read_text(file)
    is_json = text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
    some = _of_json(decoded(text, str(file)), str(file)) if is_json else _of_c(text, str(file))
    found = list(some)
    if not found:
        names = ", ".join(f"sys_{name}" for name in _BY_NAME)
        raise Problem(f"{file}: no specification of any of {names}; "
                      "a file of SCML is named *.scml")
    return found


def _entry(name: str) -> Entry | None:
    return _BY_NAME.get(name.removeprefix("sys_"))


# ---- JSON


def _of_json(document: Any, at: str) -> Iterator[Specified]:
    for place, one in _specifications(document, at):
        entry = _entry(one["name"])
        if entry is not None:
            yield _specified(one, Specified(entry, place, at))


def _specifications(document: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what looks like a specification, alone, in a list, or under a name."""
    if isinstance(document, list):
        for place, one in enumerate(document):
            yield from _specifications(one, f"{at}[{place}]")
    elif isinstance(document, dict) and isinstance(document.get("name"), str):
        if "errors" in document or "parameters" in document:
            yield at, document
    elif isinstance(document, dict):
        for name in ("api_details", "apis", "specifications"):
            if name in document:
                yield from _specifications(document[name], f"{at}.{name}")


def _specified(one: dict[str, Any], found: Specified) -> Specified:
    at = found.at
    found.unread = sum(bool(one[name]) for name in one if name not in _JUDGED)
    for place, error in _listed(one, "errors", at):
        found.errors.append((_text(error, "name", place), place))
        found.unread += bool(error.get("condition") or error.get("description"))
    for place, capability in _listed(one, "capabilities", at):
        found.capabilities.append((_text(capability, "name", place), place))
    for place, parameter in _listed(one, "parameters", at):
        mask = parameter.get("valid_mask")
        if mask:
            found.masks.append((_text(parameter, "name", place), _whole(mask, place), place))
    return found


def _listed(one: dict[str, Any], name: str, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    some = one.get(name, [])
    if not isinstance(some, list):
        raise Problem(f"{at}.{name} is no list")
    for place, item in enumerate(some):
        if not isinstance(item, dict):
            raise Problem(f"{at}.{name}[{place}] is no object")
        yield f"{at}.{name}[{place}]", item


def _text(item: dict[str, Any], name: str, at: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        raise Problem(f"{at} has no {name}")
    return value


def _whole(value: Any, at: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**64:
        raise Problem(f"{at}: a mask is a number of 64 bits, not {short(value)}")
    return value


# ---- C


_BLOCK = re.compile(r"/\*\*\s*\n(.*?)\*/", re.DOTALL)
_HEAD = re.compile(r"(\w+)(?:\(\))?\s+-")
_OWN = re.compile(r"\s*(context-flags|param|error|capability|side-effect|valid-mask):")
"""Tags that no other kernel-doc has."""
_TAG = re.compile(r"([a-z][a-z-]*):\s*(.*)")


def _of_c(text: str, name: str) -> Iterator[Specified]:
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        lines = [re.sub(r"^\s*\*? ?", "", line) for line in block[1].splitlines()]
        head = _HEAD.match(lines[0]) if lines else None
        entry = _entry(head[1]) if head else None
        if entry is not None and any(_OWN.match(line) for line in lines):
            found = Specified(entry, f"{name}:{first}", name)
            _Block(found, name, first).take(lines)
            yield found


class _Block:
    """A comment as it is read: which tag stands above, and which parameter it is about."""

    def __init__(self, found: Specified, name: str, first: int) -> None:
        self._found, self._name, self._first = found, name, first
        self._parameter = ""

    def take(self, lines: list[str]) -> None:
        for place, line in enumerate(lines):
            tag = _TAG.match(line.strip())
            if tag is None:
                continue
            rest = " ".join([tag[2], *_continued(lines, place)])
            self._taken(tag[1], rest, f"{self._name}:{self._first + place}")

    def _taken(self, tag: str, rest: str, at: str) -> None:
        first = rest.partition(",")[0].strip()
        if tag == "error" and re.fullmatch(r"-?E[A-Z0-9]+", first):
            self._found.errors.append((first.removeprefix("-"), at))
        elif tag == "capability":
            self._found.capabilities.append((first, at))
        elif tag == "param":
            self._parameter = first
        elif tag == "valid-mask":
            self._found.masks.append((self._parameter, self._mask(rest, at), at))
        else:
            self._found.unread += 1

    def _mask(self, text: str, at: str) -> int:
        names = flags_of(self._found.entry)
        mask = 0
        for part in filter(None, (one.strip() for one in text.split("|"))):
            if part in names:
                mask |= names[part]
            elif re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19}", part):
                mask |= int(part, 0)
            else:
                raise Problem(f"{at}: no flag is called {short(part)}{nearest(part, list(names))}")
        return mask & (2**64 - 1)


def _continued(lines: list[str], place: int) -> Iterator[str]:
    """Yield the lines that go on with a tag: further in than it, and no tag themselves."""
    indent = len(lines[place]) - len(lines[place].lstrip())
    for line in lines[place + 1:]:
        further = len(line) - len(line.lstrip()) > indent
        if not line.strip() or not further or _TAG.match(line.strip()):
            return
        yield line.strip()
