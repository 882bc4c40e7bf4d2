"""A tiny second reading of the page's table: plain numbers, a node at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from page.table import KINDS

_OPERANDS = {"not": 1, "ite": 3, "input": 1, "number": 2, "true": 0, "false": 0, "extract": 3}


class Reference:
    """A table's document, read from its numbers alone."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.inputs, self.numbers = document["inputs"], [int(one) for one in document["numbers"]]
        self.nodes: list[tuple[str, list[int]]] = []
        self.width: list[int] = []
        code, at = document["code"], 0
        while at < len(code):
            kind = document["kinds"][code[at]]
            count = code[at + 1] if kind in ("and", "or") else _OPERANDS.get(kind, 2)
            begin = at + (2 if kind in ("and", "or") else 1)
            self.nodes.append((kind, code[begin : begin + count]))
            self.width.append(self._width(*self.nodes[-1]))
            at = begin + count
        assert document["kinds"] == list(KINDS)
        assert len(self.nodes) == document["count"]

    def _width(self, kind: str, rest: list[int]) -> int:
        widths = self.width
        if kind == "input":
            return int(self.inputs[rest[0]][1])
        if kind == "concat":
            return widths[rest[0]] + widths[rest[1]]
        if kind in ("zero_extend", "sign_extend"):
            return rest[0] + widths[rest[1]]
        known = {"number": 0, "extract": 0, "ite": 1}
        if kind == "number":
            return rest[0]
        if kind == "extract":
            return rest[0] - rest[1] + 1
        if kind in known or (kind.startswith("bv") and kind not in ("bvult", "bvslt")):
            return widths[rest[known.get(kind, 0)]]
        return 0

    def values(self, roots: list[int], given: Mapping[str, Any]) -> dict[int, Any]:
        """Return what some nodes come to, with what they are made of."""
        done: dict[int, Any] = {}
        left = list(roots)
        while left:
            node = left[-1]
            kind, rest = self.nodes[node]
            skip = {"input": 1, "number": 2, "extract": 2, "zero_extend": 1, "sign_extend": 1}
            open_ = [one for one in rest[skip.get(kind, 0) :] if one not in done]
            if open_:
                left += open_
            else:
                done[node] = self._value(kind, rest, node, done, given)
                left.pop()
        return done

    def _value(
        self, kind: str, rest: list[int], node: int, done: dict[int, Any], given: Mapping[str, Any]
    ) -> Any:
        if kind == "input":
            name, width = self.inputs[rest[0]]
            value = given.get(name, 0)
            return bool(value) if width == 0 else int(value) % (1 << width)
        if kind == "number":
            return self.numbers[rest[1]]
        if kind in ("true", "false"):
            return kind == "true"
        if kind == "extract":
            return done[rest[2]] >> rest[1] & ((1 << self.width[node]) - 1)
        if kind == "zero_extend":
            return done[rest[1]]
        if kind == "sign_extend":
            return self._signed(rest[1], done) % (1 << self.width[node])
        operands = [done[one] for one in rest]
        plain = {
            "not": lambda: not operands[0],
            "and": lambda: all(operands),
            "or": lambda: any(operands),
            "ite": lambda: operands[1] if operands[0] else operands[2],
            "=": lambda: operands[0] == operands[1],
            "bvult": lambda: operands[0] < operands[1],
            "bvslt": lambda: self._signed(rest[0], done) < self._signed(rest[1], done),
            "bvand": lambda: operands[0] & operands[1],
            "bvor": lambda: operands[0] | operands[1],
            "bvxor": lambda: operands[0] ^ operands[1],
            "bvadd": lambda: (operands[0] + operands[1]) % (1 << self.width[node]),
            "bvsub": lambda: (operands[0] - operands[1]) % (1 << self.width[node]),
            "bvmul": lambda: (operands[0] * operands[1]) % (1 << self.width[node]),
            "concat": lambda: operands[0] << self.width[rest[1]] | operands[1],
        }
        return plain[kind]()

    def _signed(self, node: int, done: dict[int, Any]) -> int:
        width, value = self.width[node], int(done[node])
        return value - (1 << width) if value >> (width - 1) else value
