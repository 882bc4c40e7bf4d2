"""Tests that both versions ask of a variable, where an edit moved what sets it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from source.c.ir import Assign, Declare, Local, Loop
from source.c.ir import Step as Increment
from source.review.edited import over
from source.review.following import Followed, Step
from source.review.judgement import Parting
from source.review.nodes import nodes
from source.review.telling import Telling
from source.review.words import words


@dataclass(frozen=True)
class _Source:
    """What set a variable that a test asks of, and whether that was a round before."""

    step: Step
    older: bool

    @property
    def key(self) -> tuple[str, bool]:
        return words(self.step.node), self.older


@dataclass(frozen=True)
class _Asked:
    """A test of a run: after how many steps, and what set each of its variables, by name."""

    at: int
    step: Step
    sources: dict[str, _Source]


def asked(base: Followed, head: Followed, telling: tuple[Telling, Telling]) -> Iterator[Parting]:
    """The tests that are asked of another value where an edit sets their variable earlier or
    later than before."""
    every = [{words(s.node) for s in run.steps if _variable(s) is not None} for run in (base, head)]
    edits = telling[0].edited, telling[1].edited
    waiting: dict[int | None, list[_Asked]] = defaultdict(list)
    for mine in reversed(list(_tests(base))):
        waiting[over(edits, mine.step.line)].append(mine)
    for other in _tests(head):
        if not waiting[other.step.line]:
            continue
        mine = waiting[other.step.line].pop()
        for name, two in other.sources.items():
            one = mine.sources.get(name)
            if one is not None and _moved(one, two, every, telling):
                yield _told(name, (mine, other), head, telling)


def as_one(found: Iterable[Parting]) -> tuple[Parting, ...]:
    """The first of such tests, with what others say of it; nothing where there are none."""
    every = tuple(found)
    first = every[:1]
    for one, other in zip(first, every[1:], strict=False):
        if (one.what, one.before) == (other.what, other.before):
            after = f"{one.after}, and {other.after.removeprefix('asks it ')}"
            first = (replace(one, after=after, head=other.head),)
    return first


def _moved(
    one: _Source, two: _Source, every: list[set[str]], telling: tuple[Telling, Telling]
) -> bool:
    """Whether a variable has another value, and both sides have what set it on one of them."""
    both = one.key[0] in every[1] or two.key[0] in every[0]
    here = telling[0].edits(one.step) or telling[1].edits(two.step)
    return both and here and one.key != two.key and one.step.values != two.step.values


def _told(
    name: str, tests: tuple[_Asked, _Asked], head: Followed, telling: tuple[Telling, Telling]
) -> Parting:
    sides = [(t, test.step, test.sources[name]) for t, test in zip(telling, tests, strict=True)]
    before, after = (f"asks it of {_words(t, source, name)}" for t, _, source in sides)
    places = (t.place(one.step if t.edits(one.step) else test) for t, test, one in sides)
    what = f"asks {telling[1].condition(tests[1].step, True)} of another {name}"
    return Parting(what, telling[1].conditions(head.steps[: tests[1].at]), before, after, *places)


def _words(telling: Telling, source: _Source, name: str) -> str:
    told = telling.source(source.step, name)
    return f"{told} of the round before" if source.older else told


def _tests(run: Followed) -> Iterator[_Asked]:
    """The tests of the function itself that ask of variables which it set before."""
    sources: dict[int, tuple[int, Step]] = {}
    rounds: dict[int, int] = {}
    began = range(0)
    for at, step in enumerate(run.steps):
        number = _variable(step)
        if number is not None:
            sources[number] = at, step
        if step.kind != "test" or step.where.called or not hasattr(step.node, "test"):
            continue
        if isinstance(step.node, Loop):
            began = range(rounds.setdefault(id(step.node), at), at)
        found = {
            n.name: _Source(sources[n.number][1], sources[n.number][0] in began)
            for n in nodes(step.node.test)
            if isinstance(n, Local) and n.number in sources
        }
        yield _Asked(at, step, found)


def _variable(step: Step) -> int | None:
    """The number of the variable that a step of the function itself sets."""
    if step.kind != "assign" or step.where.called:
        return None
    node = step.node
    if isinstance(node, Declare):
        return node.number if node.value is not None else None
    place = node.place if isinstance(node, Assign | Increment) else None
    return place.number if isinstance(place, Local) else None
