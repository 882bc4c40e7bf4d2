"""Our engines on the peers' accounting system."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bench.peers.system import conserved_in, system
from checker.over_time.bounded import Unrolling, nearest
from checker.over_time.budget import Budget
from checker.over_time.certificate import Histories
from checker.over_time.counter import Ledger
from checker.over_time.explore import explore
from checker.over_time.pdr import search
from checker.over_time.symbolic import Symbolic
from model.algebra import no
from model.kernel import Kernel
from model.over_time import user_namespaces
from properties.over_time.ledger import (
    each_charge_is_that_of_a_task_or_in_the_hand_of_a_call as LEVEL,
)

UNITS = 200_000_000
SPACERS = 40_000_000
CONSERVED, NO_ANSWER = "conserved", "no answer"


@dataclass(frozen=True, slots=True)
class PeerRun:
    """One run: who answered, how many states were kept, processor seconds, and what was said."""

    engine: str
    tasks: str
    states: int | None
    seconds: float
    said: str
    depth: int | None = None
    """Steps of the shortest history that breaks it, or to which there is none."""


def _broken(tasks: int) -> Any:
    return lambda state: no(conserved_in(state, tasks))


def exploration(kernel: Kernel, tasks: int, symmetry: bool = False, wrong: int = 0) -> PeerRun:
    """Explore every state, or up to the first that breaks conservation."""
    begun = time.process_time()
    broken = _broken(tasks)
    found = explore(system(tasks, symmetry, wrong), kernel, until=broken, with_edges=False)
    spent = time.process_time() - begun
    name = "explorer, task symmetry" if symmetry else "explorer"
    states = found.count
    if found.closed:
        return PeerRun(name, str(tasks), states, spent, CONSERVED)
    return PeerRun(name, str(tasks), states, spent, "broken", found.depth)


def unrolled(kernel: Kernel, tasks: int, depth: int, wrong: int = 0) -> PeerRun:
    """Unroll up to ``depth`` steps."""
    begun = time.process_time()
    histories = Unrolling(Symbolic(system(tasks, wrong=wrong), kernel), Budget(UNITS))
    found = nearest(histories, _broken(tasks), depth)
    spent = time.process_time() - begun
    if found.reason:
        return PeerRun("bmc", str(tasks), None, spent, f"{NO_ANSWER} beyond {found.depth} steps")
    said = "broken" if found.history is not None else f"none to depth {found.depth}"
    return PeerRun("bmc", str(tasks), None, spent, said, found.depth)


def pdr(kernel: Kernel, tasks: int, wrong: int = 0) -> PeerRun:
    """Ask Spacer, and check its invariant."""
    begun = time.process_time()
    space = Symbolic(system(tasks, wrong=wrong), kernel)
    found = search(Histories(space, space.starts), _broken(tasks), Budget(SPACERS))
    spent = time.process_time() - begun
    said = {"unreachable": CONSERVED, "reachable": "broken"}.get(found.status, NO_ANSWER)
    return PeerRun("pdr", str(tasks), None, spent, said)


def proof(kernel: Kernel) -> PeerRun:
    """Prove it by the ledger: any number of tasks, users and nested namespaces."""
    begun = time.process_time()
    asked = Ledger().proved(kernel, LEVEL, user_namespaces.VIEW)
    kept = all(one.status == "kept" for one in asked)
    spent = time.process_time() - begun
    return PeerRun("ledger", "any", None, spent, CONSERVED if kept else "no proof")
