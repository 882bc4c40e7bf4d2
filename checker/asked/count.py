"""Of how many flag words a question holds, counted one by one in columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from checker.asked.meaning import Question
from checker.ground.problems import Problem
from checker.independent.flags import BITS, combinations
from checker.readings.columns import Many, truths
from checker.readings.space import all_leaves
from checker.readings.subjects import subject_of
from model.kernel import Kernel
from model.request import Entry

_FLAGS = "request.flags"


@dataclass
class Counted:
    """Numbers of flag words: tried, impossible ones, and those of which it holds."""

    tried: int = 0
    impossible: int = 0
    holds: int = 0


def counted(question: Question, kernel: Kernel, facts: Mapping[str, Any]) -> Counted:
    """Return the numbers on a kernel, of a call with these facts; others have their defaults.

    Bits of ``request.flags`` that are not tried, as the exit signal of clone(), stay as given.
    Raises :class:`Problem` where the question is not about such a call.
    """
    given = {leaf.path: leaf.default for leaf in all_leaves()} | dict(facts)
    entry = Entry(given["request.entry"])
    subject = subject_of(entry)
    if subject not in question.subjects():
        raise Problem(f"{entry.name.lower()}() leaves no {', '.join(sorted(question.made))}")
    kept = np.uint64(given[_FLAGS] & ~sum(BITS))
    found = Counted()
    for words in combinations():
        many = Many(kernel, given | {_FLAGS: words | kept}, len(words))
        possible = many.possible(subject)
        truth = truths(question.holds(many.call, many.outcome(subject)), many.count)
        found.tried += many.count
        found.impossible += many.count - int(np.count_nonzero(possible))
        found.holds += int(np.count_nonzero(possible & truth))
    return found
