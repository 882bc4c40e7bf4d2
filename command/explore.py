"""``cloneproof explore``: calls, statements and histories by keyboard, on a terminal."""

from __future__ import annotations

import sys

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.options import JOBS, kernel


@click.command()
@kernel("The kernel to begin with. Default: v6.12.")
@click.option("--call", "line", metavar="LINE",
              help="Begin with this call: a line of strace, or JSON as `predict` takes it.")
@JOBS
def explore(kernel: str | None, line: str | None, jobs: int | None) -> int:
    """Explore calls, statements and histories on a terminal, by keyboard.

    What `cloneproof page` shows in a browser: why a call is refused on a kernel, what would work,
    what the child shares; statements with what breaks them; histories step by step.

    \b
    Examples:
      cloneproof explore -k v6.8
      cloneproof explore --call 'unshare(CLONE_NEWUSER) = -1 EPERM (Operation not permitted)'
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Problem("explore needs a terminal: `cloneproof why`, `run` and `show` need none")
    try:
        from page.terminal.app import Explore
    except ImportError as error:
        if error.name is None or not error.name.startswith("textual"):
            raise
        raise Problem("explore needs textual: pip install 'cloneproof[explore]'") from None
    from checker.calls.kernel_names import kernel_named
    from command.page import decided
    from page.terminal.calls import Asked
    from page.terminal.statements import Decided

    asked = Asked(kernel=kernel or "v6.12")
    kernel_named(asked.kernel)
    if line is not None:
        asked.values = _values(line)
    Explore(asked, Decided(decided(jobs))).run()
    return problems.AS_EXPECTED


def _values(line: str) -> dict[str, int | bool]:
    """Return the facts of a call in a line; raise :class:`Problem` for one that tells none."""
    from checker.calls.documents import from_document
    from checker.ground.json_text import decoded
    from checker.strace.facts import told
    from checker.strace.lines import call_in

    if line.lstrip().startswith("{"):
        return from_document(decoded(line, "the call"))
    return from_document(told(call_in(line)).given)
