"""What was declared, and where: so that nothing is declared and then forgotten."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

from model.mistake import place

T = TypeVar("T")
_HOMES = ("model", "properties")


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """Something declared while a module was loaded: what kind of thing, which, and where."""

    kind: str
    thing: Any
    module: str
    file: str
    line: int

    def __str__(self) -> str:
        name = getattr(self.thing, "name", "") or getattr(self.thing, "field", "")
        named = name or getattr(self.thing, "resource", "")
        return f"{place(self.file, self.line)}: {self.kind} {named!r}"


DECLARED: list[Declaration] = []


def declare(kind: str, thing: T) -> T:
    """Note that something is declared, by the module that is being loaded, and return it.

    What is made later, by a function that runs, is no declaration.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    module = str(frame.f_globals.get("__name__")) if frame else ""
    if frame is not None and module.partition(".")[0] in _HOMES:
        file = frame.f_code.co_filename
        DECLARED.append(Declaration(kind, thing, module, file, frame.f_lineno))
    return thing


def declared(*kinds: str) -> list[Declaration]:
    """Return what was declared of these kinds."""
    return [one for one in DECLARED if one.kind in kinds]
