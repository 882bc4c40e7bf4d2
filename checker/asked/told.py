"""Answers as people read them and as JSON writes them."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from checker.asked.answer import Found, Reply
from checker.calls.brief import brief
from checker.calls.documents import to_document
from checker.calls.story import WIDTH, story
from checker.questions.deciding import SUCCESS
from checker.readings.concrete import outcome_on
from model.words import errno_name
from properties.claim import Subject

RANGED = {
    Subject.CREATE: "of every entry point into copy_process()",
    Subject.UNSHARE: "of unshare()",
    Subject.SETNS: "of setns()",
    Subject.VHOST: "of VHOST_SET_OWNER and kthread_create()",
}


def outcome(reply: Reply, found: Found) -> str:
    """Return how a call ends: ``success``, or its errno and the rule that decides."""
    made = outcome_on(reply.kernel.kernel, found.values, found.subject)
    if found.decided_by == SUCCESS:
        return SUCCESS
    return f"-{errno_name(int(made.errno))}, {found.decided_by}"


def lines(reply: Reply) -> Iterator[str]:
    """Yield what is told of a question on one kernel: the call, or the proof."""
    name = reply.kernel.name
    if reply.found:
        found = reply.found[0]
        less = "the smallest such call" if found.least else "such a call (not proved the smallest)"
        yield f"yes on {name}: {less}"
        yield from (f"  {line}" for line in story(reply.kernel.kernel, found.values))
    elif reply.unknown:
        yield f"not known on {name}: {reply.unknown}"
    else:
        yield f"no on {name}: there is no such call"
        yield from _proof(reply, "  proved for every call")


def _proof(reply: Reply, what: str) -> Iterator[str]:
    over = ", ".join(RANGED[subject] for subject in reply.asked)
    yield from wrap(f"{what} {over}, from every state", WIDTH, initial_indent="  ",
                    subsequent_indent="    ")
    yield from rests_on(reply)


def rests_on(reply: Reply) -> Iterator[str]:
    """Yield what a proof rests on, as ``verify`` tells it."""
    if not reply.core:
        yield "  the proof rests on no row and no patch"
        return
    yield "  the proof rests on"
    yield from (f"    {entry}" for entry in reply.core)


def rows(replies: list[Reply]) -> list[list[str]]:
    """Return a row per kernel and answer: the kernel, the call, how it ends."""
    made = []
    for reply in replies:
        name = reply.kernel.name
        for found in reply.found:
            made.append([name, brief(found.values), outcome(reply, found)])
        if not reply.found:
            made.append([name, "", reply.unknown or "no such call: proved"])
    return made


def end_of_all(reply: Reply) -> Iterator[str]:
    """Yield whether these were all answers, and why."""
    if reply.unknown:
        yield f"whether there are others on {reply.kernel.name} is not known: {reply.unknown}"
        return
    yield from _proof(reply, "these are all: no other rule decides such a call,")


def document(reply: Reply) -> dict[str, Any]:
    """Return a reply as JSON writes it."""
    return {
        "kernel": reply.kernel.name,
        "answer": "unknown" if reply.unknown and not reply.found else
        "yes" if reply.found else "no",
        "asked_of": [subject.name.lower() for subject in reply.asked],
        "calls": [_call(reply, found) for found in reply.found],
        "complete": not reply.unknown,
        "unknown": reply.unknown or None,
        "rests_on": list(reply.core),
    }


def _call(reply: Reply, found: Found) -> dict[str, Any]:
    made = outcome_on(reply.kernel.kernel, found.values, found.subject)
    return {
        "call": to_document(found.values),
        "smallest": found.least,
        "errno": errno_name(int(made.errno)),
        "rule": None if found.decided_by == SUCCESS else found.decided_by,
    }
