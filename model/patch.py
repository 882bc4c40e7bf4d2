"""A patch, and patches joined: which kernels something stands on.

``A & B`` is where both are, ``A | B`` where one is, ``~A`` where it is not; each is read the
same on a kernel with plain truths and on one whose patches are open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from model.algebra import Truth, both, either, no
from model.declared import declare
from model.mistake import Mistake, here
from model.words import Flag


class Has(Protocol):
    """Who can tell of each patch whether it is there: a kernel, or what it looks up."""

    def __getitem__(self, patch: Any, /) -> Any:
        """Return whether a patch is there, a plain truth or a symbolic one."""


class Patches:
    """Which patches must be there: one, or several joined by ``&``, ``|`` and ``~``."""

    __slots__ = ()

    def on(self, has: Has) -> Truth:
        """Return whether it is so on a kernel: a plain truth, or a term where patches are open."""
        raise NotImplementedError

    def __and__(self, other: Patches) -> Every:
        return Every(_parts(self, Every) + _parts(other, Every))

    def __or__(self, other: Patches) -> AnyOf:
        return AnyOf(_parts(self, AnyOf) + _parts(other, AnyOf))

    def __invert__(self) -> Patches:
        raise NotImplementedError

    def __bool__(self) -> bool:
        msg = f"{here()}: patches are joined by &, | and ~; and, or, not forget one of them"
        raise Mistake(msg)


@dataclass(frozen=True, slots=True)
class Every(Patches):
    """All of these; of none: everywhere."""

    parts: tuple[Patches, ...]

    def on(self, has: Has) -> Truth:
        """Return whether all parts are so."""
        return both(*(part.on(has) for part in self.parts))

    def __invert__(self) -> AnyOf:
        return AnyOf(tuple(~part for part in self.parts))

    def __str__(self) -> str:
        return " & ".join(f"({one})" if isinstance(one, AnyOf) else str(one) for one in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf(Patches):
    """At least one of these; of none: nowhere."""

    parts: tuple[Patches, ...]

    def on(self, has: Has) -> Truth:
        """Return whether some part is so."""
        return either(*(part.on(has) for part in self.parts))

    def __invert__(self) -> Every:
        return Every(tuple(~part for part in self.parts))

    def __str__(self) -> str:
        return " | ".join(f"({one})" if isinstance(one, Every) else str(one) for one in self.parts)


@dataclass(frozen=True, slots=True)
class Without(Patches):
    """Not this patch."""

    patch: Patch

    def on(self, has: Has) -> Truth:
        """Return whether the patch is not there."""
        return no(has[self.patch])

    def __invert__(self) -> Patch:
        return self.patch

    def __str__(self) -> str:
        return f"~{self.patch}"


def _parts(of: Patches, kind: type[Every | AnyOf]) -> tuple[Patches, ...]:
    return of.parts if isinstance(of, kind) else (of,)


ALWAYS = Every(())
NEVER = AnyOf(())


@dataclass(frozen=True, slots=True, eq=False)
class Patch(Patches):
    """A commit: its name here, its id, its title, and the first mainline release with it."""

    name: str
    commit: str
    title: str
    landed: str
    requires: tuple[Patch, ...] = ()
    thin: str = ""
    brings: Flag | None = None
    """The flag that no kernel has without it."""

    def __post_init__(self) -> None:
        declare("patch", self)

    def on(self, has: Has) -> Truth:
        """Return whether the patch is there."""
        there: Truth = has[self]
        return there

    def __invert__(self) -> Without:
        return Without(self)

    def __str__(self) -> str:
        return self.name
