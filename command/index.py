"""The index of the catalogue: what is told of each statement, and where it stands.

It is kept with the record, for one text of the tree.  Where it is not kept what is asked for is
loaded, as it is for a file of one's own.  No verdict rests on it: who decides a statement loads the
file where that stands.  Which file that is, is kept only of a tree in which nothing is forgotten,
or else read from the text of the catalogue.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checker.ground.sealed import Unusable
from checker.record.runs import Runs, record
from command.rows import Row

ROWS, ROW, NAMES, WORDS = "rows", "row", "names", "words"


def rows() -> list[Row]:
    """Return a row of each statement, those of calls first."""
    kept: list[Row] | None = _kept(ROWS)
    if kept is None:
        kept = _made_rows()
        _keep(ROWS, kept)
    return kept


def row(name: str, find: Callable[[str], Any]) -> Row:
    """Return the row of the statement with an id or a name, which ``find`` returns if need be."""
    every = _kept(ROWS) or []
    for kind in ("id", "name"):
        for one in every:
            if one["told"][kind] == name:
                found: Row = one
                return found
    kept: Row | None = _kept(ROW, name)
    if kept is None:
        from command.described import row as described

        load_no_more_than_is_named()
        kept = described(find(name))
        _keep(ROW, kept, name)
    return kept


def names() -> dict[str, Any]:
    """Return each id's module, and the names of subjects and kernels, in their order."""
    kept: dict[str, Any] | None = _kept(NAMES)
    if kept is None:
        kept = _made_names()
        if _complete():
            _keep(NAMES, kept)
    return kept


def words() -> dict[str, dict[str, int]]:
    """Return of each word the ids of the statements that have it, with how much it weighs."""
    kept: dict[str, dict[str, int]] | None = _kept(WORDS)
    if kept is None:
        kept = _made_words()
        _keep(WORDS, kept)
    return kept


def load_no_more_than_is_named(names: tuple[str, ...] = ()) -> None:
    """Have a statement loaded without the others, if all of them are known to be complete.

    Where nobody knows, those ``names`` that are ids are looked for in the text of the catalogue,
    and the tables of single calls have to be complete, and no file forgotten: else everything is
    loaded, and what is wrong is told by who meets it.
    """
    from properties import catalogue

    kept = _kept(NAMES)
    catalogue.HOMES.update(kept["homes"] if kept is not None else _in_order(names))


def _in_order(names: tuple[str, ...]) -> dict[str, str]:
    """Return the module of each id by the text of a catalogue in which no list is wrong."""
    from model.mistake import Mistake
    from properties import complete

    try:
        homes = _written(names)
        if homes:
            complete.check_lists()
    except (Mistake, OSError):
        return {}
    return homes


def demand_all() -> None:
    """Load everything and raise ``Mistake`` where something that is declared is used by nothing.

    For a verdict that is not as declared: what is left out elsewhere may be why.
    """
    from properties import catalogue, complete

    catalogue.HOMES.clear()
    complete.check.cache_clear()
    complete.check()


def _written(names: tuple[str, ...]) -> dict[str, str]:
    """Return the module whose text has each id, that of its statement; nothing if any is not in one
    and no other."""
    from properties.catalogue import MODULES

    folder = Path(__file__).parent.parent / "properties"
    texts = {
        module: (folder / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        for module in MODULES
    }
    having = {
        name: [module for module, text in texts.items() if f'"{name}"' in text] for name in names
    }
    if any(len(modules) != 1 for modules in having.values()):
        return {}
    return {name: modules[0] for name, modules in having.items()}


def note_names() -> None:
    """Keep the names of a tree of which everything is loaded anyway."""
    from properties import catalogue

    if not catalogue.HOMES:
        names()


def _complete() -> bool:
    """Return whether everything that the tree declares is listed, as each run demands."""
    from model.mistake import Mistake
    from properties import complete

    try:
        complete.check()
    except Mistake:
        return False
    return True


def _runs() -> Runs | None:
    with contextlib.suppress(Unusable):
        return record()
    return None


def _kept(kind: str, *of: str) -> Any:
    runs = _runs()
    found = runs.find(kind, *of) if runs is not None else None
    data = found.section(kind) if found is not None else None
    return json.loads(data) if data is not None else None


def _keep(kind: str, made: Any, *of: str) -> None:
    runs = _runs()
    if runs is not None:
        with contextlib.suppress(Unusable, OSError):
            runs.keep(kind, of, {kind: json.dumps(made).encode()})


def _made_rows() -> list[Row]:
    from command.described import row as described
    from properties.catalogue import all_statements

    return [described(one) for one in all_statements()]


def _made_words() -> dict[str, dict[str, int]]:
    from checker.ground.meaning import postings
    from command.described import texts
    from properties.catalogue import all_statements

    return postings({one.id: texts(one) for one in all_statements()})


def _made_names() -> dict[str, Any]:
    from model.revisions import REVISIONS
    from properties.catalogue import all_statements
    from properties.nouns import NOUNS

    homes = {one.id: one.statement.__module__.removeprefix("properties.")
             for one in all_statements()}
    return {"homes": homes, "subjects": list(NOUNS), "kernels": list(REVISIONS)}
