"""Statements of one's own: a file outside of the packages that declares some."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from checker.ground.problems import Problem

MODULE = "statements_of_ones_own"
"""What the file is called once it is loaded; it is no package of ours."""


@dataclass(frozen=True)
class Own:
    """A file of one's own, if one was given, and the ids that it declares, in their order."""

    file: Path | None = None
    ids: tuple[str, ...] = ()


def declared_in(file: Path) -> Own:
    """Load a file, and return what it declares.

    Raises :class:`Problem` with file and line for what is no Python, fails, or declares nothing;
    a statement that cannot stand raises :class:`~model.mistake.Mistake`, with its line as well.
    """
    from properties.catalogue import all_statements
    from properties.claim import STATED

    all_statements()
    before = set(STATED)
    _load(file)
    found = tuple(one for one in STATED if one not in before)
    if not found:
        raise Problem(f"{file} declares no statement: @claims(…), or @invariant(…) of histories")
    return Own(file, found)


def _load(file: Path) -> None:
    from checker.ground.json_text import read_text

    module = ModuleType(MODULE)
    module.__file__ = str(file)
    sys.modules[MODULE] = module
    text = read_text(file)
    try:
        code = compile(text, str(file), "exec")
    except SyntaxError as error:
        raise Problem(f"{file}:{error.lineno}: {error.msg}") from None
    with told_of(file):
        exec(code, vars(module))


@contextmanager
def told_of(file: Path | None) -> Iterator[None]:
    """Have what fails in a file's code told with its line, as bad input."""
    from model.mistake import Mistake, place, raised_at

    try:
        yield
    except (Mistake, Problem):
        raise
    except Exception as error:
        where = raised_at(error)
        if file is None or where.rpartition(":")[0] != place(str(file), 0).rpartition(":")[0]:
            raise
        raise Problem(f"{where}: {type(error).__name__}: {error}") from None


def of_option(_context: Any, _option: Any, file: Path | None) -> Own:
    """Return what the file of ``--properties`` declares; nothing without it."""
    return Own() if file is None else declared_in(file)
