"""What a question of a history comes to, whatever its facts and on every kernel, as one text.

A question is a function that makes one request and reads from the outcome what a state keeps.
Its answer as a term says all that a history can learn of the rules from it, in whichever
reading: a rule that it never comes to, or that answers the same, is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from itertools import product
from types import FunctionType
from typing import Any

from checker.readings.read_once import parts as nodes_of
from checker.readings.space import PATCH
from model.errors import ErrorCode
from model.kernel import Kernel
from model.mistake import Mistake
from model.node import BOOL, INPUT, Term
from model.patches import PATCHES
from model.records import build, leaves
from model.terms import open_truth, open_word

WIDTHS = (64, 32, 8)
"""Bits that a number among the facts may have, the first that the rules take it for."""


def answer(question: FunctionType) -> str | None:
    """Return the digest of what a question comes to; nothing where it cannot be read openly."""
    said = _said(question)
    return None if said is None else _digest(said)


def looked_up(question: FunctionType) -> frozenset[str] | None:
    """Return the names of the patches that what a question comes to depends on.

    ``None`` where it cannot be read openly.
    """
    said = _said(question)
    if said is None:
        return None
    done: dict[int, bool] = {}
    found = set()
    for root in said:
        for node in nodes_of(root, done) if isinstance(root, Term) else ():
            done[node.serial] = True
            if node.kind == INPUT and node.name.startswith(PATCH):
                found.add(node.name.removeprefix(PATCH))
    return frozenset(found)


def _said(question: FunctionType) -> list[bool | int | Term] | None:
    """Return the truths and numbers that a question comes to; nothing where it cannot be read."""
    told = question.__annotations__
    code = question.__code__
    names = code.co_varnames[: code.co_argcount]
    for width in WIDTHS:
        choices = [list(_facts(question, name, told.get(name), width)) for name in names]
        if not all(choices):
            return None
        try:
            found = [question(*facts) for facts in product(*choices)]
            return [part for one in found for part in _flat(one)]
        except (Mistake, AssertionError, TypeError, AttributeError, ValueError, KeyError):
            continue
    return None


def _facts(question: FunctionType, name: str, kind: Any, width: int) -> Iterator[Any]:
    """Yield what stands for every value of a fact; nothing for one of a kind that is not known."""
    record = question.__globals__.get(str(kind))
    if kind == "Kernel":
        yield _open_kernel()
    elif kind == "Word":
        yield open_word(f"fact:{name}", width)
    elif kind == "Truth":
        yield open_truth(f"fact:{name}")
    elif kind == "bool":
        yield from (True, False)
    elif isinstance(record, type) and is_dataclass(record):
        known = {leaf.path: leaf for leaf in leaves(record)}
        inputs = {path: f"fact:{name}.{path}" for path in known}
        yield build(record, {
            path: open_truth(inputs[path]) if leaf.width == BOOL
            else open_word(inputs[path], leaf.width)
            for path, leaf in known.items()
        })


def _open_kernel() -> Kernel:
    return Kernel("", {patch: open_truth(f"{PATCH}{patch.name}") for patch in PATCHES})


def _flat(value: Any) -> Iterator[bool | int | Term]:
    """Yield the truths and numbers of an answer; raise ``TypeError`` for anything else in it."""
    if isinstance(value, ErrorCode):
        yield from _flat(value.term)
    elif isinstance(value, bool | int | Term):
        yield value
    elif type(value) is tuple:
        yield len(value)
        for one in value:
            yield from _flat(one)
    elif is_dataclass(value):
        yield from _flat(tuple(getattr(value, one.name) for one in fields(value)))
    else:
        raise TypeError(f"{value!r} is no answer of terms")


def _digest(values: list[bool | int | Term]) -> str:
    done: dict[int, bytes] = {}
    for root in values:
        for node in nodes_of(root, done) if isinstance(root, Term) else ():
            told = (node.kind, node.width, node.numbers, node.name,
                    [done[one.serial] for one in node.operands])
            done[node.serial] = blake2b(repr(told).encode(), digest_size=20).digest()
    told_all = [done[one.serial] if isinstance(one, Term) else repr(one) for one in values]
    return blake2b(repr(told_all).encode(), digest_size=20).hexdigest()
