"""Numbers of Linux releases: read, put in order, and how far one stands from another."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LENGTHS = {3: 20, 4: 21, 5: 20, 6: 20}
"""How many releases each major number had, from .0 on."""

FINAL = 99
"""The ``rc`` of a release that is out: after every candidate."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """``v6.4-rc5`` is (6, 4, 5, 0), ``v6.1.55`` is (6, 1, FINAL, 55)."""

    major: int
    minor: int
    rc: int = FINAL
    point: int = 0

    def __str__(self) -> str:
        point = f".{self.point}" if self.point else ""
        return f"{self.release}{point}{'' if self.rc == FINAL else f'-rc{self.rc}'}"

    @property
    def release(self) -> str:
        """Return the release itself: ``v6.1`` of v6.1.55, ``v6.4`` of v6.4-rc5."""
        return f"v{self.major}.{self.minor}"

    @property
    def exists(self) -> bool:
        """Return whether there was a release of that number, or may be one yet."""
        return self.minor < _LENGTHS.get(self.major, self.minor + 1)

    @property
    def place(self) -> float:
        """Return how many releases came before it; candidates stand before theirs."""
        majors = sum(size for major, size in _LENGTHS.items() if major < self.major)
        part = self.point / 1000 if self.rc == FINAL else self.rc / 100 - 1
        return majors + self.minor + part


OLDEST, NEWEST = Version(3, 10), Version(7, 3)
"""The releases between which names are taken."""

_MAINLINE = re.compile(r"v?(\d{1,2})\.(\d{1,3})(?:\.(\d{1,4}))?(?:-rc(\d{1,2}))?", re.IGNORECASE)


def version_named(text: str) -> Version | None:
    """Return the mainline or point release, or the candidate, of a name; nothing for another."""
    found = _MAINLINE.fullmatch(text)
    if not found:
        return None
    major, minor, point, rc = found.groups()
    if point and int(point) and rc:
        return None
    return Version(int(major), int(minor), int(rc) if rc else FINAL, int(point or 0))


def version_in(text: str) -> Version | None:
    """Return the version that a longer name begins with; nothing where it begins with none."""
    found = re.match(r"v?(\d{1,2})\.(\d{1,3})(?:\.(\d{1,4}))?", text, re.IGNORECASE)
    if not found:
        return None
    major, minor, point = found.groups()
    candidate = re.search(r"[-.]rc(\d{1,2})(?!\d)", text)
    rc = int(candidate[1]) if candidate and not int(point or 0) else FINAL
    return Version(int(major), int(minor), rc, int(point or 0))
