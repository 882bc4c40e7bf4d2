"""What all reports of a review say, in the same words."""

from __future__ import annotations

from typing import Any

from checker.calls.brief import brief
from model.words import errno_name
from source.review.judgement import DIFFERENT, OPEN, SAME, Judgement, Parting, Place
from source.verdict.calls import REACHES, ShownCall
from source.verdict.pair import LEAVES, OTHERWISE, Difference
from source.verdict.promises import Turned
from source.verdict.record import NOTHING, SOMETHING, FunctionVerdict, PatchVerdict

TOOL = "cloneproof"
ASIDE = "nothing that is looked at is changed"
SAID = {SAME: "reads differently and does the same", DIFFERENT: "changes"}
ORDER = (DIFFERENT, OPEN, SAME)


def in_order(made: PatchVerdict) -> list[FunctionVerdict]:
    """Return the functions of a patch: those that differ first, then those left open."""
    return sorted(made.functions, key=lambda one: ORDER.index(one.verdict))


def title(made: PatchVerdict) -> str:
    """Return what a patch is called, with its place in a series."""
    patch = made.patch
    place = f"[{patch.number}/{patch.total}] " if patch.total else ""
    return f"{place}{patch.called}"


def verdict(made: PatchVerdict) -> str:
    """Return the verdict on a patch in one sentence."""
    if made.verdict == NOTHING:
        return _nothing(made)
    names = [f"{one.judgement.function}()" for one in in_order(made) if one.verdict != SAME]
    opened = [one.path for one in made.files if one.open]
    told = ", ".join(dict.fromkeys([*names, *opened]))
    return f"{made.verdict}: {told}"


def _nothing(made: PatchVerdict) -> str:
    if not made.functions:
        new = [name for one in made.files for name in (*one.new, *one.gone)]
        return f"{NOTHING}: {ASIDE}" if not new else f"{NOTHING}: no function that was there"
    names = ", ".join(f"{one.judgement.function}()" for one in made.functions)
    does = "does" if len(made.functions) == 1 else "do"
    return f"{NOTHING}: {names} {does} the same as before, proved"


def heading(one: FunctionVerdict) -> str:
    """Return what is said of a function in one line."""
    name = f"{one.judgement.function}()"
    if one.verdict == OPEN:
        return f"could not tell whether {name} does the same"
    by_call = one.verdict != one.judgement.verdict
    return f"{name} {SAID[one.verdict]}" + (", as the call shows" if by_call else "")


def reason(judgement: Judgement) -> str:
    """Return why a verdict is as it is: the first parting, or what is open."""
    if judgement.partings:
        return judgement.partings[0].what or judgement.reason
    return judgement.reason


def place_of(one: FunctionVerdict) -> Place | None:
    """Return the line that a verdict is shown at: of the tree after, else of the one before."""
    judgement = one.judgement
    for parting in judgement.partings:
        if parting.head is not None or parting.base is not None:
            return parting.head or parting.base
    return judgement.open_at[0] if judgement.open_at else None


def sides(parting: Parting) -> list[tuple[str, str]]:
    """Return what each version does, under its name."""
    return [("Before", parting.before), ("After", parting.after)]


def call_line(one: ShownCall) -> str:
    """Return a call with what it comes to before and after, in one line."""
    told = brief(one.values)
    if one.shows == REACHES:
        ends = f", which returns {one.ends[1]}" if one.ends else ""
        return f"{told} runs the changed line{ends}"
    if one.ends and one.ends[0] != one.ends[1]:
        return f"{told}: {_end(one.ends[0])} before, {_end(one.ends[1])} after"
    if one.shows in (LEAVES, OTHERWISE) or not one.ends:
        return f"{told}: {'; '.join(difference(each) for each in one.differences)}"
    whatever = f", whatever {one.reading}() returns" if one.hidden else ""
    return f"{told}: {_end(one.ends[0])} on both{whatever}"


def _end(end: str) -> str:
    return end if end == "success" else f"-{end}"


def difference(one: Difference) -> str:
    """Return a difference of two trees on a call in one line."""
    if one.aspect == "errno":
        before, after = (
            errno_name(int(each)) if each else "success" for each in (one.before, one.after)
        )
        return f"{one.aspect}: {before} before, {after} after"
    return f"{one.aspect}: {plain(one.before)} before, {plain(one.after)} after"


def plain(value: Any) -> str:
    """Return a value of a difference as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:#x}" if isinstance(value, int) and value > 9 else str(value)


def statement(one: Turned) -> str:
    """Return a statement that turned, with the call that shows it."""
    return f"{one.id} {one.how}: {one.sentence}, on {brief(one.values)}"


def headline(made: PatchVerdict) -> str:
    """Return one line for a list: the verdict, and the first call that shows it."""
    calls = [call for one in made.functions for call in one.calls if call.shows != REACHES]
    if made.verdict == SOMETHING and calls:
        return f"{verdict(made)}; {call_line(calls[0])}"
    return verdict(made)
