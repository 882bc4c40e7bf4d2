"""``cloneproof reproduce``: a counterexample as a C program to post."""

from __future__ import annotations

from pathlib import Path

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.evidence import call_in
from command.kernels_asked import model_named
from command.options import FILE, OUTPUT, kernel
from command.output import emit


@click.command()
@click.argument("file", metavar="COUNTEREXAMPLE", type=FILE)
@kernel("Tell what another kernel does.")
@OUTPUT
def reproduce(file: Path, kernel: str | None, output: str | None) -> int:
    """Write a counterexample as a C program in the style of the kernel's selftests.

    It is self-contained, prints TAP, and is built with `gcc -static -Wall -Werror`.

    \b
    Example:
      cloneproof reproduce out/counterexamples/P10@v3.10.json -o p10.c
      gcc -static -Wall -Werror -o p10 p10.c && sudo ./p10
    """
    from kernels.replay.reproduce.collected import CannotWrite
    from kernels.replay.reproduce.program import program

    found = call_in(file)
    try:
        text = program(found, model_named(kernel) or found.kernel)
    except CannotWrite as cannot:
        raise Problem(f"cannot write that as a program: {cannot}") from None
    emit(text, output)
    return problems.AS_EXPECTED
