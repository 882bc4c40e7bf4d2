"""``cloneproof source`` and ``drift``: the model held against the kernel's own C."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from checker.calls.own_kernels import as_asked
from checker.ground import problems
from checker.ground.problems import Problem
from command.names import kernel_names, known
from command.options import OUTPUT, SCHEDULER, formats, kernel, scheduler_of
from command.output import emit, say
from command.progress import Progress

if TYPE_CHECKING:
    from source.kept import Told
    from source.tree import Tree


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@kernel("Compare with this kernel. Default: the nearest, for a fetched tree its own.")
@click.option(
    "--like", metavar="KERNEL+PATCH-PATCH", shell_complete=known(kernel_names),
    help="The same as --kernel: the set of patches that the tree is said to be like.",
)
@formats("sarif")
@click.option(
    "--function", "-f", "functions", multiple=True, metavar="NAME",
    help="Compare this function only; may be repeated.",
)
@click.option(
    "--decide/--no-properties",
    default=None,
    help="Decide the catalogue on the tree in any case, or in none. Default: where it differs.",
)
@click.option(
    "--save", metavar="NAME",
    help="Keep what was read as a kernel of one's own: a set that every -k takes by this name.",
)
@click.option("--recheck", is_flag=True, help="Read anew what was read before and has not changed.")
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
      cloneproof source ~/linux@v6.12 --like v6.12+KILL_SEQ
      cloneproof source ~/linux --save my-kernel && cloneproof verify V01 -k my-kernel
      cloneproof source ~/linux --function copy_process --no-properties
      cloneproof source kernel/fork.c --format sarif -o fork.sarif
      cloneproof source /trees/linux@v6.6 /trees/linux@v6.9 --scheduler tcp://host:8786
    """
    on = scheduler_of(options["scheduler"], None)
    like = _like(kernel, options["like"])
    asked = [(path, like) for path in paths] or _fetched(like)
    style, several = options["style"], len(asked) != 1
    if several and style == "sarif":
        raise Problem("--format sarif is of one tree: name it")
    how = _How(
        style, bool(paths), options["decide"], options["functions"], options["recheck"],
        _name_of(options, several),
    )
    told = on.all(partial(_compared, how), asked)
    texts = [text for text, _code in told]
    if several and style == "json":
        texts = [json.dumps([json.loads(text) for text in texts], indent=2)]
    elif several:
        texts = ["\n\n".join(text.rstrip("\n") for text in texts)]
    emit(texts[0], options["output"])
    return problems.worst([code for _text, code in told])


@dataclass(frozen=True)
class _How:
    """How trees are compared and told."""

    style: str
    by_path: bool
    decide: bool | None
    functions: tuple[str, ...]
    recheck: bool
    save: str | None

    def words(self, kernel: str | None) -> tuple[str, ...]:
        """Return what the report rests on beside the tree."""
        as_it_is = as_asked(kernel) if kernel else ""
        return as_it_is, repr(self.decide), *sorted(set(self.functions))


def _like(kernel: str | None, like: str | None) -> str | None:
    if kernel is not None and like is not None:
        raise Problem(f"two kernels are named: --kernel {kernel} and --like {like}")
    return kernel or like


def _name_of(options: dict[str, Any], several: bool) -> str | None:
    """Return the name that a reading is to be saved under; refuse one that means a kernel."""
    from checker.calls.kernel_names import resolve
    from checker.calls.own_kernels import saved_file

    name: str | None = options["save"]
    if name is None:
        return None
    if several:
        raise Problem("--save is of one tree: name it")
    if options["functions"]:
        raise Problem("--save is of a whole tree: leave out --function")
    if saved_file(name) is None:
        try:
            known_as = resolve(name)
        except Problem:
            return name
        raise Problem(f"{name} is the name of a kernel already: {known_as.name}")
    return name


def _fetched(kernel: str | None) -> list[tuple[str, str | None]]:
    """Return the lines of the trees that were fetched, each with the kernel it is compared with."""
    from source.trees import READ, known_trees, source_folder

    trees = known_trees(READ)
    if not trees:
        raise Problem(f"no tree in {source_folder()}: cloneproof fetch --source brings one")
    return [(line, kernel or like) for line, (_tree, like) in trees.items()]


def _compared(how: _How, asked: tuple[str, str | None]) -> tuple[str, int]:
    """Return the report on a tree (a path, or the line of a fetched one), and its exit code."""
    from source import kept
    from source.release import demand_that_it_is_read
    from source.tree import tree_at

    name, kernel = asked
    tree = tree_at(name) if how.by_path else _fetched_tree(name)
    demand_that_it_is_read(tree)
    words = how.words(kernel)
    told = None if how.recheck or how.save else kept.find(tree, *words)
    if told is None:
        told = _read(tree, kernel, how)
        kept.keep(tree, told, *words)
    return told.texts[how.style], told.code


def _read(tree: Tree, kernel: str | None, how: _How) -> Told:
    from source.check import Asked, checked, revision_named
    from source.kept import Told
    from source.report.document import as_json
    from source.report.sarif import sarif
    from source.report.table import table

    with Progress() as progress:
        asked = Asked(how.decide, frozenset(how.functions), progress)
        found = checked(tree, revision_named(kernel), asked)
        if how.save is not None:
            progress("looking for the set of patches that tells it")
            _save(tree, found, how.save)
    texts = {"table": table(found), "json": as_json(found), "sarif": sarif(found)}
    return Told(texts, _code(found))


def _save(tree: Tree, found: Any, name: str) -> None:
    from checker.calls.own_kernels import SAVED, save
    from checker.ground.store import store
    from source.saving import as_set, kernel_of

    told = as_set(tree, found.match)
    made = kernel_of(name, told, found.match.revision.name, found.tree)
    file = store() / SAVED / f"{name}.toml"
    save(made, file)
    flips = "".join([*(f"+{one}" for one in made.more), *(f"-{one}" for one in made.fewer)])
    say(f"saved: -k {name} is {made.base}{flips} ({made.note}; {file})")


def _fetched_tree(line: str) -> Tree:
    from source.trees import READ, known_trees, source_folder

    trees = known_trees(READ)
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
    if found.meanings:
        return problems.BROKEN
    return problems.UNANSWERED if found.partly else problems.AS_EXPECTED
