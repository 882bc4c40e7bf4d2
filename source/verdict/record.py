"""The one record of a review: per patch, per file, per function.  Reports show it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from source.patch.change import Patch
from source.review.judgement import DIFFERENT, OPEN, SAME, Judgement
from source.verdict.calls import REACHES, ShownCall
from source.verdict.promises import Turned

NOTHING, SOMETHING, UNTOLD = "changes nothing", "changes something", "could not tell"
"""The verdicts on a patch; ``NOTHING`` is proved of what task creation reads, as is assumed."""


@dataclass(frozen=True, slots=True)
class FunctionVerdict:
    """A function that reads differently after a patch, and what that comes to.

    ``at_change`` is how many of its partings stand at a line that the patch changes: the first
    ones.  ``calls`` are those that the report shows; ``no_call`` says why there is none, or what
    of them is not certain.
    """

    judgement: Judgement
    at_change: int = 0
    calls: tuple[ShownCall, ...] = ()
    no_call: str = ""

    @property
    def verdict(self) -> str:
        """Return the verdict: where that on the C is open, a call that differs decides it."""
        differs = any(one.shows != REACHES for one in self.calls)
        return DIFFERENT if differs else self.judgement.verdict


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """A file that a patch touches.

    ``aside`` says why nothing in it can matter, ``open`` what may and was not compared.  ``new``
    and ``gone`` are functions that stand on one side alone: they matter by those that call them.
    """

    path: str
    old: str | None = None
    aside: str = ""
    open: tuple[str, ...] = ()
    functions: tuple[FunctionVerdict, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def beside(self, other: FileVerdict) -> FileVerdict:
        """Return this verdict with what another reading of the file found, or left open, as well.

        Of what either could not tell only that stays open which both could not.
        """
        found = {one.judgement.function: one for one in self.functions}
        for one in other.functions:
            known = found.get(one.judgement.function)
            if known is None or _GRAVE[one.verdict] > _GRAVE[known.verdict]:
                found[one.judgement.function] = one
        kept = tuple(dict.fromkeys(one for one in self.open if one in other.open))
        return replace(self, open=kept, functions=tuple(found.values()))


_GRAVE = {SAME: 0, OPEN: 1, DIFFERENT: 2}


@dataclass
class PatchVerdict:
    """What one patch comes to."""

    patch: Patch
    files: list[FileVerdict] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    kernel: str = ""
    """Whose calls were tried."""
    statements: list[Turned] = field(default_factory=list)
    held: int = 0
    """How many statements were held against the calls that are shown."""
    undecided: list[str] = field(default_factory=list)

    @property
    def functions(self) -> list[FunctionVerdict]:
        """Return every function that reads differently."""
        return [one for file in self.files for one in file.functions]

    @property
    def verdict(self) -> str:
        """Return what is said of the patch: a difference that is shown, else what is open."""
        verdicts = {one.verdict for one in self.functions}
        if DIFFERENT in verdicts:
            return SOMETHING
        return UNTOLD if OPEN in verdicts or any(one.open for one in self.files) else NOTHING


@dataclass
class Review:
    """A review of one patch, or of several in order and of all of them together."""

    tree: str
    title: str
    patches: list[PatchVerdict] = field(default_factory=list)
    whole: PatchVerdict | None = None
    told: list[str] = field(default_factory=list)

    @property
    def every(self) -> list[PatchVerdict]:
        """Return the verdicts on each patch and, at the end, on the whole."""
        return [*self.patches, *([self.whole] if self.whole is not None else [])]

    @property
    def verdict(self) -> str:
        """Return the worst verdict: something changes, else could not tell, else nothing."""
        verdicts = [one.verdict for one in self.every]
        return next((one for one in (SOMETHING, UNTOLD) if one in verdicts), NOTHING)
