"""Seeds faults into the C of a tree by its syntax tree: every kind that people make.

A fault is an edit of the file as it is, comments and conditionals included; no list of places is
kept.  What does not change the text that is read (in an arm that is switched off, say) is none.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.ground.problems import Problem
from source.program import PLACE, Program
from source.syntax import _parser
from source.text import prepared
from source.tree import Tree

ERRNOS = ("EINVAL", "EPERM", "EAGAIN", "ENOMEM")
NARROW = {
    "u64": "u32",
    "unsigned long": "unsigned int",
    "size_t": "unsigned int",
    "long": "int",
    "int": "short",
    "unsigned int": "u16",
    "pid_t": "short",
}
UNDO = re.compile(r"(put|unlock|free|drop|dec|cancel|exit|remove|del)(_|$)|_(put|unlock|free)")
OTHER = {
    "==": "!=",
    "!=": "==",
    "<": "<=",
    ">": ">=",
    "<=": "<",
    ">=": ">",
    "&": "|",
    "|": "&",
    "+": "-",
    "-": "+",
    "&&": "||",
    "||": "&&",
}


@dataclass(frozen=True)
class Fault:
    """One edit: its kind, where it is, and the whole text with it."""

    kind: str
    path: str
    function: str
    line: int
    told: str
    text: str
    edit: tuple[int, int, str] = (0, 0, "")
    """The bytes of the file that are replaced, and by what."""
    second: int = 0
    """The line of the other one of two faults in one edit."""


def _below(node: Any) -> Iterator[Any]:
    yield node
    for child in node.children:
        yield from _below(child)


def _text(node: Any) -> str:
    return str(node.text.decode())


def replaced(whole: str, edits: list[tuple[int, int, str]]) -> str:
    """Return a text with edits of it that do not overlap."""
    raw = whole.encode()
    for begin, end, new in sorted(edits, reverse=True):
        raw = raw[:begin] + new.encode() + raw[end:]
    return raw.decode()


def both(whole: str, one: Fault, other: Fault) -> Fault | None:
    """Return two faults of one function in one edit; nothing where they overlap."""
    first, second = sorted((one, other), key=lambda fault: fault.edit[:2])
    if first.edit[1] >= second.edit[0] or one.function != other.function:
        return None
    return Fault(
        f"{one.kind} and {other.kind}",
        one.path,
        one.function,
        first.line,
        f"{one.told} and {other.told}",
        replaced(whole, [one.edit, other.edit]),
        second=second.line,
    )


class Seeder:
    """Makes every fault of every kind in one function of a tree's file."""

    def __init__(self, tree: Tree, path: str, name: str) -> None:
        whole = tree.text(path)
        found = prepared(whole or "").function(name)
        assert whole is not None and found is not None
        self.path, self.name, self.whole = path, name, whole
        read, self.first = found
        lines = whole.split("\n")
        last = self.first + read.count("\n")
        self.before = "\n".join(lines[: self.first - 1])
        self.before += "\n" if self.before else ""
        self.here = "\n".join(lines[self.first - 1 : last])
        self.after = "\n" + "\n".join(lines[last:])
        self.root = _parser().parse(self.here.encode()).root_node

    def _made(self, kind: str, begin: int, end: int, new: str, told: str) -> Fault:
        line = self.first + self.here.encode().count(b"\n", 0, begin)
        at = len(self.before.encode())
        return self._edited(kind, line, told, (at + begin, at + end, new))

    def _edited(self, kind: str, line: int, told: str, edit: tuple[int, int, str]) -> Fault:
        text = replaced(self.whole, [edit])
        return Fault(kind, self.path, self.name, line, " ".join(told.split())[:70], text, edit)

    def _put(self, kind: str, node: Any, new: str, told: str = "") -> Fault:
        return self._made(kind, node.start_byte, node.end_byte, new, told or _text(node))

    def every(self) -> Iterator[Fault]:
        """Yield every fault of this function."""
        for node in _below(self.root):
            make = getattr(self, f"_in_{node.type}", None)
            if make is not None:
                yield from make(node)

    def _in_expression_statement(self, node: Any) -> Iterator[Fault]:
        text = _text(node)
        inner = node.named_children[0] if node.named_children else None
        yield self._put("statement dropped", node, ";")
        if inner is not None and inner.type == "call_expression":
            undo = UNDO.search(_text(inner.child_by_field_name("function")))
            yield self._put("put doubled" if undo else "call doubled", node, f"{text} {text}")
        yield self._put("under an unknown IS_ENABLED()", node, f"if (IS_ENABLED(CONFIG_X)) {text}")
        yield self._put("under an unknown #ifdef", node, f"\n#ifdef CONFIG_X\n{text}\n#endif\n")
        following = node.next_named_sibling
        if following is not None and following.type == "expression_statement":
            swapped, end = f"{_text(following)} {text}", following.end_byte
            yield self._made("statements swapped", node.start_byte, end, swapped, text)

    def _in_if_statement(self, node: Any) -> Iterator[Fault]:
        condition = node.child_by_field_name("condition")
        text = _text(condition)
        if any(one.type in ("return_statement", "goto_statement") for one in _below(node)):
            yield self._put("check dropped", node, ";")
        yield self._put("condition negated", condition, f"(!{text})")
        yield self._put("condition always", condition, "(1)")
        following = node.next_named_sibling
        if following is not None and following.type == "if_statement":
            raw = self.here.encode()
            between = raw[node.end_byte : following.start_byte].decode()
            swapped = f"{_text(following)}{between}{_text(node)}"
            yield self._made("checks swapped", node.start_byte, following.end_byte, swapped, text)

    def _in_binary_expression(self, node: Any) -> Iterator[Fault]:
        operator = node.child_by_field_name("operator")
        other = OTHER.get(_text(operator))
        if other is not None:
            yield self._put("operator changed", operator, other, _text(node))
        for side in ("left", "right"):
            kept = _text(node.child_by_field_name(side))
            yield self._put("operand dropped", node, f"({kept})")

    def _in_identifier(self, node: Any) -> Iterator[Fault]:
        text = _text(node)
        if text in ERRNOS and node.parent.type == "unary_expression":
            other = ERRNOS[(ERRNOS.index(text) + 1) % len(ERRNOS)]
            yield self._put("errno changed", node, other, f"{text} -> {other}")
        elif text.startswith("CLONE_"):
            other = "CLONE_FS" if text == "CLONE_VM" else "CLONE_VM"
            yield self._put("flag renamed", node, other, f"{text} -> {other}")
            at = len(self.before.encode())
            define = f"#undef {text}\n#define {text} 0\n"
            line = self._put("", node, text).line
            yield self._edited("flag redefined in the file", line, text, (at, at, define))

    def _in_goto_statement(self, node: Any) -> Iterator[Fault]:
        labels = [
            _text(one.child_by_field_name("label"))
            for one in _below(self.root)
            if one.type == "labeled_statement"
        ]
        label = node.child_by_field_name("label")
        at = labels.index(_text(label)) if _text(label) in labels else -9
        for near in (at - 1, at + 1):
            if 0 <= near < len(labels):
                yield self._put("goto to another label", label, labels[near], f"-> {labels[near]}")

    def _narrowed(self, node: Any) -> Iterator[Fault]:
        kind = node.child_by_field_name("type")
        new = NARROW.get(_text(kind)) if kind is not None else None
        if new is not None:
            yield self._put("type narrowed", kind, new, _text(node))

    _in_declaration = _narrowed
    _in_parameter_declaration = _narrowed

    def _in_cast_expression(self, node: Any) -> Iterator[Fault]:
        value = _text(node.child_by_field_name("value"))
        yield self._put("cast dropped", node, value)
        yield self._put("cast narrowed", node, f"((u8)({value}))")

    def _in_assignment_expression(self, node: Any) -> Iterator[Fault]:
        left, right = (node.child_by_field_name(side) for side in ("left", "right"))
        yield self._put("constant written", right, "0", _text(node))
        if left.type == "identifier" and node.parent.type == "expression_statement":
            hidden = f"{{ long {_text(left)}; {_text(node.parent)} }}"
            yield self._put("inner declaration hides", node.parent, hidden)
        if left.type == "field_expression" and node.parent.type == "expression_statement":
            text = _text(node.parent)
            place = _text(left)
            of = _text(left.child_by_field_name("argument"))
            size = f"sizeof({place})"
            yield self._put("zeroed after", node.parent, f"{text} memset(&{place}, 0, {size});")
            yield self._put("written after", node.parent, f"{text} WRITE_ONCE({place}, 0);")
            copied = f"{text} memcpy(&{place}, &current->flags, {size});"
            yield self._put("copied over after", node.parent, copied)
            if "->" in place and "." not in of:
                yield self._put("struct written after", node.parent, f"{text} *{of} = *{of};")

    def _in_call_expression(self, node: Any) -> Iterator[Fault]:
        for one in node.child_by_field_name("arguments").named_children:
            yield self._put("argument changed", one, "0", _text(node))

    def _in_number_literal(self, node: Any) -> Iterator[Fault]:
        yield self._put("number changed", node, f"({_text(node)} + 1)", _text(node.parent))

    def _in_initializer_pair(self, node: Any) -> Iterator[Fault]:
        yield self._put(
            "initialiser's value dropped", node.child_by_field_name("value"), "0", _text(node)
        )

    def _in_return_statement(self, node: Any) -> Iterator[Fault]:
        if node.named_children:
            yield self._put("returned value dropped", node.named_children[0], "0", _text(node))


def faults(tree: Tree, count: int, seed: int) -> list[Fault]:
    """Return a seeded sample of faults, as many of each kind as there are of the others."""
    program = Program(tree)
    every: dict[str, list[Fault]] = {}
    for name, path in PLACE.items():
        if program.readable(name) is not None:
            for made in Seeder(tree, path, name).every():
                every.setdefault(made.kind, []).append(made)
    chance = random.Random(seed)
    for kind in sorted(every):
        chance.shuffle(every[kind])
    chosen: list[Fault] = []
    while len(chosen) < count and any(every.values()):
        for kind in sorted(every):
            if every[kind]:
                fault = every[kind].pop()
                if _changes(tree, fault):
                    chosen.append(fault)
    return chosen[:count]


def _changes(tree: Tree, fault: Fault) -> bool:
    """Return whether a fault changes what is read of its file."""
    try:
        before, after = prepared(tree.text(fault.path) or ""), prepared(fault.text)
    except Problem:  # an edit across directives: no compiler would take it
        return False
    plain = [" ".join(one.text.split()) for one in (before, after)]
    return plain[0] != plain[1] or len(before.macros) != len(after.macros)
