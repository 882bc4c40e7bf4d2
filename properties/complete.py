"""Is everything that was declared listed: systems, properties, patches?  Asked at loading.

See :mod:`model.complete` for the tables of the single calls.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain

from model import complete
from model.declared import declared
from model.entries import ENTRIES
from model.patches import PATCHES, SHOWN_ONLY
from model.records import declared_at
from model.request import Entry
from properties import catalogue

_LISTS = (
    "model.patches.", "model.revisions.", "model.arrivals.", "properties.over_time.bugs.",
    "properties.landmarks.", "properties.complete.", "model.processes.", "model.around.",
)
"""The modules that name patches without asking for them, and the world of typed calls, with the
calls round the making of tasks: no statement is about them."""


def incomplete() -> list[str]:
    """Return what is declared and listed nowhere, in the model and among the properties."""
    catalogue.all_statements()
    flags = complete.unspoken("properties", "no statement speaks of it")
    spoken = chain(flags, _of_entries())
    found = (_of_systems(), _of_steps(), _of_properties(), _of_patches(), spoken)
    return [*complete.incomplete(), *chain(*found)]


@cache
def check() -> None:
    """Raise :class:`~model.mistake.Mistake` unless everything declared is used; asked once.

    Not asked again of a tree that was found complete (:data:`properties.catalogue.HOMES`).
    """
    if catalogue.HOMES:
        return
    catalogue.all_statements()
    files = (*complete.unloaded("model"), *complete.unloaded("properties"))
    complete.demand([*incomplete(), *files])


@cache
def check_lists() -> None:
    """Raise :class:`~model.mistake.Mistake` unless the tables and lists of files are complete.

    For who decides a statement that is named, and loads no other.
    """
    complete.check()
    listed = {f"properties.{name}" for name in catalogue.MODULES}
    complete.demand(list(complete.unloaded("properties", listed=listed)))


def _of_systems() -> Iterator[str]:
    from model.over_time.catalogue import SYSTEMS

    listed = {id(system) for system in SYSTEMS.values()}
    spoken_of = {id(part.system) for prop in catalogue.all_timed() for part in prop.by_system}
    for one in declared("system"):
        if id(one.thing) not in listed:
            yield f"{one}, with {len(one.thing.steps)} steps, is not in SYSTEMS"
        elif id(one.thing) not in spoken_of:
            yield f"{one}: no property speaks of it"
        names = [step.name for step in one.thing.steps]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{one} has two steps {name!r}"


def _of_entries() -> Iterator[str]:
    """Yield each entry point that no statement names; one alone in its table has its subject."""
    for one in ENTRIES.values():
        alone = sum(other.ends is one.ends for other in ENTRIES.values()) == 1
        if not alone and not complete.said("properties", "Entry", one.entry.name):
            where = declared_at(Entry, one.entry.name)
            yield f"{where}: Entry.{one.entry.name}: no statement speaks of it"


def _of_steps() -> Iterator[str]:
    taken = {id(step.move) for one in declared("system") for step in one.thing.steps}
    for one in declared("step"):
        if id(one.thing.move) not in taken:
            yield f"{one} is taken by no system"


def _of_properties() -> Iterator[str]:
    homes = {f"properties.{name}" for name in catalogue.MODULES}
    known = {one.id for one in catalogue.all_statements()}
    for one in declared("property"):
        if one.module not in homes:
            yield f"{one}: its module is not in MODULES"
        if one.thing.truth and one.thing.truth not in known:
            yield f"{one}: its truth {one.thing.truth!r} is no property"


def _of_patches() -> Iterator[str]:
    asked = {
        id(value)
        for name, module in list(sys.modules.items())
        if name.startswith(("model.", "properties.")) and not f"{name}.".startswith(_LISTS)
        for value in vars(module).values()
    }
    places = {id(one.thing): one for one in declared("patch")}
    for patch in PATCHES:
        if (id(patch) in asked) == (patch in SHOWN_ONLY):
            says = "is asked for" if patch in SHOWN_ONLY else "is asked for by nothing"
            yield f"{places[id(patch)]} {says}; SHOWN_ONLY names those that no rule asks for"
