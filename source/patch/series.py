"""Patches in the order in which they apply."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass

from checker.ground.problems import Problem
from source.patch.change import Patch
from source.patch.diff import changes
from source.patch.mail import Mail, mails, patch_of
from source.text import decoded

_COMMIT = re.compile(r"\A(?:commit|From) ([0-9a-f]{7,64})\b")
_INDENTED = re.compile(r"^    (\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Series:
    """The patches of an input in order, what they are called together, and what is to be told."""

    patches: tuple[Patch, ...]
    title: str = ""
    told: tuple[str, ...] = ()


def series_of(raw: bytes) -> Series:
    """Return the patches of an input: a mail, a mailbox, or a diff.

    Replies are left out, and all versions but the latest; cover letters give the title.  Raises
    :class:`Problem` where there is no patch.
    """
    raw = raw.removeprefix(BOM_UTF8)
    found = mails(raw)
    if not found:
        return Series((_plain(raw),))
    read = [patch_of(one) for one in found if not (one.is_reply and len(found) > 1)]
    told = [f"{len(found) - len(read)} replies are left out"] if len(found) > len(read) else []
    latest = max((one.version for one in read if one.files), default=1)
    kept = [one for one in read if one.version == latest]
    if len(kept) < len(read):
        told.append(f"version {latest} is read, {len(read) - len(kept)} mails of others are not")
    patches = _in_order([one for one in kept if one.files])
    if not patches:
        raise Problem(_none(found))
    told += _missing(patches)
    return Series(tuple(patches), _title(kept, patches), tuple(told))


def _none(found: list[Mail]) -> str:
    if len(found) == 1:
        return f"no patch in the mail '{found[0].subject[:80]}': nothing to review"
    return f"no patch in {len(found)} mails: nothing to review"


def _plain(raw: bytes) -> Patch:
    text = decoded(raw.replace(b"\r\n", b"\n"))
    files = changes(text)
    if not files:
        raise Problem("no patch in it: neither a mail nor a unified diff (git diff, diff -u)")
    commit, subject = _COMMIT.match(text), _INDENTED.search(text)
    if commit is None:
        return Patch("", files)
    return Patch(subject.group(1) if subject else "", files, message=commit.group(1))


def _in_order(patches: list[Patch]) -> list[Patch]:
    """Return patches by their numbers; those without in the order in which they came.

    A patch that came twice (on two lists, say) counts once.
    """
    once = list({(one.number, one.message or one.subject): one for one in patches}.values())
    numbers = [one.number for one in once]
    if 0 in numbers:
        return once
    if len(set(numbers)) < len(numbers):
        twice = next(one for one in numbers if numbers.count(one) > 1)
        raise Problem(f"two patches are number {twice}: name one series alone")
    return sorted(once, key=lambda one: one.number)


def _missing(patches: list[Patch]) -> list[str]:
    total = max(one.total for one in patches)
    there = {one.number for one in patches}
    gone = [str(one) for one in range(1, total + 1) if one not in there]
    if len(patches) < 2 or not gone or 0 in there:
        return []
    return [f"not there, of {total} patches: {', '.join(gone[:10])}"]


def _title(read: list[Patch], patches: list[Patch]) -> str:
    for one in read:
        if not one.files and one.number == 0 and one.total:
            return one.subject
    return patches[0].subject if len(patches) == 1 else f"{len(patches)} patches"


def joined(several: list[Series]) -> Series:
    """Return the patches of several inputs, one after the other; by number where all have one."""
    if len(several) == 1:
        return several[0]
    patches = [one for series in several for one in series.patches]
    once = _in_order(patches)
    told = tuple(dict.fromkeys([*(line for one in several for line in one.told), *_missing(once)]))
    return Series(tuple(once), f"{len(once)} patches", told)
