"""The subcommands ``source`` and ``drift``: the model held against the kernel's own C."""

from __future__ import annotations

import click

from checker import problems
from command.options import OUTPUT, formats
from command.output import emit


@click.command()
@click.argument("path")
@click.option("--like", metavar="KERNEL", help="Compare with this kernel, not the nearest.")
@formats("sarif")
@click.option(
    "--properties",
    is_flag=True,
    help="Decide the catalogue on the tree even where every function is proved equal.",
)
@OUTPUT
def source(path: str, like: str | None, style: str, properties: bool, output: str | None) -> int:
    """Compare a kernel tree's own C with the model, and decide the catalogue on it.

    PATH is a source tree, one file of it, or REPOSITORY@REVISION of a git tree.

    \b
    Examples:
      cloneproof source ~/linux
      cloneproof source ~/linux@v6.12 --like v6.12
      cloneproof source kernel/fork.c --format sarif -o fork.sarif
    """
    from source import report
    from source.check import check, revision_named
    from source.tree import tree_at

    found = check(tree_at(path), revision_named(like), properties=properties)
    styles = {"table": report.table, "json": report.as_json, "sarif": report.sarif}
    emit(styles[style](found), output)
    if found.agrees:
        return problems.AS_EXPECTED
    unclear = all(one.disagreement is None for one in found.match.differing)
    return problems.UNANSWERED if unclear and not _broken(found) else problems.BROKEN


def _broken(found: object) -> bool:
    from source.report import Report

    assert isinstance(found, Report)
    comparisons = found.match.comparisons
    return bool(
        found.numbers
        or [one for one in found.decided if not one.as_expected]
        or [one for one in comparisons if one.balance not in ("", "balanced")]
        or [one for one in comparisons if one.verdict in ("missing", "not in the model")]
    )


@click.command()
@click.argument("before")
@click.argument("after")
@click.option("--like", nargs=2, metavar="KERNEL KERNEL", help="Which kernels they are.")
@formats()
@OUTPUT
def drift(
    before: str, after: str, like: tuple[str, str] | None, style: str, output: str | None
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
    from source import report
    from source.check import revision_named
    from source.lines import stored
    from source.tree import tree_at

    if before in stored():
        kept = comparing.from_kept(before, tree_at(after))
        emit(report.drift_table(kept) if style == "table" else report.drift_json(kept), output)
        return problems.BROKEN if kept.moved else problems.AS_EXPECTED
    one, other = like if like else (None, None)
    known = revision_named(one), revision_named(other)
    found = comparing.drift(tree_at(before), tree_at(after), known)
    emit(report.drift_table(found) if style == "table" else report.drift_json(found), output)
    return problems.BROKEN if found.meanings else problems.AS_EXPECTED
