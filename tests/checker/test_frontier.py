"""A search a frontier at a time finds what one state by state finds, in the same order."""

import random
from dataclasses import make_dataclass, replace
from typing import Any

import numpy as np
import pytest

from checker.over_time.claimed import Met
from checker.over_time.decide import Looked
from checker.over_time.explore import FURTHER, Explored, Library, explore
from checker.over_time.frontier import AT_ONCE
from checker.over_time.seen import FirstPlaces
from checker.over_time.stepwise import cases
from checker.over_time.store import Store
from model.algebra import both, when_word
from model.kernel import Kernel
from model.mistake import Mistake
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Machine, Move, TransitionSystem
from model.patches import VHOST_SIGKILL
from model.records import fact
from model.revisions import REVISIONS
from properties.catalogue import all_timed
from properties.over_time.claim import How, TimedProperty
from tests.checker.test_alike import _TABLE, Number, toy

KERNELS = [one.kernel for one in REVISIONS.values()]
SOME = random.Random(11).sample(range(len(KERNELS)), 2)


class Plain:
    """The same search, a state at a time, on plain values."""

    def __init__(self, system: TransitionSystem, kernel: Kernel) -> None:
        machine = Machine(kernel)
        steps = system.steps_on(machine)
        start = system.start(machine)
        self.states: list[Any] = [start]
        self.reached: list[Any] = [None]
        self.edges: list[Any] = []
        self.depths = [0]
        self.left = None
        known = {system.same(start): 0}
        for index, state in enumerate(self.states):
            if len(self.states) > system.most:
                self.left = index
                return
            for step in steps:
                made = step.move(machine, state)
                if not made.when:
                    continue
                key = system.same(made.then)
                if key not in known:
                    known[key] = len(self.states)
                    self.states.append(made.then)
                    self.reached.append((index, step))
                    self.depths.append(self.depths[index] + 1)
                self.edges.append((index, known[key], step, made.then))


@pytest.mark.parametrize("name", SYSTEMS)
def test_states_edges_ways_and_their_order_are_those_of_a_search_state_by_state(name: str) -> None:
    library = Library(KERNELS)
    seen: set[int] = set()
    for place in SOME:
        found = library.of(SYSTEMS[name], KERNELS[place])
        if id(found) in seen:
            continue
        seen.add(id(found))
        plain = Plain(SYSTEMS[name], KERNELS[place])
        assert found.states == plain.states
        assert (found.closed, found.left) == (plain.left is None, plain.left or 0)
        ways = [found.history(one)[-1] for one in range(1, found.count)]
        assert ways == [step for _from, step in plain.reached[1:]]
        assert found.depths == plain.depths
        assert [one[:2] for one in found.edges] == [one[:2] for one in plain.edges]
        assert found.moves == [one[2:] for one in plain.edges]


@pytest.mark.parametrize("name", ["exec_ids", "families"])
def test_a_search_that_is_cut_off_anywhere_knows_as_much(name: str) -> None:
    for most in range(1, 80, 9):
        system = replace(SYSTEMS[name], most=most)
        found, plain = explore(system, KERNELS[-1]), Plain(system, KERNELS[-1])
        assert (found.states, found.depths) == (plain.states, plain.depths)
        assert found.left == plain.left
        assert plain.left is not None
        assert found.depth == max(plain.depths[plain.left] - 1, 0)
        assert [one[:2] for one in found.edges] == [one[:2] for one in plain.edges]


@pytest.mark.parametrize(("kernels", "at_once"), [(KERNELS, AT_ONCE), ([], AT_ONCE), ([], 2)])
@pytest.mark.parametrize("name", ["families", "coredump", "accounts"])
def test_what_is_looked_at_some_steps_further_is_what_there_is_from_the_start(
    name: str, kernels: list[Kernel], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first search was cut off between states of one depth."""
    monkeypatch.setattr("checker.over_time.frontier.AT_ONCE", at_once)
    library, system = Library(kernels), replace(SYSTEMS[name], most=9)
    for place in SOME:
        cut = library.of(system, KERNELS[place])
        deeper = library.further(cut, KERNELS[place])
        plain = Plain(replace(system, most=900), KERNELS[place])
        near = [one for one, far in zip(plain.states, plain.depths, strict=True)
                if far <= deeper.depth]
        assert deeper.depth == cut.depth + FURTHER < plain.depths[-1]
        assert deeper.states == near
        edges = plain.edges[: len(deeper.edges)]
        assert [one[:2] for one in deeper.edges] == [one[:2] for one in edges]
        assert deeper.moves == [one[2:] for one in edges]


def test_how_many_rows_stand_is_asked_of_one_kernel_alone() -> None:
    counts = toy(guard=lambda at, _: at.ask(lambda kernel: bool(kernel.rows(_TABLE))))
    library = Library(KERNELS)
    assert all(
        library.of(counts, one).count == (1 if one[VHOST_SIGKILL] is True else 10)
        for one in KERNELS
    )


def _plainly(prop: TimedProperty, kernel: Kernel, found: Explored) -> FirstPlaces:
    """What an invariant or a statement about each step comes to, place by place."""
    broken = met = None
    places: list[Any]
    if prop.how is How.INVARIANT:
        places = [((index, None), (state,)) for index, state in enumerate(found.states)]
    else:
        pairs = zip(found.edges, found.moves, strict=True)
        places = [((a, step), (found.states[a], then)) for (a, _b, _own), (step, then) in pairs]
    for place, states in places:
        for case in cases(prop):
            claim = prop.statement(kernel, *states, *case)
            if claim.premise and not claim.conclusion:
                broken = broken or place
            if claim.premise:
                met = met or place
    return FirstPlaces(broken, None if broken else met)


def test_statements_read_on_rows_come_to_what_they_come_to_on_plain_values() -> None:
    library, looked, rng = Library(KERNELS), Looked(), random.Random(5)
    asked = [
        part for one in all_timed() for part in one.by_system
        if part.how in (How.INVARIANT, How.EACH_STEP)
    ]
    for prop in rng.sample(asked, 40):
        kernel = rng.choice(KERNELS)
        found = library.of(prop.system, kernel)
        assert looked.at(prop, kernel, found) == _plainly(prop, kernel, found), prop.id


def test_kernels_part_where_a_step_tells_them_apart_and_share_all_else() -> None:
    system = toy(guard=lambda at, state: state.n != 5 or bool(at[VHOST_SIGKILL]))
    library = Library(KERNELS)
    found = {id(library.of(system, one)): library.of(system, one) for one in KERNELS}
    assert sorted(one.size for one in found.values()) == ["10/9/9", "6/5/5"]
    assert all(
        library.of(system, one).count == (10 if one[VHOST_SIGKILL] is True else 6)
        for one in KERNELS
    )


def test_kernels_part_at_any_of_the_states_that_are_looked_at_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checker.over_time.frontier.AT_ONCE", 3)
    tree = TransitionSystem("tree", "a number", Number, "one", lambda _machine: Number(1))
    for more in (0, 1):

        def goes_on(machine: Any, state: Any, more: int = more) -> Move:
            there = state.n < 40 and (state.n != 15 or machine[VHOST_SIGKILL])
            return Move(bool(there), Number(2 * state.n + more))

        tree.step(at="nowhere", who="it")(goes_on)
    for system in (tree, replace(tree, most=28)):
        library = Library(KERNELS)
        assert len({id(library.of(system, one)) for one in KERNELS}) == 2
        for kernel in KERNELS:
            found, plain = library.of(system, kernel), Plain(system, kernel)
            assert (found.states, found.depths) == (plain.states, plain.depths)
            assert (found.closed, found.left) == (plain.left is None, plain.left or 0)
            assert [one[:2] for one in found.edges] == [one[:2] for one in plain.edges]


def test_a_number_that_the_record_does_not_hold_is_a_mistake_of_its_step() -> None:
    grows = TransitionSystem("grows", "a number", Number, "one", lambda _machine: Number(250))

    def one_more(_machine: Any, state: Any) -> Move:
        return Move(True, Number(state.n + 1))

    grows.step(at="nowhere", who="it")(one_more)
    with pytest.raises(Mistake, match=r"one_more\(\) leads to n = 256, which is no Number"):
        explore(grows, KERNELS[0])


def test_a_store_that_grows_and_widens_keeps_each_state_once() -> None:
    store, rng = Store(SYSTEMS["accounts"].record), np.random.default_rng(3)
    paths = [one.leaf for one in store.fields]
    known: dict[Any, int] = {}
    for size in (1, 3, 40, 7, 400):
        most = [2 if leaf.width == 0 else size for leaf in paths]
        rows = [tuple(int(rng.integers(0, one)) for one in most) for _ in range(200)]
        columns = [
            np.array(one, dtype=bool if leaf.width == 0 else np.int64)
            for one, leaf in zip(zip(*rows, strict=True), paths, strict=True)
        ]
        ranges = [(int(one.min()), int(one.max())) for one in columns]
        wide = list(zip(store.fields, ranges, strict=True))
        if not store.has_room(wide):
            store.widen(wide)
        assert store.has_room(wide)
        numbers = store.add(store.packed(columns, len(rows)))
        assert [known.setdefault(one, len(known)) for one in rows] == numbers.tolist()
    assert store.size == len(known)
    made = store.columns(store.words(slice(0, store.size))).values()
    assert list(zip(*(one.tolist() for one in made), strict=True)) == list(known)


def test_a_number_that_falls_step_by_step_has_as_many_bits_as_its_values_need() -> None:
    store = Store(make_dataclass("Falling", [("n", int, fact(64, 0, "falls", signed=True))]))
    (field,) = store.fields
    for value in range(0, -200, -1):
        if not store.has_room([(field, (value, value))]):
            store.widen([(field, (value, value))])
        store.add(store.packed([np.array([value])], 1))
    assert (store.size, field.bits) == (200, 8)
    assert store.columns(store.words(slice(0, 200)))["n"].tolist() == list(range(0, -200, -1))


def test_where_facts_choose_the_step_the_rows_part() -> None:
    parts = TransitionSystem("parts", "a number", Number, "one", lambda _machine: Number(0))

    def goes_on(_machine: Any, state: Any) -> Move:
        more = 2 if state.n in {0, 2} else when_word(8, state.n == 3, 7, 1)
        return Move(both(state.n < 40), Number(state.n + more))

    parts.step(at="nowhere", who="it")(goes_on)
    found, plain = explore(parts, KERNELS[0]), Plain(parts, KERNELS[0])
    assert found.states == plain.states
    assert Met(found.search, [found]).steps.kernels.tolist() == [1] * len(plain.edges)
