"""How a property is declared: a sentence, its source, and the verdict expected where.

A property is a function of one call and its outcome that returns a :class:`Claim`.  Its
name is the sentence it claims.  It is declared with :func:`claims`::

    @claims("P02", source="kernel/fork.c:copy_process", expect=holds(since=USERNS_FS_GUARD))
    def a_new_user_namespace_never_shares_its_root(call, outcome):
        \"\"\"CLONE_NEWUSER with CLONE_FS never succeeds.\"\"\"
        return Claim(has(call.args.flags, NEWUSER | FS), outcome.errno != 0)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from model.algebra import Truth
from model.declared import declare
from model.due import gives, is_truth
from model.entries import ENTRIES
from model.kernel import Kernel
from model.mistake import Mistake, here, told
from model.patch import ALWAYS, NEVER, AnyOf, Patch, Patches
from model.patches import brought_by
from model.records import slots_of
from model.request import Entry
from model.words import Flag


class Verdict(Enum):
    """What deciding a property on a kernel comes to, from best to worst.

    ``merge`` of several is the worst: the last in this order.
    """

    PROVED = "PROVED"
    """The premise can occur, and the conclusion holds for every call and state."""
    VACUOUS = "VACUOUS"
    """The premise cannot occur: nothing was shown."""
    BOUNDED = "BOUNDED"
    """No history up to a depth breaks it; longer ones were not looked at. Never a proof."""
    REFUTED = "REFUTED"
    """A call breaks it, re-evaluated on the concrete reading."""
    UNKNOWN = "UNKNOWN"
    """The solver gave up; its reason is reported."""
    TIMEOUT = "TIMEOUT"
    """The budget (solver resource units) ran out."""
    ERROR = "ERROR"
    """The checker contradicts itself; never counts as anything else."""


ORDER = list(Verdict)
ANSWERS = (Verdict.PROVED, Verdict.VACUOUS, Verdict.BOUNDED, Verdict.REFUTED)
"""The verdicts that say something about the property; the others say why nothing is known."""


def merge(verdicts: list[Verdict]) -> Verdict:
    """Return the worst verdict; ``PROVED`` for none."""
    return max(verdicts, key=ORDER.index, default=Verdict.PROVED)


class Subject(Enum):
    """What a property speaks of: which calls its one call ranges over."""

    CREATE = "a call that creates a task"
    UNSHARE = "unshare()"
    SETNS = "setns()"
    VHOST = "VHOST_SET_OWNER"


class Kind(Enum):
    """Where a statement of calls comes from; those of histories are a kind of their own."""

    CATALOGUE = "catalogue"
    HEADLINE = "headline"
    PATCH = "patch"
    DOCUMENTATION = "documentation"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, init=False)
class Claim:
    """``premise`` implies ``conclusion``; a premise that cannot occur makes it vacuous."""

    premise: Truth
    conclusion: Truth

    def __init__(self, premise: Truth, conclusion: Truth) -> None:
        """Raise :class:`~model.mistake.Mistake` if either is no truth."""
        if premise is not True and premise is not False:
            _demand_a_truth(premise)
        if conclusion is not True and conclusion is not False:
            _demand_a_truth(conclusion)
        _set_premise(self, premise)
        _set_conclusion(self, conclusion)


_set_premise, _set_conclusion = slots_of(Claim)


def _demand_a_truth(value: Any) -> None:
    if not is_truth(value):
        raise Mistake(f"{here()}: a claim is made of truths, not {told(value)}")


@dataclass(frozen=True, slots=True)
class Expectation:
    """The verdict expected on a kernel, by the patches it has."""

    inside: Verdict
    where: Patches
    """The kernels on which ``inside`` is expected; on the others its opposite."""
    needs: Patches
    """Without these the premise cannot occur: VACUOUS."""
    unending: Patches
    """With these histories never come to an end: BOUNDED."""

    def on(self, kernel: Kernel) -> Verdict:
        """Return the expected verdict on a concrete kernel."""
        asked = self.unending, self.needs, self.where
        return self.verdict(*(bool(kernel.stands(one)) for one in asked))

    def verdict(self, unending: bool, needs: bool, where: bool) -> Verdict:
        """Return the expected verdict by which of the three stand."""
        if unending:
            return Verdict.BOUNDED
        if not needs:
            return Verdict.VACUOUS
        if where:
            return self.inside
        return Verdict.REFUTED if self.inside is Verdict.PROVED else Verdict.PROVED


Needed: TypeAlias = "Patches | Flag | Entry | tuple[Entry, ...]"


def _patches(needed: Needed) -> Patches:
    """Return the patches without which there is no such flag, or none of these entry points."""
    if isinstance(needed, Patches):
        return needed
    if isinstance(needed, Flag):
        return brought_by(needed)
    entries = (needed,) if isinstance(needed, Entry) else needed
    for entry in entries:
        if entry not in ENTRIES:
            raise Mistake(f"{here()}: Entry.{entry.name} has no row in ENTRIES")
    return AnyOf(tuple(ENTRIES[entry].since for entry in entries))


def holds(
    *,
    since: Patches = ALWAYS,
    until: Patches = NEVER,
    needs: Needed = ALWAYS,
    unending: Patches = NEVER,
) -> Expectation:
    """Expect PROVED where ``since`` stands and ``until`` does not, else REFUTED.

    ``needs`` is what the premise is about: a flag, an entry point or one of several, or patches.
    On a kernel without it VACUOUS is expected.  Where ``unending`` stands histories never come
    to an end, and BOUNDED is expected.
    """
    return Expectation(Verdict.PROVED, since & ~until, _patches(needs), unending)


def fails(
    *,
    since: Patches = ALWAYS,
    until: Patches = NEVER,
    needs: Needed = ALWAYS,
    unending: Patches = NEVER,
) -> Expectation:
    """Expect REFUTED where ``since`` stands and ``until`` does not, else PROVED.

    ``needs`` and ``unending`` are as :func:`holds` says.
    """
    return Expectation(Verdict.REFUTED, since & ~until, _patches(needs), unending)


Statement: TypeAlias = "Callable[[Any, Any], Claim]"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stated:
    """What every statement says of itself, be it of one call or of histories.

    ``name`` is that of its function and ``sentence`` the same in words; ``truth`` the id of the
    strongest true version of a claim that fails.
    """

    id: str
    name: str
    sentence: str
    doc: str
    source: str
    expect: Expectation
    statement: Callable[..., Claim]
    kind: Kind
    truth: str = ""


STATED: dict[str, Stated] = {}
"""Every statement that was declared, by its id: of calls and of histories."""

AnyStated = TypeVar("AnyStated", bound=Stated)


def told_by(statement: Callable[..., Claim]) -> dict[str, Any]:
    """Return what a statement's function says: its name, sentence and text, and itself."""
    return {
        "name": statement.__name__,
        "sentence": statement.__name__.replace("_", " "),
        "doc": " ".join((statement.__doc__ or "").split()),
        "statement": gives(Claim, statement),
    }


def stated(one: AnyStated) -> AnyStated:
    """Take a statement into :data:`STATED`; raise :class:`Mistake` if its id is another's."""
    if one.id in STATED:
        raise Mistake(f"{here()}: property id {one.id} is declared twice")
    STATED[one.id] = one
    return declare("property", one)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Property(Stated):
    """A declared property of one call; see :func:`claims`."""

    statement: Statement
    subject: Subject
    of_patch: Patch | None


def claims(
    identity: str,
    *,
    source: str,
    expect: Expectation,
    about: Subject = Subject.CREATE,
    kind: Kind = Kind.CATALOGUE,
    truth: str = "",
    of_patch: Patch | None = None,
) -> Callable[[Statement], Property]:
    """Declare a property.

    ``identity`` is its stable short id; ``source`` where the claim comes from; ``expect``
    the verdict per kernel; ``truth`` the id of the strongest true version of a claim that
    fails; ``of_patch`` makes it a statement about that patch under every admissible set of
    the others, rather than about the named kernels.
    """

    def make(statement: Statement) -> Property:
        made = Property(
            id=identity,
            source=source,
            expect=expect,
            subject=about,
            kind=kind,
            truth=truth,
            of_patch=of_patch,
            **told_by(statement),
        )
        return stated(made)

    return make
