"""Edits that change nothing, by the syntax tree: the kinds that people make when they tidy C.

What is moved or doubled is plain: it calls nothing and writes nothing, so that the order in which
its parts are computed does not matter.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from source.tree import Tree
from tests.source.seeding import Fault, _below, _text
from tests.source.slips import LEAVING, Slips

DOING = ("call_expression", "assignment_expression", "update_expression", "comma_expression")
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
NOT = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
NUMBERS = {"CLONE_VM": "0x00000100", "CLONE_FS": "0x00000200", "CLONE_THREAD": "0x00010000"}


def plain(node: Any) -> bool:
    """Return whether an expression only computes."""
    return not any(one.type in DOING for one in _below(node))


def leaves(node: Any) -> bool:
    """Return whether a statement leaves by its last one."""
    last = node.named_children[-1] if node.type == "compound_statement" else node
    return last.type in LEAVING


class Refactorings(Slips):
    """Makes every edit of every kind in one function that leaves its meaning."""

    def every(self) -> Iterator[Fault]:
        """Yield every edit of this function."""
        yield from self._whole()
        for node in _below(self.root):
            make = getattr(self, f"_tidied_{node.type}", None)
            if make is not None:
                yield from make(node)

    def _whole(self) -> Iterator[Fault]:
        function = next(one for one in _below(self.root) if one.type == "function_definition")
        body = function.child_by_field_name("body")
        start = body.start_byte + 1
        yield self._made("a comment", start, start, " /* nothing */", "")
        yield self._made("a blank line", start, start, "\n", "")
        yield self._made("a variable that nobody uses", start, start, "int unused_here;", "")
        yield self._made(
            "code that is never run", body.end_byte - 1, body.end_byte - 1, "if (0);", ""
        )
        for name in list(self._types)[-2:]:
            yield self._renamed(name)

    def _renamed(self, name: str) -> Fault:
        field = ("field_identifier", "field_designator", "statement_identifier")
        made = self.here.encode()
        found = [
            one
            for one in _below(self.root)
            if one.type == "identifier" and _text(one) == name and one.type not in field
        ]
        for one in reversed(found):
            made = made[: one.start_byte] + b"renamed_here" + made[one.end_byte :]
        return self._made("a variable renamed", 0, len(self.here.encode()), made.decode(), name)

    def _tidied_if_statement(self, node: Any) -> Iterator[Fault]:
        condition = node.child_by_field_name("condition")
        then = node.child_by_field_name("consequence")
        other = node.child_by_field_name("alternative")
        inner = _text(condition)
        yield self._put("not twice", condition, f"(!!{inner})")
        yield self._put("unlikely()", condition, f"(unlikely({inner}))")
        yield self._put("statement expression", condition, f"(({{ bool made = {inner}; made; }}))")
        if then.type != "compound_statement":
            yield self._put("braces", then, f"{{ {_text(then)} }}")
        if other is not None:
            yield from self._of_else(node, inner, then, other.named_children[0])
            return
        if "break" not in _text(then) and "continue" not in _text(then):
            switched = f"switch (!!{inner}) {{ case 1: {_text(then)} break; default: break; }}"
            if not any(one.type == "labeled_statement" for one in _below(then)):
                yield self._put("switch for if", node, switched, inner)
        for one in condition.named_children:
            if one.type == "binary_expression":
                yield from self._of_parts(node, one, then)
        yield from self._checked_elsewhere(node, condition)
        yield from self._assigned_in(node, condition)

    def _of_else(self, node: Any, inner: str, then: Any, other: Any) -> Iterator[Fault]:
        if other.type != "if_statement" and then.type == other.type == "compound_statement":
            swapped = f"if (!{inner}) {_text(other)} else {_text(then)}"
            yield self._put("branches swapped", node, swapped, inner)
        if leaves(then):
            flat = f"if {inner} {_text(then)} {_text(other)}"
            yield self._put("else after a return dropped", node, f"{{ {flat} }}", inner)

    def _of_parts(self, node: Any, one: Any, then: Any) -> Iterator[Fault]:
        left, right = (_text(one.child_by_field_name(side)) for side in ("left", "right"))
        operator = _text(one.child_by_field_name("operator"))
        if operator == "&&":
            yield self._put("nested ifs", node, f"if ({left}) {{ if ({right}) {_text(then)} }}")
            yield self._put("de Morgan", one, f"!(!({left}) || !({right}))")
        if operator == "||":
            yield self._put("de Morgan", one, f"!(!({left}) && !({right}))")
            if leaves(then):
                each = [f"if ({side}) {_text(then)}" for side in (left, right)]
                if "_statement" in then.type and not _labels(then):
                    yield self._put("two checks for one", node, f"{{ {' '.join(each)} }}", left)

    def _checked_elsewhere(self, node: Any, condition: Any) -> Iterator[Fault]:
        names = [_text(one) for one in _below(condition) if one.type == "identifier"]
        types = [self._types.get(name) for name in dict.fromkeys(names)]
        if not types or None in types:
            return
        given = ", ".join(dict.fromkeys(names))
        raw, at = self.here.encode(), len(self.before.encode())
        call = f"(checked_here({given}))".encode()
        edited = (raw[: condition.start_byte] + call + raw[condition.end_byte :]).decode()
        line = self.first + raw.count(b"\n", 0, condition.start_byte)
        head = f"bool checked_here({', '.join(filter(None, types))})"
        helper = f"{head}\n{{\n\treturn {_text(condition)};\n}}\n\n"
        inside = " ".join(_text(condition).split())
        for kind, head in (
            ("a check in a helper", f"static {helper}"),
            ("a check in an inline", f"static inline {helper}"),
            ("a check in a macro", f"#define checked_here({given}) {inside}\n"),
        ):
            if kind != "a check in a macro" or "->" not in inside or not _fields(condition, names):
                yield self._edited(kind, line, inside, (at, at + len(raw), head + edited))

    def _assigned_in(self, node: Any, condition: Any) -> Iterator[Fault]:
        before = node.prev_named_sibling
        one = before.named_children[0] if before is not None and before.named_children else None
        if before is None or before.type != "expression_statement" or one is None:
            return
        if (
            one.type == "assignment_expression"
            and _text(one.child_by_field_name("operator")) == "="
        ):
            name = _text(one.child_by_field_name("left"))
            if _text(condition) == f"({name})" and re.fullmatch(r"\w+", name):
                raw = self.here.encode()
                rest = raw[condition.end_byte : node.end_byte].decode()
                made = f"if (({_text(one)})){rest}"
                yield self._made(
                    "assigned in the condition", before.start_byte, node.end_byte, made, name
                )

    def _tidied_binary_expression(self, node: Any) -> Iterator[Fault]:
        left, right = (node.child_by_field_name(side) for side in ("left", "right"))
        operator = _text(node.child_by_field_name("operator"))
        one, other = _text(left), _text(right)
        if plain(node) and operator in FLIPPED:
            yield self._put("comparison flipped", node, f"(({other}) {FLIPPED[operator]} ({one}))")
        if operator in NOT:
            yield self._put("not of the contrary", node, f"(!(({one}) {NOT[operator]} ({other})))")
        if plain(node) and operator in ("&", "|"):
            yield self._put("operands swapped", node, f"(({other}) {operator} ({one}))")

    def _tidied_unary_expression(self, node: Any) -> Iterator[Fault]:
        inner = _text(node.child_by_field_name("argument"))
        if _text(node.child_by_field_name("operator")) == "!" and not inner.startswith("!"):
            yield self._put("== 0 for not", node, f"(({inner}) == 0)")

    def _tidied_assignment_expression(self, node: Any) -> Iterator[Fault]:
        left, right = (node.child_by_field_name(side) for side in ("left", "right"))
        operator = _text(node.child_by_field_name("operator"))
        one, other = _text(left), _text(right)
        if operator in ("|=", "&=", "+=", "-=") and plain(left):
            made = f"{one} = {one} {operator[:-1]} ({other})"
            yield self._put("compound assignment written out", node, made)
        cleared = operator == "=" and other in ("NULL", "0") and left.type == "field_expression"
        if cleared and node.parent.type == "expression_statement":
            made = f"memset(&{one}, 0, sizeof({one}))"
            yield self._put("memset() of one field", node, made)
        if right.type == "conditional_expression" and node.parent.type == "expression_statement":
            test, then, bad = (
                _text(right.child_by_field_name(part))
                for part in ("condition", "consequence", "alternative")
            )
            made = f"if ({test}) {one} = {then}; else {one} = {bad};"
            yield self._put("if for ?:", node.parent, made)

    def _tidied_expression_statement(self, node: Any) -> Iterator[Fault]:
        text = _text(node)
        if node.parent.type == "compound_statement":
            yield self._put("do while (0)", node, f"do {{ {text} }} while (0);")
            yield self._put("do with break", node, f"do {{ {text} break; }} while (1);")
            yield self._put(
                "a loop of one round", node, f"for (int round = 0; round < 1; round++) {{ {text} }}"
            )

    def _tidied_return_statement(self, node: Any) -> Iterator[Fault]:
        if node.named_children:
            value = _text(node.named_children[0])
            made = f"{{ __auto_type result_here = {value}; return result_here; }}"
            yield self._put("returned by a variable", node, made)

    def _tidied_declaration(self, node: Any) -> Iterator[Fault]:
        declared = node.children_by_field_name("declarator")
        kind = _text(node.child_by_field_name("type"))
        if (
            len(declared) == 1
            and declared[0].type == "init_declarator"
            and "const" not in _text(node)
        ):
            name = declared[0].child_by_field_name("declarator")
            value = declared[0].child_by_field_name("value")
            if value.type != "initializer_list" and name.type in (
                "identifier",
                "pointer_declarator",
            ):
                bare = _text(name).lstrip("* ")
                made = f"{kind} {_text(name)}; {bare} = {_text(value)};"
                yield self._put("declared, then assigned", node, made)
        following = node.next_named_sibling
        bare = following is not None and following.type == "declaration"
        if bare and "=" not in _text(node) + _text(following):
            made = f"{_text(following)} {_text(node)}"
            yield self._made(
                "declarations swapped", node.start_byte, following.end_byte, made, _text(node)
            )

    def _tidied_initializer_list(self, node: Any) -> Iterator[Fault]:
        pairs = node.named_children
        if len(pairs) >= 2 and all(one.type == "initializer_pair" for one in pairs) and plain(node):
            made = "{ " + ", ".join(_text(one) for one in reversed(pairs)) + " }"
            yield self._put("initialisers in another order", node, made)

    def _tidied_field_expression(self, node: Any) -> Iterator[Fault]:
        of, name = (node.child_by_field_name(part) for part in ("argument", "field"))
        if "->" in _text(node)[len(_text(of)) :] and plain(node):
            yield self._put("(*p).f for p->f", node, f"(*{_text(of)}).{_text(name)}")

    def _tidied_call_expression(self, node: Any) -> Iterator[Fault]:
        callee, given = (
            _text(node.child_by_field_name(part)) for part in ("function", "arguments")
        )
        if callee == "ERR_PTR":
            yield self._put("a cast for ERR_PTR()", node, f"((void *)(long){given})")
        if callee == "PTR_ERR_OR_ZERO":
            yield self._put(
                "PTR_ERR_OR_ZERO() written out", node, f"(IS_ERR{given} ? PTR_ERR{given} : 0)"
            )
        if callee in ("likely", "unlikely"):
            yield self._put("likely() dropped", node, f"({given})")

    def _tidied_identifier(self, node: Any) -> Iterator[Fault]:
        number = NUMBERS.get(_text(node))
        if number is not None:
            yield self._put("a number for its name", node, number)

    def _tidied_while_statement(self, node: Any) -> Iterator[Fault]:
        test, body = (_text(node.child_by_field_name(part)) for part in ("condition", "body"))
        if not test.startswith("(0") and node.parent.type == "compound_statement":
            yield self._put("for for while", node, f"for (; {test[1:-1]};) {body}")

    def _tidied_goto_statement(self, node: Any) -> Iterator[Fault]:
        name = _text(node.child_by_field_name("label"))
        for one in _below(self.root):
            if one.type == "labeled_statement" and _text(one.child_by_field_name("label")) == name:
                last = one.named_children[-1]
                if last.type == "return_statement":
                    yield self._put("return for goto", node, _text(last), name)


def _labels(node: Any) -> bool:
    return any(one.type == "labeled_statement" for one in _below(node))


def _fields(node: Any, names: list[str]) -> bool:
    """Return whether a field is called like one of these variables."""
    return any(one.type == "field_identifier" and _text(one) in names for one in _below(node))


FILES = {
    "kernel/fork.c": (
        "copy_process",
        "kernel_clone",
        "ksys_unshare",
        "unshare_fd",
        "unshare_fs",
        "copy_mm",
        "copy_files",
        "copy_fs",
        "copy_sighand",
        "copy_signal",
        "clone3_args_valid",
        "create_io_thread",
    ),
    "kernel/cred.c": ("copy_creds", "commit_creds", "set_cred_ucounts", "prepare_creds"),
    "kernel/nsproxy.c": ("copy_namespaces", "create_new_namespaces", "validate_nsset"),
    "kernel/ucount.c": ("inc_rlimit_ucounts", "is_rlimit_overlimit", "alloc_ucounts"),
    "kernel/user_namespace.c": ("create_user_ns", "unshare_userns", "enforced_nproc_rlimit"),
    "kernel/vhost_task.c": ("vhost_task_create", "vhost_task_stop", "vhost_task_fn"),
}
"""Functions of task creation, by file: those that edits are made in."""


def refactorings(
    tree: Tree, each: int, seed: int, files: dict[str, tuple[str, ...]] = FILES
) -> list[Fault]:
    """Return a seeded sample: as many of each kind as asked for, where there are as many."""
    every: dict[str, list[Fault]] = {}
    for path, names in files.items():
        for name in names:
            try:
                made = list(Refactorings(tree, path, name).every())
            except AssertionError:  # no such function in this tree
                continue
            for one in made:
                every.setdefault(one.kind, []).append(one)
    chance = random.Random(seed)
    return [
        one
        for kind in sorted(every)
        for one in chance.sample(every[kind], min(each, len(every[kind])))
    ]
