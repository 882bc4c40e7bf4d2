"""A node of a term: what all terms have, and what plain Python must not do with one."""

from __future__ import annotations

from typing import Any, NoReturn

from model.mistake import plainly

BOOL = 0
"""The width of a truth."""

INT = -1
"""The width of a whole number, which has no bound."""

INPUT, NUMBER = "input", "number"
"""What a term is, if it is no operator."""


KNOWN: dict[tuple[Any, ...], Any] = {}
"""Every term of the process, by its kind and what it is made of."""


class Term:
    """A node: its kind, its operands, and what is written into it.

    ``width`` is in bits, or :data:`BOOL` or :data:`INT`; ``numbers`` are those of the operator
    (the two places of ``extract``), or the number that it is; ``serial`` is larger than those of
    the operands.
    """

    __slots__ = ("kind", "name", "numbers", "operands", "serial", "width")

    def __init__(
        self, kind: str, width: int, operands: tuple[Any, ...], numbers: tuple[int, ...], name: str
    ) -> None:
        self.kind = kind
        self.width = width
        self.operands: tuple[Term, ...] = operands
        self.numbers = numbers
        self.name = name
        self.serial = len(KNOWN)

    def __bool__(self) -> NoReturn:  # noqa: PLE0304
        refuse("decides", self)

    def __hash__(self) -> int:  # noqa: PLE0309
        refuse("looks up", self)

    def __eq__(self, other: object) -> Any:
        raise NotImplementedError

    def __reduce__(self) -> NoReturn:
        raise TypeError("a term is not copied and does not leave its process: alike ones are one")

    def __str__(self) -> str:
        return _told(self, DEEP)

    __repr__ = __str__


DEEP = 4
"""Operators within operators that are written where a term is told."""


def _told(term: Term, depth: int) -> str:
    if term.kind in (INPUT, NUMBER):
        return term.name or str(term.numbers[0])
    if not depth:
        return "(…)"
    numbers = " ".join(map(str, (term.kind, *term.numbers)))
    head = f"(_ {numbers})" if term.numbers else term.kind
    return f"({head} {' '.join(_told(one, depth - 1) for one in term.operands)})"


def refuse(what: str, term: Term) -> NoReturn:
    """Raise :class:`~model.mistake.Plain`: Python does something with what is open."""
    raise plainly(what, str(term))
