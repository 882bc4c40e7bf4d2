"""JSON text as ``json.dumps(indent=1)`` has it, where what many records share is written once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from enum import Enum
from json.encoder import encode_basestring
from typing import Any


class Text(str):
    """What is JSON already."""

    __slots__ = ()


class Indented:
    """Writes values; a container that it is given again, in the same depth, is not read again."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Any, str]] = {}
        """Texts by the identity of a container, which is held so that it stays its own."""
        self._names: dict[Any, str] = {}
        self._parts: dict[tuple[Any, ...], tuple[Any, str]] = {}

    def text(self, value: Any, depth: int = 0) -> str:
        """Return a value as JSON; an enumeration's member is its name, a set is in order.

        ``depth`` is how many containers it stands in.  Raises ``ValueError`` for a number that
        JSON does not have, ``TypeError`` for what it cannot say.
        """
        kind = type(value)
        write = _PLAIN.get(kind)
        if write is not None:
            return write(value)
        if kind not in _CONTAINERS:
            return _other(value)
        key = id(value), depth
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = value, self.container(value, depth)
        return known[1]

    def container(self, value: Any, depth: int = 0) -> str:
        """Return a container that is given only once."""
        if not value:
            return "{}" if type(value) is dict else "[]"
        begin = "\n" + " " * (depth + 1)
        if type(value) is dict:
            return f"{{{begin}{self._members(value, depth + 1)}{begin[:-1]}}}"
        told = [self.text(one, depth + 1) for one in value]
        if isinstance(value, set | frozenset):
            told.sort()
        return f"[{begin}{f',{begin}'.join(told)}{begin[:-1]}]"

    def record(self, parts: Iterable[dict[str, Any]], depth: int) -> str:
        """Return an object whose members are told in parts; parts that are alike are told once."""
        begin = "\n" + " " * (depth + 1)
        told = f",{begin}".join([self._part(one, depth + 1) for one in parts])
        return f"{{{begin}{told}{begin[:-1]}}}"

    def _part(self, part: dict[str, Any], depth: int) -> str:
        key = depth, *part, *[_key(one) for one in part.values()]
        known = self._parts.get(key)
        if known is None:
            known = self._parts[key] = part, self._members(part, depth)
        return known[1]

    def _members(self, values: dict[Any, Any], depth: int) -> str:
        names, begin = self._names, ",\n" + " " * depth
        return begin.join([f"{names.get(name) or self._name(name)}: {self.text(one, depth)}"
                           for name, one in values.items()])

    def _name(self, name: Any) -> str:
        text = self.text(name)
        made = self._names[name] = text if text.startswith('"') else f'"{text}"'
        return made


def _other(value: Any) -> str:
    told = value.name or value.value if isinstance(value, Enum) else value
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


_CONTAINERS = (dict, list, tuple, set, frozenset)
_PLAIN: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: repr,
    Text: str,
    bool: {True: "true", False: "false"}.__getitem__,
}


def _key(value: Any) -> Any:
    """Return what two values have in common only if one text tells both, as long as they live."""
    if type(value) is str:
        return value
    return id(value) if type(value) in _CONTAINERS else (type(value), value)
