"""What holding a function against its other version came to."""

from __future__ import annotations

from dataclasses import dataclass

SAME, DIFFERENT, OPEN = "the same", "different", "could not tell"
"""``SAME`` is a proof under what is assumed; ``DIFFERENT`` has inputs on which they part."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of one of the two trees, and its text."""

    path: str
    line: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two versions part: the inputs, what each does, and the lines.

    ``when`` are the conditions that lead there, in the words of the C, in order of the run;
    ``before`` and ``after`` say what each version does (what it returns, calls or writes).
    """

    what: str
    when: tuple[str, ...]
    before: str
    after: str
    base: Place | None = None
    head: Place | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one function, with its reason.

    ``assumed`` are the assumptions that a proof rests on, as sentences; ``open_at`` are the
    places that were not understood and may matter.
    """

    function: str
    path: str
    verdict: str
    reason: str = ""
    partings: tuple[Parting, ...] = ()
    assumed: tuple[str, ...] = ()
    open_at: tuple[Place, ...] = ()
