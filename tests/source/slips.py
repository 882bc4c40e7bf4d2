"""More kinds of faults, by the syntax tree: those that people make when they change C by hand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from tests.source.seeding import UNDO, Fault, Seeder, _below, _text

SIGN = {
    "unsigned long": "long",
    "long": "unsigned long",
    "unsigned int": "int",
    "int": "unsigned int",
    "u64": "s64",
    "size_t": "ssize_t",
    "pid_t": "unsigned int",
}
LOCKS = {
    "spin_lock": "spin_lock_irq",
    "spin_lock_irq": "spin_lock",
    "spin_unlock_irq": "spin_unlock",
    "write_lock_irq": "read_lock",
    "write_unlock_irq": "read_unlock",
    "read_lock": "write_lock_irq",
    "read_unlock": "write_unlock_irq",
    "mutex_lock": "mutex_unlock",
    "rcu_read_lock": "rcu_read_unlock",
    "task_lock": "task_unlock",
}
AS_BITS = {"&&": "&", "||": "|", "&": "&&", "|": "||", "==": "="}
LEAVING = ("return_statement", "goto_statement")


class Slips(Seeder):
    """Makes every fault of every kind of both rooms in one function."""

    def every(self) -> Iterator[Fault]:
        """Yield every fault of this function."""
        yield from super().every()
        for node in _below(self.root):
            make = getattr(self, f"_also_{node.type}", None)
            if make is not None:
                yield from make(node)

    @cached_property
    def _kin(self) -> dict[str, list[str]]:
        """Return, by name, what else of the same type is declared in the function."""
        by_type: dict[str, list[str]] = defaultdict(list)
        for node in _below(self.root):
            if node.type in ("parameter_declaration", "declaration"):
                kind = _text(node.child_by_field_name("type"))
                for one in node.children_by_field_name("declarator"):
                    name, stars = _declared(one)
                    by_type[f"{kind} {stars}"].append(name)
        kin = by_type.values()
        return {name: [one for one in names if one != name] for names in kin for name in names}

    @cached_property
    def _failing(self) -> str:
        """Return how this function fails; nothing where it returns no errno."""
        function = next(one for one in _below(self.root) if one.type == "function_definition")
        kind = _text(function.child_by_field_name("type"))
        if function.child_by_field_name("declarator").type == "pointer_declarator":
            return "return ERR_PTR(-EAGAIN);"
        return {"void": "return;", "int": "return -EAGAIN;"}.get(kind, "")

    def _also_identifier(self, node: Any) -> Iterator[Fault]:
        text = _text(node)
        if "declarat" not in node.parent.type and node.parent.type != "function_declarator":
            for other in self._kin.get(text, [])[:2]:
                yield self._put("another variable of its type", node, other, f"{text} -> {other}")

    def _also_goto_statement(self, node: Any) -> Iterator[Fault]:
        if self._failing:
            yield self._put("returns where it should undo", node, self._failing)

    def _also_break_statement(self, node: Any) -> Iterator[Fault]:
        yield self._put("break forgotten", node, ";")

    def _also_continue_statement(self, node: Any) -> Iterator[Fault]:
        yield self._put("break for continue", node, "break;")

    def _also_unary_expression(self, node: Any) -> Iterator[Fault]:
        inner = _text(node.child_by_field_name("argument"))
        operator = _text(node.child_by_field_name("operator"))
        if operator == "!":
            yield self._put("not forgotten", node, f"({inner})")
            yield self._put("IS_ERR() for NULL", node, f"IS_ERR((void *)(long)({inner}))")
        if operator == "-" and re.fullmatch(r"E[A-Z]+", inner):
            yield self._put("errno without its sign", node, inner)

    def _also_binary_expression(self, node: Any) -> Iterator[Fault]:
        operator = node.child_by_field_name("operator")
        other = AS_BITS.get(_text(operator))
        if other is not None:
            yield self._put(f"{other} for {_text(operator)}", operator, other, _text(node))
        if _text(operator) in ("<", "<=", ">", ">="):
            right = node.child_by_field_name("right")
            yield self._put("bound off by one", right, f"({_text(right)} + 1)", _text(node))

    def _also_call_expression(self, node: Any) -> Iterator[Fault]:
        callee, given = (node.child_by_field_name(name) for name in ("function", "arguments"))
        other = LOCKS.get(_text(callee))
        if other is not None:
            yield self._put("another lock", callee, other, _text(node))
        if _text(callee) == "IS_ERR":
            yield self._put("NULL for IS_ERR()", node, f"(!{_text(given)})")
        several = given.named_children
        if len(several) >= 2:
            begin, end = several[0].start_byte, several[1].end_byte
            swapped = f"{_text(several[1])}, {_text(several[0])}"
            yield self._made("arguments swapped", begin, end, swapped, _text(node))

    def _also_expression_statement(self, node: Any) -> Iterator[Fault]:
        inner = node.named_children[0] if node.named_children else None
        before = node.prev_named_sibling
        undoes = inner is not None and inner.type == "call_expression"
        if undoes and UNDO.search(_text(inner.child_by_field_name("function"))):
            yield self._put("returns before it undoes", node, f"{self._failing} {_text(node)}")
            if before is not None and before.type in ("expression_statement", "if_statement"):
                text = f"{_text(node)} {_text(before)}"
                yield self._made(
                    "used after its put", before.start_byte, node.end_byte, text, _text(node)
                )

    def _also_init_declarator(self, node: Any) -> Iterator[Fault]:
        declarator = _text(node.child_by_field_name("declarator"))
        yield self._put("not initialised", node, declarator, _text(node))

    def _also_sizeof_expression(self, node: Any) -> Iterator[Fault]:
        text = _text(node)
        if "*" in text:
            yield self._put("size of the pointer", node, text.replace("*", "", 1))

    def _also_else_clause(self, node: Any) -> Iterator[Fault]:
        yield self._put("else dropped", node, "")

    def _signed(self, node: Any) -> Iterator[Fault]:
        kind = node.child_by_field_name("type")
        new = SIGN.get(_text(kind)) if kind is not None else None
        if new is not None:
            yield self._put("sign changed", kind, new, _text(node))

    _also_declaration = _signed
    _also_parameter_declaration = _signed

    def _also_if_statement(self, node: Any) -> Iterator[Fault]:
        condition = node.child_by_field_name("condition")
        inner = node.child_by_field_name("consequence")
        if inner.type in LEAVING or any(one.type in LEAVING for one in inner.children):
            yield from self._behind_a_helper(condition)

    def _behind_a_helper(self, condition: Any) -> Iterator[Fault]:
        """Yield the check moved to a function of its own, turned or without one of its parts."""
        names = [_text(one) for one in _below(condition) if one.type == "identifier"]
        types = [self._types.get(name) for name in dict.fromkeys(names)]
        if not types or None in types:
            return
        inside = _text(condition)
        parts = [one for one in _below(condition) if one.type == "binary_expression"][:1]
        left = [_text(parts[0].child_by_field_name("left"))] if parts else []
        head = f"static bool checked_here({', '.join(one for one in types if one)})\n"
        call = f"(checked_here({', '.join(dict.fromkeys(names))}))"
        raw = self.here.encode()
        for kind, body in [("turned", f"!{inside}"), *(("in part", one) for one in left)]:
            edited = raw[: condition.start_byte] + call.encode() + raw[condition.end_byte :]
            helper = f"{head}{{\n\treturn {body};\n}}\n\n"
            at, size = len(self.before.encode()), len(raw)
            line = self.first + raw.count(b"\n", 0, condition.start_byte)
            yield self._edited(
                f"check moved to a helper, {kind}",
                line,
                inside,
                (at, at + size, helper + edited.decode()),
            )

    @cached_property
    def _types(self) -> dict[str, str]:
        """Return, by name, how a parameter or a plain local variable is declared."""
        found = {}
        for node in _below(self.root):
            if node.type in ("parameter_declaration", "declaration"):
                for one in node.children_by_field_name("declarator"):
                    name, stars = _declared(one)
                    if "[" not in _text(one) and "(" not in stars:
                        kind = _text(node.child_by_field_name("type"))
                        found[name] = f"{kind} {stars}{name}"
        return found


def _declared(node: Any) -> tuple[str, str]:
    """Return the name of a declarator, and its stars."""
    text = _text(node).partition("=")[0].strip()
    name = re.search(r"(\w+)\W*$", text)
    return (name[1] if name else text), "*" * text.count("*")
