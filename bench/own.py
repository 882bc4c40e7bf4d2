"""What a history of one's own, and counterexamples to explore, need as multiples of ``--help``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from bench.figure import Figure, Figures, Limit, Plan, at_most
from bench.measure import Asked, in_turn, middle
from bench.trees import HERE

PART = "own"
HELP = "--help"
TIMES = "times --help, CPU"
KERNEL = ("-k", "v6.12")
ASKED: dict[str, tuple[int, tuple[str, ...]]] = {
    "run, system calls": (8, ("run", "unshare CLONE_NEWPID; fork; exit child; fork", *KERNEL)),
    "run, steps of a system": (8, ("run", "the owner opens the device; SIGKILL", *KERNEL)),
    "run, what may come next": (8, ("run", "--system", "cgroup_freezer", "--next", *KERNEL)),
    "list --about": (2, ("list", "--about", "signal KVM_RUN ENOMEM")),
    "verify --set": (8, ("verify", "V01", *KERNEL, "--set", "rlim_nproc=1")),
    "verify --all, of calls": (20, ("verify", "V01", *KERNEL, "--all")),
    "verify --all, of histories": (8, ("verify", "P59f", *KERNEL, "--all")),
}
"""What is asked, and at most how many times ``--help`` that may take."""


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield how many times ``--help`` each answer takes; the last release has none of them."""
    with tempfile.TemporaryDirectory() as kept:
        asked = {
            what: Asked(HERE, words, record=kept if words[0] == "list" else None)
            for what, (_most, words) in ASKED.items()
        }
        in_turn(1, asked)  # what is listed is indexed
        made = in_turn(2 * plan.runs + 1, {HELP: Asked(HERE, (HELP,)), **asked})
    spent = {what: middle(one.cpu for one in some) for what, some in made.items()}
    for what in ASKED:
        yield Figure(PART, what, "CPU s", spent[what])
        yield Figure(PART, what, TIMES, spent[what] / spent[HELP])


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of them."""
    for what, (most, _words) in ASKED.items():
        yield at_most(12, f"{what}, in times of --help", most, found.here(PART, what, TIMES))
