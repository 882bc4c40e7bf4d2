"""All declared properties: importing this module declares them."""

from __future__ import annotations

from importlib import import_module

from properties.claim import PROPERTIES, Property

MODULES = (
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
"""The modules that declare properties, in the order of the catalogue."""

for _name in MODULES:
    import_module(f"properties.{_name}")


def all_properties() -> list[Property]:
    """Return every property in the order of the catalogue."""
    return list(PROPERTIES)


def by_id(identity: str) -> Property:
    """Return the property with an id or a name; raise ``KeyError`` for none."""
    for prop in PROPERTIES:
        if identity in (prop.id, prop.name):
            return prop
    raise KeyError(identity)
