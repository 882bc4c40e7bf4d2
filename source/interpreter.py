"""What C is read with: the states of paths, what places hold, which resources are taken.

A state belongs to a path; where paths meet, it is merged by the condition that parted them.
How expressions and statements use it is told in :mod:`source.expressions` and
:mod:`source.statements`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from model.algebra import Truth, both, either, no
from model.call import Call
from source import values
from source.facts import places
from source.program import Program
from source.syntax import Function, SyntaxNode
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
    """The paths that were jumped to a label that comes yet."""
    back: dict[str, list[tuple[Truth, State]]] = field(default_factory=dict)
    """Those that were jumped to a label further up."""
    jumps: dict[str, SyntaxNode] = field(default_factory=dict)
    """The last jump to each label."""
    open: list[dict[str, int]] = field(default_factory=list)
    """The labels of each block that is open."""
    breaks: list[list[tuple[Truth, State]]] = field(default_factory=list)
    continues: list[list[tuple[Truth, State]]] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Local variables of inner blocks that hide others: under which name each is kept."""
    depth: int = 0
    """Blocks that are open."""
    freed: list[tuple[str, str]] = field(default_factory=list)
    """The places of local variables that are freed at the end, and by which function."""

    def type_of(self, name: str) -> str:
        """Return the type of a local variable as it was declared; nothing for what is none."""
        return self.types.get(self.names.get(name, name), "")

    def declare(self, name: str, kind: str) -> None:
        """Note a declaration in the block that is open."""
        if name in self.types and self.depth > 1:
            self.names[name] = f"{name}'{len(self.types)}"
        self.types[self.names.get(name, name)] = kind


@dataclass
class CallResult:
    """What a call came to: its value, the state it leaves, and each of its exits, with its own."""

    value: Value
    state: State
    ends: list[tuple[Exit, State]]

    @property
    def exits(self) -> list[Exit]:
        """Return each of its exits."""
        return [leaving for leaving, _ in self.ends]


class UnreadableC(Exception):
    """A construct that the reader does not translate; the message says which."""


class Interpreter(ABC):
    """A call of the model, on which C is read: its paths, places and resources."""

    def __init__(
        self,
        program: Program,
        call: Call,
        contracts: dict[str, Contract],
        fallbacks: dict[str, Contract],
    ) -> None:
        self.program, self.call = program, call
        self.contracts, self.fallbacks = contracts, fallbacks
        self.state: State = {}
        self.live: Truth = True
        self.path: Truth = True
        self.frames: list[Frame] = []
        self.statements: dict[tuple[str, int, str], Statement] = {}
        self.all_exits: list[Exit] = []
        self.turns: list[Turn] = []
        self.trusted: Truth = True
        self.functions: dict[str, Function] = {}
        self.assuming = False
        self.ordered = False
        """Whether it is kept which of two resources was taken first."""
        self.reached: dict[tuple[str, int], list[tuple[Truth, Truth]]] = {}
        self._count = 0
        self._run = 0
        self._loads: dict[str, Value] = {}

    @abstractmethod
    def value(self, node: SyntaxNode) -> Value:
        """Return the value of an expression."""

    @abstractmethod
    def run(self, function: Function, arguments: list[Value]) -> CallResult:
        """Run a function from the present state."""

    @abstractmethod
    def handed_over(self, name: str, value: Value) -> None:
        """Note what a function that was read hands over to its caller."""

    @property
    def frame(self) -> Frame:
        """Return the present activation."""
        return self.frames[-1]

    @property
    def ends(self) -> bool:
        """Return whether no path goes on here."""
        return self.live is False

    def local(self, frame: Frame, name: str) -> str:
        """Return the place of a local variable of an activation."""
        return f"{frame.number}:{frame.names.get(name, name)}"

    def merge(self, condition: Truth, then: State, otherwise: State) -> State:
        """Return the state where two paths meet that a condition parted."""
        if then is otherwise or condition is True:
            return then
        if condition is False:
            return otherwise
        made = dict(otherwise)
        for key, value in then.items():
            other = otherwise.get(key)
            if other is value:
                continue
            missing = self._absent(otherwise, key) if other is None else other
            made[key] = merged(condition, value, missing)
        for key, value in otherwise.items():
            if key not in then:
                made[key] = merged(condition, self._absent(then, key), value)
        return made

    def met(self, ends: list[tuple[Exit, State]]) -> State:
        """Return the state where some exits meet."""
        state = ends[-1][1]
        for leaving, left in reversed(ends[:-1]):
            state = self.merge(leaving.when, left, state)
        return state

    def _absent(self, state: State, key: str) -> Value:
        """Return what a place holds on a path that never wrote to it, but perhaps to all of it."""
        whole = state.get(f"{key.rpartition('->')[0]}->*")
        if whole is not None:
            return whole
        if key[0].isdigit():
            return unknown("not set on every path")
        return self.unwritten(key)

    def unwritten(self, key: str) -> Value:
        """Return what a place holds that nothing wrote to: for a copy, what it is a copy of."""
        found = self.initial(key)
        origin = places.origin_of(key)
        if not found.unknown or origin is None:
            return found
        original = self.initial(origin)
        return found if original.unknown else original

    def made_from(self, copy: str, original: str) -> None:
        """Note that a new object is a copy of another as that is now, but for what is known."""
        for key in [one for one in self.state if one.startswith(f"{original}->")]:
            there = copy + key[len(original) :]
            if there not in places.PLACES:
                self.state[there] = self.state[key]

    def copied(self, copy: str, original: str) -> None:
        """Note that what the model knows of one structure is written over another."""
        for key in dict.fromkeys((*places.PLACES, *self.state)):
            if key.startswith(f"{original}->"):
                self.state[copy + key[len(original) :]] = self.load(key)

    def behind(self, target: str) -> str:
        """Return the place that ``*pointer`` means: a local, a field, or what an object holds."""
        whole = f"*{target}"
        if target[0].isdigit() or ("->" in target and self.load(whole).unknown):
            return target
        return whole

    def filled(self, target: str, value: Value) -> None:
        """Write one value over all that is known of a place: a structure, or one field of it."""
        self.state[target] = value
        for key in dict.fromkeys((*places.PLACES, *self.state)):
            if key.startswith(f"{target}->"):
                self.state[key] = value
        self.state[f"{target}->*"] = value

    def apart(
        self,
        condition: Truth,
        then: Callable[[], None],
        otherwise: Callable[[], None],
        *,
        entered: bool = False,
    ) -> None:
        """Run two branches, each on its own state, and let them meet.

        Those that are ``entered`` by jumps, too, are run in any case, and the condition does not
        tell who comes out of which.
        """
        live, state, path = self.live, self.state, self.path
        ends: list[tuple[Truth, State]] = []
        for choice, branch in ((condition, then), (no(condition), otherwise)):
            self.live = both(live, choice)
            self.state = dict(state)
            if entered or (self.live is not False and choice is not False):
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
            self.state = self.merge(left if entered else condition, after, before)

    def note(self, node: SyntaxNode, kind: str, why: str = "") -> None:
        """Note what became of a statement; the least readable verdict on it stays."""
        function = self.frame.function
        key = (function.path, node.line, node.plain)
        order = (ELSEWHERE, READ, UNREAD)
        if kind == UNREAD and not self.assuming:
            self.trusted = both(self.trusted, no(both(self.path, self.live)))
        old = self.statements.get(key)
        if old is None or order.index(kind) > order.index(old.kind):
            self.statements[key] = Statement(
                function.path, function.name, node.line, node.plain, kind, why
            )

    def initialise(self, target: Target, listed: SyntaxNode) -> None:
        """Set the fields of a designated initialiser; those it leaves out are zero."""
        assert isinstance(target, str)
        self.state[f"{target}->*"] = number(0)
        for key in [one for one in self.state if one.startswith(f"{target}->")]:
            if key != f"{target}->*":
                del self.state[key]
        for pair in listed.kids:
            if pair.kind != "initializer_pair":
                raise UnreadableC("an initialiser without field names")
            name = pair["designator"].text.removeprefix(".")
            self.state[f"{target}->{name}"] = self.value(pair["value"])

    def load(self, key: str) -> Value:
        """Return what a place holds: written before, else as the model's state has it."""
        held = self.state.get(key)
        return held if held is not None else self.unwritten(key)

    def initial(self, key: str) -> Value:
        """Return what a place holds when the call begins."""
        if key not in self._loads:
            self._loads[key] = places.initial(self.program, self.call, key)
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

    def take(self, resource: str, when: Truth = True) -> None:
        """Note that a resource is held from here on, where ``when``; if it was, that is noted."""
        if when is False:
            return
        held = self._held(resource)
        self._note_once(f"again:{resource}", both(when, held))
        self._comes_last(resource, both(when, no(held)))
        self.state[f"held:{resource}"] = values.truth(either(held, when))

    def give(self, resource: str, when: Truth = True) -> None:
        """Note that a resource is given back; what is not held is given back too often."""
        held = self._held(resource)
        self._note_once(f"twice:{resource}", both(when, no(held)))
        self.state[f"held:{resource}"] = values.truth(both(held, no(when)))
        for later in self._beside(resource):
            first = truth_of(self.load(f"taken:{resource} before {later}"))
            still = both(when, held, first, self._held(later))
            self._note_once(f"order:{resource} before {later}", still)

    def _held(self, resource: str) -> Truth:
        return truth_of(self.load(f"held:{resource}"))

    def _note_once(self, key: str, there: Truth) -> None:
        """Note that something happened where ``there``; it stays so."""
        if there is not False:
            self.state[key] = values.truth(either(truth_of(self.load(key)), there))

    def _beside(self, resource: str) -> list[str]:
        """Return the other resources of which an order is kept: all that were taken but locks."""
        if not self.ordered:
            return []
        names = [key.removeprefix("held:") for key in self.state if key.startswith("held:")]
        ordered = [name for name in names if not name.startswith("lock ")]
        return [name for name in ordered if name != resource] if resource in ordered else []

    def _comes_last(self, resource: str, fresh: Truth) -> None:
        """Note that a resource is, where ``fresh``, taken after all that is held now."""
        self.state.setdefault(f"held:{resource}", values.truth(False))
        for other in self._beside(resource):
            for first, later, there in (
                (other, resource, self._held(other)),
                (resource, other, False),
            ):
                key = f"taken:{first} before {later}"
                now = either(both(fresh, there), both(no(fresh), truth_of(self.load(key))))
                if now is not False or key in self.state:
                    self.state[key] = values.truth(now)

    def drop(self, resource: str, when: Truth = True) -> None:
        """Note that a resource is no longer held by itself: part of another, or unhashed."""
        key = f"held:{resource}"
        held = truth_of(self.load(key))
        if held is not False:
            self.state[key] = values.truth(both(held, no(when)))


Contract: TypeAlias = Callable[[Interpreter, SyntaxNode, list[Value]], Value]
"""What a call that is not read in turn does: its node and its arguments' values are given."""
