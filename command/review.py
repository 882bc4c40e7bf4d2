"""``cloneproof review``: a patch in, a verdict out."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.options import FILE, OUTPUT
from command.output import emit
from command.progress import Progress

if TYPE_CHECKING:
    from source.verdict.record import Review

STDIN = "-"

class _Read(click.Choice[str]):
    """An architecture that is read."""

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        if value not in self.choices:
            read = " and ".join(self.choices)
            self.fail(f"{value} is not read: {read} are, and no kernel of 32 bits.", param, ctx)
        return str(value)


STYLES = ("text", "json", "checkpatch", "b4", "sarif", "ktap")


@click.command()
@click.argument("places", nargs=-1, metavar="[TREE] [PATCH | BASE..HEAD | -]...")
@click.option("-C", "folder", type=FILE, metavar="FOLDER", help="The tree. Default: the one here.")
@click.option("--series", "only", flag_value="series", help="Several patches as one change only.")
@click.option("--per-patch", "only", flag_value="each", help="Each of several patches only.")
@click.option(
    "--function", "-f", "functions", multiple=True, metavar="NAME",
    help="Look at this function only, whatever names it; may be repeated.",
)
@click.option(
    "--arch", type=_Read(("x86_64", "arm64")), default="x86_64", show_default=True,
    help="Read the tree as built for this architecture.",
)
@click.option("--no-calls", is_flag=True, help="Look for no call that shows a difference.")
@click.option("--no-properties", is_flag=True, help="Hold no statements against the calls.")
@click.option(
    "--headers", type=FILE, metavar="FOLDER",
    help="A folder of the headers that a build makes (linux-headers-*). Default: made.",
)
@click.option("--format", "style", type=click.Choice(STYLES), default="text", show_default=True)
@OUTPUT
def review(places: tuple[str, ...], **options: Any) -> int:
    """Say what a patch changes in task creation, or prove that it changes nothing.

    TREE is a kernel tree (a folder, or REPOSITORY@REVISION).  A PATCH is a mail, a mailbox, a
    diff, or - for standard input; BASE..HEAD are commits of the tree's repository.  Of several
    patches each is looked at, on what those before it make, and then all as one.

    \b
    Exit codes: 0 nothing changes (proved), 1 something does, 2 could not tell, 3 unreadable.

    \b
    Examples:
      b4 am -o- 20240101.1@example.org | cloneproof review ~/linux
      cloneproof review ~/linux 0001-fork-mend-it.patch
      cloneproof review v6.11..HEAD -C ~/linux --series
      git diff | cloneproof review
      cloneproof review ~/linux@v6.12 mail --format sarif -o review.sarif
    """
    tree, words = _places(places, options["folder"])
    found = _reviewed(tree, words, options)
    emit(_told(found, options), options["output"])
    return _code(found)


def _code(found: Review) -> int:
    """Return 0 where nothing changes, 1 where something does, 2 where that is open."""
    from source.verdict.record import NOTHING, SOMETHING

    codes = {NOTHING: problems.AS_EXPECTED, SOMETHING: problems.BROKEN}
    return codes.get(found.verdict, problems.UNANSWERED)


def _places(places: tuple[str, ...], folder: Path | None) -> tuple[str, list[str]]:
    """Return the tree that is named, and what is to be reviewed on it."""
    words = list(places)
    late = next((one for one in words[1:] if _is_tree(one)), None)
    if late is not None:
        raise Problem(f"{late} is a tree: it stands first, before the patch")
    if words and _is_tree(words[0]):
        if folder is not None:
            raise Problem(f"two trees are named: {words[0]} and -C {folder}")
        return words[0], words[1:]
    return str(folder or "."), words


def _is_tree(word: str) -> bool:
    repository, at, _ = word.rpartition("@")
    return Path(word).is_dir() or bool(at and Path(repository).is_dir())


def _reviewed(place: str, words: list[str], options: dict[str, Any]) -> Review:
    from source.c.architecture import ARCHITECTURES, Building
    from source.patch.commits import Range, is_range
    from source.patch.series import joined, series_of
    from source.tree import tree_at
    from source.verdict.options import Options
    from source.verdict.series import Parts, of_range, of_series

    with Progress() as progress:
        asked = Options(
            options["functions"],
            not options["no_calls"],
            not options["no_properties"],
            Building(ARCHITECTURES[options["arch"]], options["headers"]),
            progress,
        )
        parts = Parts(options["only"] != "series", options["only"] != "each")
        if len(words) == 1 and is_range(words[0]):
            return of_range(Range(Path(place), words[0]), parts, asked)
        if not words and sys.stdin.isatty():
            raise Problem("name a patch, BASE..HEAD, or pipe a mail: --help tells")
        given = [_read(word) for word in words or [STDIN]]
        found = _tracked(place, given, parts, asked) if words in ([], [STDIN]) else None
        return found or of_series(tree_at(place), joined(list(map(series_of, given))), parts, asked)


def _tracked(place: str, given: list[bytes], parts: Any, asked: Any) -> Review | None:
    """Return the review of what ``b4 review`` tracks: the patch of a mail, or the whole series."""
    from source.patch.tracked import VARIABLE, commit_of, tracked
    from source.verdict.series import of_commit, of_range

    file = os.environ.get(VARIABLE)
    range_ = tracked(Path(place), file) if file else None
    if range_ is None:
        return None
    commit = commit_of(range_, given[0]) if parts.each else None
    return of_range(range_, parts, asked) if commit is None else of_commit(range_, commit, asked)


def _read(word: str) -> bytes:
    from source.patch.mail import LARGEST

    if word == STDIN:
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with Path(word).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Problem(f"cannot read {word}: {error.strerror}") from None


def _told(found: Review, options: dict[str, Any]) -> str:
    from source.report.review.checkpatch import b4, checkpatch
    from source.report.review.document import as_json
    from source.report.review.ktap import ktap
    from source.report.review.sarif import sarif
    from source.report.review.text import WIDTH, text

    if options["style"] == "text":
        here = options["output"] is None and sys.stdout.isatty()
        return text(found, min(WIDTH, shutil.get_terminal_size().columns) if here else WIDTH)
    styles = {"json": as_json, "checkpatch": checkpatch, "b4": b4, "sarif": sarif, "ktap": ktap}
    return styles[options["style"]](found)
