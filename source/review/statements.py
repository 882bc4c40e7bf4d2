"""Statements: branches, jumps, scopes with their cleanups, and the end of the function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from source.c.ir import (
    Assembly,
    Block,
    Break,
    Call,
    Case,
    Continue,
    Convert,
    CType,
    Declare,
    Do,
    Expression,
    FunctionName,
    Goto,
    If,
    Label,
    Local,
    Loop,
    Return,
    Statement,
    Strange,
    Switch,
)
from source.review.calls import Calls
from source.review.context import Frame, Scope, Sink, sort_of
from source.review.nodes import labels, nodes
from source.review.places import Place
from source.review.terms import ADDRESS, Term
from source.review.world import World

JumpTarget = Callable[[World], None]


_READERS: dict[type, str] = {
    Do: "_do",
    If: "_if",
    Declare: "_declare",
    Block: "_block",
    Return: "_return",
    Goto: "_goto",
    Label: "_label",
    Loop: "loop",
    Switch: "_switch",
    Case: "_case",
    Break: "_break",
    Continue: "_continue",
    Assembly: "_assembly",
    Strange: "_strange_statement",
}


class Statements(Calls):
    """A run's statements."""

    def loop(self, s: Loop) -> None:
        """A loop."""
        raise NotImplementedError

    def retry(self, label: Label, rest: tuple[Statement, ...]) -> None:
        """The statements from a label on, to which a later one jumps back."""
        raise NotImplementedError

    def body(self, frame: Frame) -> None:
        """Runs the statements of a function; where it returns waits in its frame."""
        self._block(frame.function.body)
        if self.world is not None:
            frame.returns.append(self.world)
            self.world = None
        for name in [name for name, worlds in frame.pending.items() if worlds]:
            self._late(name)

    def _late(self, name: str) -> None:
        """A jump back into a block that is left already, if that leaves the function."""
        found = behind(self.frame.function.body, name)
        rounds = (n for n in nodes(self.frame.function.body) if isinstance(n, Loop | Switch))
        if any(name in labels(n) for n in rounds):
            return
        rest = (n for one in (found[1] if found is not None else ()) for n in nodes(one))
        if found is None or any(isinstance(n, Declare) and n.cleanup for n in rest):
            return
        self.frame.scopes.append(Scope(id(self.frame.function.body)))
        self.retry(*found)
        self.frame.scopes.pop()
        if self.world is not None:
            self.lost(f"a jump to {name}", found[0].line)
            self.world = None

    def statement(self, s: Statement) -> None:
        """A statement; where no input gets here, only for its labels."""
        if self.world is None and not self.frame.prepared.labelled(s):
            return
        if s.line in self.setting.watched and self.world is not None and len(self.frames) == 1:
            known = self.reached.get(s.line, self.terms.false)
            self.reached[s.line] = self.terms.either(known, self.now.guard)
        getattr(self, _READERS[type(s)])(s)

    def _do(self, s: Do) -> None:
        self.value(s.value)

    def _case(self, s: Case) -> None:
        self.statement(s.body)

    def _goto(self, s: Goto) -> None:
        if self.world is not None:
            self.note("goto", s, s.line)
        self.jump(s.label)

    def _break(self, s: Break) -> None:
        self._leave_to(self.breaks[-1])

    def _continue(self, s: Continue) -> None:
        self._leave_to(self.continues[-1])

    def _strange_statement(self, s: Strange) -> None:
        self.trouble(s.text, s.line)
        if self.world is not None:
            self.note("strange", s, s.line, self.strange(s.text, ()))

    # --- scopes ------------------------------------------------------------------------------

    def _block(self, s: Block) -> None:
        scope = Scope(id(s))
        self.frame.scopes.append(scope)
        self.sequence(s.body)
        self.close(scope)
        self.frame.scopes.pop()

    def sequence(self, body: tuple[Statement, ...]) -> None:
        """Statements in order."""
        for at, statement in enumerate(body):
            if isinstance(statement, Label) and self._opens(statement):
                self.retry(statement, body[at:])
                return
            self.statement(statement)

    def _opens(self, label: Label) -> bool:
        return label.name in self.frame.prepared.backward and id(label) not in self.frame.opened

    def close(self, scope: Scope) -> None:
        """The end of a scope: its cleanups, the last first."""
        self._clean(scope)
        if self.world is not None and scope.objects:
            self.end(frozenset(scope.objects))

    def _clean(self, scope: Scope) -> None:
        for cleanup in reversed(scope.cleanups):
            if self.world is not None:
                cleanup()

    def _unwind(self, kept: frozenset[int]) -> None:
        """The cleanups of the scopes that a jump leaves."""
        scopes = self.frame.scopes
        for scope in reversed(scopes):
            if scope.block in kept:
                break
            self.close(scope)

    def _declare(self, s: Declare) -> None:
        number = self.object(s.number, s.name, s.type)
        self.setting.objects.types[number] = s.type
        scope = self.frame.scopes[-1]
        scope.objects.add(number)
        place = self.whole(number, replace(s.type, volatile=False))
        self.now.out -= {number}
        self.now.some.pop(number, None)
        self._forget(place)
        if s.value is not None:
            self.initialise(place, s.value)
            if self.world is not None:
                self.note("assign", s, s.line, *self._now_held(place))
        else:
            self.note("assign", s, s.line)
        if s.cleanup:
            call = _cleanup(s)
            scope.cleanups.append(lambda: self._cleaned(call))

    def _now_held(self, place: Place) -> tuple[Term, ...]:
        number = place.object
        held = self.now.cells.get((number, ()))
        return () if held is None else (held,)

    def _cleaned(self, call: Call) -> None:
        self.value(call)

    # --- branches ----------------------------------------------------------------------------

    def _if(self, s: If) -> None:
        if self.world is None:
            self.statement(s.then)
            if s.other is not None:
                then, self.world = self.world, None
                self.statement(s.other)
                self.world = self.join(then, self.world)
            return
        test = self.truth(s.test)
        if self.world is None:
            self._if(s)
            return
        yes, no = self.fork(test, s, s.line, "test")
        self.world = yes
        self.statement(s.then)
        then, self.world = self.world, no
        if s.other is not None:
            self.statement(s.other)
        self.world = self.join(then, self.world)

    def _switch(self, s: Switch) -> None:
        if self.world is None:
            self.lost("a jump into a switch", s.line)
            return
        value = self.value(s.value)
        if self.world is None:
            return
        self.breaks.append(self.sink(s))
        waiting = self._cases(s, value)
        self._run_cases(s.body, waiting)
        for state in waiting.values():
            self.world = self.join(self.world, state)
        self.world = self.join(self.joined(self.breaks.pop()), self.world)

    def _cases(self, s: Switch, value: Term) -> dict[int, World]:
        """The state in which each case is begun; 0 stands for none of them."""
        found: dict[int, World] = {}
        default: Case | None = None
        for case in _own_cases(s.body):
            if case.low is None:
                default = case
                continue
            if self.world is None:
                break
            yes, no = self.fork(self._is(value, case, s.value.type), case, case.line, "test")
            if yes is not None:
                found[id(case)] = yes
            self.world = no
        if self.world is not None:
            found[id(default) if default is not None else 0] = self.world
        self.world = None
        return found

    def _is(self, value: Term, case: Case, kind: CType) -> Term:
        terms = self.terms
        assert case.low is not None
        low = terms.constant(case.low, value.sort)
        if case.high is None or case.high == case.low:
            return terms.equal(value, low)
        high = terms.constant(case.high, value.sort)
        return terms.both(
            terms.no(terms.less(value, low, kind.signed)),
            terms.no(terms.less(high, value, kind.signed)),
        )

    def _run_cases(self, body: Statement, waiting: dict[int, World]) -> None:
        """Runs the body of a switch, taking in at each case what waits for it."""
        if isinstance(body, Block):
            scope = Scope(id(body))
            self.frame.scopes.append(scope)
            for inner in body.body:
                self._run_cases(inner, waiting)
            self.close(scope)
            self.frame.scopes.pop()
            return
        while isinstance(body, Case):
            self.world = self.join(self.world, waiting.pop(id(body), None))
            body = body.body
        if isinstance(body, Block) and list(_own_cases(body)):
            self._run_cases(body, waiting)
            return
        if list(_own_cases(body)) and self.world is not None:
            self.lost("a case inside of another statement", body.line)
        self.statement(body)

    # --- jumps -------------------------------------------------------------------------------

    def _return(self, s: Return) -> None:
        if self.world is None:
            return
        value = self.value(s.value) if s.value is not None else None
        if self.world is None:
            return
        if value is not None and value.sort > 0:
            value = self.terms.resize(value, sort_of(self.frame.function.returns), False)
        self._unwind(frozenset())
        if self.world is not None:
            self.note("leave", s, s.line, *(() if value is None else (value,)))
            self.world.value = value
            self.frame.returns.append(self.world)
        self.world = None

    def jump(self, label: str) -> None:
        """A jump to a label of the function."""
        if self.world is None:
            return
        self._unwind(self.frame.prepared.scopes.get(label, frozenset()))
        if self.world is not None:
            self.frame.waiting(label).append(self.world)
        self.world = None

    def _label(self, s: Label) -> None:
        for world in self.frame.pending.pop(s.name, Sink()):
            self.world = self.join(self.world, world)
        self.statement(s.body)

    def _leave_to(self, sink: Sink) -> None:
        if self.world is None:
            return
        self._unwind(sink.kept)
        if self.world is not None:
            sink.append(self.world)
        self.world = None

    def sink(self, behind: Statement | None = None) -> Sink:
        """Where a jump out of what begins now will wait; it leaves the scopes inside of it."""
        kept = frozenset(scope.block for scope in self.frame.scopes)
        known = behind is not None and not self.frame.rounds and not self.frame.prepared.backward
        return Sink(kept, self.frame.prepared.reading.spans[id(behind)][1] if known else 0)

    # --- asm ---------------------------------------------------------------------------------

    def _assembly(self, s: Assembly) -> None:
        if self.world is None:
            return
        warning = "__bug_table" in s.text
        read = tuple(self._input(i, warning) for i in s.inputs)
        if self.world is None:
            return
        places = [self.place(o) for o in s.outputs]
        if s.volatile or s.labels:
            node = self.event("asm " + s.text, read)
            self.note("asm", s, s.line, node)
            found = [self.terms.make("output", (node,), at, w) for at, w in _widths(s)]
        else:
            found = [self.odd("asm", read, (s.text, at), w) for at, w in _widths(s)]
        for at, label in enumerate(s.labels):
            self._maybe_jump(label, at, node, s)
        if self.world is None:
            return
        for target, value in zip(places, found, strict=True):
            self.write(target, value, s.line)

    def _maybe_jump(self, label: str, at: int, node: Term, s: Assembly) -> None:
        if self.world is None:
            return
        chosen = self.terms.make("output", (node,), ("jump", at), 1)
        test = self.terms.to_truth(chosen)
        line = Local(CType("int", 1), 0, "asm goto", s.line)
        self.world, stay = self.fork(test, line, s.line)
        self.jump(label)
        self.world = stay

    def _input(self, e: Expression, warning: bool) -> Term:
        value = self.value(e)
        if warning and value.op in ("const", "text"):
            self.assume("line numbers in warnings do not count")
            return self.terms.constant(0, 1)
        return value


def _widths(s: Assembly) -> list[tuple[int, int]]:
    return [(at, sort_of(o.type)) for at, o in enumerate(s.outputs)]


def behind(body: Block, name: str) -> tuple[Label, tuple[Statement, ...]] | None:
    """A label, and the statements of its block from it on."""
    for block in nodes(body):
        for at, one in enumerate(block.body if isinstance(block, Block) else ()):
            if isinstance(one, Label) and one.name == name:
                return one, block.body[at:]
    return None


def _own_cases(body: object) -> list[Case]:
    """The cases of a switch, without those of one inside of it."""
    from source.review.nodes import parts

    if isinstance(body, Switch):
        return []
    found = [body] if isinstance(body, Case) else []
    for part in parts(body):
        if not isinstance(part, Switch):
            found += _own_cases(part)
    return found


def _cleanup(s: Declare) -> Call:
    """The call that a cleanup attribute stands for."""
    from source.c.ir import Address

    pointer = CType("pointer", ADDRESS, False, "void *")
    local = Local(s.type, s.number, s.name, s.line)
    address = Convert(pointer, Address(pointer, local, s.line), s.line)
    function = FunctionName(CType("function"), s.cleanup, s.line)
    return Call(CType("void"), function, (address,), s.line)
