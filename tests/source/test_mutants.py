"""Seeded faults in the C text: each is found, with a call that shows it, or changes nothing.

The C text comes from a kernel tree (see ``trees`` in tests/source/test_trees.py); none is kept.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("tree_sitter_c")

from model.revisions import REVISIONS
from source.compare import Comparer
from source.program import PLACE, Program
from source.questions import DIFFERENT, ONLY_UNVOUCHED, SAME, Engine
from source.readings.every import BY_NAME
from source.syntax import _parser
from source.tree import Changed, Tree
from source.trees import known_trees
from tests.source.seeding import Fault

SEED = 20130318
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
WANTED = int(os.environ.get("CLONEPROOF_MUTANTS", "240" if LONG else "24"))
"""How many mutants a tree gets: 24, or 240 with PROFILE=long."""

FRESH = 30
"""After how many mutants the solver is made anew: what it learns of one hinders the next."""

READ_BY: dict[str, tuple[str, ...]] = {
    "copy_process": ("copy_process",),
    "kernel_clone": ("kernel_clone",),
    "sys_fork": ("sys_fork",),
    "sys_vfork": ("sys_vfork",),
    "sys_clone": ("sys_clone",),
    "sys_clone3": ("sys_clone3",),
    "copy_clone_args_from_user": ("sys_clone3",),
    "clone3_args_valid": ("sys_clone3",),
    "clone3_stack_valid": ("sys_clone3",),
    "kernel_thread": ("kernel_thread",),
    "user_mode_thread": ("user_mode_thread",),
    "create_io_thread": ("create_io_thread",),
    "vhost_task_create": ("vhost_task_create",),
    "fork_idle": ("fork_idle",),
    "copy_files": ("copy_files",),
    "copy_fs": ("copy_fs",),
    "copy_sighand": ("copy_sighand", "copy_process"),
    "copy_signal": ("copy_signal",),
    "copy_mm": ("copy_mm",),
    "copy_creds": ("copy_creds", "copy_process"),
    "set_cred_ucounts": ("copy_creds", "copy_process"),
    "create_user_ns": ("copy_creds", "copy_process"),
    "enforced_nproc_rlimit": ("copy_creds",),
    "copy_namespaces": ("copy_process",),
    "create_new_namespaces": ("copy_process",),
    "is_rlimit_overlimit": ("copy_process",),
    "inc_rlimit_ucounts": ("copy_process",),
    "copy_semundo": ("copy_semundo",),
    "copy_io": ("copy_io",),
    "ksys_unshare": ("ksys_unshare",),
    "check_unshare_flags": ("ksys_unshare",),
    "unshare_fs": ("ksys_unshare",),
    "unshare_fd": ("ksys_unshare",),
    "unshare_userns": ("ksys_unshare",),
    "unshare_nsproxy_namespaces": ("ksys_unshare",),
}
"""By which comparisons a fault in a function has to be found."""

ERRNOS = ("EINVAL", "EPERM", "EAGAIN", "ENOMEM", "EINTR", "ENOSPC", "EFAULT")
UNMODELLED = (".fn_arg", ".stack", ".tls", ".stack_size", ".idle")
"""Fields of kernel_clone_args that the model does not have (an idle task is known by its pid)."""
FLAGS = (
    "CLONE_VM",
    "CLONE_FS",
    "CLONE_FILES",
    "CLONE_SIGHAND",
    "CLONE_THREAD",
    "CLONE_PARENT",
    "CLONE_NEWUSER",
    "CLONE_NEWPID",
    "CLONE_NEWNS",
    "CLONE_SYSVSEM",
    "CLONE_NEWIPC",
)


def _edit(text: str, begin: int, end: int, new: str) -> str:
    return text[:begin] + new + text[end:]


def _leaves(node: Any) -> Any:
    yield node
    for child in node.children:
        yield from _leaves(child)


class Breeder:
    """Makes every fault of every kind in one function."""

    def __init__(self, program: Program, path: str, name: str) -> None:
        file = program.file(path)
        assert file is not None
        found = file.function(name)
        assert found is not None
        self.path, self.name = path, name
        self.whole = file.text
        self.snippet, self.first = found
        self.offset = self.whole.index(self.snippet)
        self.root = _parser().parse(self.snippet.encode()).root_node

    def make(self, kind: str, node: Any, new: str, told: str) -> Fault:
        begin, end = self.offset + node.start_byte, self.offset + node.end_byte
        text = _edit(self.whole, begin, end, new)
        line = self.first + node.start_point[0]
        return Fault(kind, self.path, self.name, line, told, text)

    def all(self) -> Any:
        for node in _leaves(self.root):
            text = node.text.decode()
            if node.type == "if_statement" and self._refuses(node):
                yield from self._guards(node)
            elif node.type == "identifier" and text in ERRNOS and self._negative(node):
                yield from self._errnos(node, text)
            elif node.type == "identifier" and text in FLAGS:
                yield from self._flags(node, text)
            elif node.type == "initializer_pair":
                yield from self._initialisers(node)
            elif node.type == "goto_statement":
                yield from self._gotos(node)

    @staticmethod
    def _refuses(node: Any) -> bool:
        return any(
            one.type in ("return_statement", "goto_statement")
            for one in _leaves(node.child_by_field_name("consequence"))
        )

    @staticmethod
    def _negative(node: Any) -> bool:
        return node.parent.type == "unary_expression" and node.parent.text[:1] == b"-"

    def _guards(self, node: Any) -> Any:
        condition = node.child_by_field_name("condition")
        text = condition.text.decode()
        plain = " ".join(text.split())
        yield self.make("guard dropped", condition, "(0)", f"if {plain}")
        yield self.make("condition negated", condition, f"(!{text})", f"if {plain}")
        for one in _leaves(condition):
            operator = (
                one.child_by_field_name("operator") if one.type == "binary_expression" else None
            )
            if operator is not None and operator.text.decode() in ("&&", "||"):
                for side in ("left", "right"):
                    kept = one.child_by_field_name(side).text.decode()
                    yield self.make("condition weakened", one, f"({kept})", f"{plain} -> {kept}")
        following = node.next_named_sibling
        if following is not None and following.type == "if_statement" and self._refuses(following):
            between = self.snippet.encode()[node.end_byte : following.start_byte].decode()
            swapped = following.text.decode() + between + node.text.decode()
            begin, end = self.offset + node.start_byte, self.offset + following.end_byte
            yield Fault(
                "guards swapped",
                self.path,
                self.name,
                self.first + node.start_point[0],
                plain,
                _edit(self.whole, begin, end, swapped),
            )

    def _errnos(self, node: Any, text: str) -> Any:
        for other in ERRNOS[:3]:
            if other != text:
                yield self.make("errno changed", node, other, f"{text} -> {other}")

    def _flags(self, node: Any, text: str) -> Any:
        index = FLAGS.index(text)
        other = FLAGS[(index + 1) % len(FLAGS)]
        yield self.make("flag renamed", node, other, f"{text} -> {other}")

    def _initialisers(self, node: Any) -> Any:
        value = node.child_by_field_name("value")
        names = re.findall(r"CLONE_\w+", value.text.decode())
        for name in names:
            text = re.sub(rf"\b{name}\b", "0", value.text.decode())
            yield self.make("initialiser's flag dropped", value, text, name)
        field = node.child_by_field_name("designator").text.decode()
        if field not in UNMODELLED:
            yield self.make("initialiser's field dropped", value, "0", field)

    def _gotos(self, node: Any) -> Any:
        labels = [
            one.child_by_field_name("label").text.decode()
            for one in _leaves(self.root)
            if one.type == "labeled_statement"
        ]
        label = node.child_by_field_name("label")
        at = labels.index(label.text.decode())
        for near in (at - 1, at + 1):
            if 0 <= near < len(labels):
                told = f"{labels[at]} -> {labels[near]}"
                yield self.make("goto to the wrong label", label, labels[near], told)


def mutants(program: Program, count: int) -> list[Fault]:
    """Return a seeded sample of faults, every kind in it."""
    every: dict[str, list[Fault]] = {}
    for name in READ_BY:
        if program.function(name) is not None:
            for made in Breeder(program, PLACE[name], name).all():
                every.setdefault(made.kind, []).append(made)
    chance = random.Random(SEED)
    chosen: list[Fault] = []
    kinds = sorted(every)
    for kind in kinds:
        chance.shuffle(every[kind])
    while len(chosen) < count and any(every.values()):
        for kind in kinds:
            if every[kind]:
                chosen.append(every[kind].pop())
    return chosen[:count]


@dataclass(frozen=True)
class Judged:
    """What became of a mutant: found with a call, or the verdicts that say it is equal."""

    mutant: Fault
    found: bool
    how: tuple[str, ...]


SHOWN: dict[str, list[dict[str, Any]]] = {}
"""Calls that showed an earlier fault, by comparison: looked at first for the next one."""


def judge(comparer: Comparer, mutant: Fault) -> Judged:
    """Compare the functions that read the mutated one with the model."""
    how = []
    for name in READ_BY[mutant.function]:
        tries = SHOWN.setdefault(name, [])
        made = comparer.compare(BY_NAME[name], smallest=False, tries=tries)
        if made.disagreement is not None:
            assert made.verdict == DIFFERENT
            if made.disagreement.values not in tries:
                tries.append(made.disagreement.values)
            return Judged(mutant, True, (str(made.disagreement.values),))
        if not made.in_balance:
            return Judged(mutant, True, (made.balance,))
        # the text that is bred from has no conditionals: nobody vouches for it, whatever it says
        how.append(SAME if made.reason == ONLY_UNVOUCHED else made.verdict)
    return Judged(mutant, False, tuple(how))


def judge_all(base: Tree, kernel: Any, chosen: list[Fault]) -> Iterator[Judged]:
    """Judge mutants one by one; none may crash the reader."""
    for count, mutant in enumerate(chosen):
        if count % FRESH == 0:
            engine = Engine(kernel)
        program = Program(Changed(base, {mutant.path: mutant.text}))
        yield judge(Comparer(program, kernel, engine), mutant)


TREES = known_trees()


@pytest.mark.parametrize("name", sorted(TREES) or [None])
def test_seeded_faults_are_found(name: str | None) -> None:
    if name is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    base, like = TREES[name]
    program = Program(base)
    judged = list(judge_all(base, REVISIONS[like].kernel, mutants(program, WANTED)))
    unproved = [one for one in judged if not one.found and set(one.how) != {SAME}]
    assert [one for one in unproved if one.mutant.kind != "guards swapped"] == []
    found = sum(one.found for one in judged)
    changing = found + len(unproved)
    assert found >= 0.95 * changing
    assert found >= 0.7 * len(judged)
