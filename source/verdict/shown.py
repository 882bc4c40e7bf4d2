"""Puts calls to the functions that a patch changes, and says which statements they turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from checker.ground.problems import Problem
from properties.catalogue import all_properties
from source.c.architecture import X86_64
from source.patch.apply import Applied
from source.patch.overlay import Patched
from source.program import Program
from source.review.judgement import SAME
from source.verdict.calls import REACHES, Caller, Line
from source.verdict.kernel import kernel_of
from source.verdict.options import Options
from source.verdict.pair import Pair
from source.verdict.promises import judged
from source.verdict.record import FileVerdict, FunctionVerdict, PatchVerdict

ELSEWHERE = f"calls are run on the C of {X86_64.name} alone"


def show(patched: Patched, made: PatchVerdict, options: Options) -> None:
    """Note calls on which the trees differ, or that run a changed line, and what they turn.

    The calls are those of the kernel that the tree's Makefile names.  A tree whose C the
    absolute reading cannot read has none, and that is told; so is that of another architecture.
    """
    if options.building.architecture is not X86_64:
        made.files = _each(made, lambda _path, one: replace(one, no_call=ELSEWHERE))
        return
    kernel, told = kernel_of(Program(patched.base))
    made.kernel = kernel.name
    made.told += [told] if told else []
    differ = [one for one in made.functions if one.judgement.verdict != SAME]
    caller = Caller(Pair(patched.base, patched.head, kernel.kernel), several=len(differ) > 1)
    made.files = _each(made, lambda path, one: _shown(caller, patched, path, one, options))
    calls = list(_calls(made))
    if calls and options.properties:
        options.progress("holding statements against the calls")
        found = judged(caller.pair, all_properties(), calls)
        made.statements, made.held, made.undecided = found.turned, found.held, found.undecided


def _each(
    made: PatchVerdict, shown: Callable[[str, FunctionVerdict], FunctionVerdict]
) -> list[FileVerdict]:
    return [
        replace(file, functions=tuple(shown(file.path, one) for one in file.functions))
        for file in made.files
    ]


def _shown(
    caller: Caller, patched: Patched, path: str, one: FunctionVerdict, options: Options
) -> FunctionVerdict:
    if one.judgement.verdict == SAME:
        return one
    options.progress(f"looking for a call of {one.judgement.function}()")
    lines = list(_lines(patched.files, path, one))
    try:
        found = caller.calls(one.judgement.function, lines)
    except Problem as problem:
        return replace(one, no_call=str(problem))
    return replace(one, calls=tuple(found.shown), no_call=found.why)


def _lines(files: tuple[Applied, ...], path: str, one: FunctionVerdict) -> Iterator[Line]:
    """Yield the lines that a call should run: where the versions part, then all that changed."""
    for parting in one.judgement.partings:
        for side, place in ((1, parting.head), (0, parting.base)):
            if place is not None:
                yield side, place.path, place.line
    for file in files:
        if file.change.path == path:
            yield from ((1, path, line) for line in file.added)
            yield from ((0, file.change.old or path, line) for line in file.removed)


def _calls(made: PatchVerdict) -> Iterator[dict[str, Any]]:
    for one in made.functions:
        yield from (call.values for call in one.calls if call.shows != REACHES)
