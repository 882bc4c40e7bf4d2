"""Runs a C function on a call of the model: concretely on one, symbolically on all of them.

Statements are read in order.  A state belongs to a path; where paths meet, it is merged by
the condition that parted them.  Gotos lead forward to labels, whose states wait there.
Calls are read in turn, or stand for a declared contract; what is neither is noted, with its
line, and never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from checker.problems import Problem
from model.algebra import Truth, both, either, no
from model.call import Call
from source import values
from source.program import Program
from source.syntax import Function, Node
from source.values import Choice, Target, Value, merged, number, truth_of, unknown

State = dict[str, Value]

READ, ELSEWHERE, UNREAD = "read", "elsewhere", "unread"
"""A statement is translated, touches nothing that the model knows, or could not be read."""

DEEPEST = 12
MOST_STATEMENTS = 50_000
"""Statements that one run may take; clone3() with all that is read in turn takes some 800."""

MOST_ROUNDS = 64


@dataclass(frozen=True, slots=True)
class Exit:
    """A return: where it stands, when it is taken, and with what."""

    path: str
    function: str
    line: int
    text: str
    when: Truth
    value: Value


@dataclass(frozen=True, slots=True)
class Turn:
    """A goto or an error return that a concrete run took, and the conditions that led there."""

    path: str
    function: str
    line: int
    text: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a function that was read, and what became of it."""

    path: str
    function: str
    line: int
    text: str
    kind: str
    why: str = ""


@dataclass
class Frame:
    """One activation of a function."""

    function: Function
    number: int
    exits: list[tuple[Exit, State]] = field(default_factory=list)
    waiting: dict[str, list[tuple[Truth, State]]] = field(default_factory=dict)
    breaks: list[list[tuple[Truth, State]]] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)


@dataclass
class Returned:
    """What a call came to: its value, the state it leaves, and each of its exits."""

    value: Value
    state: State
    exits: list[Exit]


class Unreadable(Exception):
    """A construct that the reader does not translate; the message says which."""


Contract = Callable[["Machine", Node, list[Value]], Value]


class Machine:
    """A C machine on one call of the model."""

    def __init__(
        self,
        program: Program,
        call: Call,
        contracts: dict[str, Contract],
        *,
        stops: dict[str, Contract] | None = None,
    ) -> None:
        from source import facts

        self.program, self.call = program, call
        self.contracts = {**contracts, **(stops or {})}
        self.facts = facts
        self.state: State = {}
        self.live: Truth = True
        self.path: Truth = True
        self.frames: list[Frame] = []
        self.statements: dict[tuple[str, int, str], Statement] = {}
        self.all_exits: list[Exit] = []
        self.turns: list[Turn] = []
        self.taken: dict[str, None] = {}
        """The resources taken so far, in the order in which the C takes them."""
        self.trusted: Truth = True
        self._count = 0
        self._run = 0
        self._loads: dict[str, Value] = {}

    # ------------------------------------------------------------------ functions

    def run(self, function: Function, arguments: list[Value]) -> Returned:
        """Run a function from the present state."""
        if len(self.frames) >= DEEPEST:
            raise Unreadable(f"{function.name}(): calls nest too deep")
        self._count += 1
        frame = Frame(function, self._count)
        for (kind, name), value in zip(function.parameters, arguments, strict=False):
            frame.types[name] = kind
            narrow = bool(self.frames) and "flags" in name
            converted = values.typed(kind, self._narrowed(kind, value) if narrow else value)
            self.state[self._local(frame, name)] = converted
        outer_live, outer_path = self.live, self.path
        self.path = both(outer_path, outer_live)
        self.live = True
        self.frames.append(frame)
        try:
            self._block(function.body)
            if self.live is not False:
                self._leave(function.body, number(0))
        finally:
            self.frames.pop()
            self.live, self.path = outer_live, outer_path
        return self._joined(frame)

    def _joined(self, frame: Frame) -> Returned:
        exits = frame.exits
        kind = frame.function.returns
        last, state = exits[-1]
        value = values.typed(kind, last.value)
        for leaving, left in reversed(exits[:-1]):
            value = merged(leaving.when, values.typed(kind, leaving.value), value)
            state = self._merge(leaving.when, left, state)
        self.state = state
        return Returned(value, state, [leaving for leaving, _ in exits])

    def _narrowed(self, kind: str, value: Value) -> Value:
        """Convert flags to their parameter's type: ``unsigned long`` may have 32 bits.

        Counters and limits have 64 bits on every machine here, as in the model.
        """
        if value.unknown or value.target or value.truth is not None:
            return value
        if kind in ("unsigned long", "size_t"):
            word = values.bits(value.word)
            small = self.call.system.long_is_32_bit
            if isinstance(word, int) and word < 2**32:
                return Value(word, False)
            return merged(small, Value(word & 0xFFFFFFFF, False), Value(word, False))
        if kind in ("u64", "__u64"):
            return Value(value.word, False)
        return value

    def _local(self, frame: Frame, name: str) -> str:
        return f"{frame.number}:{name}"

    @property
    def frame(self) -> Frame:
        """Return the present activation."""
        return self.frames[-1]

    # ------------------------------------------------------------------ states

    def _merge(self, condition: Truth, then: State, otherwise: State) -> State:
        if then is otherwise or condition is True:
            return then
        if condition is False:
            return otherwise
        made = dict(otherwise)
        for key, value in then.items():
            other = otherwise.get(key)
            if other is value:
                continue
            made[key] = merged(condition, value, self._absent(key) if other is None else other)
        for key, value in otherwise.items():
            if key not in then:
                made[key] = merged(condition, self._absent(key), value)
        return made

    def _absent(self, key: str) -> Value:
        """Return what a place holds on a path that never wrote to it."""
        if key[0].isdigit():
            return unknown("not set on every path")
        return self.unwritten(key)

    def unwritten(self, key: str) -> Value:
        """Return what a place holds that nothing wrote to: for a copy, what it is a copy of."""
        found = self.initial(key)
        origin = self.facts.origin_of(key)
        if not found.unknown or origin is None:
            return found
        original = self.initial(origin)
        return found if original.unknown else original

    def made_from(self, copy: str, original: str) -> None:
        """Note that a new object is a copy of another as that is now, but for what is known."""
        for key in [one for one in self.state if one.startswith(f"{original}->")]:
            there = copy + key[len(original) :]
            if there not in self.facts.PLACES:
                self.state[there] = self.state[key]

    def copied(self, copy: str, original: str) -> None:
        """Note that what the model knows of one structure is written over another."""
        for key in dict.fromkeys((*self.facts.PLACES, *self.state)):
            if key.startswith(f"{original}->"):
                self.state[copy + key[len(original) :]] = self.load(key)

    def apart(
        self, condition: Truth, then: Callable[[], None], otherwise: Callable[[], None]
    ) -> None:
        """Run two branches, each on its own state, and let them meet."""
        live, state, path = self.live, self.state, self.path
        ends: list[tuple[Truth, State]] = []
        for choice, branch in ((condition, then), (no(condition), otherwise)):
            self.live = both(live, choice)
            self.state = dict(state)
            if self.live is not False and choice is not False:
                branch()
            ends.append((self.live, self.state))
        self.path = path
        (left, after), (right, before) = ends
        self.live = either(left, right)
        if left is False:
            self.state = before
        elif right is False:
            self.state = after
        else:
            self.state = self._merge(condition, after, before)

    # ------------------------------------------------------------------ statements

    def note(self, node: Node, kind: str, why: str = "") -> None:
        """Note what became of a statement; the least readable verdict on it stays."""
        function = self.frame.function
        key = (function.path, node.line, node.plain)
        order = (ELSEWHERE, READ, UNREAD)
        if kind == UNREAD:
            self.trusted = both(self.trusted, no(both(self.path, self.live)))
        old = self.statements.get(key)
        if old is None or order.index(kind) > order.index(old.kind):
            self.statements[key] = Statement(
                function.path, function.name, node.line, node.plain, kind, why
            )

    def _block(self, node: Node) -> None:
        for kid in node.kids:
            self.statement(kid)

    def statement(self, node: Node) -> None:
        """Run one statement."""
        self._run += 1
        if self._run > MOST_STATEMENTS:
            name = self.frame.function.name
            raise Problem(f"{name}() runs more than {MOST_STATEMENTS:,} statements: it is not read")
        if node.kind == "labeled_statement":
            self._label(node)
            return
        if self.live is False:
            self._labels_below(node)
            return
        handler = _STATEMENTS.get(node.kind)
        if handler is None:
            if node.kind not in _SILENT:
                self.note(node, UNREAD, f"a {node.kind.replace('_', ' ')}")
            return
        try:
            handler(self, node)
        except Unreadable as why:
            self.note(node, UNREAD, str(why))

    def _labels_below(self, node: Node) -> None:
        if node.kind == "compound_statement":
            self._block(node)

    def _label(self, node: Node) -> None:
        waiting = self.frame.waiting.pop(node["label"].text, [])
        for condition, state in waiting:
            if self.live is False:
                self.live, self.state = condition, state
            else:
                self.state = self._merge(condition, state, self.state)
                self.live = either(self.live, condition)
        for kid in node.kids[1:]:
            self.statement(kid)

    def _goto(self, node: Node) -> None:
        label = node["label"].text
        if self.frame.function.labels.get(label, 0) <= node.line:
            raise Unreadable(f"goto {label}: no such label further down")
        self.note(node, READ)
        self._turn(node)
        self.frame.waiting.setdefault(label, []).append((self.live, dict(self.state)))
        self.live = False

    def _return(self, node: Node) -> None:
        value = self.value(node.kids[0]) if node.kids else number(0)
        self.note(node, UNREAD if value.unknown and self._matters(value) else READ, value.unknown)
        self._leave(node, value)

    @staticmethod
    def _matters(value: Value) -> bool:
        return value.target == ""

    def _leave(self, node: Node, value: Value) -> None:
        function = self.frame.function
        text = node.plain if node.kind == "return_statement" else "}"
        if values.refuses(values.typed(function.returns, value), function.name):
            self._turn(node)
        made = Exit(function.path, function.name, node.line, text, self.live, value)
        self.frame.exits.append((made, dict(self.state)))
        self.all_exits.append(
            Exit(made.path, made.function, made.line, text, both(self.path, self.live), value)
        )
        self.live = False

    def _if(self, node: Node) -> None:
        condition = self.value(node["condition"])
        then = node["consequence"]
        otherwise = node.get("alternative")
        if condition.unknown:
            self._unread_branch(node, condition.unknown)
            return
        self.note(node["condition"], READ)
        text = node["condition"].plain
        self.apart(
            truth_of(condition),
            lambda: self._under(text, lambda: self.statement(then)),
            lambda: self._under(f"!{text}", lambda: self._block(otherwise)) if otherwise else None,
        )

    def _under(self, condition: str, branch: Callable[[], None]) -> None:
        self.frame.conditions.append(condition)
        branch()
        self.frame.conditions.pop()

    def _turn(self, node: Node) -> None:
        """Remember a turn of a concrete run."""
        function = self.frame.function
        conditions = tuple(self.frame.conditions)
        self.turns.append(Turn(function.path, function.name, node.line, node.plain, conditions))

    def _unread_branch(self, node: Node, why: str) -> None:
        """Pass over a branch whose condition cannot be read; silent only if nothing hangs on it."""
        harmless = all(self._harmless(one) for one in node.walk())
        self.note(node["condition"], ELSEWHERE if harmless else UNREAD, why)
        for one in node.walk():
            if one.kind in ("return_statement", "goto_statement"):
                self.note(one, UNREAD, f"depends on {why}")
            elif one.kind in ("assignment_expression", "update_expression"):
                self._forgotten(one.fields.get("left") or one["argument"], why)

    def _forgotten(self, place: Node, why: str) -> None:
        """Note that nothing is known of a place that was perhaps written to."""
        from source.expressions import assign

        with suppress(Unreadable):
            assign(self, place, unknown(f"{place.plain}, after {why}"))

    def _is_over(self) -> bool:
        """Return whether no path goes on here."""
        return self.live is False

    def _harmless(self, node: Node) -> bool:
        if node.kind in ("return_statement", "goto_statement", "labeled_statement"):
            return False
        if node.kind == "call_expression":
            return self.facts.is_harmless(node["function"].text)
        if node.kind == "assignment_expression":
            left = node["left"]
            return left.kind == "identifier" or not self.modelled(left)
        return True

    def modelled(self, place: Node) -> bool:
        """Return whether the model knows the place that an assignment writes to."""
        from source.expressions import subscripted

        while place.kind == "parenthesized_expression":
            place = place.kids[0]
        if place.kind == "subscript_expression":
            element = subscripted(self, place)
            return element is None or self.facts.is_modelled(*element)
        if place.kind != "field_expression":
            return place.kind == "pointer_expression"
        target = self.value(place["argument"]).target
        return self.facts.is_modelled(target, place["field"].text)

    def _expression(self, node: Node) -> None:
        if not node.kids:
            return
        inner = node.kids[0]
        before = len(self.statements)
        value = self.value(inner)
        kind = self._kind_of(inner, value)
        if len(self.statements) == before or kind != ELSEWHERE:
            self.note(node, kind, value.unknown if kind == UNREAD else "")

    def _kind_of(self, node: Node, value: Value) -> str:
        if node.kind == "call_expression":
            name = node["function"].text
            if name in self.contracts or self.program.reads(name):
                return READ
            return ELSEWHERE if self.facts.is_harmless(name) else UNREAD
        if node.kind == "assignment_expression":
            modelled = self.modelled(node["left"])
            local = node["left"].kind == "identifier"
            if value.unknown and (modelled or (local and not value.target)):
                return UNREAD if modelled else ELSEWHERE
            return READ if modelled or local else ELSEWHERE
        return ELSEWHERE

    def _declaration(self, node: Node) -> None:
        kind = node["type"].text if node.get("type") else ""
        for kid in node.kids:
            if kid.kind == "init_declarator":
                name = _declared(kid["declarator"])
                self._declare(kind, name, kid["declarator"].text)
                initial = kid["value"]
                if initial.kind == "initializer_list":
                    self._initialise(self._struct(name), initial)
                    self.note(node, READ)
                else:
                    value = self.value(initial)
                    value = values.typed(self.frame.types[name], value)
                    self.state[self._local(self.frame, name)] = value
                    self.note(node, ELSEWHERE if value.unknown and not value.target else READ)
            elif kid.kind in ("identifier", "pointer_declarator", "array_declarator"):
                self._declare(kind, _declared(kid), kid.text)

    def _declare(self, kind: str, name: str, text: str) -> None:
        self.frame.types[name] = kind + ("*" if "*" in text else "")
        key = self._local(self.frame, name)
        if kind.startswith("struct") and "*" not in text or "[" in text:
            self.state[key] = Value(self.program.handle(key), False, key)
        else:
            self.state.setdefault(key, unknown(f"{name} is not set"))

    def _struct(self, name: str) -> Target:
        return self.state[self._local(self.frame, name)].target

    def _initialise(self, target: Target, listed: Node) -> None:
        """Set the fields of a designated initialiser; those it leaves out are zero."""
        assert isinstance(target, str)
        self.state[f"{target}->*"] = number(0)
        for key in [one for one in self.state if one.startswith(f"{target}->")]:
            if key != f"{target}->*":
                del self.state[key]
        for pair in listed.kids:
            if pair.kind != "initializer_pair":
                raise Unreadable("an initialiser without field names")
            name = pair["designator"].text.removeprefix(".")
            self.state[f"{target}->{name}"] = self.value(pair["value"])

    def _for(self, node: Node) -> None:
        initial = node.get("initializer")
        if initial is not None:
            if initial.kind == "declaration":
                self._declaration(initial)
            else:
                self.value(initial)
        self._loop(node, node.get("condition"), node["body"], node.get("update"))

    def _while(self, node: Node) -> None:
        self._loop(node, node["condition"], node["body"], None)

    def _do(self, node: Node) -> None:
        if node["condition"].text.strip("() ") not in ("0", "false"):
            raise Unreadable("a do loop")
        self.statement(node["body"])

    def _loop(self, node: Node, condition: Node | None, body: Node, update: Node | None) -> None:
        """Unroll a loop; every way out of it waits until the last round is over."""
        out: list[tuple[Truth, State]] = []
        self.frame.breaks.append(out)
        try:
            self._rounds(condition, body, update, out)
        finally:
            self.frame.breaks.pop()
        self.note(node, READ)
        for leaving, state in out:
            if self.live is False:
                self.live, self.state = leaving, state
            else:
                self.state = self._merge(leaving, state, self.state)
                self.live = either(self.live, leaving)

    def _rounds(
        self,
        condition: Node | None,
        body: Node,
        update: Node | None,
        out: list[tuple[Truth, State]],
    ) -> None:
        for _ in range(MOST_ROUNDS):
            tested = self.value(condition) if condition is not None else number(1)
            if tested.unknown:
                raise Unreadable(f"a loop while {tested.unknown}")
            goes_on = truth_of(tested)
            if goes_on is not True:
                ends = both(self.live, no(goes_on))
                if ends is not False:
                    out.append((ends, dict(self.state)))
            self.live = both(self.live, goes_on)
            if self._is_over():
                break
            self.statement(body)
            if self._is_over():
                break
            if update is not None:
                self.value(update)
        else:
            raise Unreadable("a loop of more rounds than are unrolled")

    def _break(self, _node: Node) -> None:
        if not self.frame.breaks:
            raise Unreadable("break outside a loop")
        self.frame.breaks[-1].append((self.live, dict(self.state)))
        self.live = False

    # ------------------------------------------------------------------ expressions

    def value(self, node: Node) -> Value:
        """Return the value of an expression."""
        from source.expressions import EXPRESSIONS

        handler = EXPRESSIONS.get(node.kind)
        if handler is None:
            return unknown(f"a {node.kind.replace('_', ' ')}: {node.plain}")
        return handler(self, node)

    def load(self, key: str) -> Value:
        """Return what a place holds: written before, else as the model's state has it."""
        held = self.state.get(key)
        return held if held is not None else self.unwritten(key)

    def initial(self, key: str) -> Value:
        """Return what a place holds when the call begins."""
        if key not in self._loads:
            self._loads[key] = self.facts.initial(self, key)
        return self._loads[key]

    def field(self, target: Target, name: str) -> Value:
        """Return a field of what a pointer leads to."""
        if isinstance(target, Choice):
            value = self.field(target.cases[-1][1], name)
            for there, one in reversed(target.cases[:-1]):
                value = merged(there, self.field(one, name), value)
            return value
        key = f"{target}->{name}"
        if key in self.state:
            return self.state[key]
        whole = f"{target}->*"
        return self.state[whole] if whole in self.state else self.unwritten(key)

    def store(self, target: Target, name: str, value: Value) -> None:
        """Write a field of what a pointer leads to."""
        if isinstance(target, Choice):
            for there, one in target.cases:
                self.store(one, name, merged(there, value, self.field(one, name)))
            return
        self.state[f"{target}->{name}"] = value

    # ------------------------------------------------------------------ resources

    def take(self, resource: str, when: Truth = True) -> None:
        """Note that a resource is held from here on, where ``when``."""
        key = f"held:{resource}"
        self.state[key] = values.truth(either(truth_of(self.load(key)), when))
        self.taken.pop(resource, None)
        self.taken[resource] = None

    def give(self, resource: str, when: Truth = True) -> None:
        """Note that a resource is given back; what is not held is given back too often."""
        key = f"held:{resource}"
        held = truth_of(self.load(key))
        twice = f"twice:{resource}"
        wrong = both(when, no(held))
        if wrong is not False:
            self.state[twice] = values.truth(either(truth_of(self.load(twice)), wrong))
        self.state[key] = values.truth(both(held, no(when)))
        order = [one for one in self.taken if not one.startswith("lock ")]
        for later in order[order.index(resource) + 1 :] if resource in order else ():
            still = both(when, held, truth_of(self.load(f"held:{later}")))
            if still is not False:
                pair = f"order:{resource} before {later}"
                self.state[pair] = values.truth(either(truth_of(self.load(pair)), still))

    def drop(self, resource: str, when: Truth = True) -> None:
        """Note that a resource is no longer held by itself: part of another, or unhashed."""
        key = f"held:{resource}"
        held = truth_of(self.load(key))
        if held is not False:
            self.state[key] = values.truth(both(held, no(when)))

    def handed_over(self, name: str, value: Value) -> None:
        """Note what a function that was read hands over to its caller."""
        from source.contracts import after_call

        after_call(self, name, value)


def _declared(node: Node) -> str:
    found: str = next(one.text for one in node.walk() if one.kind == "identifier")
    return found


_STATEMENTS: dict[str, Callable[[Machine, Node], None]] = {
    "compound_statement": Machine._block,
    "expression_statement": Machine._expression,
    "declaration": Machine._declaration,
    "if_statement": Machine._if,
    "return_statement": Machine._return,
    "goto_statement": Machine._goto,
    "for_statement": Machine._for,
    "while_statement": Machine._while,
    "do_statement": Machine._do,
    "break_statement": Machine._break,
}
_SILENT = (";", "type_definition", "preproc_call", "statement_identifier")
