"""Each kernel beside its neighbour: what every commit between them changes.

Neighbours are the kernels of the list in their order, and a distribution's tree beside the release
that it follows.  The series as a whole, and the releases that are maintained for long beside one
another, are compared, too: they are what people ask about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from checker.compared.comparer import Comparer
from checker.compared.difference import Difference, difference
from checker.compared.pair import Case
from checker.compared.signature import DECIDES, POSSIBLE
from model.arrivals import TREES
from model.revisions import REVISIONS

NO_ID = "-"
"""What stands for the id of a commit that has none that is known."""


@dataclass(frozen=True)
class Shown:
    """A case between two neighbours, and what is wrong with it, if anything is."""

    kernels: tuple[str, str]
    case: Case

    @property
    def what(self) -> str:
        """Return what differs, in one line."""
        kind, names = self.case.signature.kind, self.case.signature.names
        if kind == DECIDES:
            gains = self.case.signature.gains
            return f"{'refused' if gains else 'no longer refused'}: {names[0]}"
        if kind == POSSIBLE:
            can = "can" if self.case.signature.gains else "cannot"
            return f"{can} be made: {' '.join(names).replace('_', ' ')}"
        return f"other: {', '.join(names)}"

    @property
    def wrong(self) -> str:
        """Return why a reader cannot trust the case; nothing if one can."""
        made = self.case.commits[-1:]
        if not made:
            return "no commit makes it so"
        if made[0].commit == NO_ID and not made[0].thin and made[0].landed.startswith("v"):
            return f"{made[0].name} has no commit id, and does not say why"
        return ""


MAINTAINED = ("v5.4", "v5.10", "v5.15", "v6.1", "v6.6", "v6.12", "v6.18")
"""Releases that are maintained for long."""


def neighbours() -> list[tuple[str, str]]:
    """Return the pairs that are compared by their names, each once."""
    listed = [name for name in REVISIONS if name not in TREES]
    series = [name for name in listed if name.startswith("series-")]
    pairs = [
        *pairwise(listed),
        *((line, tree) for tree, (line, _point, _abi) in TREES.items()),
        (listed[listed.index(series[0]) - 1], series[-1]),
        *pairwise(MAINTAINED),
        *zip(MAINTAINED, MAINTAINED[2:], strict=False),
    ]
    return list(dict.fromkeys(pairs))


def between(
    pairs: list[tuple[str, str]], progress: Callable[[int], None] = lambda _: None
) -> Iterator[Difference]:
    """Yield what differs between the kernels of each pair."""
    for one, other in pairs:
        yield difference(REVISIONS[one].kernel, REVISIONS[other].kernel, Comparer())
        progress(1)


def shown(found: Difference) -> list[Shown]:
    """Return the cases of two neighbours."""
    names = found.before.name, found.after.name
    return [Shown(names, case) for case in found.cases]
