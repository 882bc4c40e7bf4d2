"""The first steps at which two runs do not agree, up to what others see of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from source.c.ir import Assign, Call, Declare, Goto, Local
from source.c.ir import Step as Increment
from source.review.following import Step
from source.review.keeping import Filled
from source.review.nodes import addressed, nodes
from source.review.words import words

KINDS = frozenset({"test", "part", "assign", "call", "once", "asm", "strange", "goto", "leave"})


def origin(
    base: list[Step], head: list[Step], known: frozenset[str]
) -> tuple[Step | None, Step | None]:
    """The steps at which the runs first do not agree, one of each side; ``known`` are names that
    both sides declare.  What one side alone sets and does not read then is none of them."""
    sides = _shown(base), _shown(head)
    mine, other = _read(*sides), _read(*sides[::-1])
    names = known | (_written(mine) & _written(other))
    keys = [[_trace(s) for s in steps] for steps in (mine, other)]
    asked: list[tuple[Step | None, Step | None]] = []
    for a1, a2, b1, b2 in unlike(*keys):
        if a1 and b1 and _turned(mine[a1 - 1], other[b1 - 1]):
            return mine[a1 - 1], other[b1 - 1]
        if _nothing(mine[a1:a2], other[b1:b2], names):
            continue
        near = _near(mine, a1, a2), _near(other, b1, b2)
        if not _only_asked(mine[a1:a2], other[b1:b2]):
            return near
        asked.append(near)
    last = (mine[-1] if mine else None), (other[-1] if other else None)
    return asked[0] if asked else last


def unlike(one: Sequence[object], two: Sequence[object]) -> Iterator[tuple[int, int, int, int]]:
    """The stretches of two sequences that are not alike, after what both begin with."""
    pairs = zip(one, two, strict=False)
    first = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(two)))
    matcher = SequenceMatcher(None, one[first:], two[first:], autojunk=False)
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        if kind != "equal":
            yield first + a1, first + a2, first + b1, first + b2


def _written(steps: list[Step]) -> set[str]:
    """What functions that are read in turn write by name."""
    return {_assigned(s) for s in steps if s.where.called and not isinstance(s.node, Declare)}


def _shown(steps: list[Step]) -> list[Step]:
    return [s for s in steps if s.kind in KINDS and s.line or s.kind == "end"]


def _read(steps: list[Step], others: list[Step]) -> list[Step]:
    """Steps without those that set a variable which is not read after that, if the other side
    has none like them."""
    known = {_trace(step) for step in others}
    every = [list(_inside(step)) for step in steps]
    given = {each.number for inside in every for one in inside for each in addressed(one)}
    read: set[int] = set(given)
    kept: list[Step] = []
    for step, inside in zip(reversed(steps), reversed(every), strict=True):
        alone = _plain(step) not in (None, *read) and _trace(step) not in known
        if alone and not _called(inside):
            continue
        kept.append(step)
        read |= {each.number for one in inside for each in nodes(one) if isinstance(each, Local)}
    return kept[::-1]


def _plain(step: Step) -> int | None:
    """The number of a variable that a step of the function itself sets as a whole."""
    node = step.node
    if step.kind != "assign" or step.where.called:
        return None
    if isinstance(node, Declare):
        return node.number
    place = node.place if isinstance(node, Assign) and not node.operator else None
    return place.number if isinstance(place, Local) else None


def _inside(step: Step) -> Iterator[Any]:
    """The expressions of a step: of a branch what it asks, of a plain assignment its value."""
    node: Any = step.node
    if _plain(step) is not None:
        yield from [node.value] if node.value is not None else []
    elif step.kind == "test":
        yield from [node.test] if getattr(node, "test", None) is not None else []
    elif node is not None and not isinstance(node, Goto | Filled):
        yield node


def _called(inside: list[Any]) -> bool:
    return any(isinstance(each, Call) for one in inside for each in nodes(one))


def _near(steps: list[Step], first: int, last: int) -> Step | None:
    """The first step of a part; where the part is empty, what stands before it."""
    if first < last:
        return steps[first]
    return steps[min(first, len(steps) - 1)] if steps else None


def _turned(base: Step, head: Step) -> bool:
    """Whether both jumped, and to different labels."""
    one, two = base.node, head.node
    return isinstance(one, Goto) and isinstance(two, Goto) and one.label != two.label


def _nothing(base: list[Step], head: list[Step], names: frozenset[str]) -> bool:
    """Whether a part that is not alike does the same, or only names what one side has."""
    if len(base) == len(head):
        return all(_alike(a, b, names) for a, b in zip(base, head, strict=True))
    return all(_only_named(s, names) for s in (*base, *head))


def _only_asked(base: list[Step], head: list[Step]) -> bool:
    """Whether one side asks what the other does not, and goes on alike."""
    steps = (*base, *head)
    return not (base and head) and all(s.kind in ("test", "part") for s in steps)


def _only_named(step: Step, names: frozenset[str]) -> bool:
    name = _assigned(step)
    known = isinstance(step.node, Filled) or name in names or not name.isidentifier()
    return step.kind == "assign" and not known


def _alike(one: Step, two: Step, names: frozenset[str]) -> bool:
    """Whether two steps come to the same; of variables that both sides have, the same one."""
    here = {_assigned(one), _assigned(two)}
    return (
        one.kind == two.kind
        and one.kind in ("test", "part", "assign")
        and one.values == two.values
        and (len(here) == 1 or not here <= names)
    )


def _assigned(step: Step) -> str:
    if step.kind != "assign":
        return ""
    node = step.node
    if isinstance(node, Declare | Filled):
        return node.name
    if isinstance(node, Call):
        return words(node.arguments[0])
    return words(node.place) if isinstance(node, Assign | Increment) else ""


def _trace(step: Step) -> tuple[object, ...]:
    if step.kind in ("test", "part"):
        return (step.kind, words(getattr(step.node, "test", step.node)), step.values)
    if step.kind == "assign":
        return ("assign", _assigned(step), step.values)
    if step.kind == "goto":
        return ("goto",)
    if step.kind == "end":
        return step.key
    if step.kind == "once":
        return step.key
    return (step.kind, words(step.node), step.key)
