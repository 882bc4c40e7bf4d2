"""``cloneproof source`` and ``drift``: the model held against the kernel's own C."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.names import kernel_names, known
from command.options import OUTPUT, SCHEDULER, formats, kernel, scheduler_of
from command.output import emit

if TYPE_CHECKING:
    from source.tree import Tree


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@kernel("Compare with this kernel. Default: the nearest, for a fetched tree its own.")
@formats("sarif")
@click.option(
    "--decide",
    is_flag=True,
    help="Decide the catalogue on the tree even where every function is proved equal.",
)
@OUTPUT
@SCHEDULER
def source(paths: tuple[str, ...], kernel: str | None, **options: Any) -> int:
    """Compare a kernel tree's own C with the model, and decide the catalogue on it.

    PATH is a source tree, one file of it, or REPOSITORY@REVISION of a git tree; default: every
    tree that `cloneproof fetch --source` brought.  Of several, the worst decides.

    \b
    Examples:
      cloneproof source
      cloneproof source ~/linux
      cloneproof source ~/linux@v6.12 -k v6.12
      cloneproof source kernel/fork.c --format sarif -o fork.sarif
      cloneproof source /trees/linux@v6.6 /trees/linux@v6.9 --scheduler tcp://host:8786
    """
    on = scheduler_of(options["scheduler"], None)
    asked = [(path, kernel) for path in paths] or _fetched(kernel)
    style, several = options["style"], len(paths) != 1
    if several and style == "sarif":
        raise Problem("--format sarif is of one tree: name it")
    told = on.all(partial(_compared, options["decide"], style, bool(paths)), asked)
    texts = [text for text, _code in told]
    if several and style == "json":
        texts = [json.dumps([json.loads(text) for text in texts], indent=2)]
    elif several:
        texts = ["\n\n".join(text.rstrip("\n") for text in texts)]
    emit(texts[0], options["output"])
    return problems.worst([code for _text, code in told])


def _fetched(kernel: str | None) -> list[tuple[str, str | None]]:
    """Return the lines of the trees that were fetched, each with the kernel it is compared with."""
    from source.trees import known_trees, source_folder

    trees = known_trees()
    if not trees:
        raise Problem(f"no tree in {source_folder()}: cloneproof fetch --source brings one")
    return [(line, kernel or like) for line, (_tree, like) in trees.items()]


def _compared(
    decide: bool, style: str, by_path: bool, asked: tuple[str, str | None]
) -> tuple[str, int]:
    """Return the report on a tree (a path, or the line of a fetched one), and its exit code."""
    from source.check import check, revision_named
    from source.report.document import as_json
    from source.report.sarif import sarif
    from source.report.table import table
    from source.tree import tree_at

    name, kernel = asked
    tree = tree_at(name) if by_path else _fetched_tree(name)
    found = check(tree, revision_named(kernel), properties=decide)
    styles = {"table": table, "json": as_json, "sarif": sarif}
    return styles[style](found), _code(found)


def _fetched_tree(line: str) -> Tree:
    from source.trees import known_trees, source_folder

    trees = known_trees()
    if line not in trees:
        raise Problem(f"no tree {line} in {source_folder()}: cloneproof fetch --source brings it")
    return trees[line][0]


def _code(found: Any) -> int:
    """Return 0 where all is proved equal, 1 where something differs, 2 where it is open."""
    if found.agrees:
        return problems.AS_EXPECTED
    unclear = all(one.disagreement is None for one in found.match.differing)
    return problems.UNANSWERED if unclear and not _broken(found) else problems.BROKEN


def _broken(found: Any) -> bool:
    comparisons = found.match.comparisons
    return bool(
        found.numbers
        or [one for one in found.decided if not one.as_expected and not one.is_open]
        or [one for one in comparisons if not (one.in_balance or one.balance_is_open)]
        or [one for one in comparisons if one.verdict in ("missing", "not in the model")]
    )


@click.command()
@click.argument("before")
@click.argument("after")
@click.option("--kernel", "-k", "kernels", multiple=True, metavar="NAME",
              shell_complete=known(kernel_names),
              help="Which kernels they are: once for each. Default: the nearest.")
@formats()
@OUTPUT
def drift(
    before: str, after: str, kernels: tuple[str, ...], style: str, output: str | None
) -> int:
    """Say which rules read differently in two trees, and whether any function's meaning changed.

    BEFORE may also name a kernel whose rules' fingerprints are kept (debian-6.12.117); then
    only texts are compared, and AFTER's lines shown.

    \b
    Examples:
      cloneproof drift ~/linux@v6.1 ~/linux@v6.12
      cloneproof drift debian-6.12.117 ~/linux
    """
    from source import drift as comparing
    from source.check import revision_named
    from source.lines import stored
    from source.report.drift import drift_json, drift_table
    from source.tree import tree_at

    if before in stored():
        kept = comparing.from_kept(before, tree_at(after))
        emit(drift_table(kept) if style == "table" else drift_json(kept), output)
        return problems.BROKEN if kept.moved else problems.AS_EXPECTED
    if len(kernels) not in (0, 2):
        raise Problem("say of both trees which kernels they are, or of none: -k twice")
    one, other = kernels or (None, None)
    told = revision_named(one), revision_named(other)
    found = comparing.drift(tree_at(before), tree_at(after), told)
    emit(drift_table(found) if style == "table" else drift_json(found), output)
    return problems.BROKEN if found.meanings else problems.AS_EXPECTED
