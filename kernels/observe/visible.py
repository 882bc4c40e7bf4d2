"""Whether what breaks a property can be seen: does the violation stand on observed facts only?"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from checker.engines.patient import ask
from checker.engines.sat import PATIENT
from checker.readings.space import constant
from checker.readings.subjects import RANGES
from kernels.observe.facts import IMPLIED
from model.algebra import both, no
from model.call import Call, Situation
from model.due import as_truth
from model.evaluate import Walk
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.predict import call_of
from model.records import build, leaves
from model.terms import open_truth
from model.vhost import VhostOutcome
from properties.claim import Property

Values = dict[str, Any]

RULE = "that the refusing rule is: "
"""An errno does not tell which of the rules that give it refused."""
_SPACES = ("mnt_ns", "uts_ns", "ipc_ns", "cgroup_ns", "net_ns", "time_ns")


def rests_on_unseen(prop: Property, kernel: Kernel, values: Values, seen: set[str]) -> list[str]:
    """Return the facts that no observation shows and without which nothing would be broken.

    The unseen facts of the outcome are left open, all of them: if with some values the property
    were kept, then what was observed does not show that it is broken.
    """
    call, outcome = _call_and_outcome(prop, kernel, values)
    known = seen | {name for name, by in IMPLIED.items() if by in seen}
    if set(_SPACES) <= seen and _has_another_namespace(outcome.after):
        known.add("nsproxy_shared")
    unseen = dict(_unseen(outcome, known))
    if not _can_be_kept(prop, call, _opened(outcome, unseen)):
        return []
    alone = [
        name
        for name, where in unseen.items()
        if _can_be_kept(prop, call, _opened(outcome, {name: where}))
    ]
    return sorted(alone) or ["several facts at once"]


def deciding(prop: Property, kernel: Kernel, values: Values) -> list[str]:
    """Return the effects without which the property would be kept, each alone; errno is not one."""
    call, outcome = _call_and_outcome(prop, kernel, values)
    return [
        name
        for name, where in _unseen(outcome, set())
        if _can_be_kept(prop, call, _opened(outcome, {name: where}))
    ]


def _call_and_outcome(prop: Property, kernel: Kernel, values: Values) -> tuple[Call, Any]:
    call = call_of(kernel, build(Situation, values))
    return call, RANGES[prop.subject].outcome(call)


def _has_another_namespace(child: Any) -> bool:
    """Return whether a namespace that nsproxy holds is not the caller's: then nsproxy is not."""
    return any(getattr(child, name, Ns.SAME) != Ns.SAME for name in _SPACES)


def _can_be_kept(prop: Property, call: Call, outcome: Any) -> bool:
    claim = prop.statement(call, outcome)
    kept = as_truth(no(both(claim.premise, no(claim.conclusion))))
    return kept if isinstance(kept, bool) else ask([kept], PATIENT).status != "unsat"


def _unseen(outcome: Any, seen: set[str]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Yield each unseen fact by name: the part of the outcome that holds it, an open value."""
    parts: tuple[str, ...]
    if isinstance(outcome, VhostOutcome):
        parts = ("child", "worker")
    else:
        parts = ("after",) if outcome.errno == 0 else ()
        for part in ("done", "held", "freed_twice"):
            for name in getattr(outcome, part):
                if f"{part}: {name}" in seen:
                    continue
                yield f"{part}: {name}", (part, open_truth(f"unseen:{part}:{name}"))
        for row, _first in outcome.walk.hits:
            yield f"{RULE}{row.name}", ("walk", open_truth(f"unseen:rule:{row.name}"))
    for part in parts:
        for leaf in leaves(type(getattr(outcome, part))):
            if leaf.path not in seen:
                yield leaf.path, (part, constant(leaf))


def _opened(outcome: Any, unseen: dict[str, tuple[str, Any]]) -> Any:
    """Return a copy of an outcome with open values for the unseen facts."""
    parts: dict[str, dict[str, Any]] = {}
    for name, (part, term) in unseen.items():
        parts.setdefault(part, {})[name.removeprefix(f"{part}: ").removeprefix(RULE)] = term
    made = copy.copy(outcome)
    for part, facts in parts.items():
        made.__dict__[part] = _with_facts(getattr(outcome, part), facts)
    return made


def _with_facts(part: Any, facts: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        return part | facts
    if isinstance(part, Walk):
        return replace(part, hits=[(row, facts.get(row.name, hit)) for row, hit in part.hits])
    return replace(part, **facts)
