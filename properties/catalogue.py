"""The catalogue: every statement, of one call and of histories, each with an id of its own.

A module is loaded when somebody asks for what it declares: who asks for calls alone needs no
system of :mod:`model.over_time`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from properties.claim import STATED, Property, Stated

if TYPE_CHECKING:
    from properties.over_time.claim import TimedProperty

CALLS = (
    "headline",
    "vhost",
    "vhost_order",
    "patches",
    "configuration",
    "flags",
    "nproc",
    "inheritance",
    "workers",
    "cgroup",
    "namespaces",
    "entry_points",
    "kernels_own",
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
    "over_time.accounts",
    "over_time.families",
    "over_time.forkers",
    "over_time.thread_groups",
    "over_time.ucounts_holders",
    "over_time.cgroup_kill",
    "over_time.privilege",
    "over_time.reaping",
    "over_time.ucounts_references",
    "over_time.userns_sharing",
    "over_time.steps_of_accounts",
    "over_time.steps_of_vhost_ownership",
    "over_time.steps_of_autokill",
    "over_time.steps_of_sqpoll",
    "over_time.steps_of_cgroup_freezer",
    "over_time.steps_of_vhost_new_worker",
    "over_time.steps_of_vhost_devices",
    "over_time.steps_of_coredump",
    "over_time.steps_of_exec_ids",
    "over_time.steps_of_de_thread",
    "over_time.steps_of_families",
    "over_time.steps_of_vhost_flush",
    "over_time.steps_of_forkers",
    "over_time.steps_of_freezers",
    "over_time.steps_of_both_freezers",
    "over_time.steps_of_thread_groups",
    "over_time.steps_of_worker_signals",
    "over_time.steps_of_ucounts_holders",
    "over_time.steps_of_inheritance",
    "over_time.steps_of_io_wq",
    "over_time.steps_of_cgroup_kill",
    "over_time.steps_of_io_wq_exit",
    "over_time.steps_of_vhost_worker",
    "over_time.steps_of_user_namespaces",
    "over_time.steps_of_userns_owners",
    "over_time.steps_of_pid_namespaces",
    "over_time.steps_of_ucounts_pins",
    "over_time.steps_of_publication",
    "over_time.steps_of_reaping",
    "over_time.steps_of_nx_recovery",
    "over_time.steps_of_ucounts_references",
    "over_time.steps_of_io_wq_retry",
    "over_time.steps_of_vhost_task_create",
    "over_time.steps_of_userns_sharing",
    "over_time.steps_of_threads",
    "over_time.steps_of_vhost_wake",
    "over_time.steps_of_workers",
    "over_time.steps_that_change",
    "over_time.worker_crews",
    "over_time.worker_exec",
    "over_time.worker_freezing",
    "over_time.worker_inherits",
    "over_time.worker_kvm",
    "over_time.worker_life",
    "over_time.worker_limits",
    "over_time.worker_signals",
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

SAID_ONCE = {
    "T30": "T82", "T31": "T82", "T50": "T82", "The1": "T82", "Tsu1": "T82",
    "T3k": "T8m", "T5d": "T8m", "The9": "T8m", "Tih7": "T8m", "Tsu7": "T8m",
    "T57": "T88", "T77": "Tlv4",
    "Tsuc": "T5b", "T55": "Tsu6", "T54": "Tsu5", "Tlv2": "T8a", "T56": "T87",
    "Tsu2": "T89", "Tsu3": "T8d", "Tsu4": "T8c", "Tsu8": "T8j", "T8k": "Tsua",
    "T67": "T75", "Tbr2": "T75", "Tbra": "T7d", "T79": "Tbrc",
    "T71": "T60", "Tbr5": "T35",
}  # fmt: skip
"""Ids of statements about one system that are said of several at once, by the id of today."""

HOMES: dict[str, str] = {}
"""The module of each id, in the order of the catalogue; empty where nobody knows.

Whoever fills it has seen the whole of this very tree loaded, and nothing forgotten in it; or, for
ids that are asked for alone, the tables of single calls.  Then a statement is loaded without the
others.
"""

Of = TypeVar("Of", bound=Stated)


@cache
def _load(modules: tuple[str, ...]) -> None:
    for name in modules:
        import_module(f"properties.{name}")


def _home(name: str, among: tuple[str, ...]) -> tuple[str, ...]:
    return (HOMES[name],) if HOMES.get(name) in among else among


def _stated() -> list[Stated]:
    """Return what is loaded, in the order of the catalogue, whichever was loaded first."""
    place = {name: at for at, name in enumerate(HOMES)}
    return sorted(STATED.values(), key=lambda one: place.get(one.id, len(place)))


def all_properties() -> list[Property]:
    """Return every property of one call, in the order of the catalogue."""
    _load(CALLS)
    return [one for one in _stated() if isinstance(one, Property)]


def all_timed() -> list[TimedProperty]:
    """Return every property of histories, in the order of the catalogue."""
    _load(HISTORIES)
    from properties.over_time.claim import TimedProperty

    return [one for one in _stated() if isinstance(one, TimedProperty)]


def all_statements() -> list[Stated]:
    """Return every statement: those of one call, then those of histories."""
    return [*all_properties(), *all_timed()]


def by_id(name: str) -> Property:
    """Return the property of one call with an id or a name; raise ``KeyError`` for none."""
    _load(_home(name, CALLS))
    one = STATED.get(name)
    return one if isinstance(one, Property) else _named(name, all_properties())


def timed_by_id(name: str) -> TimedProperty:
    """Return the property of histories with an id or a name; raise ``KeyError`` for none.

    It is also known by the id that it once shared with a property of calls, and by those that it
    had where it was said of one system after the other.
    """
    from properties.over_time.claim import TimedProperty

    today = once_shared(name) or SAID_ONCE.get(name, name)
    _load(_home(today, HISTORIES))
    one = STATED.get(today)
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
