"""C expressions: one small function per kind of node."""

from __future__ import annotations

import re
from collections.abc import Callable

from model.algebra import both, either, no
from source import values
from source.arrays import within
from source.facts.harmless import is_harmless, leads_to
from source.facts.places import embedded
from source.interpreter import READ, Interpreter, UnreadableC
from source.number import value_of
from source.operators import OPERATORS
from source.syntax import SyntaxNode
from source.values import (
    MASK,
    Choice,
    Target,
    Value,
    bits,
    merged,
    number,
    truth,
    truth_of,
    unknown,
    word_of,
)
from source.widths import shape_of


def _identifier(machine: Interpreter, node: SyntaxNode) -> Value:
    name = node.text
    local = machine.state.get(machine.local(machine.frame, name))
    if local is not None:
        return local
    file = machine.program.file(machine.frame.function.path)
    if file is not None and name in file.redefined:
        return _of_macro(machine, name, file.redefined[name])
    constant = machine.program.constants[name]
    if constant is not None:
        return number(constant)
    if file is not None and file.has(name):
        return Value(machine.program.handle(name), False, name)
    return machine.load(name)


def _of_macro(machine: Interpreter, name: str, text: str | None) -> Value:
    """Return the value of a macro that the file itself defines, as far as it is a constant."""
    value = machine.program.constants.value_of(text) if text else None
    return unknown(f"the macro {name} of this file") if value is None else number(value)


def _number(_machine: Interpreter, node: SyntaxNode) -> Value:
    match = re.fullmatch(r"-?(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", node.text)
    if match is None:
        return unknown(f"the number {node.text}")
    value = value_of(match.group(1))
    if value is None or value > MASK:
        return unknown(f"the number {node.text[:40]}")
    sign = -1 if node.text.startswith("-") else 1
    return number(sign * value, signed="u" not in match.group(2).lower())


def _inner(machine: Interpreter, node: SyntaxNode) -> Value:
    return machine.value(node.kids[-1])


def _cast(machine: Interpreter, node: SyntaxNode) -> Value:
    return _converted(node["type"].text, machine.value(node["value"]))


def _converted(kind: str, value: Value) -> Value:
    """Return what a cast makes of a value; ``(type)(value)`` is parsed as a call."""
    if value.unknown or "*" in kind or value.target or kind.strip() == "void":
        return value
    if shape_of(kind) is None:
        return unknown(f"a cast to {kind}")
    return values.typed(kind, Value(word_of(value), value.signed))


def _has_effects(node: SyntaxNode) -> bool:
    return any(
        one.kind in ("call_expression", "assignment_expression", "update_expression")
        for one in node.walk()
    )


def _shortcut(machine: Interpreter, node: SyntaxNode, *, is_and: bool) -> Value:
    """``a && b`` and ``a || b``: what b does happens only where a lets it be looked at."""
    left = machine.value(node["left"])
    if left.unknown:
        return left
    first = truth_of(left)
    if first is (not is_and):
        return truth(not is_and)
    right = node["right"]
    if not _has_effects(right):
        second = machine.value(right)
        if second.unknown:
            return second
        return truth((both if is_and else either)(first, truth_of(second)))
    found: list[Value] = []
    machine.apart(
        first if is_and else no(first),
        lambda: found.append(machine.value(right)),
        lambda: None,
    )
    second = found[0]
    if second.unknown:
        return second
    return truth((both if is_and else either)(first, truth_of(second)))


def _binary(machine: Interpreter, node: SyntaxNode) -> Value:
    operator = node["operator"].text
    if operator in ("&&", "||"):
        return _shortcut(machine, node, is_and=operator == "&&")
    left, right = machine.value(node["left"]), machine.value(node["right"])
    inside = within(machine, operator, left, right)
    if inside is not None:
        return inside
    for side in (left, right):
        if side.unknown:
            return side
    compute = OPERATORS.get(operator)
    if compute is None:
        return unknown(f"the operator {operator} in {node.plain}")
    return compute(left, right)


def _unary(machine: Interpreter, node: SyntaxNode) -> Value:
    operator = node["operator"].text
    value = machine.value(node["argument"])
    if value.unknown:
        return value
    if operator == "!":
        return truth(no(truth_of(value)))
    word = word_of(value)
    if operator == "-":
        return Value(values.negated(word), True)
    if operator == "~":
        return Value(bits(word) ^ MASK, value.signed)
    return value if operator == "+" else unknown(f"the operator {operator}")


def _pointer(machine: Interpreter, node: SyntaxNode) -> Value:
    argument = node["argument"]
    if node["operator"].text == "*":
        pointed = machine.value(argument)
        if isinstance(pointed.target, str) and pointed.target:
            return machine.load(machine.behind(pointed.target))
        return unknown(f"{node.plain}")
    return address(machine, argument)


def address(machine: Interpreter, node: SyntaxNode) -> Value:
    """Return ``&place``: a pointer that leads to the place."""
    if node.kind == "identifier":
        local = machine.local(machine.frame, node.text)
        if local in machine.state:
            held = machine.state[local]
            if held.target == local:
                return held
            return Value(machine.program.handle(local), False, local)
        return Value(machine.program.handle(node.text), False, node.text)
    if node.kind == "field_expression":
        target = machine.value(node["argument"]).target
        if isinstance(target, str) and target:
            place = f"{target}->{node['field'].text}"
            return Value(machine.program.handle(place), False, place)
        if isinstance(target, Choice):
            return Value(1, False, values.through(target, f"->{node['field'].text}"))
    if node.kind == "subscript_expression":
        place_of = subscripted(machine, node)
        if place_of is not None:
            return Value(1, False, values.through(place_of[0], f"->{place_of[1]}"))
    return unknown(f"the address {node.plain}", node.plain)


def _field(machine: Interpreter, node: SyntaxNode) -> Value:
    base = machine.value(node["argument"])
    if base.target == "":
        return unknown(f"{node.plain}")
    return machine.field(base.target, node["field"].text)


def subscripted(machine: Interpreter, node: SyntaxNode) -> tuple[Target, str] | None:
    """Return the record and the field name of ``record->field[3]``, the array of ``array[3]``."""
    argument, index = node["argument"], machine.value(node["index"])
    if index.unknown or not isinstance(index.word, int):
        return None
    if argument.kind == "identifier":
        target = machine.value(argument).target
        return (target, f"[{index.word}]") if target != "" else None
    if argument.kind != "field_expression":
        return None
    target = machine.value(argument["argument"]).target
    return (target, _element(machine, argument["field"].text, index.word)) if target != "" else None


_RLIMITS = {"ucount": "rlimit", "ucount_max": "rlimit_max"}


def _element(machine: Interpreter, name: str, index: int) -> str:
    """Return an element's name; before v5.19 the limits stood behind the counters of ucounts."""
    first = machine.program.constants["UCOUNT_RLIMIT_NPROC"]
    if name in _RLIMITS and first is not None and index >= first > 0:
        return f"{_RLIMITS[name]}[{index - first}]"
    return f"{name}[{index}]"


def _subscript(machine: Interpreter, node: SyntaxNode) -> Value:
    place = subscripted(machine, node)
    return machine.field(*place) if place is not None else unknown(node.plain)


def assign(machine: Interpreter, left: SyntaxNode, value: Value) -> None:
    """Write a value to a place."""
    while left.kind == "parenthesized_expression":
        left = left.kids[0]
    if left.kind == "identifier":
        key = machine.local(machine.frame, left.text)
        value = values.typed(machine.frame.type_of(left.text), value)
        machine.state[key if key in machine.state else left.text] = value
        return
    if left.kind == "field_expression":
        base = machine.value(left["argument"])
        if base.target == "":
            raise UnreadableC(f"an assignment to {left.plain}")
        machine.store(base.target, left["field"].text, value)
        return
    if left.kind == "subscript_expression":
        place = subscripted(machine, left)
        if place is not None:
            machine.store(*place, value)
            return
    if left.kind == "pointer_expression" and left["operator"].text == "*":
        pointed = machine.value(left["argument"]).target
        if isinstance(pointed, str) and pointed and not embedded(pointed):
            machine.state[machine.behind(pointed)] = value
            return
    raise UnreadableC(f"an assignment to {left.plain}")


def _assignment(machine: Interpreter, node: SyntaxNode) -> Value:
    operator, left, right = node["operator"].text, node["left"], node["right"]
    if right.kind == "compound_literal_expression" and operator == "=":
        return _filled(machine, left, right)
    value = machine.value(right)
    if operator == "=" and value.unknown and _copies(machine, left, value):
        return number(0)
    if operator != "=":
        old = machine.value(left)
        compute = OPERATORS.get(operator[:-1])
        if compute is None:
            value = unknown(f"the operator {operator}")
        elif old.unknown or value.unknown:
            value = old if old.unknown else value
        else:
            value = compute(old, value)
    assign(machine, left, value)
    return value


def _copies(machine: Interpreter, left: SyntaxNode, value: Value) -> bool:
    """Copy what the model knows of a structure; return whether this is one."""
    target = machine.value(left).target
    if not (embedded(value.target) and isinstance(target, str) and target):
        return False
    assert isinstance(value.target, str)
    machine.copied(target, value.target)
    return True


def _filled(machine: Interpreter, left: SyntaxNode, literal: SyntaxNode) -> Value:
    """``*pointer = (struct type){ .field = …, }``."""
    if left.kind == "pointer_expression":
        target = machine.value(left["argument"]).target
    elif left.kind == "identifier":
        target = machine.value(left).target
    else:
        return ELSEWHERE_STRUCT
    if target == "":
        raise UnreadableC(f"an assignment to {left.plain}")
    machine.initialise(target, literal["value"])
    machine.note(left, READ)
    return number(0)


ELSEWHERE_STRUCT = unknown("a structure that the model does not know", "?")


def _conditional(machine: Interpreter, node: SyntaxNode) -> Value:
    condition = machine.value(node["condition"])
    if condition.unknown:
        return condition
    kept = node.get("consequence")  # none in GNU's a ?: b
    then = condition if kept is None else machine.value(kept)
    otherwise = machine.value(node["alternative"])
    return merged(truth_of(condition), then, otherwise)


def _update(machine: Interpreter, node: SyntaxNode) -> Value:
    """``x++`` and ``--x``: a prefix yields the new value, a suffix the old one."""
    place = node["argument"]
    old = machine.value(place)
    sign = "+" if node["operator"].text == "++" else "-"
    new = within(machine, sign, old, number(1))
    if new is None:
        new = old if old.unknown else OPERATORS[sign](old, number(1))
    assign(machine, place, new)
    counted(machine, place, sign)
    return new if node.text.startswith(("++", "--")) else old


_COUNTED = {f"{place}->users": "fs" for place in ("current->fs", "init_fs", "userspace_init_fs")}


def counted(machine: Interpreter, place: SyntaxNode, sign: str) -> None:
    """Take or give a reference where the C counts it by hand (``fs->users++``)."""
    if place.kind != "field_expression":
        return
    target = machine.value(place["argument"]).target
    cases = [
        (there, _COUNTED.get(f"{one}->{place['field'].text}"))
        for there, one in values.cases_of(target)
    ]
    for resource in {found for _, found in cases if found is not None}:
        when = either(*(there for there, found in cases if found == resource))
        (machine.take if sign == "+" else machine.give)(resource, when)


def _call(machine: Interpreter, node: SyntaxNode) -> Value:
    name = machine.program.name_today(node["function"].text)
    if shape_of(name.strip("()")) is not None and len(node["arguments"].kids) == 1:
        return _converted(name.strip("()"), machine.value(node["arguments"].kids[0]))
    contract = machine.contracts.get(name)
    arguments = node["arguments"].kids
    file = machine.program.file(machine.frame.function.path)
    if file is not None and name in file.redefined and not is_harmless(name):
        return unknown(f"the macro {name}() of this file")
    if contract is not None:
        return contract(machine, node, [machine.value(one) for one in arguments])
    function = machine.program.readable(name, machine.frame.function.path)
    if function is not None and not is_harmless(name):
        given = [machine.value(one) for one in arguments]
        value = machine.run(function, given).value
        machine.handed_over(name, value)
        return value
    fallback = machine.fallbacks.get(name)
    if fallback is not None:
        return fallback(machine, node, [machine.value(one) for one in arguments])
    if is_harmless(name):
        return unknown(f"{name}()", leads_to(name))
    if name in machine.program.unreadable:
        return unknown(machine.program.unreadable[name])
    return number(0) if machine.assuming else unknown(f"{name}() has no contract")


def _string(_machine: Interpreter, node: SyntaxNode) -> Value:
    return unknown("a string", "string")


EXPRESSIONS: dict[str, Callable[[Interpreter, SyntaxNode], Value]] = {
    "identifier": _identifier,
    "null": lambda _machine, _node: number(0),
    "true": lambda _machine, _node: truth(True),
    "false": lambda _machine, _node: truth(False),
    "number_literal": _number,
    "parenthesized_expression": _inner,
    "cast_expression": _cast,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "pointer_expression": _pointer,
    "field_expression": _field,
    "subscript_expression": _subscript,
    "assignment_expression": _assignment,
    "conditional_expression": _conditional,
    "update_expression": _update,
    "call_expression": _call,
    "sizeof_expression": lambda _machine, node: unknown(node.plain, "size"),
    "string_literal": _string,
    "concatenated_string": _string,
}
