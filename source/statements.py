"""Runs a C function on a call of the model: concretely on one, symbolically on all of them.

Statements are read in order.  A state belongs to a path; where paths meet, it is merged by
the condition that parted them.  The states of gotos wait at their labels: further down, in the
branches of an if, too; and further up in a block that is open, which is run again from there.
Calls are read in turn, or stand for a declared contract; what is neither is noted, with its
line, and never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from checker.ground.problems import Problem
from model.algebra import Truth, both, either, no
from model.call import Call
from source import jumps, values
from source.contracts.every import CONTRACTS, FALLBACKS, after_call
from source.expressions import EXPRESSIONS, assign, subscripted
from source.facts.harmless import is_harmless, leads_to
from source.facts.modelled import is_modelled
from source.interpreter import (
    DEEPEST,
    ELSEWHERE,
    MOST_ROUNDS,
    MOST_STATEMENTS,
    READ,
    UNREAD,
    CallResult,
    Contract,
    Exit,
    Frame,
    Interpreter,
    State,
    Turn,
    UnreadableC,
)
from source.program import Program
from source.syntax import Function, SyntaxNode
from source.values import Target, Value, is_error, merged, number, truth_of, unknown, word_of


class Runner(Interpreter):
    """Runs functions of C; ``stops`` are contracts of one run, before those of all."""

    def __init__(
        self, program: Program, call: Call, *, stops: dict[str, Contract] | None = None
    ) -> None:
        super().__init__(program, call, {**CONTRACTS, **(stops or {})}, FALLBACKS)
        self._stops = frozenset(stops or ())

    def value(self, node: SyntaxNode) -> Value:
        """Return the value of an expression."""
        handler = EXPRESSIONS.get(node.kind)
        if handler is not None:
            try:
                return handler(self, node)
            except (KeyError, IndexError, ValueError, AssertionError):
                pass  # not of the form known
        why = f"a {node.kind.replace('_', ' ')}: {node.plain}"
        return number(0) if self.assuming else unknown(why)

    def handed_over(self, name: str, value: Value) -> None:
        """Note what a function that was read hands over to its caller."""
        after_call(self, name, value)

    def run(self, function: Function, arguments: list[Value]) -> CallResult:
        """Run a function from the present state."""
        if len(self.frames) >= DEEPEST:
            raise UnreadableC(f"{function.name}(): calls nest too deep")
        self._count += 1
        self.functions.setdefault(function.name, function)
        frame = Frame(function, self._count)
        for (kind, name), value in zip(function.parameters, arguments, strict=False):
            frame.types[name] = kind
            narrow = bool(self.frames) and "flags" in name
            converted = values.typed(kind, self._narrowed(kind, value) if narrow else value)
            self.state[self.local(frame, name)] = converted
        outer_live, outer_path = self.live, self.path
        self.path = both(outer_path, outer_live)
        self.live = True
        self.frames.append(frame)
        try:
            self._block(function.body)
            if self.live is not False:
                self._leave(function.body, number(0))
            self._lost(function.body)
        finally:
            self.frames.pop()
            self.live, self.path = outer_live, outer_path
        return self._joined(frame)

    def _joined(self, frame: Frame) -> CallResult:
        kind = frame.function.returns
        exits = [
            (replace(leaving, value=values.typed(kind, leaving.value)), left)
            for leaving, left in frame.exits
        ]
        if len(exits) > 1 and self.frames:
            exits = [(leaving, _without_locals(frame, left)) for leaving, left in exits]
        value = exits[-1][0].value
        for leaving, _ in reversed(exits[:-1]):
            value = merged(leaving.when, leaving.value, value)
        self.state = self.met(exits)
        return CallResult(value, self.state, exits)

    def _narrowed(self, kind: str, value: Value) -> Value:
        """Convert flags to their parameter's type: ``unsigned long`` may have 32 bits.

        Counters and limits have 64 bits on every machine here, as in the model.
        """
        if value.unknown or value.truth is not None:
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

    def _block(self, node: SyntaxNode) -> None:
        frame, names = self.frame, dict(self.frame.names)
        labels = jumps.labels_of(node.kids)
        frame.depth += 1
        frame.open.append(labels)
        for kid in node.kids:
            self.statement(kid)
        if labels:
            self._again(node.kids, labels)
        frame.open.pop()
        frame.depth, frame.names = frame.depth - 1, names

    def _again(self, kids: tuple[SyntaxNode, ...], labels: dict[str, int]) -> None:
        """Run a block again from the first label that was jumped back to, until none is."""
        frame, out = self.frame, [(self.live, self.state)]
        for _ in range(MOST_ROUNDS):
            back = {name: frame.back.pop(name) for name in labels if name in frame.back}
            if not back:
                break
            for name, paths in back.items():
                frame.waiting.setdefault(name, []).extend(paths)
            self.live = False
            for kid in kids[min(labels[name] for name in back) :]:
                self.statement(kid)
            out.append((self.live, self.state))
        self._meet([(there, state) for there, state in out if there is not False])

    def _here(self) -> list[tuple[Truth, State]]:
        """Return the path that goes on here, if one does."""
        return [] if self.live is False else [(self.live, self.state)]

    def _meet(self, paths: list[tuple[Truth, State]]) -> None:
        """Go on where some paths meet, each told by its condition; nowhere if there are none."""
        self.live = False
        for there, state in paths:
            if self.live is False:
                self.live, self.state = there, state
            else:
                self.state = self.merge(there, state, self.state)
                self.live = either(self.live, there)

    def _lost(self, body: SyntaxNode) -> None:
        """Note each jump whose label was not come by: into a loop, or back too often."""
        frame = self.frame
        for label, paths in (*frame.waiting.items(), *frame.back.items()):
            for there, state in paths:
                self.live, self.state = there, state
                why = f"goto {label}: it leads where it is not followed"
                self.note(frame.jumps[label], UNREAD, why)
                self._leave(body, unknown(why))

    def statement(self, node: SyntaxNode) -> None:
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
        place = self.frame.function.path, node.line
        self.reached.setdefault(place, []).append((self.path, self.live))
        handler = _STATEMENTS.get(node.kind)
        if handler is None:
            if node.kind not in _SILENT:
                self.note(node, UNREAD, f"a {node.kind.replace('_', ' ')}")
            return
        try:
            handler(self, node)
        except UnreadableC as why:
            self.note(node, UNREAD, str(why))

    def _labels_below(self, node: SyntaxNode) -> None:
        if node.kind == "compound_statement":
            self._block(node)
        elif node.kind == "if_statement" and self._entered(node):
            self._branches(node, False, entered=True)

    def _label(self, node: SyntaxNode) -> None:
        self._meet([*self._here(), *self.frame.waiting.pop(node["label"].text, [])])
        for kid in node.kids[1:]:
            self.statement(kid)

    def _goto(self, node: SyntaxNode) -> None:
        label = node["label"].text
        frame = self.frame
        down = frame.function.labels.get(label, 0) > node.line
        if not down and not any(label in labels for labels in frame.open):
            raise UnreadableC(f"goto {label}: no such label further down, nor in an open block")
        self.note(node, READ)
        if down:
            self._turn(node)
        frame.jumps[label] = node
        waiting = frame.waiting if down else frame.back
        waiting.setdefault(label, []).append((self.live, dict(self.state)))
        self.live = False

    def _return(self, node: SyntaxNode) -> None:
        value = self.value(node.kids[0]) if node.kids else number(0)
        self.note(node, UNREAD if value.unknown and not value.target else READ, value.unknown)
        self._leave(node, value)

    def _leave(self, node: SyntaxNode, value: Value) -> None:
        function = self.frame.function
        text = node.plain if node.kind == "return_statement" else "}"
        if values.refuses(values.typed(function.returns, value), function.name):
            self._turn(node)
        self._free_locals(node)
        made = Exit(function.path, function.name, node.line, text, self.live, value)
        self.frame.exits.append((made, dict(self.state)))
        self.all_exits.append(
            Exit(made.path, made.function, made.line, text, both(self.path, self.live), value)
        )
        self.live = False

    def _free_locals(self, node: SyntaxNode) -> None:
        """Free what is freed when the function ends, unless it is NULL or an error."""
        for place, name in reversed(self.frame.freed):
            held = self.load(place)
            if name not in self.contracts and is_harmless(name):
                continue
            if name not in self.contracts or held.unknown:
                self.note(node, UNREAD, held.unknown or f"{name}() has no contract")
                continue
            there = no(either(word_of(held) == 0, is_error(word_of(held))))
            self.apart(there, partial(self._freed, node, name, held), lambda: None)

    def _freed(self, node: SyntaxNode, name: str, held: Value) -> None:
        came_to = self.contracts[name](self, node, [held])
        if came_to.unknown:
            self.note(node, UNREAD, came_to.unknown)

    def _if(self, node: SyntaxNode) -> None:
        condition = self.value(node["condition"])
        if condition.unknown and self.assuming:
            condition = number(0)
        if condition.unknown:
            self._unread_branch(node, condition.unknown)
            return
        self.note(node["condition"], READ)
        entered = self._entered(node)
        self._branches(node, truth_of(condition), entered=entered)

    def _entered(self, node: SyntaxNode) -> bool:
        """Return whether jumps that were taken lead into a statement."""
        frame, last = self.frame, node.line + node.text.count("\n")
        labels = frame.function.labels
        return jumps.enter(node, {one for one in frame.waiting if labels[one] <= last})

    def _branches(self, node: SyntaxNode, condition: Truth, *, entered: bool) -> None:
        """Run both branches of an if; ``entered``: jumps lead to labels in them, too."""
        then, otherwise = node["consequence"], node.get("alternative")
        text = node["condition"].plain
        self.apart(
            condition,
            lambda: self._under(text, lambda: self.statement(then)),
            lambda: self._under(f"!{text}", lambda: self._block(otherwise)) if otherwise else None,
            entered=entered,
        )

    def _under(self, condition: str, branch: Callable[[], None]) -> None:
        self.frame.conditions.append(condition)
        branch()
        self.frame.conditions.pop()

    def _turn(self, node: SyntaxNode) -> None:
        """Remember a turn of a concrete run."""
        of, conditions = self.frame.function, tuple(self.frame.conditions)
        self.turns.append(Turn(of.path, of.name, node.line, node.plain, conditions))

    def _unread_branch(self, node: SyntaxNode, why: str) -> None:
        """Pass over a branch whose condition cannot be read; silent only if nothing hangs on it."""
        harmless = all(self._harmless(one) for one in node.walk())
        self.note(node["condition"], ELSEWHERE if harmless else UNREAD, why)
        for one in node.walk():
            if one.kind in ("return_statement", "goto_statement"):
                self.note(one, UNREAD, f"depends on {why}")
            elif one.kind in ("assignment_expression", "update_expression"):
                self._forgotten(_written(one), why)

    def _forgotten(self, place: SyntaxNode, why: str) -> None:
        """Note that nothing is known of a place that was perhaps written to."""
        with suppress(UnreadableC):
            assign(self, place, unknown(f"{place.plain}, after {why}"))

    def _harmless(self, node: SyntaxNode) -> bool:
        if node.kind in ("return_statement", "goto_statement", "labeled_statement"):
            return False
        if node.kind == "call_expression":
            name = node["function"].text
            return is_harmless(name) and name not in self._stops
        if node.kind in ("assignment_expression", "update_expression"):
            place = _written(node)
            return place.kind == "identifier" or not self.modelled(place)
        return True

    def modelled(self, place: SyntaxNode) -> bool:
        """Return whether the model knows the place that an assignment writes to."""
        while place.kind == "parenthesized_expression":
            place = place.kids[0]
        if place.kind == "subscript_expression":
            element = subscripted(self, place)
            return element is None or is_modelled(*element)
        if place.kind != "field_expression":
            return place.kind == "pointer_expression"
        target, name = self.value(place["argument"]).target, place["field"].text
        known = target != "" or not any(key.endswith(f"->{name}") for key in self.state)
        return is_modelled(target, name) or not known

    def _expression(self, node: SyntaxNode) -> None:
        if not node.kids:
            return
        inner = node.kids[0]
        before = len(self.statements)
        value = self.value(inner)
        kind = self._kind_of(inner, value)
        if len(self.statements) == before or kind != ELSEWHERE:
            self.note(node, kind, value.unknown if kind == UNREAD else "")

    def _kind_of(self, node: SyntaxNode, value: Value) -> str:
        if node.kind == "call_expression":
            name = self.program.name_today(node["function"].text)
            if name in self.contracts:
                return UNREAD if value.unknown and not value.target else READ
            if is_harmless(name):
                return ELSEWHERE
            return READ if self.program.readable(name, self.frame.function.path) else UNREAD
        if node.kind == "assignment_expression":
            modelled = self.modelled(node["left"])
            local = node["left"].kind == "identifier"
            if value.unknown and (modelled or (local and not value.target)):
                return UNREAD if modelled else ELSEWHERE
            return READ if modelled or local else ELSEWHERE
        return ELSEWHERE

    def _declaration(self, node: SyntaxNode) -> None:
        kind = node["type"].text if node.get("type") else ""
        freed = jumps.freed_by(node)
        for kid in node.kids:
            if kid.kind == "init_declarator":
                name = _declared(kid["declarator"])
                self._declare(kind, name, kid["declarator"].text)
                initial = kid["value"]
                if initial.kind == "initializer_list":
                    self.initialise(self._struct(name), initial)
                    self.note(node, READ)
                else:
                    value = self.value(initial)
                    value = values.typed(self.frame.type_of(name), value)
                    self.state[self.local(self.frame, name)] = value
                    self.note(node, ELSEWHERE if value.unknown and not value.target else READ)
            elif kid.kind in ("identifier", "pointer_declarator", "array_declarator"):
                self._declare(kind, _declared(kid), kid.text)
        if freed:
            if self.frame.depth > 1:
                raise UnreadableC(f"{freed}() at the end of an inner block")
            name = _declared(node["declarator"])
            self.frame.freed.append((self.local(self.frame, name), freed))

    def _declare(self, kind: str, name: str, text: str) -> None:
        self.frame.declare(name, kind + ("*" if "*" in text else ""))
        key = self.local(self.frame, name)
        if kind.startswith("struct") and "*" not in text or "[" in text:
            self.state[key] = Value(self.program.handle(key), False, key)
        else:
            self.state.setdefault(key, unknown(f"{name} is not set"))

    def _struct(self, name: str) -> Target:
        return self.state[self.local(self.frame, name)].target

    def _for(self, node: SyntaxNode) -> None:
        initial = node.get("initializer")
        if initial is not None:
            if initial.kind == "declaration":
                self._declaration(initial)
            else:
                self.value(initial)
        self._loop(node, node.get("condition"), node["body"], node.get("update"))

    def _while(self, node: SyntaxNode) -> None:
        self._loop(node, node["condition"], node["body"], None)

    def _do(self, node: SyntaxNode) -> None:
        if node["condition"].text.strip("() ") not in ("0", "false"):
            raise UnreadableC("a do loop")
        out: list[tuple[Truth, State]] = []
        self.frame.breaks.append(out)
        self.frame.continues.append(out)
        self.statement(node["body"])
        self.frame.breaks.pop()
        self.frame.continues.pop()
        self._meet([*self._here(), *out])

    def _loop(
        self,
        node: SyntaxNode,
        condition: SyntaxNode | None,
        body: SyntaxNode,
        update: SyntaxNode | None,
    ) -> None:
        """Unroll a loop; every way out of it waits until the last round is over."""
        out: list[tuple[Truth, State]] = []
        self.frame.breaks.append(out)
        try:
            self._rounds(node, condition, body, update, out)
        finally:
            self.frame.breaks.pop()
        self.note(node, READ)
        self._meet([*self._here(), *out])

    def _passed_over(self, node: SyntaxNode, why: str) -> None:
        """Pass over a loop that runs who knows how often, where no round does anything modelled.

        What it assigns is not known after it: that holds after no round, and after one more if it
        held before.  It leaves by its condition or by a break alone.
        """
        written = ("assignment_expression", "update_expression")
        places = [one for one in node.walk() if one.kind in written]
        for one in sorted(places, key=lambda one: _written(one).kind != "identifier"):
            self._forgotten_anew(one, why)
        if not all(self._harmless(one) for one in node.walk()):
            raise UnreadableC(f"a loop while {why}")

    def _forgotten_anew(self, node: SyntaxNode, why: str) -> None:
        """Forget what a place holds; where it leads is known if it always leads there."""
        place, right = _written(node), node.get("right")
        to: Target = ""
        if place.kind == "identifier" and right is not None and right.kind == "call_expression":
            name = right["function"].text
            to = leads_to(name) if is_harmless(name) and name not in self.contracts else ""
        with suppress(UnreadableC):
            to = to if self.value(place).target == to else ""
            assign(self, place, unknown(f"{place.plain}, after {why}", to))

    def _rounds(
        self,
        node: SyntaxNode,
        condition: SyntaxNode | None,
        body: SyntaxNode,
        update: SyntaxNode | None,
        out: list[tuple[Truth, State]],
    ) -> None:
        for _ in range(MOST_ROUNDS):
            tested = self.value(condition) if condition is not None else number(1)
            if tested.unknown:
                self._passed_over(node, tested.unknown)
                break
            goes_on = truth_of(tested)
            if goes_on is not True:
                ends = both(self.live, no(goes_on))
                if ends is not False:
                    out.append((ends, dict(self.state)))
            self.live = both(self.live, goes_on)
            if self.ends:
                break
            self.frame.continues.append([])
            self.statement(body)
            self._meet([*self._here(), *self.frame.continues.pop()])
            if self.ends:
                break
            if update is not None:
                self.value(update)
        else:
            raise UnreadableC("a loop of more rounds than are unrolled")

    def _break(self, _node: SyntaxNode) -> None:
        if not self.frame.breaks:
            raise UnreadableC("break outside a loop")
        self.frame.breaks[-1].append((self.live, dict(self.state)))
        self.live = False

    def _continue(self, _node: SyntaxNode) -> None:
        if not self.frame.continues:
            raise UnreadableC("continue outside a loop")
        self.frame.continues[-1].append((self.live, dict(self.state)))
        self.live = False


def _without_locals(frame: Frame, state: State) -> State:
    """Return a state without what an activation that has ended kept: nothing can reach it."""
    own = f"{frame.number}:"
    return {key: value for key, value in state.items() if not key.startswith(own)}


def _written(node: SyntaxNode) -> SyntaxNode:
    """Return the place that an assignment, or ``x++``, writes to."""
    return node.fields.get("left") or node["argument"]


def _declared(node: SyntaxNode) -> str:
    found: str = next(one.text for one in node.walk() if one.kind == "identifier")
    return found


_STATEMENTS: dict[str, Callable[[Runner, SyntaxNode], None]] = {
    "compound_statement": Runner._block,
    "expression_statement": Runner._expression,
    "declaration": Runner._declaration,
    "if_statement": Runner._if,
    "return_statement": Runner._return,
    "goto_statement": Runner._goto,
    "for_statement": Runner._for,
    "while_statement": Runner._while,
    "do_statement": Runner._do,
    "break_statement": Runner._break,
    "continue_statement": Runner._continue,
}
_SILENT = (";", "type_definition", "preproc_call", "statement_identifier")
