"""What a counterexample is to be like: facts left out, facts set, and anything one can ask."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from checker.asked.meaning import Question, question
from checker.calls.documents import leaves_by_path
from checker.calls.naming import number, spoken
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from model.algebra import Truth, both, has, no
from model.call import Call
from model.records import BOOL, Leaf
from model.words import Flag
from properties.claim import Property

_SHORT = ("current.", "request.", "system.", "chance.", "current.cred.", "current.real_cred.",
          "current.signal.", "request.target.")


@dataclass(frozen=True)
class Assumed:
    """What is assumed of a call: its text, and what it means of one and its outcome."""

    text: str
    holds: tuple[Question | _Fact, ...]

    def truth(self, call: Call, outcome: object) -> Truth:
        """Return whether a call is as assumed."""
        return both(*(one.holds(call, outcome) for one in self.holds))

    def __bool__(self) -> bool:
        return bool(self.holds)


@dataclass(frozen=True)
class _Fact:
    """A fact that has a value, or a flag that is not set."""

    leaf: Leaf
    value: int
    without: bool = False
    """Not these bits, instead: of a flag that is left out."""

    def holds(self, call: Call, _outcome: object) -> Truth:
        """Return whether it is so of a call."""
        found: Any = attrgetter(self.leaf.path)(call.start)
        if self.without:
            return no(has(found, self.value))
        if self.leaf.width == BOOL:
            return found if self.value else no(found)
        equal: Truth = found == self.value
        return equal


def assumed(
    prop: Property, excluded: tuple[str, ...], given: tuple[str, ...], asked: tuple[str, ...]
) -> Assumed:
    """Return what is assumed of the calls of a statement; raise :class:`Problem` for no fact.

    ``excluded`` are facts as an ordinary process has them, or flags not set; ``given`` are facts
    with a value, ``NAME=VALUE``; ``asked`` are truths in the language of ``ask``.
    """
    parts: list[Question | _Fact] = []
    texts = []
    for name in excluded:
        fact = _without(name)
        parts.append(fact)
        texts.append(f"without {name}")
    for text in given:
        fact = _with_value(text)
        parts.append(fact)
        texts.append(f"{fact.leaf.path} = {spoken(fact.leaf, fact.value)}")
    for text in asked:
        one = question(text)
        if prop.subject not in one.subjects():
            raise Problem(f"{prop.id} is about {prop.subject.value}: {short(text)} is not")
        parts.append(one)
        texts.append(text)
    return Assumed("; ".join(texts), tuple(parts))


def _without(name: str) -> _Fact:
    flag = name.upper().removeprefix("CLONE_")
    if flag in Flag.__members__:
        return _Fact(leaves_by_path()["request.flags"], int(Flag[flag]), without=True)
    leaf = leaf_named(name)
    return _Fact(leaf, int(leaf.default))


def _with_value(text: str) -> _Fact:
    name, equals, value = text.partition("=")
    if not equals:
        raise Problem(f"--set takes FACT=VALUE, not {short(text)}")
    leaf, word = leaf_named(name.strip()), value.strip()
    if leaf.width == BOOL:
        truths = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if word.lower() not in truths:
            raise Problem(f"{leaf.path} is yes or no, not {short(word)}")
        return _Fact(leaf, truths[word.lower()])
    return _Fact(leaf, int(number(leaf, word)))


def leaf_named(name: str) -> Leaf:
    """Return the fact with a name, its front left out or not; raise :class:`Problem` for none."""
    known = leaves_by_path()
    found = [front + name for front in ("", *_SHORT) if front + name in known]
    if found:
        return known[found[0]]
    ends = [path for path in known if path.endswith(f".{name}")]
    if len(ends) == 1:
        return known[ends[0]]
    if ends:
        raise Problem(f"{short(name)} may be {' or '.join(ends[:4])}")
    raise Problem(f"unknown fact {short(name)}{nearest(name, list(known))}")
