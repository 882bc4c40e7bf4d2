"""What a run knows at one point: what was done, local variables and memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from source.review.arithmetic import Arithmetic
from source.review.terms import HISTORY, RECORD, Term, cells

NO_WRITES = frozenset({"read once", "write once"})
"""Steps that are kept in their order and write no other memory."""

Path = tuple[str | int, ...]
Cell = tuple[int, Path]


@dataclass(slots=True)
class World:
    """A state of one run.

    ``guard`` says on which inputs the run is here; ``history`` is all that was done in order, and
    ``since`` the history up to the last step that may have written any memory: classes of cells
    that are not in ``memory`` are as they were then.  ``cells`` are the local objects whose
    address has not left the function, ``out`` those whose address has; of ``some`` it has left
    on the inputs for which a condition holds.
    """

    guard: Term
    history: Term
    since: Term
    cells: dict[Cell, Term] = field(default_factory=dict)
    memory: dict[str, Term] = field(default_factory=dict)
    out: frozenset[int] = frozenset()
    some: dict[int, Term] = field(default_factory=dict)
    value: Term | None = None

    def copy(self, guard: Term) -> World:
        """The same state on other inputs."""
        return World(
            guard,
            self.history,
            self.since,
            dict(self.cells),
            dict(self.memory),
            self.out,
            dict(self.some),
            self.value,
        )

    def becomes(self, other: World) -> None:
        """Be as another state is."""
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))

    def left(self, number: int, terms: Arithmetic) -> Term:
        """On which inputs the address of a local object has left the function."""
        if number in self.out:
            return terms.true
        return terms.narrow(self.some.get(number, terms.false), self.guard)


def begin(terms: Arithmetic) -> World:
    """The state in which a function is entered."""
    start = terms.variable("start", HISTORY)
    return World(terms.true, start, start)


def memory_of(terms: Arithmetic, world: World, name: str, width: int) -> Term:
    """The memory of a class of cells."""
    kept = world.memory.get(name)
    if kept is not None:
        return kept
    return terms.lift(
        lambda h: terms.make("memory", (h,), name, cells(width)), world.since, limit=1 << 20
    )


def held(terms: Arithmetic, memory: Term, address: Term, width: int) -> Term:
    """What memory of a class holds at an address."""
    if memory.op == "ite":
        atom, high, low = memory.args
        return terms.ite(
            terms.decision(atom),
            held(terms, high, address, width),
            held(terms, low, address, width),
        )
    if memory.op == "store":
        inner, at, value = memory.args
        alike = terms.equal(at, address)
        if alike is terms.true:
            return value
        return terms.ite(alike, value, held(terms, inner, address, width))
    return terms.make("select", (memory, address), None, width)


def since(terms: Arithmetic, history: Term) -> Term:
    """The last step of a history that may have written any memory."""

    def leaf(term: Term) -> Term:
        while term.op == "call" and str(term.payload[0]) in NO_WRITES:
            term = term.args[0]
        return since(terms, term) if term.op == "ite" else term

    return terms.lift(leaf, history, limit=1 << 30)


def part_of(terms: Arithmetic, whole: Term, path: Path, sort: int) -> Term:
    """A part of a whole structure's value."""

    def leaf(value: Term) -> Term:
        if not path and value.sort == sort:
            return value
        if value.op == "zero":
            return terms.constant(0, sort) if sort > 0 else terms.make("zero", (), None, sort)
        if value.op == "record":
            paths: tuple[Path, ...] = value.payload[1]
            if path in paths and value.args[paths.index(path)].sort == sort:
                return value.args[paths.index(path)]
        return terms.make("part", (value,), path, sort)

    return terms.lift(leaf, whole, limit=1 << 20)


def cell_of(terms: Arithmetic, world: World, cell: Cell, sort: int) -> Term:
    """What a part of a local object holds; one that was never set holds anything."""
    known = world.cells.get(cell)
    if known is not None:
        return known
    number, path = cell
    for end in range(len(path) - 1, -1, -1):
        whole = world.cells.get((number, path[:end]))
        if whole is not None and whole.sort == RECORD:
            return part_of(terms, whole, path[end:], sort)
    return terms.variable(("unset", number, path), sort)


def stored_once(terms: Arithmetic, memory: Term) -> Term:
    """Memory that was written last at one address on all paths: one write of either value."""
    if memory.op != "ite":
        return memory
    atom, high, low = memory.args
    one, two = stored_once(terms, high), stored_once(terms, low)
    test = terms.decision(atom)
    if one.op != "store" or two.op != "store" or one.args[1] is not two.args[1]:
        return terms.ite(test, one, two)
    inner = stored_once(terms, terms.ite(test, one.args[0], two.args[0]))
    value = terms.ite(test, one.args[2], two.args[2])
    return terms.make("store", (inner, one.args[1], value), None, memory.sort)


def merged(terms: Arithmetic, one: World | None, other: World | None) -> World | None:
    """Two states of which one holds."""
    if one is None or one.guard is terms.false:
        return other
    if other is None or other.guard is terms.false:
        return one
    guard = terms.either(one.guard, other.guard)

    def pick(left: Term, right: Term) -> Term:
        if left is right:
            return left
        return terms.narrow(terms.ite(one.guard, left, right), guard)

    world = World(guard, pick(one.history, other.history), pick(one.since, other.since))
    world.out = one.out & other.out
    for number in (one.out | other.out | one.some.keys() | other.some.keys()) - world.out:
        left = pick(one.left(number, terms), other.left(number, terms))
        if left is terms.true:
            world.out |= {number}
        elif left is not terms.false:
            world.some[number] = left
    for cell in one.cells.keys() & other.cells.keys():
        world.cells[cell] = pick(one.cells[cell], other.cells[cell])
    for cell in one.cells.keys() ^ other.cells.keys():
        holder, lacks = (one, other) if cell in one.cells else (other, one)
        if cell[0] in lacks.out:
            world.cells[cell] = holder.cells[cell]
            continue
        sort = (one.cells.get(cell) or other.cells[cell]).sort
        world.cells[cell] = pick(cell_of(terms, one, cell, sort), cell_of(terms, other, cell, sort))
    for name in one.memory.keys() | other.memory.keys():
        width = -1000 - (one.memory.get(name) or other.memory[name]).sort
        memory = pick(memory_of(terms, one, name, width), memory_of(terms, other, name, width))
        world.memory[name] = stored_once(terms, memory)
    if one.value is not None and other.value is not None:
        world.value = pick(one.value, other.value)
    return world
