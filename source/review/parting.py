"""Where two versions part: the first place in a run on given inputs, in words, with both lines."""

from __future__ import annotations

from difflib import SequenceMatcher

from source.c.ir import Assign, Declare
from source.c.ir import Step as Increment
from source.review.following import SEEN, Followed, Step
from source.review.judgement import Parting, Place
from source.review.terms import Term
from source.review.valuation import Value
from source.review.words import condition, words

OPAQUE = ("strange ", "beyond", "loop", "write part", "write record")
SHADY = frozenset({"part"} | {f"odd {n}" for n in ("read", "record", "as", "convert")})
MOST = 4
"""Partings of one run that are told."""


def partings(base: Followed, head: Followed) -> tuple[Parting, ...] | None:
    """Where two runs on the same inputs part; nothing where what they do cannot be told."""
    mine, other = _keys(base), _keys(head)
    blocks = SequenceMatcher(None, mine, other, autojunk=False).get_opcodes()
    found: list[Parting] = []
    for kind, a1, a2, b1, b2 in blocks:
        if kind == "equal":
            continue
        if not found and _doubtful(base, head, (a1, a2), (b1, b2)):
            return None
        found.append(_parting(base, head, (a1, a2), (b1, b2)))
    return tuple(found[:MOST])


def _seen(run: Followed) -> list[tuple[int, Step]]:
    """The steps that others see, with where they stand in the run; writes count with them."""
    return [(at, s) for at, s in enumerate(run.steps) if s.kind in SEEN or s.kind == "write"]


def _keys(run: Followed) -> list[tuple[object, ...]]:
    return [_key(s) for _, s in _seen(run)]


def _key(step: Step) -> tuple[object, ...]:
    if step.kind == "write":
        return ("write", getattr(step.node, "cells", ""), step.values)
    if step.kind == "end":
        return ("end", step.values)
    term = step.terms[0]
    name, count, _ = term.payload
    return (name, count, _argument_values(step))


def _argument_values(step: Step) -> tuple[Value, ...]:
    return step.values[1:]


def _doubtful(
    base: Followed, head: Followed, mine: tuple[int, int], other: tuple[int, int]
) -> bool:
    """Whether the first parting rests on what is not followed."""
    shady: list[set[Term]] = []
    for run, (first, last) in ((base, mine), (head, other)):
        seen = _seen(run)
        steps = [s for _, s in seen[first : max(last, first + 1)][:1]]
        if any(_opaque(s) for s in steps):
            return True
        shady.append(_shady([t for s in steps for t in s.terms] + run.decided))
    return shady[0] != shady[1]


def _opaque(step: Step) -> bool:
    return step.kind in ("strange", "beyond") or (
        bool(step.terms)
        and step.terms[0].op == "call"
        and str(step.terms[0].payload[0]).startswith(OPAQUE)
    )


def _shady(terms: list[Term]) -> set[Term]:
    """The terms inside of these whose value rests on memory that is not followed."""
    found: set[Term] = set()
    seen: set[Term] = set()
    waiting = list(terms)
    while waiting:
        term = waiting.pop()
        if term in seen or term.op == "call":
            continue
        seen.add(term)
        if term.op in SHADY:
            found.add(term)
        waiting.extend(term.args)
    return found


def _parting(
    base: Followed, head: Followed, mine: tuple[int, int], other: tuple[int, int]
) -> Parting:
    one, two = _origin(base, head, mine, other)
    before, after = _does(base, mine), _does(head, other)
    what = f"{before} became {after}"
    when = _when(base, mine)
    return Parting(what, when, before, after, _place(one), _place(two))


def _place(step: Step | None) -> Place | None:
    return Place(step.path, step.line) if step is not None and step.line else None


def _when(run: Followed, part: tuple[int, int]) -> tuple[str, ...]:
    seen = _seen(run)
    end = seen[part[0]][0] if part[0] < len(seen) else len(run.steps)
    tests = [s for s in run.steps[:end] if s.kind == "test"]
    return tuple(dict.fromkeys(condition(s.node, bool(s.values[0])) for s in tests))


def _does(run: Followed, part: tuple[int, int]) -> str:
    seen = _seen(run)
    if part[0] < part[1]:
        return _doing(seen[part[0]][1])
    following = seen[part[0]][1] if part[0] < len(seen) else None
    return f"not; {_doing(following)}" if following is not None else "nothing"


def _doing(step: Step) -> str:
    if step.kind == "end":
        return "returns" + (f" {_signed(step)}" if step.values else "")
    if step.kind == "write":
        return f"writes {getattr(step.node, 'cells', '')} = {step.values[-1]}"
    return f"calls {words(step.node)}" if step.kind == "call" else words(step.node)


def _signed(step: Step) -> str:
    value, width = step.values[0], step.terms[0].sort
    if isinstance(value, int) and width > 0 and value >> (width - 1):
        return str(value - (1 << width))
    return str(value)


def _origin(
    base: Followed, head: Followed, mine: tuple[int, int], other: tuple[int, int]
) -> tuple[Step | None, Step | None]:
    """The steps at which the runs first do not agree, up to what others see of it."""
    a = _before(base, mine)
    b = _before(head, other)
    keys = [[_trace(s) for s in steps] for steps in (a, b)]
    for kind, a1, _, b1, _ in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if kind != "equal":
            return _at(a, a1), _at(b, b1)
    return (a[-1] if a else None), (b[-1] if b else None)


def _at(steps: list[Step], place: int) -> Step | None:
    return steps[min(place, len(steps) - 1)] if steps else None


def _before(run: Followed, part: tuple[int, int]) -> list[Step]:
    """The steps with a line up to where others see a difference."""
    seen = _seen(run)
    end = seen[part[0]][0] + 1 if part[0] < len(seen) else len(run.steps)
    return [s for s in run.steps[:end] if s.line or s.kind == "end"]


def _trace(step: Step) -> tuple[object, ...]:
    if step.kind == "test":
        return ("test", condition(step.node, bool(step.values[0])))
    if step.kind == "assign":
        node = step.node
        place = node.place if isinstance(node, Assign | Increment) else node
        assert isinstance(node, Assign | Increment | Declare)
        name = words(place) if not isinstance(node, Declare) else node.name
        return ("assign", name, step.values)
    if step.kind in ("call", "asm", "once", "strange"):
        return (step.kind, words(step.node), step.values[1:])
    return (step.kind, step.values)
