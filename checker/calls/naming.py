"""Numbers as names and back: how facts are written for people and in JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from functools import reduce
from operator import or_
from typing import Any

from checker.calls.kernel_words import CAPABILITIES, SIGNALS, mask_in, words_of
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from model import words
from model.child import Parent, Share
from model.new_namespaces import Ns
from model.records import BOOL, Leaf
from model.request import Entry
from model.state import Fallible

_ENUMS: dict[str, type[IntEnum]] = {
    "entry": Entry,
    "step": Fallible,
    "share": Share,
    "ns": Ns,
    "parent": Parent,
}
_SPOKEN: dict[str, Callable[[int], str]] = {
    "flags": words.flag_names,
    "pf": words.pf_names,
    "caps": words.cap_names,
    "errno": words.errno_name,
    "signals": words.signal_names,
}
_BITS: dict[str, tuple[str, dict[str, int]]] = {
    "flags": ("CLONE_", {flag.name or "": int(flag) for flag in words.Flag}),
    "pf": ("PF_", {flag.name or "": int(flag) for flag in words.PF}),
    "caps": ("CAP_", CAPABILITIES),
    "signals": (
        "SIG",
        {name: words.sigmask(number) for number, name in words.SIGNAL_NAMES.items()},
    ),
}
_PARTS: dict[str, dict[str, int]] = {
    kind: {f"{before}{name}": bit for name, bit in known.items() for before in (prefix, "")}
    for kind, (prefix, known) in _BITS.items()
}
"""The bits by their names, with what they begin with and without."""
UNLIMITED = "unlimited"
FEW = 8
"""Words that are all named where none of them was said."""


def names_of(leaf: Leaf) -> list[str]:
    """Return the names that the numbers of a fact have, or its bits; nothing where they have none.
    """
    if leaf.names in _ENUMS:
        return [member.name.lower() for member in _ENUMS[leaf.names]]
    if leaf.names in _PARTS:
        return list(_PARTS[leaf.names])
    return list(words.Errno.__members__) if leaf.names == "errno" else []


def spoken(leaf: Leaf, value: Any) -> Any:
    """Return a fact's value as JSON writes it: names where it has them, else the number."""
    if leaf.width == BOOL:
        return bool(value)
    number = int(value)
    if leaf.names in _ENUMS:
        try:
            return _ENUMS[leaf.names](number).name.lower()
        except ValueError:
            return number
    if leaf.names in _SPOKEN:
        return _SPOKEN[leaf.names](number)
    if leaf.path.endswith("rlim_nproc") and number == words.RLIM_INFINITY:
        return UNLIMITED
    return number


def number(leaf: Leaf, value: Any) -> int | bool:
    """Return the value of a fact as given in JSON; raise :class:`Problem` if it is none."""
    if leaf.width == BOOL:
        if value in (0, 1) and isinstance(value, int):
            return bool(value)
        raise Problem(f"{leaf.path} must be true or false, not {short(value)}")
    if isinstance(value, bool):
        raise Problem(f"{leaf.path} must be a number, not {short(value)}")
    if isinstance(value, int):
        return _in_range(leaf, value)
    if isinstance(value, list) and leaf.names in _BITS:
        total = 0
        for item in value:
            total |= int(number(leaf, item))
        return _in_range(leaf, total)
    if isinstance(value, str):
        return _in_range(leaf, _named(leaf, value))
    raise Problem(f"{leaf.path} cannot be {short(value)}")


def _named(leaf: Leaf, text: str) -> int:
    if leaf.names == "signals" and text.startswith("all but "):
        return words.ALL_SIGNALS & ~_bits(leaf, text.removeprefix("all but "))
    if leaf.names in _BITS:
        return _bits(leaf, text)
    if leaf.names in _ENUMS:
        known = {member.name.lower(): int(member) for member in _ENUMS[leaf.names]}
        if text.lower() in known:
            return known[text.lower()]
        raise Problem(f"{leaf.path}: unknown name {short(text)}{nearest(text, list(known))}")
    if leaf.names == "errno" and text in words.Errno.__members__:
        return int(words.Errno[text])
    known = words_of(leaf)
    return known[text] if text in known else _plain(leaf, text)


def _bits(leaf: Leaf, text: str) -> int:
    known = _PARTS[leaf.names]
    parts = map(str.strip, text.split("|"))
    return reduce(or_, [known[part] if part in known else _bit(leaf, part) for part in parts])


def _plain(leaf: Leaf, text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise Problem(f"{leaf.path} cannot be {short(text)}{_may_be(leaf, text)}") from None


def _may_be(leaf: Leaf, text: str) -> str:
    """Return what may stand for a number of a fact, in words."""
    others = list(words_of(leaf)) or names_of(leaf)
    if not others:
        return ": a number, in hex with 0x"
    if len(others) <= FEW:
        return f": a number, or {', '.join(others)}"
    return f": a number, or a name, as {', '.join(others[1:5])} …{nearest(text, others)}"


def _bit(leaf: Leaf, text: str) -> int:
    prefix, known = _BITS[leaf.names]
    if text in ("none", ""):
        return 0
    if text == "all" and leaf.names in ("caps", "signals"):
        return words.CAP_FULL_SET if leaf.names == "caps" else words.ALL_SIGNALS
    if leaf.names == "flags" and text in (*SIGNALS, "CSIGNAL"):
        return SIGNALS.get(text, words.CSIGNAL)
    mask = mask_in(text) if leaf.names in ("caps", "signals") else None
    if mask is not None:
        return mask
    if text[:1].isdecimal():
        value = _plain(leaf, text)
        signal = leaf.names == "signals" and 1 <= value <= words.SIGNAL_MAX
        return words.sigmask(value) if signal else value
    several = re.split(r"[\s,;+]+", text.strip(" ,;+"))
    hint = f"; several are joined by |: {'|'.join(several)}" if len(several) > 1 else nearest(
        text, [prefix + one for one in known])
    raise Problem(f"{leaf.path}: unknown flag {short(text)}{hint}")


def _in_range(leaf: Leaf, value: int) -> int:
    low = -(2 ** (leaf.width - 1)) if leaf.signed else 0
    high = 2 ** (leaf.width - 1) - 1 if leaf.signed else 2**leaf.width - 1
    high = min(high, leaf.most) if leaf.most is not None else high
    if not low <= value <= high:
        raise Problem(f"{leaf.path} must lie between {low} and {high}, not {short(value)}")
    return value
