"""The names of a question: fields of the model, their bits, rules, and the kernel's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.calls.naming import number
from checker.ground.json_text import short
from checker.ground.meaning import near
from checker.ground.problems import LONGEST, Problem, nearest
from model import words
from model.child import Child
from model.records import Leaf, leaves
from model.request import Args, Entry
from model.rows import Rejection
from model.setns import Joined
from model.state import Cred
from model.tables import tables
from model.unshare import Unshared
from model.vhost import Worker
from model.words import Flag

MADE: dict[str, Any] = {"child": Child, "worker": Worker, "unshared": Unshared, "joined": Joined}
"""What a successful call leaves: the new task, a vhost worker, the caller after the call."""

SEEN: dict[str, Any] = {"args": Args, "cred": Cred}
"""What the kernel makes of a request and a caller: kernel_clone_args, current_cred()."""

MASKS = ("flags", "pf", "caps", "signals")


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its path; ``of`` is where it is read: ``start``, or a name of the two above."""

    path: str
    of: str
    leaf: Leaf

    @property
    def is_made(self) -> bool:
        """Return whether only a call that succeeds has it."""
        return self.of in MADE


@cache
def fields() -> dict[str, Field]:
    """Return every field by its path."""
    found = {path: Field(path, "start", leaf) for path, leaf in leaves_by_path().items()}
    for of, record in {**SEEN, **MADE}.items():
        for leaf in leaves(record):
            found[f"{of}.{leaf.path}"] = Field(f"{of}.{leaf.path}", of, leaf)
    return found


def field_named(parts: tuple[str, ...]) -> Field | None:
    """Return the field of a name, or of an abbreviation that can mean one only.

    A field of kernel_clone_args goes before others of its name.  ``None`` for no field; raises
    :class:`Problem` where it can be one of several.
    """
    name = ".".join(parts)
    if name in fields():
        return fields()[name]
    meant = [one for one in fields().values() if _abbreviates(parts, one.path.split("."))]
    of_args = [one for one in meant if one.of == "args"]
    said = of_args or [one for one in meant if not one.path.startswith("current.cred.")] or meant
    if len(said) > 1:
        paths = [one.path for one in said]
        raise Problem(f"{name} can be {_or(paths[:5])}: say which")
    return said[0] if said else None


def _abbreviates(parts: tuple[str, ...], path: list[str]) -> bool:
    """Return whether the parts stand in a path in their order, the last of both being one."""
    if parts[-1] != path[-1]:
        return False
    rest = iter(path)
    return all(part in rest for part in parts)


def bit_named(parts: tuple[str, ...]) -> tuple[Field, int] | None:
    """Return the field and the bits of ``flags.CLONE_VM`` or ``current.flags.PF_KTHREAD``."""
    if len(parts) < 2:
        return None
    field = field_named(parts[:-1])
    if field is None or field.leaf.names not in MASKS:
        return None
    return field, int(number(field.leaf, parts[-1]))


_WORD = re.compile(r"(CLONE|PF|CAP|SIG)_?\w+")
_KINDS = {"CLONE": "flags", "PF": "pf", "CAP": "caps"}


def constant(said: str, leaf: Leaf | None) -> int | None:
    """Return the number of a word of the kernel's, beside a field or alone; ``None`` for none.

    Raises :class:`Problem` for an unknown flag of a known kind, as ``CLONE_VMX``.
    """
    if leaf is not None and (leaf.names or said in ("unlimited", "max")):
        try:
            return int(number(leaf, said))
        except Problem:
            pass
    if said == "RLIM_INFINITY":
        return words.RLIM_INFINITY
    if said in words.Errno.__members__:
        return int(words.Errno[said])
    signals = {name: value for value, name in words.SIGNAL_NAMES.items()}
    plain = said.removeprefix("SIG")
    if said.startswith("SIG") and (said in signals or plain in signals):
        return signals.get(said, signals.get(plain))
    found = _WORD.fullmatch(said)
    if found is None or found[1] not in _KINDS:
        return None
    return int(number(_leaf_of(_KINDS[found[1]]), said))


@cache
def _leaf_of(kind: str) -> Leaf:
    return next(one for one in leaves_by_path().values() if one.names == kind)


def entry_named(said: str) -> Entry | None:
    """Return the entry point of a name."""
    return Entry.__members__.get(said.upper()) if said.islower() else None


@cache
def rules() -> tuple[Rejection, ...]:
    """Return every rule of every table, each name once."""
    found = [row for table in tables().values() for row in table.rows if isinstance(row, Rejection)]
    return tuple({row.name: row for row in found}.values())


def rule_named(said: str) -> str:
    """Return the name of the one rule that a few of its words mean.

    Raises :class:`Problem` for no rule, or for several.
    """
    names = [row.name for row in rules()]
    wanted = said.strip().lower()
    if wanted in names:
        return wanted
    holding = [name for name in names if wanted and wanted in name]
    if len(holding) == 1:
        return holding[0]
    if holding:
        more = f" and {len(holding) - 4} more" if len(holding) > 4 else ""
        told = _or([repr(name) for name in holding[:4]])
        raise Problem(f"rule {short(said)} can be {told}{more}: say which")
    hint = nearest(wanted, names) or _meant(wanted, ((name, name) for name in names))
    raise Problem(f"unknown rule {short(said)}{hint or '; `cloneproof rules` lists them'}")


def suggestion(name: str) -> str:
    """Return what an unknown name may have meant, by its spelling or by its meaning."""
    last = {path.rpartition(".")[2]: path for path in reversed(fields())}
    last |= {one.leaf.path: one.path for one in fields().values() if one.of == "args"}
    if name.upper() in Flag.__members__:
        return f"; did you mean CLONE_{name.upper()}?"
    for said in reversed(name[:LONGEST].split(".")):
        close = get_close_matches(said, list(last), n=1, cutoff=0.8)
        if close:
            return f"; did you mean {last[close[0]]}?"
    told = ((path, f"{path.replace('.', ' ')} {one.leaf.doc}") for path, one in fields().items())
    return _meant(name, told) or "; docs/compare.md says what can be named"


def _meant(name: str, told: Iterable[tuple[str, str]]) -> str:
    """Return the names whose meaning is near to one; nothing for none."""
    texts = {path: [(1, text)] for path, text in told}
    found = [path for path, _score in near(name[:LONGEST], texts)[:3]]
    return f"; did you mean {_or(found)}?" if found else ""


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
