"""Facts as data: of a call, a child, a history; with the names that their numbers have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.calls.kernel_words import CAPABILITIES, words_of
from checker.readings.space import all_leaves
from model import words
from model.child import Parent, Share
from model.new_namespaces import Ns
from model.over_time.catalogue import ENUMS
from model.records import Leaf, leaves
from model.request import Entry
from model.state import Fallible


def leaf_document(leaf: Leaf) -> dict[str, Any]:
    """Return what a fact's declaration says; what is as most facts have it is left out."""
    made: dict[str, Any] = {"path": leaf.path, "width": leaf.width, "doc": leaf.doc}
    if leaf.default:
        made["default"] = True if leaf.default is True else str(int(leaf.default))
    if leaf.signed:
        made["signed"] = True
    if leaf.names:
        made["names"] = leaf.names
    if leaf.most is not None:
        made["most"] = str(leaf.most)
    if words_of(leaf):
        made["words"] = {name: str(value) for name, value in words_of(leaf).items()}
    return made


def facts() -> list[dict[str, Any]]:
    """Return every fact of a call, its caller, the system and chance."""
    return [leaf_document(leaf) for leaf in all_leaves()]


def of_record(record: type[Any]) -> list[Leaf]:
    """Return the fields of a flat record."""
    return list(leaves(record))


def names() -> dict[str, Any]:
    """Return how numbers are written: by the members of enumerations, or as sets of bits."""
    members: dict[str, Any] = {
        "entry": Entry, "step": Fallible, "share": Share, "parent": Parent, **ENUMS, "ns": Ns,
    }
    return {
        "enums": {kind: _members(one) for kind, one in members.items()},
        "bits": {
            "flags": _bits("CLONE_", words.Flag),
            "pf": _bits("PF_", words.PF),
            "caps": [[f"CAP_{cap.name}", str(1 << cap)] for cap in words.Cap],
        },
        "all_caps": [[f"CAP_{name}", str(bit)] for name, bit in CAPABILITIES.items()],
        "caps_full": str(words.CAP_FULL_SET),
        "signals": list(words.SIGNAL_NAMES.values()),
        "errno": {str(int(one)): one.name for one in words.Errno if one},
        "unlimited": str(words.RLIM_INFINITY),
    }


def _members(kind: Iterable[Any]) -> list[str]:
    found = {int(one): str(one.name).lower() for one in kind}
    assert list(found) == list(range(len(found)))
    return list(found.values())


def _bits(prefix: str, kind: Iterable[Any]) -> list[list[str]]:
    return [[f"{prefix}{one.name}", str(int(one))] for one in kind]
