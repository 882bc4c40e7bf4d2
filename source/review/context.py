"""What all parts of one run share: the terms, the state, and the jumps that wait for a label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from source.c.ir import CType, FunctionBody
from source.review.arithmetic import Arithmetic
from source.review.layout import Layout, Objects, Unit
from source.review.nodes import Prepared
from source.review.terms import ADDRESS, HISTORY, RECORD, TRUTH, Term, width_of
from source.review.world import Cell, World, begin, cell_of, memory_of, merged


class Sink(list[World]):
    """States that wait for a place to go on; ``kept`` are the scopes that are not left.

    ``place`` is where in the text they go on: what no later text reads is nobody's business.
    """

    def __init__(self, kept: frozenset[int] = frozenset(), place: int = 0) -> None:
        super().__init__()
        self.kept = kept
        self.place = place


END = 1 << 62
"""A place behind all text."""


class TooLong(Exception):
    """A run on given inputs that takes too many rounds of a loop."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a step is: a line; and the call of the function under review that it is inside of."""

    path: str
    line: int
    called: str = ""
    call_line: int = 0


class Guide(Protocol):
    """Who decides in a run on given inputs, and keeps what is done."""

    def decide(self, test: Term) -> bool:
        """Whether a condition holds on these inputs."""

    def note(self, kind: str, node: object, where: Where, terms: tuple[Term, ...]) -> None:
        """Keep a step of the run."""

    def count(self) -> int:
        """How many conditions were decided."""

    def as_one(self, first: int, whole: Term, last: tuple[Term, Term]) -> None:
        """Keep that the conditions from one on were the parts of this one."""


@dataclass
class Scope:
    """A block that is being run, and what is to be cleaned up where it is left."""

    block: int
    cleanups: list[Callable[[], None]] = field(default_factory=list)
    objects: set[int] = field(default_factory=set)


@dataclass
class Frame:
    """A function that is being run, and the line of its call."""

    function: FunctionBody
    prepared: Prepared
    key: tuple[object, ...]
    line: int = 0
    returns: Sink = field(default_factory=lambda: Sink(place=END))
    pending: dict[str, Sink] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)
    rounds: int = 0

    def waiting(self, label: str) -> Sink:
        """Where jumps to a label wait."""
        return self.pending.setdefault(label, Sink(place=self.prepared.places.get(label, 0)))


@dataclass
class Setting:
    """What a run is made in: its side (0 base, 1 head), and which functions it reads in turn.

    ``rounds`` is how many rounds of a loop are run one by one where it is not read as a whole;
    a run on given inputs takes loops as a ``whole`` or runs all their rounds.  Of ``watched``
    lines of the function it is kept on which inputs the run gets there.
    """

    terms: Arithmetic
    layout: Layout
    objects: Objects
    unit: Unit
    side: int
    read: frozenset[str] = frozenset()
    rounds: int = 0
    whole: bool = False
    guide: Guide | None = None
    watched: frozenset[int] = frozenset()


def sort_of(type: CType) -> int:
    """The sort of the values of a type."""
    if type.kind == "record":
        return RECORD
    if type.kind in ("pointer", "array", "function"):
        return ADDRESS
    return type.bits or (1 if type.kind == "void" else ADDRESS)


class Context:
    """A run: the state that it is in now, or none where no input gets."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.terms = setting.terms
        self.layout = setting.layout
        self.guide = setting.guide
        self.world: World | None = begin(self.terms)
        self.frames: list[Frame] = []
        self.breaks: list[Sink] = []
        self.continues: list[Sink] = []
        self.stops = Sink(place=END)
        self.assumed: dict[str, None] = {}
        self.loops = 0
        self.forks = 0
        self.connecting = False
        self.reached: dict[int, Term] = {}
        self.tested: dict[int, Term] = {}

    @property
    def frame(self) -> Frame:
        """The function that is being run now."""
        return self.frames[-1]

    @property
    def now(self) -> World:
        """The state, where there is one."""
        assert self.world is not None
        return self.world

    def entered(self, function: FunctionBody, key: tuple[object, ...], line: int = 0) -> Frame:
        """A run of a function that begins; what its reading rests on, the result does."""
        for sentence in function.assumed:
            self.assume(sentence)
        return Frame(function, self.layout.prepared(function), key, line)

    def assume(self, sentence: str) -> None:
        """Note what the result rests on."""
        self.assumed[sentence] = None

    def note(self, kind: str, node: object, line: int, *terms: Term) -> None:
        """Keep a step, in a run on given inputs."""
        if self.guide is not None:
            self.guide.note(kind, node, self._where(line), terms)

    def _where(self, line: int) -> Where:
        """A line of the file that is reviewed: in another file, the line of the call."""
        own = self.frames[0].function.path
        at = len(self.frames) - 1
        while at and self.frames[at].function.path != own:
            line = self.frames[at].line
            at -= 1
        called = self.frames[1].function.name if len(self.frames) > 1 else ""
        site = self.frames[1].line if called else 0
        return Where(self.frames[at].function.path, line, called, site)

    # --- paths -------------------------------------------------------------------------------

    def known(self, value: Term) -> Term:
        """A value as it is on the inputs that get here."""
        return self.terms.narrow(value, self.now.guard)

    def fork(
        self, test: Term, node: object, line: int, kind: str = "part"
    ) -> tuple[World | None, World | None]:
        """The states in which a condition holds and does not."""
        terms, world = self.terms, self.now
        test = terms.narrow(test, world.guard)
        if self.guide is not None and test.op == "ite":
            test = terms.truth(self.guide.decide(test))
        if self.guide is not None:
            self.note(kind, node, line, test)
        yes, no = terms.both(world.guard, test), terms.both(world.guard, terms.no(test))
        self.forks += terms.false not in (yes, no)
        return (
            None if yes is terms.false else world.copy(yes),
            None if no is terms.false else world.copy(no),
        )

    def join(self, one: World | None, other: World | None) -> World | None:
        """The state after two paths meet."""
        return merged(self.terms, one, other)

    def joined(self, worlds: Sink) -> World | None:
        """The state after any number of paths meet."""
        found: World | None = None
        for world in worlds:
            found = self.join(found, world)
        return found

    def give(self, objects: frozenset[int]) -> None:
        """The addresses of local objects leave the function: they are memory from here on."""
        raise NotImplementedError

    def end(self, objects: frozenset[int]) -> None:
        """Local objects are no more: nobody sees what they hold."""
        world = self.now
        for cell in [c for c in world.cells if c[0] in objects]:
            del world.cells[cell]
        gone = objects & (world.out | world.some.keys())
        world.out -= objects
        for number in gone & world.some.keys():
            del world.some[number]
        if not gone:
            return
        for name, memory in list(world.memory.items()):
            kept = self.terms.lift(lambda m: _without(m, objects), memory, limit=1 << 20)
            world.memory[name] = kept
            width = width_of(kept.sort)
            world.memory.pop(name)
            if kept is not self.memory(name, width):
                world.memory[name] = kept

    # --- what the state holds ----------------------------------------------------------------

    def cell(self, cell: Cell, sort: int) -> Term:
        """What a part of a local object holds."""
        return self.known(cell_of(self.terms, self.now, cell, sort))

    def memory(self, name: str, width: int) -> Term:
        """The memory of a class of cells."""
        return memory_of(self.terms, self.now, name, width)

    # --- what is done ------------------------------------------------------------------------

    def event(self, name: str, args: tuple[Term, ...], *, writes: bool = True) -> Term:
        """Something is done that others see; with ``writes`` any memory may change."""
        terms, world = self.terms, self.now
        given = frozenset[int]().union(*(a.objects for a in args)) - world.out
        if given:
            self.give(given)
        names = tuple(sorted(world.memory)) if writes else ()
        node = terms.make(
            "call",
            (
                self.known(world.history),
                *(self.known(a) for a in args),
                *(self.known(world.memory[n]) for n in names),
            ),
            (name, len(args), names),
            HISTORY,
        )
        world.history = node
        if writes:
            world.since, world.memory = node, {}
        return node

    def opaque(self, name: str, *args: Term) -> None:
        """Something is done of which it is not followed what it does."""
        self.note("opaque", None, 0, self.event(name, args))

    def result(self, node: Term, sort: int) -> Term:
        """What a call yields."""
        return self.terms.make("result", (node,), sort, sort)

    def snapshot(self) -> Term:
        """All memory as it is now, for a read that may go anywhere: nothing is done."""
        world = self.now
        if not world.memory:
            return world.since
        names = tuple(sorted(world.memory))
        memories = tuple(self.known(world.memory[n]) for n in names)
        args = (self.known(world.since), *memories)
        return self.terms.make("call", args, ("settle", 0, names), HISTORY)

    def settle(self) -> None:
        """What was written may lie where the next write goes, of whatever class."""
        if self.now.memory:
            self.event("settle", ())

    def odd(self, name: str, args: tuple[Term, ...], payload: object, sort: int) -> Term:
        """A value of which only this is known: equal parts give equal values."""
        return self.terms.make("odd " + name, args, (payload, sort), sort)


def _without(memory: Term, objects: frozenset[int]) -> Term:
    while memory.op == "store" and memory.args[1].objects and memory.args[1].objects <= objects:
        memory = memory.args[0]
    return memory


__all__ = ["TRUTH", "Context", "Frame", "Guide", "Scope", "Setting", "Sink", "TooLong", "sort_of"]
