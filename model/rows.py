"""Rows: a rejection, something taken, or an effect, each a small named function.

The name of a row is the sentence its function's name makes; its place is the kernel file
and function it stands for; ``since`` and ``until`` name the patches that brought and
removed it, ``where`` is both in one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from model.algebra import Truth
from model.declared import declare
from model.due import gives_a_truth
from model.patch import ALWAYS, NEVER, Patches
from model.words import Errno

if TYPE_CHECKING:
    from model.call import Call

Condition: TypeAlias = "Callable[[Call], Truth]"
Error: TypeAlias = "Errno | Callable[[Call], Any]"
Row: TypeAlias = "Rejection | Taken | Handed | Happens"


@dataclass(frozen=True, slots=True, eq=False)
class Rejection:
    """A way the kernel says no: a condition, its errno, and where the error path begins."""

    name: str
    doc: str
    errno: Error
    at: str
    condition: Condition
    where: Patches = ALWAYS
    unwinds: tuple[str, ...] = ()

    def to(self, *labels: str, since: Patches = ALWAYS, until: Patches = NEVER) -> Rejection:
        """Return the row as one table uses it: its error labels there, and when."""
        return replace(self, unwinds=labels, where=self.where & since & ~until)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Something acquired on the way, that every later error path must give back."""

    name: str
    resource: str
    at: str
    condition: Condition
    where: Patches = ALWAYS


@dataclass(frozen=True, slots=True, eq=False)
class Handed:
    """The point from which a resource is part of something else, and no longer held itself."""

    name: str
    resource: str
    at: str


@dataclass(frozen=True, slots=True, eq=False)
class Happens:
    """Something a call does to others than the child once it gets this far, error or not."""

    name: str
    at: str
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What a successful call decides: one field of the child (or of the caller)."""

    field: str
    doc: str
    at: str
    value: Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A resource released at a label of an error ladder (and at every label above it)."""

    resource: str
    condition: Condition
    where: Patches = ALWAYS
    if_held: bool = False
    """The code tests a pointer that is NULL until the resource is taken."""


def sentence(function: Callable[..., Any]) -> str:
    """Return the sentence a function's name makes."""
    return function.__name__.strip("_").replace("_", " ")


def rejects(
    errno: Error, *, at: str, since: Patches = ALWAYS, until: Patches = NEVER
) -> Callable[[Condition], Rejection]:
    """Declare a rejection; the decorated function is its condition."""

    def made(condition: Condition) -> Rejection:
        row = Rejection(
            name=sentence(condition),
            doc=" ".join((condition.__doc__ or "").split()),
            errno=errno,
            at=at,
            condition=gives_a_truth(condition),
            where=since & ~until,
        )
        return declare("rejection", row)

    return made


def always(_call: Call) -> Truth:
    """Hold for every call."""
    return True


def takes(
    resource: str,
    *,
    at: str,
    condition: Condition = always,
    since: Patches = ALWAYS,
    until: Patches = NEVER,
) -> Taken:
    """Declare that the kernel acquires ``resource`` at this point of a table."""
    asked = gives_a_truth(condition)
    row = Taken(f"takes {resource}", resource, at, asked, since & ~until)
    return declare("row", row)


def hands_over(resource: str, *, at: str) -> Handed:
    """Declare that what was taken now belongs to something taken next."""
    return declare("row", Handed(f"hands over {resource}", resource, at))


def happens(name: str, *, at: str, condition: Condition = always) -> Happens:
    """Declare something that stays done even when a later step fails."""
    return declare("row", Happens(name, at, gives_a_truth(condition)))


def gives_back(
    resource: str,
    condition: Condition = always,
    *,
    since: Patches = ALWAYS,
    until: Patches = NEVER,
    if_held: bool = False,
) -> GivenBack:
    """Declare what one label of an error ladder releases."""
    asked = gives_a_truth(condition)
    back = GivenBack(resource, asked, since & ~until, if_held)
    return declare("release", back)


def decides(field: str, *, at: str) -> Callable[[Callable[[Call], Any]], Effect]:
    """Declare an effect; the decorated function returns the field's value."""

    def made(value: Callable[[Call], Any]) -> Effect:
        effect = Effect(field, " ".join((value.__doc__ or "").split()), at, value)
        return declare("effect", effect)

    return made
