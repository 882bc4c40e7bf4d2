"""Orders results and compresses verdicts: consecutive kernels that agree are one era."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter
from typing import TypeVar

from checker.record.ranges import KernelOrder, natural
from checker.record.result import UNDECLARED, Result, Verdict
from reports.calls import evidence

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Era:
    """Results of one property that agree, and the label of their kernels."""

    results: tuple[Result, ...]
    kernels: str

    @property
    def first(self) -> Result:
        """Return the result that stands for all of them."""
        return self.results[0]


def ordered(results: Iterable[Result]) -> list[Result]:
    """Return results by property id (``P2`` before ``P10``), then by kernel."""
    known = list(results)
    order = KernelOrder.of(known)
    _demand_once(known)
    last, places = len(order.kernels), {name: at for at, name in enumerate(order.kernels)}
    named = gathered(known, attrgetter("property"))
    alike = gathered(named, lambda group: natural(group[0].property))
    alike.sort(key=lambda groups: natural(groups[0][0].property))
    return [
        one
        for groups in alike
        for one in sorted(chain(*groups), key=lambda one: places.get(one.kernel, last))
    ]


def _demand_once(results: list[Result]) -> None:
    pairs = {(result.property, result.kernel) for result in results}
    if len(pairs) != len(results):
        msg = "a property has two results on one kernel"
        raise ValueError(msg)


def by_property(results: list[Result]) -> list[list[Result]]:
    """Return ordered results, one list per property."""
    return [list(group) for _, group in groupby(ordered(results), attrgetter("property"))]


_agreement: Callable[[Result], Hashable] = attrgetter("verdict", "expected")


def gathered(items: list[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Return the items with the same key together, in the order of first appearance."""
    found: dict[Hashable, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())


def eras(results: list[Result], order: KernelOrder) -> list[Era]:
    """Return the eras of one property."""
    return [
        Era(tuple(run), order.label([result.kernel for result in run]))
        for run in (list(group) for _, group in groupby(results, _agreement))
    ]


def eras_text(found: list[Era]) -> str:
    """Return eras as ``REFUTED v5.4…v6.8; PROVED v6.9…v7.1 (expected REFUTED)``."""
    return "; ".join(_era_text(era) for era in found)


def _era_text(era: Era) -> str:
    result = era.first
    return f"{result.verdict.value} {era.kernels}{_remark(result)}"


def _remark(result: Result) -> str:
    if result.expected is None:
        return f" ({UNDECLARED})"
    return "" if result.as_expected else f" (expected {result.expected.value})"


def unexpected(results: list[Result]) -> list[Era]:
    """Return what is not as expected, by property, kernels and smallest call."""
    _demand_once(results)
    wrong = [result for result in results if not result.as_expected]
    if not wrong:
        return []
    order = KernelOrder.of(results)
    return [
        Era(tuple(alike), order.label([result.kernel for result in alike]))
        for group in by_property(wrong)
        for alike in gathered(group, _with_evidence)
    ]


def _with_evidence(result: Result) -> Hashable:
    return _agreement(result), evidence(result)


def totals(results: list[Result]) -> dict[str, int]:
    """Return how many verdicts there are, of each kind, and as expected or not.

    ``bounded`` is there only where there is one: single calls have no histories; ``undeclared``
    only where some have an answer, and nothing is declared.
    """
    counts, found = {"verdicts": len(results)}, [one.verdict for one in results]
    for verdict in Verdict:
        counts[verdict.value.lower()] = found.count(verdict)
    if not counts[Verdict.BOUNDED.value.lower()]:
        del counts[Verdict.BOUNDED.value.lower()]
    fine = [one for one in results if one.as_expected]
    undeclared = sum(one.expected is None for one in fine)
    counts["as_expected"] = len(fine) - undeclared
    counts["not_as_expected"] = len(results) - len(fine)
    if undeclared:
        counts["undeclared"] = undeclared
    return counts
