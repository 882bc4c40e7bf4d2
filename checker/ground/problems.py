"""What can go wrong for a user, each with one clear line and a documented exit code."""

from __future__ import annotations

AS_EXPECTED = 0
BROKEN = 1
UNANSWERED = 2
USAGE = 3
INTERNAL = 4
HUNG_UP = 129
INTERRUPTED = 130
CLOSED_PIPE = 141
TERMINATED = 143
"""Exit codes: all as expected; an expectation broken; no answer; bad input; our own fault;
ended by SIGHUP, SIGINT, a closed pipe, SIGTERM."""

EXIT_CODES = (
    "Exit codes: 0 as expected, 1 an expectation broken, 2 unknown or out of budget, "
    "3 usage or bad input, 4 internal error, 129 hung up, 130 interrupted, 141 closed pipe, "
    "143 terminated."
)


def worst(codes: list[int]) -> int:
    """Return the code of several answers: a broken expectation, else the highest."""
    return BROKEN if BROKEN in codes else max(codes)


LONGEST = 200
"""Characters of the longest name that is compared with the known ones."""


class Problem(Exception):
    """Something the user can mend; the message says how, in one line of bounded length."""

    code = USAGE

    def __str__(self) -> str:
        said = super().__str__()
        return said if len(said) <= 2 * LONGEST else f"{said[:2 * LONGEST]}..."


def nearest(name: str, known: list[str]) -> str:
    """Return ``; did you mean X?`` for a name close to a known one, else nothing.

    Small letters and capitals are alike; a name that is known but for them is meant before others.
    """
    from difflib import get_close_matches

    if len(name) > LONGEST:
        return ""
    alike = {one.casefold(): one for one in reversed(known)}
    close = get_close_matches(name.casefold(), list(reversed(alike)), n=1, cutoff=0.6)
    return f"; did you mean {alike[close[0]]}?" if close else ""
