"""``cloneproof spec``: what others specify of these calls, held against a kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.kernels_asked import kernel_of, which_kernel
from command.options import FILE, OUTPUT, formats, kernel
from command.output import say, tell

if TYPE_CHECKING:
    from checker.kapi.judged import Judged
    from checker.kapi.reading import Specified
    from model.kernel import Kernel


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@kernel("The kernel that they are held against. Default: the one that runs here.")
@formats()
@OUTPUT
def spec(files: tuple[Path, ...], kernel: str | None, style: str, output: str | None) -> int:
    """Hold others' specifications of these system calls against a kernel.

    Patterns of SCML (*.scml): what they accept too little, that is a call that can succeed and
    that no pattern accepts; and too much, what a pattern accepts and what fails whoever calls.

    KAPI (JSON of the kapi tool, or C with its tags in kernel-doc): each error, mask of flags and
    capability is proved or refuted, and what is left out is told.

    \b
    Examples:
      cloneproof spec clone_and_clone3.scml -k v6.12
      cloneproof spec sys_clone3.json kernel/fork.c -k v7.1 --format json
    """
    from checker.why.opened import Undecided
    from model import complete

    complete.check()
    patterns = {file.suffix == ".scml" for file in files}
    if len(patterns) > 1:
        raise Problem("patterns of SCML are held against a kernel alone: leave out the others")
    hold = _patterns if patterns == {True} else _specifications
    chosen = kernel_of(kernel)
    try:
        code = hold(files, chosen.kernel, style, output)
    except Undecided as reason:
        say(f"not known: {reason}")
        return problems.UNANSWERED
    for told in which_kernel(kernel):
        say(told)
    return code


def _patterns(files: tuple[Path, ...], kernel: Kernel, style: str, output: str | None) -> int:
    from checker.scml.comparison import compared, document, lines, read

    found = list(compared(kernel, read(files)))
    if style == "json":
        tell(json.dumps(document(kernel, found), indent=2), output)
    else:
        tell("\n".join(line for one in found for line in lines(kernel, one)), output)
    exact = all(one.exact for one in found)
    return problems.AS_EXPECTED if exact else problems.BROKEN


def _specifications(
    files: tuple[Path, ...], kernel: Kernel, style: str, output: str | None
) -> int:
    from checker.kapi.facts import Facts
    from checker.kapi.judged import judged
    from checker.kapi.reading import read

    some = [one for file in files for one in read(file)]
    found = [(one, list(judged(one, Facts(kernel, one.entry)))) for one in some]
    if style == "json":
        tell(json.dumps(_document(kernel, found), indent=2), output)
    else:
        told = (line for one, verdicts in found for line in _lines(kernel, one, verdicts))
        tell("\n".join(told), output)
    return _code([verdict.verdict for _, verdicts in found for verdict in verdicts])


def _code(verdicts: list[str]) -> int:
    from checker.kapi.judged import MISSING, REFUTED, UNKNOWN

    if {REFUTED, MISSING} & set(verdicts):
        return problems.BROKEN
    return problems.UNANSWERED if UNKNOWN in verdicts else problems.AS_EXPECTED


def _lines(kernel: Kernel, one: Specified, verdicts: list[Judged]) -> Iterator[str]:
    yield f"sys_{one.entry.name.lower()} on {kernel.name} [{one.at}]"
    for verdict in verdicts:
        place = verdict.at.removeprefix(one.file)
        at = f" [{place}]" if place else ""
        yield f"  {verdict.verdict:<8} {verdict.says}: {verdict.why}{at}"
    yield f"  not judged: {one.unread} parts in words, or of locks, signals and effects"


def _document(kernel: Kernel, found: list[tuple[Specified, list[Judged]]]) -> dict[str, Any]:
    calls = [
        {"call": f"sys_{one.entry.name.lower()}", "at": one.at, "not_judged": one.unread,
         "lines": [asdict(verdict) for verdict in verdicts]}
        for one, verdicts in found
    ]
    return {"kernel": kernel.name, "calls": calls}
