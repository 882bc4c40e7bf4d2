"""Where a command writes: looked at before the work, so that nobody waits for a refusal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import click

Options: TypeAlias = "dict[str, Any]"
"""What a verb was given beside its arguments, by the names of its options."""


def emit(text: str, output: str | Path | None) -> None:
    """Write an answer to the screen or, in full or not at all, to a file."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from checker.ground.files import write_atomically

    write_atomically(output, text if text.endswith("\n") else text + "\n")


def tell(text: str, output: str | Path | None) -> None:
    """Write an answer in words, or JSON: on a terminal so that it fits."""
    from command.fitted import fitted

    emit(fitted(text) if output is None else text, output)


def emit_lines(lines: Iterable[str], output: str | None) -> None:
    """Write lines to the screen one by one, or together to a file."""
    if output is not None:
        return emit("\n".join(lines), output)
    for line in lines:
        click.echo(line)
    return None


def say(text: str) -> None:
    """Say something beside the answer, on the standard error."""
    click.echo(text, err=True)


def prepare(options: Options) -> None:
    """Make the folders of ``--save`` and ``--record``; refuse what could not be written there.

    Raises :class:`checker.ground.files.FileError` for a folder that takes no file, or a full disk.
    """
    from checker.ground.files import check_writable, make_folder

    if options["save"] is not None:
        folder = Path(options["save"])
        make_folder(folder)
        check_writable(folder / "any", within=folder)
    if options["record"] is not None:
        make_folder(Path(options["record"]).parent)
        check_writable(options["record"])
    if options["output"] is not None:
        check_writable(options["output"])


def keep(
    options: Options, files: Callable[[], dict[str, str]], record: Callable[[], str]
) -> None:
    """Write what a run found: the files of ``--save`` and the ``--record``, together."""
    from checker.ground.files import write_together
    from command.saved import replace_saved

    beside = {Path(options["record"]): record()} if options["record"] is not None else {}
    if options["save"] is None:
        write_together(beside)
    else:
        replace_saved(Path(options["save"]), files(), beside)


class Progress:
    """A progress bar on a terminal, silence elsewhere."""

    def __init__(self, total: int, label: str) -> None:
        self._bar: Any = None
        if sys.stderr.isatty() and total > 2:
            self._bar = click.progressbar(length=total, label=label, file=sys.stderr)

    def __enter__(self) -> Callable[[int], None]:
        if self._bar is None:
            return lambda _count: None
        self._bar.__enter__()
        update: Callable[[int], None] = self._bar.update
        return update

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*error)
