"""Edits of a file are read beside it, by one process: each as if it were read alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from tempfile import gettempdir

import pytest

pytest.importorskip("clang.cindex")

from checker.ground.problems import Problem
from source.c.unit import Unit, unit
from source.tree import Changed, Folder

PATH = "kernel/a.c"
HEADER = "#ifndef SIZE\n#define SIZE 4\n#endif\nstruct s { int a[SIZE]; };\n" + (
    "static inline int first(int a) { return a + SIZE; }\nextern int there[];\n"
)
TEXT = """#include <linux/s.h>
struct own { struct s one; };
int there[3];
typedef int number;
static int f(struct own *p) { return first(p->one.a[0]); }
number g(struct own *p) { return f(p) + sizeof(*p) + there[0]; }
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Return a small tree on disk."""
    monkeypatch.setattr("source.c.built.found", lambda *_: [])
    for name, text in (("include/linux/s.h", HEADER), (PATH, TEXT), ("Makefile", "VERSION = 6\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Folder(tmp_path)


def told(one: Unit) -> list[object]:
    """Return all that a unit tells of what the small file and its header hold."""
    names = ("f", "g", "first", "h", "no_such")
    records = ("struct s", "struct own", "struct new")
    asked = [one.function(name) for name in names] + [one.digest(name) for name in names]
    more = [one.record(name) for name in records] + [one.variable("there"), one.variable("new")]
    named = [one.extents, one.variables, one.included, one.troubles, one.missing, one.skipped]
    return [*asked, *more, *named]


EDITS = {
    "a function": TEXT.replace("return first(", "return 1 + first("),
    "a record": TEXT.replace("struct s one;", "int before; struct s one;"),
    "a variable": TEXT.replace("there[3]", "there[4]"),
    "a new function": TEXT + "int h(int a) { return first(a); }\nint new; struct new { int a; };",
    "a function gone": TEXT.replace("f(p) + sizeof", "sizeof").replace("static int f", "int f2"),
    "a macro before the header": "#define SIZE 8\n" + TEXT,
    "a header once more": TEXT + "#include <linux/s.h>\n",
    "another header after it": TEXT + '#include "new.h"\n',
    "an error": TEXT.replace("return first(", "return nothing + first("),
    "a header's function defined here": TEXT.replace("<linux/s.h>", "<linux/t.h>"),
    "nothing": "",
    "lines": TEXT.replace("static int f", "\n\n#if 0\n#endif\nstatic int f"),
}


@pytest.mark.parametrize("first", [False, True], ids=["first", "after others"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_reads_as_if_it_were_read_alone(base: Folder, edit: str, first: bool) -> None:
    of = unit(base, PATH)
    for other in list(EDITS.values())[: 3 * first]:
        unit(Changed(base, {PATH: other}), PATH, of=of).function("f")
    tree = Changed(base, {PATH: EDITS[edit], "kernel/new.h": "struct new { int b; };\n"})
    tree = tree if "new.h" in EDITS[edit] else Changed(base, {PATH: EDITS[edit]})
    assert told(unit(tree, PATH, of=of)) == told(unit(tree, PATH))
    assert told(of) == told(unit(base, PATH))


def test_another_header_or_none_is_not_taken_from_the_file(base: Folder) -> None:
    of = unit(base, PATH)
    for text in (HEADER.replace("a + SIZE", "a - SIZE"), None):
        tree = Changed(base, {PATH: EDITS["a function"], "include/linux/s.h": text})
        assert told(unit(tree, PATH, of=of)) == told(unit(tree, PATH))


def test_what_headers_hold_is_asked_of_the_file_alone(base: Folder) -> None:
    of = unit(base, PATH)
    one = unit(Changed(base, {PATH: EDITS["a function"]}), PATH, of=of)
    assert one.function("first") is of.function("first") and one.function("g") is not None
    assert one.function("g") is not of.function("g")


def test_an_earlier_edit_that_is_asked_again_answers_for_itself(base: Folder) -> None:
    of = unit(base, PATH)
    one, other = (
        unit(Changed(base, {PATH: EDITS[edit]}), PATH, of=of) for edit in ("a function", "a record")
    )
    alone = unit(Changed(base, {PATH: EDITS["a function"]}), PATH)
    assert other.digest("f") == of.digest("f")
    assert one.digest("f") == alone.digest("f") != of.digest("f")


def test_after_a_crash_both_are_read_again(base: Folder) -> None:
    of = unit(base, PATH)
    one = unit(Changed(base, {PATH: EDITS["a function"]}), PATH, of=of)
    os.kill(of._worker._process.pid, signal.SIGSEGV)
    with pytest.raises(Problem, match="ended by signal 11"):
        one.function("f")
    assert one.function("f") is not None and of.function("f") is not None
    of.close()
    assert one.function("g") is not None


def test_what_is_kept_of_headers_is_in_a_folder_of_our_own(base: Folder) -> None:
    """The library leaves it behind when its process is killed."""
    def kept() -> set[Path]:
        return set(Path(gettempdir()).glob("preamble-*"))

    before, of = kept(), unit(base, PATH)
    for text in EDITS.values():
        told(unit(Changed(base, {PATH: text}), PATH, of=of))
    assert kept() <= before
