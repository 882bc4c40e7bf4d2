"""What replaying came to, as lines for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from kernels.replay.answer import ReplayAnswer, Replayed
from kernels.replay.campaign import Campaign

HEAD = (
    "| kernel | replayed as | of | refuted properties | confirmed | refuted | not replayable |"
    " of these shown by another |"
)


def table(campaigns: list[Campaign]) -> list[str]:
    """Return the campaigns as lines of Markdown."""
    lines = [HEAD, "|---|---|---|---:|---:|---:|---:|---:|"]
    for one in campaigns:
        if one.skipped:
            continue
        cells = (
            f"{one.where} ({one.release})",
            one.revision,
            one.kind,
            len(one.replayed),
            one.count(ReplayAnswer.CONFIRMED),
            one.count(ReplayAnswer.REFUTED),
            one.count(ReplayAnswer.NOT_REPLAYABLE),
            sum(1 for other in one.instead.values() if other.answer is ReplayAnswer.CONFIRMED),
        )
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return lines if len(lines) > 2 else []


def details(one: Campaign) -> Iterator[str]:
    """Yield what a line of the table leaves out."""
    if one.skipped:
        yield f"{one.where}: skipped, not passed: {one.skipped}"
        return
    for answer in (*one.replayed, *one.instead.values()):
        if answer.answer is ReplayAnswer.REFUTED:
            yield from told(answer)
    reasons = Counter(other.reason for other in one.replayed if other.reason)
    for reason, count in reasons.most_common():
        who = ", ".join(other.property for other in one.replayed if other.reason == reason)
        yield f"{one.where}: not replayable, {count}: {reason} ({who})"
    for name, other in one.instead.items():
        yield f"{one.where}: {name} is shown by another: {other.call}"


def told(one: Replayed) -> Iterator[str]:
    """Yield one answer as lines for people."""
    release = f" ({one.release})" if one.release else ""
    yield f"{one.property} on {one.where}{release}: {one.answer.value}"
    if one.reason:
        yield f"    {one.reason}"
    if one.call:
        yield f"    asked: {one.call}"
    for change in one.told:
        yield f"    here {change}"
    if one.errno:
        yield f"    answer: {one.errno}"
    if one.seen and one.answer is ReplayAnswer.CONFIRMED:
        yield f"    the model agrees on: {', '.join(one.seen)}"
    for item in one.differences:
        yield f"    {item.field}: model {item.model}, kernel {item.kernel}"


def document(one: Replayed) -> dict[str, Any]:
    """Return one answer as JSON writes it."""
    return {
        "property": one.property,
        "on": one.where,
        "release": one.release,
        "revision": one.revision,
        "answer": one.answer.value,
        "reason": one.reason,
        "call": one.call,
        "changed": list(one.told),
        "errno": one.errno,
        "seen": list(one.seen),
        "differences": [
            {"fact": item.field, "model": item.model, "kernel": item.kernel}
            for item in one.differences
        ],
    }


def campaign_document(one: Campaign) -> dict[str, Any]:
    """Return a campaign as JSON writes it."""
    if one.skipped:
        return {"kernel": one.where, "of": one.kind, "skipped": one.skipped}
    return {
        "kernel": one.where,
        "release": one.release,
        "revision": one.revision,
        "of": one.kind,
        "replayed": [document(other) for other in one.replayed],
        "by_another": {name: document(other) for name, other in one.instead.items()},
    }


def status(campaigns: list[Campaign]) -> int:
    """Return 0 if nothing is refuted, 1 if something is, 2 if a kernel was skipped."""
    answers = [other for one in campaigns for other in (*one.replayed, *one.instead.values())]
    if any(other.answer is ReplayAnswer.REFUTED for other in answers):
        return 1
    return 2 if any(one.skipped for one in campaigns) else 0
