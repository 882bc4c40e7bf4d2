"""Loops: run round by round where that ends, or read as one step that equal loops share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from source.c.ir import Declare, Label, Local, Loop, Statement
from source.review.context import Sink, TooLong, sort_of
from source.review.nodes import addressed, assigned, declared
from source.review.places import width_of
from source.review.statements import Statements
from source.review.terms import HISTORY, Term
from source.review.world import World

ROUNDS = 24
"""Rounds of a loop with a known end that are run one by one."""

FORKS = 24
"""Decisions in the rounds of such a loop; with more, it is read as one step."""

MOST = 64
"""Rounds of a loop in a run on given inputs."""


@dataclass
class _Waiting:
    """How much waits at each place to go on, to be taken back or told apart later."""

    sinks: list[tuple[Sink, int]]


@dataclass
class _Exit:
    """One way out of a round: where it waits, and in which state."""

    sink: Sink
    world: World


class Loops(Statements):
    """A run's loops."""

    def loop(self, s: Loop) -> None:
        """A loop."""
        if s.before is not None:
            self.statement(s.before)
        if self.world is None:
            self.lost("a jump into a loop", s.line)
            return
        leave = self.sink(s)

        def once() -> None:
            self.breaks.append(leave)
            self.continues.append(self.sink())
            self._round(s, leave)
            self.breaks.pop()

        parts = [p for p in (s.test, s.body, s.after) if p is not None]
        self._iterate(once, leave, parts, s.line)

    def _round(self, s: Loop, leave: Sink) -> None:
        if not s.first:
            self._test(s, leave)
        self.statement(s.body)
        self.world = self.join(self.world, self.joined(self.continues.pop()))
        if s.after is not None and self.world is not None:
            self.value(s.after)
        if s.first and self.world is not None:
            self._test(s, leave)

    def _test(self, s: Loop, leave: Sink) -> None:
        if s.test is None:
            return
        test = self.truth(s.test)
        if self.world is None:
            return
        self.world, out = self.fork(test, s, s.line, "test")
        if out is not None:
            leave.append(out)

    def retry(self, label: Label, rest: tuple[Statement, ...]) -> None:
        """The statements from a label on, to which a later one jumps back: a loop."""
        frame = self.frame
        for world in frame.pending.pop(label.name, Sink()):
            self.world = self.join(self.world, world)
        frame.opened.add(id(label))
        if any(isinstance(n, Declare) and n.cleanup for n in rest):
            self.lost("a cleanup behind a label that is jumped back to", label.line)
        if self.world is None:
            self.sequence(rest)
            if frame.pending.get(label.name):
                self.lost("a jump back into what nobody enters", label.line)
            frame.opened.discard(id(label))
            return
        leave = self.sink(rest[-1])

        def once() -> None:
            self.sequence(rest)
            if self.world is not None:
                leave.append(self.world)
            self.world = self.joined(frame.pending.pop(label.name, Sink()))

        self._iterate(once, leave, list(rest), label.line)
        frame.opened.discard(id(label))

    # --- rounds ------------------------------------------------------------------------------

    def _iterate(
        self, once: Callable[[], None], leave: Sink, parts: Sequence[object], line: int
    ) -> None:
        self.frame.rounds += 1
        self._by_rounds(once, leave, parts, line)
        self.frame.rounds -= 1
        self.world = self.joined(leave)

    def _by_rounds(
        self, once: Callable[[], None], leave: Sink, parts: Sequence[object], line: int
    ) -> None:
        if self.guide is not None and (not self.setting.whole or self._known_end(once, leave)):
            self._guided(once)
        elif self.guide is not None:
            self._whole(once, leave, parts)
        elif not self._ends(once, leave):
            if self.setting.rounds:
                self._some(once, leave, line)
            else:
                self._whole(once, leave, parts)

    def _guided(self, once: Callable[[], None]) -> None:
        for _ in range(MOST):
            once()
            if self.world is None:
                return
        raise TooLong

    def _ends(self, once: Callable[[], None], leave: Sink) -> bool:
        """Runs a loop whose end is known; takes all back where it is not."""
        start = self.now.copy(self.now.guard)
        waiting = self._waiting(leave)
        forks = self.forks
        for _ in range(ROUNDS):
            once()
            if self.world is None:
                return True
            if self._grown(waiting) or self.forks > forks + FORKS:
                break
        self._take(waiting)
        self.world = start
        return False

    def _known_end(self, once: Callable[[], None], leave: Sink) -> bool:
        """Whether the rounds of a loop end for all inputs that get here; nothing is done."""
        guide, self.guide = self.guide, None
        start = self.now.copy(self.now.guard)
        waiting = self._waiting(leave)
        known = self._ends(once, leave)
        self._take(waiting)
        self.world, self.guide = start, guide
        return known

    def _some(self, once: Callable[[], None], leave: Sink, line: int) -> None:
        """Runs the first rounds; what is beyond them is left open."""
        for _ in range(self.setting.rounds):
            once()
            if self.world is None:
                return
        self.note("opaque", None, line, self.event("beyond", ()))
        self.stops.append(self.now)
        self.world = None

    # --- what waits --------------------------------------------------------------------------

    def _waiting(self, leave: Sink) -> _Waiting:
        sinks = [leave, self.stops, self.frame.returns, *self.breaks, *self.continues]
        for label in self.frame.prepared.scopes:
            sinks.append(self.frame.waiting(label))
        return _Waiting([(s, len(s)) for s in sinks])

    def _grown(self, waiting: _Waiting) -> list[tuple[Sink, list[World]]]:
        seen: set[int] = set()
        found = []
        for sink, size in waiting.sinks:
            if id(sink) not in seen and len(sink) > size:
                found.append((sink, list(sink[size:])))
            seen.add(id(sink))
        return found

    def _take(self, waiting: _Waiting) -> None:
        for sink, size in waiting.sinks:
            del sink[size:]

    # --- a loop as one step ------------------------------------------------------------------

    def _whole(self, once: Callable[[], None], leave: Sink, parts: Sequence[object]) -> None:
        """Reads a loop as a step: what one round does from any state says which step it is."""
        self.loops += 1
        carried = self._carried(parts)
        start = self.now.copy(self.now.guard)
        self.world = self._any_state(start, carried)
        waiting = self._waiting(leave)
        guide, self.guide = self.guide, None
        once()
        self.guide = guide
        exits = [
            _Exit(sink, world)
            for sink, worlds in self._grown(waiting)
            for world in (self.joined(_as_sink(worlds)),)
            if world is not None
        ]
        self._take(waiting)
        summary = self.terms.narrow(self._summary(exits, self.world, carried), start.guard)
        self.loops -= 1
        self._step_of(summary, exits, start, carried)

    def _carried(self, parts: Sequence[object]) -> list[tuple[int, int]]:
        """The local variables that rounds hand on: objects and sorts; others become memory."""
        inner = {n for p in parts for n in declared(p)}
        found: dict[int, Local] = {}
        give: set[int] = set()
        for part in parts:
            give |= {self.object_of(e) for e in addressed(part) if e.number not in inner}
            for local in assigned(part):
                found.setdefault(local.number, local)
        for (_, _), value in self.now.cells.items():
            give |= value.objects
        outer = [e for n, e in found.items() if n not in inner]
        give |= {self.object_of(e) for e in outer if e.type.kind in ("record", "array")}
        give |= self.now.some.keys()
        give -= self.now.out
        if give:
            self.give(frozenset(give))
        return [
            (self.object_of(e), width_of(e.type, 0))
            for e in outer
            if self.object_of(e) not in self.now.out
        ]

    def _any_state(self, start: World, carried: list[tuple[int, int]]) -> World:
        terms = self.terms
        world = start.copy(start.guard)
        world.history = world.since = terms.variable(("round", self.loops), HISTORY)
        world.memory = {}
        for at, (number, sort) in enumerate(carried):
            world.cells[(number, ())] = terms.variable(("carried", self.loops, at), sort)
        return world

    def _live(self, sink: Sink) -> set[int]:
        """The objects that are read where a way out goes on."""
        frame, side = self.frame, self.setting.side
        known = self.setting.objects.known(side, frame.key)
        return {known[n] for n in frame.prepared.reading.after(sink.place) if n in known}

    def _summary(
        self, exits: list[_Exit], again: World | None, carried: list[tuple[int, int]]
    ) -> Term:
        """What one round comes to: where it goes, with what was done and what is carried."""
        summary = self.terms.variable("no way out", HISTORY)
        every = {n for n, _ in carried}
        worlds = [(f"exit {at}", e.world, self._live(e.sink)) for at, e in enumerate(exits)]
        if again is not None:
            worlds.append(("again", again, every))
        for kind, world, live in worlds:
            kept, self.world = self.world, world
            values = tuple(
                self.cell((n, ()), sort) if n in live else self.terms.constant(0, sort)
                for n, sort in carried
                if n not in world.out
            )
            guard = world.guard
            done = (world.value,) if _open(world.value) else ()
            node = self.event(kind, (*values, *done))
            self.world = kept
            summary = self.terms.ite(guard, node, summary)
        return summary

    def _step_of(
        self, summary: Term, exits: list[_Exit], start: World, carried: list[tuple[int, int]]
    ) -> None:
        terms = self.terms
        self.world = start
        given = tuple(self.cell((n, ()), sort) for n, sort in carried)
        node = self.event("loop", (*given, summary))
        self.note("loop", None, 0, node)
        left = self.world
        assert left is not None
        for at, (number, sort) in enumerate(carried):
            left.cells[(number, ())] = terms.make("output", (node,), at, sort)
        left.out = left.out.union(*(e.world.out | e.world.some.keys() for e in exits))
        for at, found in enumerate(exits):
            if self.world is None:
                break
            if at == len(exits) - 1:
                chosen, self.world = self.world, None
            else:
                chooser = terms.make("output", (node,), "exit", 8)
                test = terms.equal(chooser, terms.constant(at, 8))
                way, self.world = self._apart(test)
                if way is None:
                    continue
                chosen = way
            chosen.value = found.world.value
            if chosen.value is not None and _open(chosen.value):
                chosen.value = terms.make("output", (node,), "value", chosen.value.sort)
            found.sink.append(chosen)
        self.world = None

    def _apart(self, test: Term) -> tuple[World | None, World | None]:
        world, terms = self.now, self.terms
        test = terms.narrow(test, world.guard)
        if self.guide is not None and test.op == "ite":
            test = terms.truth(self.guide.decide(test))
        yes, no = terms.both(world.guard, test), terms.both(world.guard, terms.no(test))
        return (
            None if yes is terms.false else world.copy(yes),
            None if no is terms.false else world.copy(no),
        )


def _open(value: Term | None) -> bool:
    """Whether a value may depend on the round that it was computed in."""
    return value is not None and value.op != "const"


def _as_sink(worlds: list[World]) -> Sink:
    sink = Sink()
    sink.extend(worlds)
    return sink


__all__ = ["Loops", "sort_of"]
