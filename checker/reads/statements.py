"""The key of a verdict: a digest of all that the statement, and whoever decides it, can read."""

from __future__ import annotations

from typing import Any

from checker.reads.graph import Graph
from checker.reads.parts import ANYTHING, Parts, parts
from checker.reads.whole import texts, whole_texts
from checker.record.sources import Tree, digest, surroundings
from model import entries, new_namespaces, patches, revisions, wellformed
from model.call import Situation
from model.entries import Ends
from model.predict import call_of
from model.request import Entry
from model.tables import Table, table_of, tables
from properties.claim import Property, Stated, Subject

EVERY_VERDICT = (
    Situation,
    call_of,
    wellformed.well_formed,
    wellformed.ASSUMPTIONS,
    entries.CREATORS,
    entries.args_of,
    entries.ending_in,
    entries.from_one_of,
    entries.Ends,
    patches.PATCHES,
    patches.BY_NAME,
    patches.OPTIONS,
    patches.COMMITS,
    patches.DEBIAN_USERNS_SYSCTL,
    patches.RELEASES,
    revisions.REVISIONS,
    revisions.Revision,
    revisions.mainline,
    revisions.release,
    new_namespaces.Ns,
)
"""What deciding any statement may read of the files that are followed."""


def every_history() -> list[Any]:
    """Return what deciding any statement of histories may read beside."""
    from model.over_time import catalogue, commit, ledger
    from properties.over_time import ledger as proved

    forms = (ledger.CallShare, ledger.HalfStep, ledger.LedgerCall, ledger.LedgerView)
    return [catalogue.ENUMS, commit.Identity, *forms, ledger.UcountsElement, proved.ASSUMED]


def of_the_ledger() -> list[Any]:
    """Return what is read beside for statements that the ledger proves."""
    from model.over_time import ledger
    from properties.over_time import ledger as proved

    begin, shares = ledger.histories_begin, ledger.shares
    return [proved.VIEWS, begin, shares, ledger.ucounts_are_those_of_the_real_uid]


_ENDS = {
    Subject.CREATE: Ends.COPY_PROCESS,
    Subject.UNSHARE: Ends.UNSHARE,
    Subject.SETNS: Ends.SETNS,
    Subject.VHOST: Ends.VHOST,
}


class Reads:
    """What verdicts read, of the tree as it is loaded."""

    def __init__(self, tree: Tree) -> None:
        everything = Parts(f"any of {tree.digest}")
        self._graph = Graph(lambda thing: everything if thing is ANYTHING else parts(thing))
        read = map(self._graph.digest, EVERY_VERDICT)
        self._always = digest(whole_texts(tree), surroundings(), *read)
        self._of_landmarks = texts(tree, "properties/landmarks/")

    def key(self, one: Stated, *how: str) -> str:
        """Return the key of what a statement comes to, decided in a way (on which kernels …)."""
        read = [one, *_beside(one)]
        return digest(self._always, *map(self._graph.digest, read), *how)

    def landmark(self, mark: Any, start: Situation, *how: str) -> str:
        """Return the key of whether a landmark of one call stands, which begins at ``start``."""
        table = table_of(Entry(int(start.request.entry)))
        read = map(self._graph.digest, [mark, start, *_parts(table)])
        return digest(self._always, self._of_landmarks, *read, *how)


def _parts(table: Table) -> list[Any]:
    return [table.rows, table.ladders, table.effects, table.record, table.outcome, table.reads]


def _beside(one: Stated) -> list[Any]:
    if isinstance(one, Property):
        return _parts(tables()[_ENDS[one.subject]])
    conserved = any(part.each is not None for part in one.by_system)  # type: ignore[attr-defined]
    return [*every_history(), *(of_the_ledger() if conserved else ())]
