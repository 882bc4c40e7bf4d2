"""What histories are to be like: steps that nobody takes, where they begin, what each state has."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from checker.calls.naming import number
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.running.phrases import meant
from model.algebra import Truth, both, no, same, signed_below
from model.kernel import Kernel
from model.over_time.catalogue import ENUMS
from model.over_time.step import Machine, Move, Step, TransitionSystem, itself
from model.records import BOOL, Leaf, build, leaves, values_of
from properties.over_time.claim import How, TimedProperty

_SLOT = re.compile(r"\b(task|child|process) \d")
_FACT = re.compile(r"\s*([\w.]+)\s*(!=|<=|>=|==|=|<|>)\s*(.*?)\s*")
_ENDINGS = (How.ENDS, How.SOME_STEP)
"""Statements that something can happen, which is not said by what is left out."""


@dataclass(frozen=True)
class Histories:
    """The histories of a system that are as assumed: the system, and what that is in words."""

    system: TransitionSystem
    text: str
    begins: Callable[[Kernel], bool] = lambda _kernel: True
    """Whether histories begin as assumed: else there are none."""


def assumed(
    prop: TimedProperty, excluded: tuple[str, ...], given: tuple[str, ...],
    throughout: tuple[str, ...],
) -> Histories:
    """Return the histories without some steps, from where they are to begin, as they are to be.

    ``throughout`` are facts of which each state of a history has all: ``NAME=VALUE``, or another
    comparison.  Raises :class:`Problem` for a step or a fact that the system has not.
    """
    system = prop.system
    texts = []
    changed = copy.copy(system)
    for words in excluded:
        found = meant(changed, words)
        if found is None:
            known = nearest(words, [step.name for step in system.steps])
            raise Problem(f"{system.name} has no step {short(words)}{known}")
        changed.steps = [step for step in changed.steps if step not in found.steps]
        texts.append(f"without {found.steps[0].name!r}" if len(found.steps) == 1
                     else f"without {words!r}")
    gone = {opened(step) for step in system.steps} - {opened(step) for step in changed.steps}
    if len(changed.steps) + sum(opened(one) in gone for one in system.steps) != len(system.steps):
        changed.same = itself  # who is left out of some tasks' steps only makes these unlike
    facts = dict(_fact(system, text) for text in given)
    if facts:
        begins = system.start

        def start(machine: Machine) -> Any:
            return build(system.record, dict(values_of(begins(machine))) | facts)

        changed.start = start
        texts += [f"beginning with {text}" for text in given]
    if not throughout:
        return Histories(changed, "; ".join(texts))
    if prop.how in _ENDINGS:
        raise Problem(f"{prop.id} says that something can happen: --assume leaves out steps, and "
                      "would only take that away; --exclude leaves out those that you name")
    texts += [f"where {text} throughout" for text in throughout]
    return _only(changed, [_truth(system, text) for text in throughout], "; ".join(texts))


def opened(step: Step) -> str:
    """Return a step's name with its task left open: it is the same step of another."""
    return _SLOT.sub(r"\1 X", step.name)


def _only(
    system: TransitionSystem, truths: list[Callable[[Any], Truth]], text: str
) -> Histories:
    """Return the histories of which every state has some truths."""

    def holds(state: Any) -> Truth:
        return both(*(truth(state) for truth in truths))

    def kept(step: Step) -> Step:
        def move(machine: Machine, state: Any) -> Move:
            made = step.move(machine, state)
            return Move(False if made.when is False else both(made.when, holds(made.then)),
                        made.then)

        return replace(step, move=move)

    begins = system.start
    system.steps = [kept(step) for step in system.steps]
    system.same = itself  # a fact of one task makes it unlike the others
    return Histories(system, text, lambda kernel: holds(begins(Machine(kernel))) is True)


def _truth(system: TransitionSystem, text: str) -> Callable[[Any], Truth]:
    """Return what a text says of a state: a fact compared with a value."""
    found = _FACT.fullmatch(text)
    if found is None:
        raise Problem(f"of histories --assume takes FACT=VALUE, or another comparison, not "
                      f"{short(text)}")
    name, operator, word = found.groups()
    leaf = _leaf(system, name)
    value, read = _value(leaf, word), attrgetter(leaf.path)
    if leaf.width == BOOL:
        if operator not in ("=", "==", "!="):
            raise Problem(f"{name} is yes or no: it is not {operator} anything")
        return lambda state: same(read(state), bool(value) is (operator != "!="))
    says: dict[str, Callable[[Any], Truth]] = {
        "=": lambda one: one == value,
        "==": lambda one: one == value,
        "!=": lambda one: no(one == value),
        "<": lambda one: signed_below(one, value),
        ">=": lambda one: no(signed_below(one, value)),
        ">": lambda one: signed_below(value, one),
        "<=": lambda one: no(signed_below(value, one)),
    }
    return lambda state: says[operator](read(state))


def _fact(system: TransitionSystem, text: str) -> tuple[str, int]:
    name, equals, word = (part.strip() for part in text.partition("="))
    if not equals:
        raise Problem(f"--set takes FACT=VALUE, not {short(text)}")
    return name, _value(_leaf(system, name), word)


def _leaf(system: TransitionSystem, name: str) -> Leaf:
    known = {leaf.path: leaf for leaf in leaves(system.record)}
    if name not in known:
        hint = nearest(name, list(known)) or f": one of {', '.join(known)}"
        raise Problem(f"{system.name} has no fact {short(name)}{hint}")
    return known[name]


def _value(leaf: Leaf, word: str) -> int:
    if leaf.width == BOOL:
        truths = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if word.lower() not in truths:
            raise Problem(f"{leaf.path} is yes or no, not {short(word)}")
        return truths[word.lower()]
    if leaf.names in ENUMS:
        members = {one.name.lower(): int(one) for one in ENUMS[leaf.names]}
        if word.lower() not in members:
            raise Problem(f"{leaf.path} is one of {', '.join(members)}, not {short(word)}")
        return members[word.lower()]
    return int(number(leaf, word))
