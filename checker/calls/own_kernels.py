"""Kernels of one's own: a small file, TOML or JSON, of sets of patches with names.

.. code-block:: toml

    [[kernel]]
    name = "fleet"
    base = "v6.1"                       # any name that -k takes
    with = ["KILL_SEQ", "a402f1e35313"] # patches, by name or by commit
    without = []
    note = "what runs in our data centre"
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from checker.ground.files import make_folder, write_atomically
from checker.ground.json_text import decoded, read_text, short
from checker.ground.problems import Problem
from checker.ground.running import configuration
from checker.ground.store import store

SAVED = "saved"
"""The folder, in the store, of kernels that were saved by name."""

_NAME = re.compile(r"\w[\w.-]{0,63}")
_KEYS = {"name", "base", "with", "without", "note"}


@dataclass(frozen=True, slots=True)
class OwnKernel:
    """A kernel of one's own, as its file says it."""

    name: str
    base: str
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    note: str
    file: str


def is_file_of_kernels(name: str) -> bool:
    """Return whether a name means a file of kernels, or one in it: ``mine.toml:fleet``."""
    return _split(name) is not None


def _split(name: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"(.+\.(?:toml|json))(?::(.*))?", name)
    return (found[1], found[2] or "") if found else None


def saved_file(name: str) -> Path | None:
    """Return the file of a kernel that was saved under a name; nothing for a name of none."""
    if not _NAME.fullmatch(name):
        return None
    file = store() / SAVED / f"{name}.toml"
    return file if file.is_file() else None


def save(kernel: OwnKernel, file: Path) -> None:
    """Write a kernel's file, in full or not at all; raise :class:`Problem` for a name of none."""
    if not _NAME.fullmatch(kernel.name):
        raise Problem(f"{kernel.name!r}: a name is made of letters, digits, '.', '-' and '_'")
    lines = [
        "[[kernel]]",
        f"name = {json.dumps(kernel.name)}",
        f"base = {json.dumps(kernel.base)}",
        f"with = {json.dumps(kernel.more)}",
        f"without = {json.dumps(kernel.fewer)}",
        f"note = {json.dumps(kernel.note)}",
    ]
    make_folder(file.parent)
    write_atomically(file, "\n".join(lines) + "\n")


def _saved_within(name: str) -> Path | None:
    """Return the file of the saved kernel that a name is, or begins with: ``mine+KILL_SEQ``."""
    parts = [found.start() for found in re.finditer(r"[+-]", name)]
    for end in (len(name), *reversed(parts)):
        file = saved_file(name[:end])
        if file is not None:
            return file
    return None


def as_asked(name: str) -> str:
    """Return a name with what it stands for today, where that is no matter of the name alone.

    That is the text of a file, and what runs here; no kernel is loaded for it.
    """
    found = _split(name)
    if found is not None:
        return f"{name}, running {_running()}: {read_text(Path(found[0]))}"
    if name.lower().startswith("running"):
        return f"{name}: {_running()}"
    saved = _saved_within(name)
    return f"{name}: {read_text(saved)}" if saved is not None else name


def _running() -> str:
    """Return which kernel runs here, and a sum over how it was built."""
    return f"{os.uname().release} {crc32(configuration()):08x}"


def kernels_in(name: str) -> list[OwnKernel]:
    """Return the kernels of a file, or the one that the name asks for.

    Raises :class:`Problem` for what cannot be read, says something else, or lacks that one.
    """
    file, wanted = _split(name) or (name, "")
    found = [_kernel(file, one) for one in _entries(file)]
    names = [one.name for one in found]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise Problem(f"{file}: two kernels are called {twice!r}")
    if wanted and wanted not in names:
        raise Problem(f"{file} has no kernel {short(wanted)}: it has {', '.join(names)}")
    return [one for one in found if wanted in ("", one.name)]


def _entries(file: str) -> list[Any]:
    text = read_text(Path(file))
    if file.endswith(".json"):
        document = decoded(text, file)
    else:
        try:
            document = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise Problem(f"{file} is not TOML: {error}") from None
    entries = document.get("kernel") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries or set(document) != {"kernel"}:
        raise Problem(f'{file}: a file of kernels is a list under "kernel": [[kernel]] in TOML')
    return entries


def _kernel(file: str, entry: Any) -> OwnKernel:
    if not isinstance(entry, dict):
        raise Problem(f"{file}: a kernel has a name and a base, and is not {short(entry)}")
    where = f"{file}: kernel {short(entry.get('name', '?'))}"
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise Problem(f"{where}: {short(unknown[0])} is none of {', '.join(sorted(_KEYS))}")
    texts = {key: entry.get(key, "") for key in ("name", "base", "note")}
    if not all(isinstance(one, str) for one in texts.values()):
        raise Problem(f"{where}: name, base and note are texts")
    if not _NAME.fullmatch(texts["name"]):
        raise Problem(f"{where}: a name is made of letters, digits, '.', '-' and '_'")
    if not texts["base"]:
        raise Problem(f'{where}: it lacks a base, as base = "v6.1"')
    return OwnKernel(
        texts["name"], texts["base"], _names(where, entry, "with"),
        _names(where, entry, "without"), texts["note"], file,
    )


def _names(where: str, entry: dict[str, Any], key: str) -> tuple[str, ...]:
    given = entry.get(key, [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Problem(f"{where}: {key!r} is a list of patches, by name or by commit")
    return tuple(given)
