"""What answers about calls and kernels need, as multiples of a bare ``--help``."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figure import Figure, Figures, Limit, Plan, at_most
from bench.measure import Asked, in_turn, middle
from bench.trees import HERE

PART = "asked"
HELP = "--help"
TIMES = "times --help, CPU"
SOON, LATER = 8, 20
"""Times ``--help`` that an answer about one kernel may take, and one about all there are or two."""

QUESTIONS: dict[str, tuple[int, tuple[str, ...]]] = {
    "ask, a call": (SOON, ("ask", "user_worker and not flags.VM and ok", "-k", "v6.12")),
    "ask, a proof": (SOON, ("ask", "child.mm == shared and not CLONE_VM", "-k", "v6.12")),
    "ask --all": (LATER, ("ask", "clone3 and errno == EAGAIN", "--all", "-k", "v6.12")),
    "diff, neighbours": (LATER, ("diff", "v6.12", "v6.13")),
    "diff, the series": (LATER, ("diff", "v6.3-rc1", "series-11")),
    "backport": (LATER, ("backport", "--base", "v6.1", "--with", "KILL_SEQ")),
    "timeline": (SOON, ("timeline", "P70")),
    "blame, a proof": (SOON, ("blame", "V01t", "-k", "v6.12")),
    "blame, a refutation": (SOON, ("blame", "P70", "-k", "v6.1")),
    "matrix": (SOON, ("matrix", "-k", "v6.12")),
}


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield how many times ``--help`` each answer takes; the last release has no such verbs."""
    asked = {what: Asked(HERE, words) for what, (_most, words) in QUESTIONS.items()}
    made = in_turn(plan.runs, {HELP: Asked(HERE, (HELP,)), **asked})
    spent = {what: middle(one.cpu for one in some) for what, some in made.items()}
    for what in asked:
        yield Figure(PART, what, "CPU s", spent[what])
        yield Figure(PART, what, TIMES, spent[what] / spent[HELP])


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of them."""
    for what, (most, _words) in QUESTIONS.items():
        yield at_most(12, f"{what}, in times of --help", most, found.here(PART, what, TIMES))
