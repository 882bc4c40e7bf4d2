"""Records of facts: frozen dataclasses whose leaves know their width, default and meaning.

A *leaf* is one number or truth of the state, named by its dotted path
(``current.cred.uid``).  The leaves are what a solver varies, what a JSON line may set
and what a counterexample lists where they differ from the ordinary caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from inspect import getsourcefile, getsourcelines
from itertools import count
from operator import attrgetter
from typing import Any, TypeVar, get_type_hints

from model.mistake import place
from model.node import BOOL as BOOL  # noqa: PLC0414 - told here, too

R = TypeVar("R")


def fact(
    width: int,
    default: int | bool,
    doc: str,
    *,
    signed: bool = False,
    names: str = "",
    most: int | None = None,
) -> Any:
    """Declare a leaf: ``width`` in bits (``BOOL`` for a truth), its default and meaning.

    ``names`` says how numbers are written (``flags``, ``pf``, ``caps``, ``errno``, ``entry``,
    ``step``); ``most`` bounds an unsigned number.
    """
    meta = {"width": width, "doc": doc, "signed": signed, "names": names, "most": most}
    return field(default=default, metadata=meta)


def part(default_factory: Any) -> Any:
    """Declare a nested record."""
    return field(default_factory=default_factory)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One fact of the state: its dotted path and what its declaration says."""

    path: str
    width: int
    default: int | bool
    doc: str
    signed: bool
    names: str
    most: int | None


_hints: Any = cache(get_type_hints)


def leaves(record: type[Any], prefix: str = "") -> Iterator[Leaf]:
    """Yield every leaf below a record class, in the order of declaration."""
    hints = _hints(record)
    for item in fields(record):
        path = f"{prefix}{item.name}"
        if item.metadata:
            default: Any = item.default
            yield Leaf(path=path, default=default, **item.metadata)
        else:
            yield from leaves(hints[item.name], f"{path}.")


def is_record(kind: Any) -> bool:
    """Return whether a class is a record of facts and of parts that are records."""
    if not is_dataclass(kind) or not fields(kind):
        return False
    return all(item.metadata or is_record(item.default_factory) for item in fields(kind))


@cache
def _shape(record: type[Any]) -> tuple[tuple[str, Any, Any], ...]:
    """Return (name, default, nested record or None) of each field."""
    hints = _hints(record)
    return tuple(
        (item.name, item.default, None if item.metadata else hints[item.name])
        for item in fields(record)
    )


@cache
def kinds(record: type[Any]) -> dict[str, type[Any]]:
    """Return what a plain value of each field of a record is: ``bool`` or ``int``."""
    known = fields(record)
    return {item.name: bool if item.metadata.get("width") == BOOL else int for item in known}


@cache
def _fields(record: type[Any]) -> tuple[list[tuple[Leaf, int, int]], Any, tuple[type[Any], ...]]:
    """Return each leaf with its range, how all are read at once, and their types."""
    known = list(leaves(record))
    read = attrgetter(*(leaf.path for leaf in known), "__class__")
    types = tuple(bool if leaf.width == BOOL else int for leaf in known)
    return [(leaf, *_range(leaf)) for leaf in known], read, (*types, type)


def _range(leaf: Leaf) -> tuple[int, int]:
    bits = leaf.width - 1 if leaf.signed else max(leaf.width, 1)
    return -(1 << bits) if leaf.signed else 0, (1 << bits) - 1


def misfit(record: type[Any], state: Any) -> str:
    """Return what does not fit a plain record: its type, or a leaf's value; nothing if all do."""
    if not isinstance(state, record):
        return f"{state!r}"[:60]
    fields_of: Any = _fields
    known, read, types = fields_of(record)
    values = read(state)
    pairs = list(zip(known, values, strict=False))
    if tuple(map(type, values)) == types and all(one[1] <= value <= one[2] for one, value in pairs):
        return ""
    wrong = (f"{one[0].path} = {value!r}" for one, value in pairs if not _is_in(one, value))
    return next(wrong, "")


def _is_in(known: tuple[Leaf, int, int], value: Any) -> bool:
    leaf, low, high = known
    right = isinstance(value, int) and isinstance(value, bool) is (leaf.width == BOOL)
    return right and low <= value <= high


def declared_at(record: type[Any], name: str) -> str:
    """Return the file and line of a field, or of a member of an enumeration; else the record's."""
    lines, first = getsourcelines(record)
    found = (at for at, line in enumerate(lines) if re.match(rf"\s+{name}\s*[:=]", line))
    return place(str(getsourcefile(record)), first + next(found, 0))


@cache
def _ordinary(record: type[Any]) -> Any:
    return record()


def build(record: type[R], values: dict[str, Any], prefix: str = "") -> R:
    """Return a record whose leaves are ``values[path]``, or their defaults where absent."""
    made: dict[str, Any] = {}
    shape: Any = _shape
    below: Any = _below
    for name, default, nested in shape(record):
        path = f"{prefix}{name}"
        if nested is None:
            made[name] = values.get(path, default)
        elif values.keys().isdisjoint(below(nested, f"{path}.")):
            made[name] = _ordinary(nested)
        else:
            made[name] = build(nested, values, f"{path}.")
    return record(**made)


@cache
def _below(record: type[Any], prefix: str) -> frozenset[str]:
    """Return the path of every leaf below a record class."""
    return frozenset(leaf.path for leaf in leaves(record, prefix))


def made_of(record: type[R]) -> Callable[..., R]:
    """Return what makes a record of its leaves alone, given in their order."""
    known: Any = _maker
    maker: Callable[..., R] = known(record)
    return maker


@cache
def _maker(record: type[Any]) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    leaf, made = count(), count()
    used: list[str] = []
    lines: list[str] = []

    def written(kind: type[Any]) -> str:
        """Write down what makes a record, filled while it is open; return its name."""
        shape: Any = _shape
        name, parts = f"made{next(made)}", []
        for field_name, _default, nested in shape(kind):
            if nested is None:
                used.append(f"leaf{next(leaf)}")
            parts.append((field_name, used[-1] if nested is None else written(nested)))
        twin: Any = _open_twin
        space[f"open_{name}"], space[f"kind_{name}"] = twin(kind), kind
        lines.append(f"    {name} = open_{name}()")
        lines.extend(f"    {name}.{field_name} = {part}" for field_name, part in parts)
        lines.append(f"    {name}.__class__ = kind_{name}")
        return name

    whole = written(record)
    exec("\n".join([f"def maker({', '.join(used)}):", *lines, f"    return {whole}"]), space)
    maker: Callable[..., Any] = space["maker"]
    return maker


@cache
def _open_twin(kind: type[Any]) -> type[Any]:
    """Return a type with the slots of a frozen record that can be filled."""
    open_ = {"__slots__": kind.__slots__, "__setattr__": object.__setattr__}
    return type(kind.__name__, kind.__bases__, open_)


def but(record: R, **facts: Any) -> R:
    """Return the same record with some facts changed; raise ``AttributeError`` for no fact of it.

    What :func:`dataclasses.replace` does, at a tenth of its time.
    """
    kind: Any = type(record)
    known = _COPIED.get(kind)
    made: R = (known or _copies(kind))(record, facts)
    return made


_COPIED: dict[type[Any], Callable[[Any, dict[str, Any]], Any]] = {}


def _copies(kind: type[Any]) -> Callable[[Any, dict[str, Any]], Any]:
    """Return what copies a record: into one of the same slots that is frozen when it is full."""
    names = [item.name for item in fields(kind)]
    twins: Any = _open_twin
    twin = twins(kind)
    lines = ["def copied(record, facts):", "    made = twin()"]
    lines += [f"    made.{name} = record.{name}" for name in names]
    lines += ["    for name, value in facts.items():", "        setattr(made, name, value)"]
    lines += ["    made.__class__ = kind", "    return made"]
    space: dict[str, Any] = {"twin": twin, "kind": kind}
    exec("\n".join(lines), space)
    copied: Callable[[Any, dict[str, Any]], Any] = space["copied"]
    _COPIED[kind] = copied
    return copied


def slots_of(kind: type[Any]) -> list[Callable[[Any, Any], None]]:
    """Return what fills each slot of a new frozen record: for an ``__init__`` of its own."""
    return [getattr(kind, item.name).__set__ for item in fields(kind)]


def values_of(record: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) for every leaf of a record."""
    for item in fields(record):
        value = getattr(record, item.name)
        path = f"{prefix}{item.name}"
        if is_dataclass(value):
            yield from values_of(value, f"{path}.")
        else:
            yield path, value
