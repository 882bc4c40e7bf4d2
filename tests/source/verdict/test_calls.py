"""Calls that show what a patch does: found in the C of both trees, and run on each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tree_sitter_c")

from checker.calls.brief import brief
from model.revisions import REVISIONS
from properties.catalogue import by_id
from source.program import Program
from source.tree import Changed, Folder, Tree
from source.verdict import promises
from source.verdict.calls import REACHES, Caller, Sought
from source.verdict.kernel import kernel_of
from source.verdict.pair import FAILS, SUCCEEDS, Pair
from source.verdict.promises import BREAKS, HOLDS, judged
from tests.source.patch.test_patches import Texts

BASE = Folder(Path(__file__).parents[3] / "docs/review/tree")
FORK = "kernel/fork.c"
_TOP = (BASE.text(FORK) or "").partition("struct task_struct *copy_process(")[0]
GUARD = "(clone_flags & (CLONE_NEWUSER|CLONE_FS)) == (CLONE_NEWUSER|CLONE_FS)"


def changed(old: str, new: str, base: Tree = BASE) -> Changed:
    text = base.text(FORK) or ""
    assert text.count(old) == 1
    return Changed(base, {FORK: text.replace(old, new)})


@cache
def pair(old: str, new: str) -> Pair:
    return Pair(BASE, changed(old, new), REVISIONS["v6.12"].kernel)


def calls(old: str, new: str, line: int = 0) -> Sought:
    return Caller(pair(old, new)).calls("copy_process", [(1, FORK, line)] if line else [])


def told(found: Sought) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.shows: (brief(one.values), one.ends) for one in found.shown}


def test_a_guard_that_goes_lets_a_call_through() -> None:
    found = calls(GUARD, "0")
    assert told(found) == {SUCCEEDS: ("clone(CLONE_FS|CLONE_NEWUSER)", ("EINVAL", "success"))}
    (one,) = found.shown
    assert [turn.line for turn in one.turns if turn is not None] == [29, 35]


def test_a_guard_that_comes_stops_the_smallest_call() -> None:
    """vhost_task_create() shares its root always, and sets more flags for it."""
    assert told(calls(GUARD, "clone_flags & CLONE_FS"))[FAILS] == (
        "clone(CLONE_FS)",
        ("success", "EINVAL"),
    )


_HELPERS = """
static int first(unsigned long long clone_flags)
{
	if ((clone_flags & CLONE_THREAD) && !(clone_flags & CLONE_SIGHAND))
		return -EINVAL;
	return 0;
}

static int second(unsigned long long clone_flags)
{
	if ((clone_flags & (CLONE_NEWUSER|CLONE_FS)) == (CLONE_NEWUSER|CLONE_FS))
		return -EINVAL;
	return 0;
}

struct task_struct *copy_process(struct pid *pid, int trace, int node,
	struct kernel_clone_args *args)
{
	struct task_struct *p;
	int error = first(args->flags);

	if (!error)
		error = second(args->flags);
	if (error)
		return ERR_PTR(error);
	p = dup_task_struct(current, node);
	if (!p)
		return ERR_PTR(-ENOMEM);
	return p;
}
"""
_NOTHING = ("\treturn 0;\n}\n\nstatic", "\treturn 0 & clone_flags;\n}\n\nstatic")
_NO_GUARD = ("if ((clone_flags & (CLONE", "if (0 && (clone_flags & (CLONE")
_REFUSES = "static int {}(unsigned long long clone_flags)\n{{\n"
_FS = "\tif (clone_flags & CLONE_FS)\n\t\treturn -EINVAL;\n"
_BOTH_LET_GO = [
    (f"{_REFUSES.format(one)}\tif (", f"{_REFUSES.format(one)}\tif (0 && ")
    for one in ("first", "second")
]
_BOTH = [(_REFUSES.format(one), _REFUSES.format(one) + _FS) for one in ("first", "second")]


def of(
    function: str, *edits: tuple[str, str], several: bool = True, text: str = _HELPERS
) -> set[str]:
    """Return what calls show of a function where several changed, in a patch with such edits."""
    texts = {"Makefile": BASE.text("Makefile") or "", FORK: _TOP + text}
    after = texts[FORK]
    for old, new in edits:
        assert after.count(old) == 1
        after = after.replace(old, new)
    made = Pair(Texts(texts), Texts(texts | {FORK: after}), REVISIONS["v6.12"].kernel)
    return {one.shows for one in Caller(made, several=several).calls(function, []).shown}


def test_a_call_is_shown_under_the_function_whose_change_it_shows() -> None:
    assert of("first", _NOTHING, _NO_GUARD, several=False) == {SUCCEEDS}
    assert of("first", _NOTHING, _NO_GUARD) == set()
    assert of("second", _NOTHING, _NO_GUARD) == {SUCCEEDS}


def test_a_call_that_each_of_two_changes_would_show_alone_is_shown_under_both() -> None:
    assert of("first", *_BOTH) == of("second", *_BOTH) == {FAILS}


def test_a_call_that_two_changes_show_together_is_shown_under_both() -> None:
    """Each of two helpers has the same guard: only where both let it go anything comes through."""
    doubled = _HELPERS.replace(
        "(clone_flags & CLONE_THREAD) && !(clone_flags & CLONE_SIGHAND)", GUARD
    )
    for name in ("first", "second"):
        assert of(name, *_BOTH_LET_GO, text=doubled) == {SUCCEEDS}
        assert of(name, *(one for one in _BOTH_LET_GO if name in one[0]), text=doubled) == set()


def test_a_change_that_no_call_sees_has_one_that_runs_it() -> None:
    found = calls("p = dup_task_struct(current, node);", "p = dup_task_struct(current, 0);", 32)
    assert [one.shows for one in found.shown] == [REACHES]
    assert found.why == "no call of the model tells the two trees apart"


def test_an_object_has_the_same_number_in_both_trees() -> None:
    """Though one of them meets it later: else all that points to objects would seem to differ."""
    before, after = pair(GUARD, "0").programs
    assert [before.handle("one"), before.handle("two")] == [
        after.handle(name) for name in ("two", "one")
    ][::-1]


def test_a_function_that_the_model_does_not_know_has_no_call() -> None:
    found = Caller(pair(GUARD, "0")).calls("somewhere_else", [])
    assert (found.shown, found.why) == ([], "the model has no call that leads there")


def _turned(one: Pair, found: Sought, *names: str) -> dict[str, str]:
    properties = [by_id(name) for name in names]
    return {each.id: each.how for each in judged(one, properties, _values(found)).turned}


def _values(found: Sought) -> list[dict[str, Any]]:
    return [one.values for one in found.shown]


def test_statements_that_the_calls_break_are_told_those_of_the_flags_first() -> None:
    found = calls(GUARD, "0")
    turned = _turned(pair(GUARD, "0"), found, "P43t", "P02")
    assert list(turned.items())[0] == ("P02", BREAKS)
    assert _turned(pair(GUARD, "0"), Sought(), "P02") == {}


def test_what_a_patch_mends_begins_to_hold() -> None:
    """Of a tree without the guard it is the patch that puts it there."""
    mended = Pair(changed(GUARD, "0"), BASE, REVISIONS["v6.12"].kernel)
    found = Caller(mended).calls("copy_process", [])
    assert FAILS in told(found)
    assert _turned(mended, found, "P02") == {"P02": HOLDS}
    half = changed(GUARD, f"{GUARD} && (clone_flags & CLONE_THREAD)")
    partly = Pair(changed(GUARD, "0"), half, REVISIONS["v6.12"].kernel)
    assert _turned(partly, Caller(partly).calls("copy_process", []), "P02") == {}


def test_what_the_solver_gives_up_on_does_not_begin_to_hold(monkeypatch: Any) -> None:
    mended = Pair(changed(GUARD, "0"), BASE, REVISIONS["v6.12"].kernel)
    values = _values(Caller(mended).calls("copy_process", []))
    monkeypatch.setattr(promises, "UNITS", 1)
    found = judged(mended, [by_id("P02")], values)
    assert (found.turned, found.undecided) == ([], ["P02"])


@pytest.mark.parametrize(
    ("makefile", "kernel", "said"),
    [
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n", "v6.12", ""),
        ("VERSION = 6\nPATCHLEVEL = 8\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n", "v6.8-rc3", ""),
        ("VERSION = 99\nPATCHLEVEL = 1\nSUBLEVEL = 0\n", "v7.3", "the Makefile names v99.1"),
        ("", "v7.3", "the Makefile names no release"),
    ],
)
def test_the_kernel_is_the_one_that_the_makefile_names(
    makefile: str, kernel: str, said: str
) -> None:
    found, told = kernel_of(Program(Texts({"Makefile": makefile})))
    assert found.name == kernel
    assert told.startswith(said) and bool(told) is bool(said)
