"""The catalogue: every statement, of one call and of histories, each with an id of its own.

A module is loaded when somebody asks for what it declares: who asks for calls alone needs no
system of :mod:`model.system`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from properties.claim import STATED, Property, Stated

if TYPE_CHECKING:
    from properties.system.claim import TimedProperty

CALLS = (
    "headline",
    "vhost",
    "vhost_order",
    "patches",
    "flags",
    "nproc",
    "inheritance",
    "workers",
    "cgroup",
    "namespaces",
    "entry_points",
    "arguments",
    "failures",
    "creation_effects",
    "creation_invariants",
    "creation_order",
    "unshare",
    "unshare_effects",
    "unshare_order",
    "setns",
    "setns_effects",
    "setns_order",
    "doc_clone",
    "doc_effects",
    "doc_fork",
    "doc_limits",
    "doc_namespaces",
    "doc_cgroups",
)
"""The modules that declare properties of one call, in the order of the catalogue."""

HISTORIES = (
    "system.accounts",
    "system.families",
    "system.forkers",
    "system.groups",
    "system.holders",
    "system.killing",
    "system.privilege",
    "system.references",
    "system.sharing",
    "system.steps_of_accounts",
    "system.steps_of_asking",
    "system.steps_of_autokill",
    "system.steps_of_breeding",
    "system.steps_of_cold",
    "system.steps_of_crews",
    "system.steps_of_devices",
    "system.steps_of_dumping",
    "system.steps_of_exec_ids",
    "system.steps_of_execing",
    "system.steps_of_families",
    "system.steps_of_flushing",
    "system.steps_of_forkers",
    "system.steps_of_freezing",
    "system.steps_of_groups",
    "system.steps_of_heeding",
    "system.steps_of_holders",
    "system.steps_of_inheriting",
    "system.steps_of_killing",
    "system.steps_of_leaving",
    "system.steps_of_life",
    "system.steps_of_nested",
    "system.steps_of_owners",
    "system.steps_of_pid_groups",
    "system.steps_of_pinning",
    "system.steps_of_publishing",
    "system.steps_of_recovering",
    "system.steps_of_references",
    "system.steps_of_retrying",
    "system.steps_of_returning",
    "system.steps_of_sharing",
    "system.steps_of_suspending",
    "system.steps_of_threads",
    "system.steps_of_waking",
    "system.steps_that_change",
    "system.worker_crews",
    "system.worker_exec",
    "system.worker_freezing",
    "system.worker_inherits",
    "system.worker_kvm",
    "system.worker_life",
    "system.worker_limits",
    "system.worker_signals",
)
"""The modules that declare properties of histories, in the order of the catalogue."""

MODULES = (*CALLS, *HISTORIES)
OF_HISTORIES = "H"
"""The last letter of an id whose stem a statement of calls has: P02 is of calls, P02H is not."""

ONCE_SHARED = frozenset(
    ("P02", "P05", "P17", "P21", "P25", "P30", "P31", "P32", "P32t", "P38", "P39", "P40", "P40s",
     "P49", "P57", "P68", "P69", "P6A", "P70", "P71", "P74", "P75", "P89")
)
"""The ids that histories had as well until they got one of their own; still known for these."""

Of = TypeVar("Of", bound=Stated)


@cache
def _load(modules: tuple[str, ...]) -> None:
    for name in modules:
        import_module(f"properties.{name}")


def all_properties() -> list[Property]:
    """Return every property of one call, in the order of the catalogue."""
    _load(CALLS)
    return [one for one in STATED.values() if isinstance(one, Property)]


def all_timed() -> list[TimedProperty]:
    """Return every property of histories, in the order of the catalogue."""
    _load(HISTORIES)
    from properties.system.claim import TimedProperty

    return [one for one in STATED.values() if isinstance(one, TimedProperty)]


def all_statements() -> list[Stated]:
    """Return every statement: those of one call, then those of histories."""
    return [*all_properties(), *all_timed()]


def by_id(name: str) -> Property:
    """Return the property of one call with an id or a name; raise ``KeyError`` for none."""
    _load(CALLS)
    one = STATED.get(name)
    return one if isinstance(one, Property) else _named(name, all_properties())


def timed_by_id(name: str) -> TimedProperty:
    """Return the property of histories with an id or a name; raise ``KeyError`` for none.

    It is also known by the id that it once shared with a property of calls.
    """
    from properties.system.claim import TimedProperty

    _load(HISTORIES)
    one = STATED.get(once_shared(name) or name)
    return one if isinstance(one, TimedProperty) else _named(name, all_timed())


def statement_named(name: str) -> Stated:
    """Return the statement with an id or a name, of calls first; raise ``KeyError`` for none."""
    try:
        return by_id(name)
    except KeyError:
        return timed_by_id(name)


def once_shared(name: str) -> str | None:
    """Return the id, today, of the property of histories that once had this id of calls."""
    return name + OF_HISTORIES if name in ONCE_SHARED else None


def _named(name: str, among: list[Of]) -> Of:
    for one in among:
        if one.name == name:
            return one
    raise KeyError(name)
