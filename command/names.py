"""Names that a command line gives: of properties and of kernels, known or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from checker.ground.problems import LONGEST, Problem, nearest

CALLS, HISTORIES = "calls", "histories"
"""What a run can be kept to."""


def property_ids() -> list[str]:
    """Return the ids of the properties of calls, in the order of the catalogue."""
    from properties.catalogue import all_properties

    return [prop.id for prop in all_properties()]


def history_ids() -> list[str]:
    """Return the ids of the properties of histories, in the order of the catalogue."""
    from properties.catalogue import all_timed

    return [prop.id for prop in all_timed()]


def statement_ids() -> list[str]:
    """Return all ids, those of calls first."""
    from command.index import names

    return list(names()["homes"])


def property_named(name: str) -> Any:
    """Return the property of calls with an id or a name; raise :class:`Problem` for none."""
    from properties.catalogue import all_properties, by_id

    return _found(name, by_id, all_properties, "property of calls")


def history_named(name: str) -> Any:
    """Return the property of histories with an id or a name; raise :class:`Problem` for none."""
    from properties.catalogue import all_timed, timed_by_id

    return _found(name, timed_by_id, all_timed, "property of histories")


def statement_named(name: str) -> Any:
    """Return the property with an id or a name; raise :class:`Problem` for none."""
    from properties.catalogue import all_statements, statement_named

    return _found(name, statement_named, all_statements, "property")


def statements_named(names: tuple[str, ...], only: str | None) -> tuple[list[str], list[str]]:
    """Return the ids that were named, of calls and of histories; all of them for no name.

    With ``only`` (``calls`` or ``histories``) the others are left out, and unknown.
    """
    if only is None:
        return _split([statement_named(name) for name in names], names)
    if only == CALLS:
        return [property_named(name).id for name in names] or property_ids(), []
    return [], [history_named(name).id for name in names] or history_ids()


def _split(found: list[Any], names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    from properties.claim import Kind

    if not names:
        return property_ids(), history_ids()
    ids = {one.id: one.kind is Kind.HISTORY for one in found}
    return [one for one in ids if not ids[one]], [one for one in ids if ids[one]]


def _found(name: str, find: Callable[[str], Any], among: Callable[[], Any], what: str) -> Any:
    try:
        return find(name)
    except KeyError:
        _complete()
        known = [said for one in among() for said in (one.id, one.name)]
        hint = _apart(name, known) or nearest(name, known) or _about(name)
        hint = hint or "; `cloneproof list` lists them"
        raise Problem(f"unknown {what} {name!r}{hint}") from None


def _apart(name: str, known: list[str]) -> str:
    """Return how to name several, where they were written as one; nothing where they were not."""
    several = [one for one in name.replace(",", " ").split() if one in known]
    return f"; each is a word of its own: {' '.join(several)}" if len(several) > 1 else ""


def _about(words: str) -> str:
    """Return ``; about that: ID, …``, the statements that some words are near to, or nothing."""
    from command import index
    from command.rows import by_words

    if len(words) > LONGEST or " " not in words:
        return ""
    try:
        found = by_words(index.rows(), words, index.words())
    except Problem:
        return ""
    return f"; about that: {', '.join(row['told']['id'] for row in found[:4])}"


def _complete() -> None:
    """Raise :class:`~model.mistake.Mistake` if something was forgotten: a likelier reason."""
    from properties import complete

    complete.check()


def subjects() -> list[str]:
    """Return the nouns that statements are about."""
    from command.index import names

    found: list[str] = names()["subjects"]
    return found


def kernel_names() -> list[str]:
    """Return the names of all kernels, in their order."""
    from model.revisions import REVISIONS

    return list(REVISIONS)


def all_kernels() -> list[str]:
    """Return the same for a shell that completes one, with no kernel loaded."""
    from command.index import names

    found: list[str] = names()["kernels"]
    return found


def kernels_named(names: tuple[str, ...]) -> list[str]:
    """Return what the kernels are called that were named, also with commas between; else all.

    They are in their order, each once; one that is not in the list stands where its number does.
    Raises :class:`Problem` for a name that is none.
    """
    from checker.calls.kernel_names import in_order, resolved

    wanted = [part for name in names for part in name.split(",")]
    if not wanted:
        return kernel_names()
    if not set(wanted) <= set(kernel_names()):
        _complete()
    return in_order([one for name in wanted for one in resolved(name)])


def listed_only(names: list[str]) -> list[str]:
    """Return the same names; raise :class:`Problem` for a kernel that is not in the list."""
    for name in names:
        if name not in kernel_names():
            raise Problem(f"{name} is not in the list of `cloneproof revisions`: of it nothing is "
                          "declared that another solver could be asked")
    return names


def kernel_key(name: str) -> str:
    """Return what names the very set of patches of a kernel."""
    from checker.calls.kernel_names import kernel_key as key

    return key(name)


def kernels_as_asked(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was typed of kernels, with what it says today: of files, and of what runs."""
    from checker.calls.own_kernels import as_asked

    return tuple(as_asked(part) for name in names for part in name.split(","))


def places_named(names: tuple[str, ...]) -> list[str]:
    """Return the real kernels that were named, also with commas between; else the running one.

    Raises :class:`Problem` for a name that can mean none.
    """
    named = [part for name in names for part in _parts(name)]
    if named:
        from kernels.machines.place import place_exists

        for where in named:
            if not place_exists(where):
                raise Problem(f"unknown kernel {where!r}: running, 6.1, 6.12, or an image file")
    return named or ["running"]


def _parts(name: str) -> list[str]:
    return [name] if Path(name).is_file() else name.split(",")


def known(names: Callable[[], list[str]]) -> Callable[..., list[str]]:
    """Return how a shell completes one of these names."""

    def complete(_context: Any, _parameter: Any, typed: str) -> list[str]:
        return [name for name in names() if name.lower().startswith(typed.lower())]

    return complete
