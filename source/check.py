"""Compares one tree with the model and decides the catalogue on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.ground.problems import Problem
from model.copy_process import TABLE
from model.evaluate import rejections
from model.revisions import Revision
from properties.catalogue import all_properties
from source.compare import Comparer
from source.every_difference import list_all
from source.lines import rule_lines
from source.nearest import Match, chosen, like, nearest
from source.program import Program
from source.questions import ONLY_UNVOUCHED, Comparison
from source.readings.every import BY_NAME
from source.report.report import TreeReport
from source.semantics import decide_all
from source.tree import Beside, OneFile, Tree
from source.trees import known_trees


@dataclass(frozen=True)
class Asked:
    """What is asked of a tree, beside which kernel it is to be compared with."""

    properties: bool | None = None
    """Whether the catalogue is decided; ``None``: where something differs."""
    functions: frozenset[str] = frozenset()
    """The functions that are compared; none for all."""
    progress: Callable[[str], None] | None = None
    """Told what is being done."""


def check(
    tree: Tree, revision: Revision | None, *, properties: bool | None = None
) -> TreeReport:
    """Return the report on a tree; the nearest kernel is found unless one is given.

    Where every function is proved equal, so is every verdict; the catalogue is decided anew
    where something differs, or where ``properties`` asks for it.
    """
    return checked(tree, revision, Asked(properties))


def checked(tree: Tree, revision: Revision | None, asked: Asked) -> TreeReport:
    """Return the report on a tree, as far as it is asked for."""
    _demand_functions(asked.functions)
    program, match = _matched(tree, revision, asked)
    report = TreeReport(program.tree.name, match, only=asked.functions)
    report.numbers = program.constants.disagreements()
    report.borrowed = sorted(program.constants.borrowed)
    functions = [
        function for name in sorted(program.functions) if (function := program.readable(name))
    ]
    report.assumed = program.assumed(functions)
    comparer = Comparer(program, match.revision.kernel)
    program.progress("listing what differs")
    list_all(comparer, match.comparisons)
    if _is_decided(asked, match) and _whole(program):
        report.decided = decide_all(comparer, all_properties())
        report.places = _places(comparer, [one.rule for one in report.decided if one.rule])
    return report


def _is_decided(asked: Asked, match: Match) -> bool:
    if asked.properties is not None or asked.functions:
        return bool(asked.properties)
    return any(_changes_meaning(one) for one in match.differing)


def _demand_functions(names: frozenset[str]) -> None:
    known = {name for one in BY_NAME.values() for name in (one.name, one.function)}
    for name in sorted(names - known):
        listed = ", ".join(one.name for one in BY_NAME.values())
        raise Problem(f"{name}() is not compared with the model: {listed} are")


def _changes_meaning(one: Comparison) -> bool:
    """Return whether verdicts may change: where all that is known was found equal they cannot."""
    return one.reason != ONLY_UNVOUCHED


def _matched(tree: Tree, revision: Revision | None, asked: Asked) -> tuple[Program, Match]:
    """Return a program and its match; a file alone is put beside each tree at hand in turn."""
    found = []
    for candidate in _completed(tree):
        program = Program(candidate, asked.functions)
        program.progress = asked.progress or program.progress
        if not list(chosen(program)):
            raise Problem(f"{tree.name}: nothing to read in it")
        match = nearest(program) if revision is None else like(program, revision)
        found.append((program, match))
        if not match.differing:
            break
    return min(found, key=lambda one: len(one[1].differing))


def _completed(tree: Tree) -> list[Tree]:
    if not isinstance(tree, OneFile):
        return [tree]
    bases = [base for base, _ in known_trees().values()]
    return [Beside(tree.file, tree.path, base) for base in bases] or [tree]


def _whole(program: Program) -> bool:
    """Return whether a tree has what deciding properties needs."""
    needed = ("copy_process", "kernel_clone", "ksys_unshare", "copy_creds", "copy_namespaces")
    return all(program.readable(name) is not None for name in needed)


def _places(comparer: Comparer, rules: list[str]) -> dict[str, str]:
    """Return, for rules that the tree misses, after which of its lines they should stand."""
    if not rules:
        return {}
    lines = rule_lines(comparer)
    order = [row.name for row in rejections(TABLE)]
    found: dict[str, str] = {}
    for rule in dict.fromkeys(rules):
        if rule not in order:
            continue
        for before in reversed(order[: order.index(rule)]):
            line = lines.get(f"copy_process: {before}")
            if line is not None:
                found[rule] = f"expected after {line.path}:{line.line} ({before})"
                break
    return found


def revision_named(name: str | None) -> Revision | None:
    """Return a revision by any name that means one; nothing for no name."""
    from checker.calls.kernel_names import revision_named as any_named

    return None if name is None else any_named(name)
