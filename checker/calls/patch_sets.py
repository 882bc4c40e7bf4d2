"""Patches by name or commit, put to a set or taken from it; what cannot stand is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checker.calls.configurations import is_option, leave_open, with_what_falls, without
from checker.ground.json_text import short
from checker.ground.problems import Problem
from model.patch import Patch
from model.patches import BY_NAME, OPTIONS, PATCHES
from model.revisions import release

SHORTEST = 4
"""Hexadecimal digits of the shortest commit id that is looked for."""

MOST = 5
"""Patches up to which a mend names them all."""

_HEX = re.compile(rf"[0-9a-f]{{{SHORTEST},40}}", re.IGNORECASE)


def patch_named(text: str) -> Patch:
    """Return the patch of a name or a commit id; raise :class:`Problem` for none, or for two."""
    found = patches_like(text)
    if len(found) == 1:
        if found[0] in OPTIONS:
            leave_open()
        return found[0]
    if found:
        names = ", ".join(f"{one.commit} ({one.name})" for one in found)
        raise Problem(f"commit {short(text)} may be {names}: give more digits")
    what = f"commit {short(text)}" if _HEX.fullmatch(text) else f"patch {short(text)}"
    raise Problem(
        f"no {what} is known here{_like(text)}; `cloneproof revisions v7.3` lists patches"
    )


def put_and_taken(put: Iterable[str], taken: Iterable[str]) -> tuple[list[Patch], list[Patch]]:
    """Return the patches that are put to a set and taken from it, each by name or commit.

    An option that is taken (``CONFIG_USER_NS``) is a patch that is put, and the other way round.
    Raises :class:`Problem` for a name of none.
    """
    more, with_it = _patches_and_options(put)
    fewer, out = _patches_and_options(taken)
    falls = [one for one in OPTIONS if one in with_what_falls(out)]
    return [*more, *falls], [*fewer, *with_it]


def _patches_and_options(names: Iterable[str]) -> tuple[list[Patch], list[Patch]]:
    """Return the patches of some names, and what a kernel without the options among them has."""
    patches, options = [], []
    for name in names:
        if is_option(name):
            options.append(without(name))
        else:
            patches.append(patch_named(name))
    return patches, options


def patches_like(text: str) -> list[Patch]:
    """Return the patches that a text names; several where a commit id is cut too short."""
    by_name = BY_NAME.get(text.upper().replace("-", "_"))
    if by_name is not None:
        return [by_name]
    if not _HEX.fullmatch(text):
        return []
    digits = text.lower()
    return [
        one for one in PATCHES
        if len(one.commit) > 1 and (one.commit.startswith(digits) or digits.startswith(one.commit))
    ]


def _like(text: str) -> str:
    """Return patches that share a word with a name that is none."""
    words = {word for word in re.split(r"[^A-Z0-9]+", text.upper()) if len(word) > 2}
    known = [one.name for one in PATCHES if words & set(one.name.split("_"))]
    return f": there is {', '.join(known[:3])}" if known else ""


def changed(
    name: str, base: frozenset[Patch], more: Iterable[Patch], fewer: Iterable[Patch]
) -> frozenset[Patch]:
    """Return a set with some patches more and some fewer.

    Raises :class:`Problem` for one that is put to it and taken from it, and where a patch would
    stand without what it needs: the line names what to add, or what else to take away.
    """
    put, taken = frozenset(more), frozenset(fewer)
    for patch in put & taken:
        raise Problem(f"{name}: {patch} is put to it and taken from it")
    made = (base | put) - taken
    for patch in PATCHES:
        if patch in made and not set(patch.requires) <= made:
            raise Problem(f"{name} cannot be: {_why(patch, made, put, taken)}")
    return made


def _why(
    patch: Patch, made: frozenset[Patch], put: frozenset[Patch], taken: frozenset[Patch]
) -> str:
    """Return why a patch cannot stand in a set, and what mends it."""
    missing = [one for one in patch.requires if one not in made]
    why = f"{patch} needs {' and '.join(map(str, missing))}"
    if set(missing) & taken:
        also = _resting_on(set(missing) & taken, made)
        if len(also) > MOST:
            return (f"{why}, and {len(also)} rest on it in all: begin with a release before "
                    f"{missing[0]} ({missing[0].landed})")
        return f"{why}; take away what rests on it, too: -{'-'.join(map(str, also))}"
    needed = [one for one in PATCHES if one in _needed(put) - made]
    if len(needed) > MOST:
        last = max((one.landed for one in put if one.requires), key=release)
        return f"{why}, and {len(needed)} in all: begin with a later release ({patch}: {last})"
    return f"{why}; put that to it, too: +{'+'.join(map(str, needed))}"


def _needed(patches: Iterable[Patch]) -> frozenset[Patch]:
    """Return what patches need, and what that needs."""
    found: set[Patch] = set()
    open_ = list(patches)
    while open_:
        new = set(open_.pop().requires) - found
        found |= new
        open_ += new
    return frozenset(found)


def _resting_on(gone: Iterable[Patch], among: frozenset[Patch]) -> list[Patch]:
    """Return what can no longer stand without some patches, in their order."""
    without = set(gone)
    return [one for one in PATCHES if one in among and _needed([one]) & without]
