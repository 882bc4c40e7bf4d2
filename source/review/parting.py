"""Where two versions part: the first place in a run on given inputs, in words, with both lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from source.review.following import SEEN, Followed, Step
from source.review.judgement import Parting
from source.review.keeping import SHARED
from source.review.origin import origin, unlike
from source.review.telling import Telling
from source.review.terms import Term
from source.review.valuation import Value

RECORD = "write record"
OPAQUE = ("strange ", "beyond", "loop", "write part", RECORD)
WRITES = frozenset({"opaque", "write"})
SHADY = frozenset(
    {"part"} | {f"odd {n}" for n in ("record", "as", "size", "convert", "unary", "binary", "count")}
)
AFTER_OPAQUE = SHADY | {"odd read"}
"""What has one value only as long as nothing was written that is not followed."""

MOST = 16
"""Partings of one run that are told."""


@dataclass(frozen=True)
class Sight:
    """A step that others see, and where it stands among all steps."""

    at: int
    step: Step


Part = tuple[list[Sight], list[Sight]]
"""The steps of one side that the other has not, and those that follow."""


def partings(
    base: Followed, head: Followed, telling: tuple[Telling, Telling]
) -> tuple[Parting, ...] | None:
    """Where two runs on the same inputs part; nothing where what they do cannot be told."""
    found: list[Parting] = []
    before = 0, 0
    for parts in _in_order(seen(base), seen(head)):
        if not found and _doubtful(base, head, parts):
            return None
        first = [s.step for part in parts for s in part[0][:1]]
        if any(_opaque(step) for step in first) and not _left_out(base, head, first):
            break
        found.append(_parting(base, head, parts, telling, before))
        before = _ends(base, head, parts)
    return tuple(found[:MOST])


def _in_order(mine: list[Sight], other: list[Sight]) -> list[tuple[Part, Part]]:
    """The steps of each side that the other has not, stretch by stretch.

    What is written on both sides, but before another step, is none of them where something else
    is: a call that is new stands between the two.
    """
    stretches = list(unlike(*([_key(s.step) for s in side] for side in (mine, other))))
    one = {_written(s) for a1, a2, _, _ in stretches for s in mine[a1:a2]}
    two = {_written(s) for _, _, b1, b2 in stretches for s in other[b1:b2]}
    moved = (one & two) - {None}
    every: list[tuple[Part, Part]] = []
    told: list[tuple[Part, Part]] = []
    for a1, a2, b1, b2 in stretches:
        every.append(((mine[a1:a2], mine[a2:]), (other[b1:b2], other[b2:])))
        base, head = (
            [s for s in part if _written(s) not in moved] for part in (mine[a1:a2], other[b1:b2])
        )
        if base or head:
            told.append(((base, mine[a2:]), (head, other[b2:])))
    return told or every


def _written(sight: Sight) -> tuple[object, ...] | None:
    return _key(sight.step) if sight.step.kind == "write" else None


def seen(run: Followed) -> list[Sight]:
    """The steps that others see: calls in their order, before each what was written, sorted."""
    found: list[Sight] = []
    written: dict[object, Sight] = {}
    for at, step in enumerate(run.steps):
        if step.kind == "write":
            written[step.key[:3]] = Sight(at, step)
        elif step.kind in SEEN and not _shared(step):
            kept = [s for s in written.values() if step.kind != "end" or not _own(s.step)]
            found += [*sorted(kept, key=lambda s: repr(s.step.key)), Sight(at, step)]
            written = {}
    return found


def _own(step: Step) -> bool:
    """Whether a write is to a local object, which nobody sees after the end."""
    return bool(step.terms[0].objects)


def _shared(step: Step) -> bool:
    """Whether a step writes memory whose reads are not followed: others come to what it does."""
    return bool(step.terms) and step.terms[0].op == "call" and step.terms[0].payload[0] == SHARED


def _key(step: Step) -> tuple[object, ...]:
    return step.key


def _doubtful(base: Followed, head: Followed, parts: tuple[Part, Part]) -> bool:
    """Whether the first parting rests on what is not followed."""
    first = [s.step for part in parts for s in part[0][:1]]
    hidden = any(_opaque(step) for step in first) and not _left_out(base, head, first)
    if hidden or _only_records(first) or _other_asm(first):
        return True
    runs = [(run, _end(run, part)) for run, part in zip((base, head), parts, strict=True)]
    opaque = any(step.kind == "opaque" for run, end in runs for step in run.steps[:end])
    kinds = AFTER_OPAQUE if opaque else SHADY
    terms = [t for step in first for t in step.terms]
    one, two = (
        _shady(terms + [t for at, t in run.decided if at <= end], kinds) for run, end in runs
    )
    return one != two


def _left_out(base: Followed, head: Followed, first: Sequence[Step]) -> bool:
    """Whether a step writes a whole structure that nothing else of either run writes.

    What the structure held before is open, so it holds something else where that is left out.
    """
    if len(first) != 1 or first[0].kind != "opaque" or first[0].key[0] != RECORD:
        return False
    mine, other = (base, head) if any(s is first[0] for s in base.steps) else (head, base)
    here, there = ([s.key for s in run.steps if s.kind in WRITES] for run in (mine, other))
    at = first[0].key[:3]
    known = [key[:3] for key in here if key[0] == RECORD].count(at) == 1
    return known and first[0].key not in there and set(there) <= set(here)


def _only_records(first: Sequence[Step]) -> bool:
    """Whether two steps differ in whole structures alone, which may be written in many ways."""
    if len(first) != 2 or first[0].kind != first[1].kind:
        return False
    one, two = (step.key for step in first)
    apart = [(a, b) for a, b in zip(one, two, strict=False) if a != b]
    unknown = [isinstance(a, tuple) and not _told_apart(a, b) for a, b in apart]
    return len(one) == len(two) and all(unknown)


def _told_apart(one: Value, two: Value) -> bool:
    """Whether two structures hold other numbers in the same parts."""
    if not isinstance(one, tuple) or not isinstance(two, tuple):
        return isinstance(one, int) and isinstance(two, int) and one != two
    if len(one) != 3 or len(two) != 3 or one[:2] != two[:2] or one[0] != "record":
        return False
    return any(_told_apart(a, b) for a, b in zip(one[2], two[2], strict=False))


def _other_asm(first: Sequence[Step]) -> bool:
    """Whether two steps are ``asm`` of different words, which may do the same."""
    return (
        len(first) == 2
        and all(s.kind == "asm" for s in first)
        and first[0].key[0] != first[1].key[0]
    )


def _opaque(step: Step) -> bool:
    if step.kind in ("strange", "opaque"):
        return True
    name = str(step.terms[0].payload[0]) if step.terms and step.terms[0].op == "call" else ""
    return name.startswith(OPAQUE)


def _shady(terms: list[Term], kinds: frozenset[str]) -> set[Term]:
    """The terms inside of these whose value rests on memory that is not followed."""
    found: set[Term] = set()
    known: set[Term] = set()
    waiting = list(terms)
    while waiting:
        term = waiting.pop()
        if term in known or term.op == "call":
            continue
        known.add(term)
        if term.op in kinds:
            found.add(term)
        waiting.extend(term.args)
    return found


def _parting(
    base: Followed,
    head: Followed,
    parts: tuple[Part, Part],
    telling: tuple[Telling, Telling],
    last: tuple[int, int],
) -> Parting:
    """A parting in words; ``last`` is how far both runs are gone with the one before."""
    ends = _ends(base, head, parts)
    names = telling[0].edited.names
    one, two = origin(base.steps[last[0] : ends[0]], head.steps[last[1] : ends[1]], names)
    if not any(t.edits(step) for t, step in zip(telling, (one, two), strict=True)):
        one, two = origin(base.steps[: ends[0]], head.steps[: ends[1]], names)
    before, after = (
        _does(p, t, run) for p, t, run in zip(parts, telling, (base, head), strict=True)
    )
    return Parting(
        _what(parts, before, after),
        telling[1].conditions(head.steps[: ends[1]]),
        before,
        after,
        telling[0].place(one),
        telling[1].place(two),
    )


def _ends(base: Followed, head: Followed, parts: tuple[Part, Part]) -> tuple[int, int]:
    return _end(base, parts[0]), _end(head, parts[1])


def _end(run: Followed, part: Part) -> int:
    """How many steps are gone up to and with the first that differs."""
    first = (part[0] or part[1])[:1]
    return first[0].at + 1 if first else len(run.steps)


def _does(part: Part, telling: Telling, run: Followed) -> str:
    sights = part[0] or part[1]
    return telling.does(run.steps, sights[0].at) if sights else "nothing"


def _what(parts: tuple[Part, Part], before: str, after: str) -> str:
    if before == after:
        return f"{before} with other values"
    if parts[0][0] and parts[1][0]:
        return f"no longer {before}, but {after}"
    return f"no longer {before}" if parts[0][0] else f"now {after}"


__all__ = ["Value", "partings", "seen"]
