"""The verdict on a function: the same, different with its partings, or open."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice, product

from z3 import Z3Exception

from source.c.ir import CType, Declare, FunctionBody
from source.review.arithmetic import Arithmetic
from source.review.asked import as_one, asked
from source.review.context import Setting
from source.review.edited import Edited, edited
from source.review.exploring import Exploring
from source.review.following import Followed, apart, follow
from source.review.inlining import changed, to_read
from source.review.judgement import DIFFERENT, OPEN, SAME, Judgement, Parting, Place
from source.review.layout import Layout, Objects, Unit
from source.review.nodes import globals_of, nodes
from source.review.parting import partings
from source.review.run import Outcome, Run
from source.review.same import APART, EQUAL, compare
from source.review.search import Candidate, Given, Search, exact_model
from source.review.telling import Telling
from source.review.terms import Term, TooLarge
from source.review.texts import Texts
from source.review.valuation import Valuation

ROUNDS = 3
"""Rounds of a loop that are looked into for a difference."""

TRIES, EXACT, MORE = 60, 3, 3
"""Ways to a difference that are tried out, those of them in full, and those after the first."""

LARGE = "it is too large to be compared"

BITS = 8
"""Bits of one test that are told apart where a first look decides nothing."""

OTHERS = 3
"""Ways to an edit at which nothing was seen yet that are tried out."""

ASKED = 2
"""Tests that are told to be asked of another value."""

ENOUGH = 4
"""Differences after which no more are looked for."""

DEEPEST = 100_000
"""Calls that a comparison nests; terms of long functions are deep."""

BROKEN = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError, Z3Exception)
"""What breaks a comparison off: then nothing is told of it."""

RANDOM = tuple(Valuation(seed, zeros) for seed, zeros in ((1, 60), (2, 90), (3, 30), (4, 80)))


@dataclass
class Pair:
    """Two versions of a function, and what their runs share."""

    base: FunctionBody
    head: FunctionBody
    units: tuple[Unit, Unit]
    most_bits: int = 1

    def __post_init__(self) -> None:
        self.terms = Arithmetic(self.most_bits)
        self.layout = Layout(*self.units)
        self.objects = Objects(_names(self.head))
        self.reads = to_read(self.base, self.head, self.units)
        texts = _texts(self.units[0]), _texts(self.units[1])
        self.edited = edited(self.base, self.head, texts)
        self.telling = self._telling(self.base, 0, texts[0]), self._telling(self.head, 1, texts[1])
        self.asked: dict[tuple[str, str], Parting] = {}
        self.same_signature = _signature(self.base) == _signature(self.head)

    def _telling(self, function: FunctionBody, side: int, texts: Texts) -> Telling:
        own = self.reads[side] - self.reads[1 - side]
        alone = not any(changed(self.units, name) for name in self.reads[side])
        edit = self.edited[side]
        return Telling(
            texts,
            function.path,
            function.returns,
            own,
            edit,
            alone and bool(edit.lines),
            self.objects.names,
        )

    def settings(self, rounds: int = 0) -> tuple[Setting, Setting]:
        """What each side is run in."""
        base, head = (
            Setting(
                self.terms,
                self.layout,
                self.objects,
                unit,
                side,
                self.reads[side],
                rounds=rounds,
                watched=frozenset(self.edited[side].lines),
            )
            for side, unit in enumerate(self.units)
        )
        return base, head

    def ends(self, rounds: int = 0) -> tuple[Outcome, Outcome]:
        """What both sides come to, for all inputs."""
        base, head = self.settings(rounds)
        return (
            Run(base).function(self.base, self.same_signature),
            Run(head).function(self.head, self.same_signature),
        )

    def runs(self, valuation: Valuation, whole: bool) -> tuple[Followed, Followed]:
        """Both sides on given inputs."""
        base, head = self.settings()
        base.whole = head.whole = whole
        return (
            follow(base, self.base, valuation, self.same_signature),
            follow(head, self.head, valuation, self.same_signature),
        )

    def tell(self, base: Followed, head: Followed) -> tuple[Parting, ...]:
        """Where two runs part; nothing where they do not, or where it cannot be told."""
        found = apart(base, head)
        told = () if found is None else partings(*found, self.telling) or ()
        for each in asked(base, head, self.telling) if told else ():
            if len(self.asked) < ASKED:
                self.asked.setdefault((each.before, each.after), each)
        return told

    def followed(self, valuation: Valuation, whole: bool) -> tuple[Parting, ...]:
        """Where both sides part on given inputs; nothing where they are not seen to."""
        return self.tell(*self.runs(valuation, whole))


def _names(function: FunctionBody) -> frozenset[str]:
    found = {p.name for p in function.parameters}
    return frozenset(found | {n.name for n in nodes(function.body) if isinstance(n, Declare)})


def _texts(unit: Unit) -> Texts:
    return Texts(getattr(unit, "tree", None))


def _signature(function: FunctionBody) -> tuple[CType, ...]:
    return (function.returns, *(p.type for p in function.parameters))


def judge(base: Unit, head: Unit, name: str) -> Judgement:
    """The verdict on a function of two versions of a file; OPEN where one side has none."""
    one, two = base.function(name), head.function(name)
    if one is None or two is None:
        there = one or two
        path = there.path if there is not None else ""
        reason = "it is new" if two is not None else "it is gone"
        return Judgement(name, path, OPEN, reason if there is not None else "it is not there")
    return judge_bodies(one, two, base, head)


def judge_all(base: Unit, head: Unit, names: Iterable[str]) -> list[Judgement]:
    """The verdicts on functions, in the order of their names given."""
    return [judge(base, head, name) for name in names]


def judge_bodies(
    base: FunctionBody, head: FunctionBody, base_unit: Unit, head_unit: Unit
) -> Judgement:
    """The verdict on two versions of a function as they were read."""
    troubles = tuple(
        Place(f.path, f.line, t) for f in (base, head) for t in dict.fromkeys(f.troubles)
    )
    if troubles:
        return Judgement(head.name, head.path, OPEN, "it was not read in full", open_at=troubles)
    try:
        with _deep():
            pair = Pair(base, head, (base_unit, head_unit))
            try:
                return _judged(pair) or _judged_finely(replace(pair, most_bits=BITS))
            except TooLarge:
                return _judged_by_runs(replace(pair))
    except (TooLarge, RecursionError):
        return Judgement(head.name, head.path, OPEN, LARGE)
    except BROKEN as why:
        reason = f"the comparison broke off ({type(why).__name__}: {why})"
        return Judgement(head.name, head.path, OPEN, reason)


@contextmanager
def _deep() -> Iterator[None]:
    """Let terms nest deep; others of this process keep their own bound."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _judged(pair: Pair) -> Judgement | None:
    """The verdict where it is soon found; nothing where it needs more."""
    base, head = pair.ends()
    verdict = _opened(pair, base, head)
    if not (base.followed and head.followed):
        return replace(verdict, reason="it was not followed in full")
    if base.end is head.end:
        return _same(pair, verdict)
    quick = tuple(islice(_each(_searched(pair, Search(pair.terms), base, head)), ENOUGH))
    return _different(verdict, _with_others(pair, (base, head), quick))


def _judged_finely(pair: Pair) -> Judgement:
    """The verdict with bits told apart, by the solver, and by more runs."""
    base, head = pair.ends()
    verdict = _opened(pair, base, head)
    if base.end is head.end:
        return _same(pair, verdict)
    answer, witness = compare(pair.terms, base.end, head.end)
    if answer == EQUAL:
        return _same(pair, verdict)
    ends = base.end, head.end
    apart = [Given(*witness, *ends).valuation] if answer == APART else []
    known = [_tried(pair, one, True) for one in apart]
    found = tuple(islice(_each(chain(known, _explored(pair))), ENOUGH))
    every = _with_others(pair, (base, head), found)
    reason = "no difference was found, and none was ruled out"
    return _different(verdict, every) or replace(verdict, reason=reason)


def _judged_by_runs(pair: Pair) -> Judgement:
    """The verdict of a function that is too large for all inputs at once: runs on some alone."""
    verdict = Judgement(pair.head.name, pair.head.path, OPEN, LARGE)
    ways = _first_that_tells((_branches(pair, True), _branches(pair, False), _at_random(pair)))
    found = tuple(islice(_each(ways), ENOUGH))
    return _different(verdict, _in_order(pair, found)) or verdict


def _opened(pair: Pair, base: Outcome, head: Outcome) -> Judgement:
    assumed = tuple(dict.fromkeys((*base.assumed, *head.assumed, *pair.terms.assumed)))
    troubles = tuple(dict.fromkeys((*base.troubles, *head.troubles)))
    return Judgement(pair.head.name, pair.head.path, OPEN, assumed=assumed, open_at=troubles)


def _different(verdict: Judgement, found: tuple[Parting, ...]) -> Judgement | None:
    if not found:
        return None
    return replace(verdict, verdict=DIFFERENT, partings=found, reason=found[0].what)


def _in_order(
    pair: Pair, found: tuple[Parting, ...], others: tuple[Parting, ...] = ()
) -> tuple[Parting, ...]:
    """The first difference, one at each other edit, what is asked of another value; the rest."""
    edits = pair.edited
    also = as_one(pair.asked.values()) if found else ()
    first = found[:1]
    for at in range(len(edits[0].edits)):
        if not _told_at(edits, at, (*first, *also)):
            here = (one for one in (*found, *others) if _told_at(edits, at, (one,)))
            first = (*first, *islice(here, 1))
    return (*first, *also, *(one for one in (*found, *others) if one not in first))


def _same(pair: Pair, verdict: Judgement) -> Judgement:
    """The same, unless what is read by name begins as something else."""
    names = globals_of(pair.base) | globals_of(pair.head)
    base, head = pair.units
    for name in sorted(names):
        if base.variable(name) != head.variable(name):
            return replace(verdict, reason=f"{name} is not declared the same on both sides")
    return replace(verdict, verdict=SAME, reason="both come to the same", open_at=())


def _each(runs: Iterable[tuple[Parting, ...]]) -> Iterator[Parting]:
    """The partings of runs, each once."""
    seen: set[tuple[Place | None, Place | None, str]] = set()
    for found in runs:
        for parting in found:
            key = (parting.base, parting.head, parting.what)
            if key not in seen:
                seen.add(key)
                yield parting


def _with_others(
    pair: Pair, ends: tuple[Outcome, Outcome], found: tuple[Parting, ...]
) -> tuple[Parting, ...]:
    """Differences, and with them such as are seen at edits that none of them is told at."""
    edits = pair.edited
    left = [at for at in range(len(edits[0].edits)) if not _told_at(edits, at, found)]
    others: tuple[Parting, ...] = ()
    searches = Search(pair.terms), Search(pair.terms, zeros=0)
    for at in left if found else ():
        if _told_at(edits, at, others):
            continue
        ways = _ways(pair, ends, [side.edits[at] for side in edits])
        tries = product((True, False), ways[:OTHERS], searches)
        runs = (_tried(pair, search.model(Candidate(way)), how) for how, way, search in tries)
        here = (parting for parting in _each(runs) if _told_at(edits, at, (parting,)))
        others = (*others, *islice(here, 1))
    return _in_order(pair, found, others)


def _ways(pair: Pair, ends: tuple[Outcome, Outcome], edit: list[tuple[int, int]]) -> list[Term]:
    """On which inputs both sides get to an edit, and on which one does."""
    base, head = (
        [end.reached[line] for line in reversed(range(*lines)) if line in end.reached]
        for end, lines in zip(ends, edit, strict=True)
    )
    both = [pair.terms.both(one, two) for one, two in product(base[:1], head[:1])]
    return [way for way in (*both, *head, *base) if way is not pair.terms.false]


def _told_at(edits: tuple[Edited, Edited], at: int, found: tuple[Parting, ...]) -> bool:
    """Whether one of some differences is told at an edit."""
    places = [(edits[0], p.base) for p in found] + [(edits[1], p.head) for p in found]
    return any(place is not None and side.holds(at, place.line) for side, place in places)


def _explored(pair: Pair) -> Iterator[tuple[Parting, ...]]:
    """The partings on ways that are gone one by one: each branch, then rounds of loops."""
    yield from _first_that_tells(
        (
            _asked_otherwise(pair),
            _branches(pair, True),
            _rounds(pair),
            _branches(pair, False),
            _at_random(pair),
        )
    )


def _asked_otherwise(pair: Pair) -> Iterator[tuple[Parting, ...]]:
    """The partings where an edit asks something else, on inputs on which the answers differ."""
    base, head = pair.ends()
    terms, search = pair.terms, Search(pair.terms)
    edits = zip(pair.edited[0].edits, pair.edited[1].edits, strict=True)
    for mine, other in edits:
        for one, two in zip(range(*mine), range(*other), strict=False):
            if one in base.tested and two in head.tested:
                apart = terms.no(terms.equal(base.tested[one], head.tested[two]))
                both = terms.both(base.reached[one], head.reached[two])
                when = terms.both(both, apart)
                if when is not terms.false:
                    yield _tried(pair, search.model(Candidate(when)), True)


def _first_that_tells(
    searches: Iterable[Iterator[tuple[Parting, ...]]],
) -> Iterator[tuple[Parting, ...]]:
    """The partings of the first search that has some; after the first, of a few more runs."""
    for search in searches:
        left = -1
        for found in search:
            yield found
            left = MORE if found and left < 0 else left - (left > 0)
            if left == 0:
                break
        if left >= 0:
            return


def _rounds(pair: Pair) -> Iterator[tuple[Parting, ...]]:
    """The partings on ways through the first rounds of loops."""
    return _searched(pair, Search(pair.terms, whole=False), *pair.ends(ROUNDS))


def _branches(pair: Pair, whole: bool) -> Iterator[tuple[Parting, ...]]:
    """The partings on ways that go each way of each branch."""
    runs = partial(pair.runs, whole=whole)
    return Exploring(pair.terms, runs, pair.tell, pair.edited).partings()


def _at_random(pair: Pair) -> Iterator[tuple[Parting, ...]]:
    return (_tried(pair, Valuation(one.seed, one.zeros), False) for one in RANDOM)


def _searched(
    pair: Pair, search: Search, base: Outcome, head: Outcome
) -> Iterator[tuple[Parting, ...]]:
    """The partings on the ways that a search finds; after the first a few more are tried."""
    left = TRIES
    missed: list[Candidate] = []
    for candidate in search.candidates(base.end, head.end):
        quick = search.model(candidate)
        found = _tried(pair, quick, search.whole)
        if found:
            search.confirmed += 1
            left = min(left, MORE)
            yield found
        elif quick is not None:
            missed.append(candidate)
        left -= 1
        if left < 0:
            break
    if not search.confirmed:
        for candidate in missed[:EXACT]:
            found = _tried(pair, exact_model(pair.terms, candidate), search.whole)
            if found:
                yield found


def _tried(pair: Pair, valuation: Valuation | None, whole: bool) -> tuple[Parting, ...]:
    return () if valuation is None else pair.followed(valuation, whole)
