"""What a question came to before, on the very same tree and kernels: kept, and found again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.ground.problems import AS_EXPECTED
from checker.ground.sealed import Unusable
from checker.record.runs import ANSWER, SAID, Runs, moment, record
from command.output import say

if TYPE_CHECKING:
    from model.revisions import Revision


@dataclass(frozen=True)
class Answer:
    """What is shown of a question, and the exit code."""

    text: str
    code: int


def remembered(
    asked: Iterable[Any], kernels: Iterable[Revision], work: Callable[[], Answer], recheck: bool
) -> Answer:
    """Return the answer to a question on some kernels: from the record, or worked out and kept.

    ``asked`` is all that the answer depends on beside the tree and what the kernels have; only a
    whole answer is kept.  With ``recheck`` nothing is looked up.
    """
    try:
        runs = record()
    except Unusable as error:
        say(f"no record is kept: {error}")
        runs = None
    if runs is None:
        return work()
    question = (*map(repr, asked), *(repr(_known(one)) for one in kernels))
    known = None if recheck else _found(runs, question)
    return _worked_out(runs, question, work) if known is None else known


def _known(one: Revision) -> tuple[str, list[str]]:
    return one.name, sorted(patch.name for patch in one.patches)


def _found(runs: Runs, question: tuple[str, ...]) -> Answer | None:
    kept = runs.find(ANSWER, *question)
    said = kept.section(SAID) if kept is not None else None
    if said is None:
        return None
    told = json.loads(said)
    say(f"nothing changed: from the record of {moment(told['made'])}; --recheck asks anew")
    return Answer(told["text"], told["code"])


def _worked_out(runs: Runs, question: tuple[str, ...], work: Callable[[], Answer]) -> Answer:
    made = work()
    if made.code == AS_EXPECTED:
        told = {"text": made.text, "code": made.code, "made": time.time()}
        try:
            runs.keep(ANSWER, question, {SAID: json.dumps(told).encode()})
        except (Unusable, OSError) as error:
            say(f"this answer is not kept: {error}")
    return made
