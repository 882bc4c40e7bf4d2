"""Is everything that was declared in a table or a list?  Asked whenever the model is loaded.

A rule in no table rejects nothing, a patch in no list is on no kernel, and nobody would notice:
each is an error that names its file and line.
"""

from __future__ import annotations

import dis
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from model import arrivals, patches, revisions
from model.declared import Declaration, declared
from model.entries import ENTRIES
from model.mistake import Mistake, place, place_of
from model.patch import Patch
from model.records import declared_at, kinds
from model.request import Entry, Request
from model.rows import GivenBack, Handed, Rejection, Taken
from model.tables import Table, tables
from model.words import LEGACY_FLAGS, Flag


def incomplete() -> list[str]:
    """Return what is declared in the model and in no table or list, each with its place."""
    every = tuple(tables().values())
    of_tables = [*_unused(every), *_of_ladders(every), *_of_effects(every)]
    return [*_of_entries(), *_of_flags(), *of_tables, *_of_kernels()]


@cache
def check() -> None:
    """Raise :class:`~model.mistake.Mistake` unless everything declared is used; asked once."""
    demand([*incomplete(), *unloaded("model", but="model.over_time")])


def demand(wrong: list[str]) -> None:
    """Raise :class:`~model.mistake.Mistake` with the first that is wrong, if any is."""
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    if wrong:
        raise Mistake(wrong[0] + more)


def _of_entries() -> Iterator[str]:
    """Yield each entry point without a row, and each argument in a row that no request has."""
    for entry in Entry:
        if entry not in ENTRIES:
            yield f"{declared_at(Entry, entry.name)}: Entry.{entry.name} has no row in ENTRIES"
    for one in ENTRIES.values():
        for name in one.takes:
            if name not in {field.name for field in fields(Request)}:
                where = place_of(one.fills)
                yield f"{where}: {one.entry.name} takes {name!r}, which is no field of Request"


def _of_flags() -> Iterator[str]:
    """Yield each flag of clone3() alone that no patch brings, and each that nothing asks for."""
    brought = [patch.brings for patch in patches.PATCHES if patch.brings is not None]
    for flag in Flag:
        if flag > LEGACY_FLAGS and flag not in brought:
            yield f"{declared_at(Flag, str(flag.name))}: no patch brings Flag.{flag.name}"
        if brought.count(flag) > 1:
            yield f"{declared_at(Flag, str(flag.name))}: two patches bring Flag.{flag.name}"
    yield from unspoken("model", "no rule or effect asks for it")


_LISTS = ("model.words.", "model.patches.", "properties.landmarks.", "properties.nouns.")
"""The modules that name flags without asking for them."""


def unspoken(package: str, says: str) -> Iterator[str]:
    """Yield each flag that a patch brings and that no file of a package asks for, with its place.

    A comment, a text and an import ask for nothing.
    """
    for patch in patches.PATCHES:
        flag = patch.brings
        if flag is not None and not said(package, "Flag", str(flag.name)):
            yield f"{declared_at(Flag, str(flag.name))}: Flag.{flag.name}: {says}"


def said(package: str, of: str, name: str) -> bool:
    """Return whether the code of a package has a member of an enumeration: ``Flag.NEWTIME``.

    Of flags ``words.NEWTIME`` and ``NEWTIME`` as well, which are the same as numbers; a patch may
    have the same name, and is none.
    """
    return any(_asks(module, of, name) for module in _modules(package))


def _modules(package: str) -> list[ModuleType]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(f"{package}.") and not f"{name}.".startswith(_LISTS)
    ]


def _asks(module: ModuleType, of: str, name: str) -> bool:
    if name not in _text_of(module):
        return False
    return any(_loads(code, of, name, module) for code in _codes(module) if name in code.co_names)


def _loads(code: CodeType, of: str, name: str, module: ModuleType) -> bool:
    """Return whether code loads a name of ``of``, or the number of a flag under its own name."""
    for before, one in pairwise(dis.get_instructions(code)):
        if one.argval != name or not one.opname.startswith("LOAD_"):
            continue
        if one.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            if of == "Flag" and type(vars(module).get(name)) is int:
                return True
        elif before.argval == of or (of == "Flag" and before.argval == "words"):
            return True
    return False


@cache
def _text_of(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _code_of(module: ModuleType) -> CodeType:
    loader: Any = module.__loader__
    code: CodeType = loader.get_code(module.__name__)
    return code


@cache
def _codes(module: ModuleType) -> tuple[CodeType, ...]:
    """Return a module's code and all code inside of it, as Python keeps it compiled."""
    found = [_code_of(module)]
    for code in found:
        found += [one for one in code.co_consts if isinstance(one, CodeType)]
    return tuple(found)


def _key(thing: Any) -> int:
    """Return what a row keeps however a table changes it: its condition."""
    return id(thing.condition) if isinstance(thing, Rejection) else id(thing)


def _backs(table: Table) -> Iterator[GivenBack]:
    for ladder in table.ladders.values():
        for _label, gives in ladder:
            yield from gives


def _unused(every: Iterable[Table]) -> Iterator[str]:
    used = {
        _key(thing)
        for table in every
        for thing in (*table.rows, *_backs(table), *table.effects)
    }
    for one in declared("rejection", "row", "release", "effect"):
        if _key(one.thing) not in used:
            yield f"{one} is in no table"


def _where(thing: Any) -> str:
    """Return the place of a row or release: of its declaration, or of its condition."""
    known = {_key(one.thing): one for one in declared("rejection", "row", "release")}
    found = known.get(_key(thing))
    return place(found.file, found.line) if found else place_of(thing.condition)


def _of_ladders(every: Iterable[Table]) -> Iterator[str]:
    for table in every:
        labels = {
            name
            for function, ladder in table.ladders.items()
            for label, _ in ladder
            for name in (label, f"{function}.{label}")
        }
        taken = {row.resource for row in table.rows if isinstance(row, Taken)}
        names: set[str] = set()
        for row in table.rows:
            where = f"{table.name}: {row.name!r}"
            if row.name in names and isinstance(row, Rejection):
                yield f"{_where(row)}: {where} stands there twice"
            names.add(row.name)
            for label in getattr(row, "unwinds", ()):
                if label not in labels:
                    yield f"{_where(row)}: {where} goes to {label!r}, which no ladder has"
            if isinstance(row, Handed) and row.resource not in taken:
                yield f"{_where(row)}: {where}, which nobody takes"
        for back in _backs(table):
            if back.resource not in taken:
                yield f"{_where(back)}: {table.name}: {back.resource!r} is given back, never taken"


def _of_effects(every: Iterable[Table]) -> Iterator[str]:
    for table in every:
        decided = [effect.field for effect in table.effects]
        known: Any = kinds
        for effect in table.effects:
            where = f"{place_of(effect.value)}: {table.name}: {effect.field!r}"
            if effect.field not in known(table.record):
                yield f"{where} is no field of {table.record.__name__}"
            elif decided.count(effect.field) > 1:
                yield f"{where} is decided twice"
        for name in known(table.record):
            if decided and name not in decided:
                where = declared_at(table.record, name)
                yield f"{where}: {table.name}: nothing decides {table.record.__name__}.{name}"


def _of_kernels() -> Iterator[str]:
    listed = {id(revision) for revision in revisions.REVISIONS.values()}
    for one in declared("kernel"):
        if id(one.thing) not in listed:
            yield f"{one} is not in REVISIONS"
        yield from _of_set(one, one.thing.patches)
    for one in declared("tree"):
        if one.thing not in arrivals.MAKERS_TREES:
            yield f"{one} is not in MAKERS_TREES"
        yield from _of_set(one, revisions.mainline(one.thing.line) | one.thing.more)
    had = frozenset[Patch]().union(*(one.patches for one in revisions.REVISIONS.values()))
    read = frozenset[Patch]().union(*(tree.more for tree in arrivals.MAKERS_TREES))
    for one in declared("patch"):
        yield from _of_patch(one, had, read)


def _of_set(one: Declaration, has: frozenset[Patch]) -> Iterator[str]:
    for patch in has:
        if not set(patch.requires) <= has:
            yield f"{one} has {patch.name} without what it requires"


def _of_patch(one: Declaration, had: frozenset[Patch], read: frozenset[Patch]) -> Iterator[str]:
    """Yield where a patch stands nowhere; ``had`` is on the list, ``read`` on makers' trees."""
    patch = one.thing
    if patch not in patches.PATCHES:
        yield f"{one} is not in PATCHES: make it with _patch()"
    elif patches.BY_NAME.get(patch.name) is not patch:
        yield f"{one} is not in BY_NAME: two have its name, or it is made too late"
    elif patch in patches.MAKERS_OWN:
        if patch in had or patch not in read:
            yield f"{one} is in MAKERS_OWN: it is on trees of MAKERS_TREES, and on no other kernel"
    elif patch not in had and patch not in patches.OPTIONS:
        yield f"{one} is on no kernel of REVISIONS"


_DECLARES = re.compile(
    r"^(?:@(?:\w+\.)*(?:rejects|decides|claims|invariant|ends|inductive|conserved|step|contract)\("
    r"|.*\b(?:_patch|TransitionSystem|Revision|contracts)\()",
    re.MULTILINE,
)


def unloaded(package: str, but: str = "-", listed: Collection[str] = ()) -> Iterator[str]:
    """Yield the files of a package that declare something and that nothing has imported.

    Modules that are ``listed`` are imported by whoever asks for what they declare.
    """
    folder = Path(str(sys.modules[package].__file__)).parent
    for file in sorted(folder.rglob("*.py")):
        name = ".".join((package, *file.relative_to(folder).with_suffix("").parts))
        if name in sys.modules or name in listed or f"{name}.".startswith(f"{but}."):
            continue
        found = _DECLARES.search(file.read_text(encoding="utf-8"))
        if found:
            line = file.read_text(encoding="utf-8")[: found.start()].count("\n") + 1
            yield f"{place(str(file), line)}: what this file declares is imported by nothing"
