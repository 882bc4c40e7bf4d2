"""``cloneproof spec``: what others specify of these calls, held against a kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checker.ground import problems
from command.kernels_asked import kernel_of, which_kernel
from command.options import FILE, OUTPUT, formats, kernel
from command.output import emit, say

if TYPE_CHECKING:
    from checker.scml.patterns import Rule
    from model.kernel import Kernel


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@kernel("The kernel that they are held against. Default: the one that runs here.")
@formats()
@OUTPUT
def spec(files: tuple[Path, ...], kernel: str | None, style: str, output: str | None) -> int:
    """Say what patterns of SCML accept too much and too little, as proved of a kernel.

    Too little is a call that can succeed and that no pattern accepts.  Too much is what a pattern
    accepts, and what fails whoever makes the call.  Of each the smallest calls are told.

    \b
    Examples:
      cloneproof spec clone_and_clone3.scml -k v6.12
      cloneproof spec a.scml b.scml --format json
    """
    from checker.scml.comparison import read
    from checker.why.opened import Undecided
    from model import complete

    complete.check()
    rules = read(files)
    chosen = kernel_of(kernel)
    try:
        code = _patterns(chosen.kernel, rules, style, output)
    except Undecided as reason:
        say(f"not known: {reason}")
        return problems.UNANSWERED
    for told in which_kernel(kernel):
        say(told)
    return code


def _patterns(kernel: Kernel, rules: list[Rule], style: str, output: str | None) -> int:
    from checker.scml.comparison import compared, document, lines

    found = list(compared(kernel, rules))
    if style == "json":
        emit(json.dumps(document(kernel, found), indent=2), output)
    else:
        emit("\n".join(line for one in found for line in lines(kernel, one)), output)
    exact = all(one.exact for one in found)
    return problems.AS_EXPECTED if exact else problems.BROKEN
