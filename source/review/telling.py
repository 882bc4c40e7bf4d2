"""Steps of a run in words, as the text of its side has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from errno import errorcode
from typing import Any

from source.c.ir import (
    Block,
    Break,
    Call,
    Case,
    Choose,
    CType,
    FunctionName,
    Goto,
    If,
    Loop,
    Return,
)
from source.review.edited import Edited
from source.review.following import Step
from source.review.judgement import Place
from source.review.origin import _assigned
from source.review.texts import Texts, said
from source.review.words import constant, words

FEW = 6
"""Conditions that are all told; of more, those that only say that nothing went wrong are not."""


_NAMES = re.compile(r"(?<![.>])\b[A-Za-z_]\w*")


@dataclass
class Telling:
    """How one side's steps are told; ``path`` is the file that is reviewed.

    ``own`` are the functions that this side alone calls and reads: theirs is told as one step.
    Where all that is ``edited`` is in the function under review, nothing is told at a place of
    one that it calls.  ``variables`` are the names of local objects.
    """

    texts: Texts
    path: str
    returns: CType
    own: frozenset[str] = frozenset()
    edited: Edited = field(default_factory=Edited)
    alone: bool = False
    variables: dict[int, str] = field(default_factory=dict)

    def place(self, step: Step | None) -> Place | None:
        """Where a step stands; of one that is as it was, where its variable is declared
        otherwise, and of one without a line, where the function reads otherwise."""
        line = step.line if step is not None else 0
        path = step.path if step is not None and line else self.path
        if step is not None and step.where.called and self.alone:
            line = step.where.call_line
        line = self._declared(line) or line or min(self.edited.lines, default=0)
        return Place(path, line, self.texts.line(path, line)) if line else None

    def edits(self, step: Step | None) -> bool:
        """Whether a step stands at a line that the other version has not."""
        line = (step.where.call_line or step.line) if step is not None else 0
        return line in self.edited.lines

    def _declared(self, line: int) -> int:
        """Where a variable of a line is declared otherwise, if the line itself is as it was."""
        if line in self.edited.lines or not self.edited.retyped:
            return 0
        names = set(_NAMES.findall(self.texts.line(self.path, line)))
        return min((at for name, at in self.edited.retyped.items() if name in names), default=0)

    def conditions(self, steps: list[Step]) -> tuple[str, ...]:
        """What is decided on the way, in the words of the C."""
        tests = [s for s in steps if s.kind == "test" and s.line and not s.where.called]
        tests = [s for s in tests if constant(getattr(s.node, "test", None)) is None]
        found = [s for s in tests if len(tests) <= FEW or not _passed(s)]
        last = tests[-2:]
        kept = [s for s in tests if s in found or s in last]
        return tuple(dict.fromkeys(self.condition(s, bool(s.values[0])) for s in kept))

    def condition(self, step: Step, holds: bool) -> str:
        """A condition in the words of the C, turned round where it does not hold."""
        node: Any = step.node
        if isinstance(node, Case):
            return self._case(node, holds)
        word = {If: "if", Loop: "(?:while|for)"}.get(type(node), "")
        text = self.texts.behind(step.path, step.line, word) if word else ""
        if isinstance(node, Loop) and text.count(";") == 2:
            text = text.split(";")[1].strip()
        if isinstance(node, Choose):
            text = self.texts.chosen(step.path, step.line)
        return said(text or words(node.test), holds)

    def source(self, step: Step, name: str) -> str:
        """What sets a variable, as it is written."""
        line = self.texts.line(step.path, step.line)
        found = re.search(rf"\b{name}\s*[^\w\s=]*=[^=].*?(?=;)", line)
        return found[0] if found else words(step.node)

    def _case(self, node: Case, holds: bool) -> str:
        low = f"case {node.low}"
        return low if holds else f"not {low}"

    def does(self, steps: list[Step], at: int) -> str:
        """What a step does."""
        step = steps[at]
        called = step.where.called
        if called in self.own:
            return f"calls {self._named(called, step.path, step.where.call_line)}"
        if called and step.kind != "end":
            return f"{self._does(steps, at)} in {called}()"
        return self._does(steps, at)

    def _does(self, steps: list[Step], at: int) -> str:
        step = steps[at]
        if step.kind == "end":
            return "returns" + (f" {self._value(step)}" if step.values else "")
        if step.kind == "write":
            return self._written(steps, at)
        if step.kind == "call":
            return f"calls {self._call(step)}"
        if step.kind == "opaque":
            return f"writes {_assigned(steps[at - 1]) or 'a structure'}"
        if step.kind == "once":
            verb = str(step.terms[0].payload[0]).split()[0]
            return f"{verb}s {self._place(step)} once"
        return {"asm": "runs asm"}.get(step.kind, step.kind)

    def _call(self, step: Step) -> str:
        node = step.node
        if isinstance(node, Call) and isinstance(node.callee, FunctionName):
            name = node.callee.name
            text = self.texts.behind(step.path, step.line, name)
            if text or not node.arguments:
                return f"{name}({text})"
            return self.texts.called(step.path, step.line, name) or words(node)
        return words(node)

    def _named(self, name: str, path: str, line: int) -> str:
        text = self.texts.behind(path, line, name)
        return (not text and self.texts.called(path, line, name)) or f"{name}({text})"

    def _written(self, steps: list[Step], at: int) -> str:
        step = steps[at]
        value = stored(step.values[-1], step.terms[-1].sort)
        if str(getattr(step.node, "cells", "")).startswith("object "):
            return f"sets {self._place(step)} to {value}"
        for before in reversed(steps[max(0, at - 2) : at]):
            if before.kind == "assign" and isinstance(before.node, Call):
                return f"calls {self._call(before)}"
            if before.kind == "assign":
                return f"sets {_assigned(before)} to {value}"
        return f"sets {self._place(step)} to {value}"

    def _place(self, step: Step) -> str:
        """What a step writes: a field with its record, or a variable whose address was given."""
        cells = str(getattr(step.node, "cells", ""))
        kind, _, number = cells.partition(" ")
        if kind == "object" and number.isdigit():
            return self.variables.get(int(number), "a variable")
        return cells.removeprefix("struct ")

    def _value(self, step: Step) -> str:
        value, sort = step.values[0], step.terms[0].sort
        if self.returns.kind == "pointer" and isinstance(value, int) and value >= 2**64 - 4095:
            return f"ERR_PTR({number(value, sort)})"
        if self.returns.kind == "int" and not self.returns.signed and value == 2**64 - 1:
            return hex(value)
        return number(value, sort) if isinstance(value, int) else "a structure"


def stored(value: object, width: int) -> str:
    """A number that is kept, which is no error where it is negative."""
    if isinstance(value, int) and width > 8 and value >= (1 << width) - 4095:
        return str(value - (1 << width))
    return number(value, width)


def number(value: object, width: int) -> str:
    """A number that is returned: small, as an error, or in hexadecimals."""
    if not isinstance(value, int):
        return str(value)
    if width > 8 and value >= (1 << width) - 4095:
        known = (1 << width) - value
        return f"-{errorcode.get(known, known)}"
    return str(int(value)) if value < 4096 else hex(value)


def _passed(step: Step) -> bool:
    """Whether a condition only says that one way out of the function was not taken."""
    node = step.node
    if isinstance(node, Choose | Loop | Case):
        return not isinstance(node, Choose)
    if not isinstance(node, If) or step.values[0]:
        return False
    then: Any = node.then
    while isinstance(then, Block) and then.body:
        then = then.body[-1]
    return isinstance(then, Goto | Return | Break)
