"""The false sentences of the manual pages, in Markdown: fit to be sent to who writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from checker.record.ranges import KernelOrder
from checker.record.result import Result, Verdict
from reports.calls import call_text

CONFIRMED, REFUTED = "CONFIRMED", "REFUTED"
"""What replaying a call comes to, where it can be replayed."""

_HEAD = """# Sentences of the manual pages that are not so

Each is told in words of our own.  The call under it is the smallest that shows it, proved to be
that by the model of the kernels named.  *Seen* says on which kernel that very call was made and
came out so; what was not seen is read in the C alone, with the reason.
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a page: the id of its statement, what it says, what is so, and better words."""

    id: str
    page: str
    says: str
    truth: str
    better: str


def pages(
    sentences: Iterable[Sentence],
    results: Sequence[Result],
    replayed: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Return a section for each sentence that is refuted, by page.

    ``results`` are those of the statements on any kernels; ``replayed`` what `cloneproof replay
    --all --format json` wrote, of any number of kernels.
    """
    order = KernelOrder.of(results)
    seen = [one for campaign in replayed for one in campaign["replayed"]]
    parts = [_HEAD]
    for page, some in groupby(sentences, key=_page):
        told = [text for one in some if (text := _told(one, results, order, seen))]
        parts += [f"## {page}\n", *told] if told else []
    return "\n".join(parts)


def _page(sentence: Sentence) -> str:
    return sentence.page.partition(",")[0].partition(" and ")[0]


def _told(
    sentence: Sentence, results: Sequence[Result], order: KernelOrder, seen: Sequence[Any]
) -> str:
    """Return a section; nothing where no kernel refutes the sentence."""
    false = [
        one for one in results
        if one.property == sentence.id and one.verdict is Verdict.REFUTED
    ]
    if not false:
        return ""
    names = sorted((one.kernel for one in false), key=order.index)
    lines = {
        "Where": sentence.page,
        "The page": sentence.says,
        "In truth": sentence.truth,
        "False on": order.label(names),
        "Shown by": f"`{call_text(false[-1].counterexample)}`",
        "Seen": _seen([one for one in seen if one["property"] == sentence.id]),
        "Better": sentence.better,
    }
    rows = "\n".join(f"* **{name}**: {text}" for name, text in lines.items())
    return f"### {sentence.id}\n\n{rows}\n"


def _seen(replayed: Sequence[Mapping[str, Any]]) -> str:
    shown, other = (
        [one["release"] for one in replayed if one["answer"] == answer]
        for answer in (CONFIRMED, REFUTED)
    )
    if shown or other:
        told = (("on a real ", shown), ("but not on a real ", other))
        return ", ".join(f"{head}{' and '.join(some)}" for head, some in told if some)
    why = [one["reason"] for one in replayed if one["reason"]]
    return f"no: {why[0]}" if why else "no: no kernel was tried on which it is false"
