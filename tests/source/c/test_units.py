"""A file of a tree: its headers, borrowed or made, and what stands when something fails."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

pytest.importorskip("clang.cindex")

from checker.ground.problems import Problem
from source.c.architecture import ARM64, X86_64, Architecture, Building
from source.c.borrowed import found
from source.c.built import Built
from source.c.unit import Unit, unit
from source.c.worker import Worker
from source.tree import Beside, Changed, Folder, GitTree, OneFile
from tests.source.patch.test_patches import git

FILES = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\n",
    "include/asm-generic/Kbuild": "mandatory-y += ring.h\nmandatory-y += own.h\n",
    "include/asm-generic/ring.h": "#define RING 3\n",
    "arch/x86/include/asm/own.h": "#define OWN 4\n",
    "include/linux/kconfig.h": "#include <generated/autoconf.h>\n",
    "include/linux/list.h": "static inline int first(int a) { return a + 1; }\n",
    "kernel/a.c": (
        "#include <linux/list.h>\n#include <asm/ring.h>\n#include <asm/own.h>\n"
        "#include <linux/version.h>\n"
        "static int table[] = { RING };\n"
        "int f(int a) { return first(a) + OWN; }\n"
        "#ifdef CONFIG_NEVER_HEARD_OF\nint g(int a) { return a; }\n#endif\n"
        "int h(void) { return LINUX_VERSION_MAJOR + CONFIG_HZ; }\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small tree on disk."""
    for name, text in FILES.items():
        place = tmp_path / "tree" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tmp_path / "tree"


@pytest.fixture(autouse=True)
def _no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source.c.built.found", lambda *_: [])


def test_headers_that_a_build_makes_are_made_and_told(folder: Path) -> None:
    one = unit(Folder(folder), "kernel/a.c")
    assert one.troubles == () and one.missing == ()
    assert list(one.functions) == ["f", "h"] and one.variables == ("table",)
    assert "value=256" in repr(one.functions["h"]).replace("value=6", "value=256")
    told = " ".join(one.assumed)
    assert "autoconf.h is made" in told and "linux/version.h" in told and "asm-generic" in told
    assert one.included >= {"include/linux/list.h", "arch/x86/include/asm/own.h"}


def test_lines_of_functions_and_lines_left_out(folder: Path) -> None:
    one = unit(Folder(folder), "kernel/a.c")
    assert one.extents == {"f": (6, 6), "h": (10, 10)}
    assert one.skipped == ((7, 9),)


def test_inline_functions_of_headers_are_read_when_asked_for(folder: Path) -> None:
    one = unit(Folder(folder), "kernel/a.c")
    inline = one.function("first")
    assert inline is not None and inline.path == "include/linux/list.h" and inline.static
    assert "first" not in one.functions and one.function("no_such") is None
    with pytest.raises(KeyError):
        one.functions["first"]


def test_a_patched_tree_is_read_with_its_own_headers(folder: Path) -> None:
    base = Folder(folder)
    new = FILES["include/linux/list.h"].replace("+ 1", "+ 2")
    added = FILES["kernel/a.c"].replace(
        "#include <asm/ring.h>", "#include <asm/ring.h>\n#include <linux/new.h>"
    )
    texts = {
        "include/linux/list.h": new,
        "kernel/a.c": added,
        "include/linux/new.h": "#define N 1\n",
    }
    before, after = unit(base, "kernel/a.c"), unit(Changed(base, texts), "kernel/a.c")
    assert after.troubles == () and after.missing == ()
    assert before.digest("first") != after.digest("first")
    assert before.digest("f") == after.digest("f")


def test_a_header_that_is_gone_is_a_trouble(folder: Path) -> None:
    one = unit(Changed(Folder(folder), {"include/linux/list.h": None}), "kernel/a.c")
    assert one.missing == ("include/linux/list.h",)
    assert "include/linux/list.h is not at hand" in one.functions["f"].troubles


def test_a_header_that_the_tree_lacks_is_a_trouble(folder: Path) -> None:
    (folder / "include/linux/list.h").unlink()
    one = unit(Folder(folder), "kernel/a.c")
    assert one.missing == ("linux/list.h",)
    assert any("linux/list.h is not at hand" in each for each in one.functions["h"].troubles)


def test_a_file_alone_is_read_and_proves_nothing(folder: Path) -> None:
    one = unit(OneFile(folder / "kernel/a.c", "kernel/a.c"), "kernel/a.c")
    assert "linux/list.h" in one.missing and one.functions["f"].troubles != ()


def test_a_file_beside_a_tree(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "b.c").write_text("#include <asm/own.h>\nint f(void) { return OWN; }\n")
    one = unit(Beside(tmp_path / "b.c", "kernel/a.c", Folder(folder)), "kernel/a.c")
    assert one.missing == () and one.functions["f"].troubles == ()


def test_a_tree_of_git(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    one = unit(GitTree(folder, "HEAD"), "kernel/a.c")
    assert one.troubles == () and one.functions["f"].troubles == ()


def test_headers_are_borrowed_from_a_folder_given(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    package = tmp_path / "package"
    for name, text in (
        ("generated/autoconf.h", "#define CONFIG_HZ 100\n#define CONFIG_NEVER_HEARD_OF 1\n"),
        ("generated/uapi/linux/version.h", "#define LINUX_VERSION_MAJOR 6\n"),
    ):
        (package / "include" / name).parent.mkdir(parents=True, exist_ok=True)
        (package / "include" / name).write_text(text)
    one = unit(Folder(folder), "kernel/a.c", Building(headers=package))
    assert "g" in one.functions and "borrowed from package" in one.assumed[0]
    with pytest.raises(Problem, match="holds no include/generated/autoconf.h"):
        unit(Folder(folder), "kernel/a.c", Building(headers=tmp_path))


@pytest.mark.parametrize(("option", "right"), [("X86_64", X86_64), ("ARM64", ARM64)])
def test_headers_that_are_named_are_refused_for_another_architecture(
    folder: Path, tmp_path: Path, option: str, right: Architecture
) -> None:
    """They would be read, and what they say is not so there."""
    package = tmp_path / "package"
    (package / "include/generated").mkdir(parents=True)
    (package / "include/generated/autoconf.h").write_text(f"#define CONFIG_{option} 1\n")
    for of in (X86_64, ARM64):
        if of is right:
            assert found(folder, "", Building(of, package)) == [package.resolve()]
        else:
            with pytest.raises(Problem, match=f"built for another architecture than {of.name}"):
                found(folder, "", Building(of, package))


@pytest.mark.parametrize(("built_for", "borrowed"), [("x86", True), ("arm64", False)])
def test_headers_that_nobody_named_are_borrowed_for_their_own_architecture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, built_for: str, borrowed: bool
) -> None:
    monkeypatch.undo()
    package = folder.parent / "some-headers"
    (package / "arch" / built_for / "include/generated").mkdir(parents=True)
    (package / "include/generated").mkdir(parents=True)
    (package / "include/generated/autoconf.h").write_text("#define CONFIG_HZ 100\n")
    says = (folder / "Makefile").read_text()
    release = ".".join(re.findall(r"^(?:VERSION|PATCHLEVEL) = (\d+)", says, re.MULTILINE))
    (package / "include/generated/utsrelease.h").write_text(f'#define UTS_RELEASE "{release}.1"\n')
    taken = Built(Folder(folder), folder, Building()).borrowed
    assert (package.resolve() in taken) is borrowed


def test_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(Problem, match="has no kernel/b.c"):
        unit(Folder(folder), "kernel/b.c")


def test_without_libclang_the_mend_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source.c.unit.find_spec", lambda _name: None)
    with pytest.raises(Problem, match="pip install"):
        unit(Folder(folder), "kernel/a.c")


def test_a_crash_of_the_library_is_one_line_and_the_next_question_is_answered(folder: Path) -> None:
    one = unit(Folder(folder), "kernel/a.c")
    os.kill(one._worker._process.pid, signal.SIGSEGV)
    with pytest.raises(Problem, match="kernel/a.c: the compiler's library was ended by signal 11"):
        one.function("f")
    assert one.function("f") is not None


def test_a_file_on_which_the_library_fails_again_and_again_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def fail(_worker: Worker) -> None:
        begun.append(1)
        raise Problem("kernel/a.c cannot be read")

    monkeypatch.setattr(Worker, "receive", fail)
    one = unit(Folder(folder), "kernel/a.c")
    for _ in range(5):
        with pytest.raises(Problem, match="kernel/a.c cannot be read"):
            one.function("f")
    assert len(begun) == 3


@pytest.mark.parametrize(
    "text",
    [
        "int f(int a) { return " + "(" * 5000 + "a" + ")" * 5000 + "; }",
        "int f(int a) { return " + "+".join(["a"] * 3000) + "; }",
        "int f(int a) { " + "{" * 5000 + "}" * 5000 + " }",
        '#include "a.c"\nint f(int a) { return a; }',
        "int f(int a) { return",
        "\x00int f(",
        "int f(struct { struct { int a; } b[1 << 30]; } *a) { return 0; }",
    ],
    ids=["brackets", "sums", "braces", "itself", "cut", "zero", "huge"],
)
def test_hostile_texts_end_in_a_reading_or_one_line(folder: Path, text: str) -> None:
    tree = Changed(Folder(folder), {"kernel/a.c": text})
    try:
        body = Unit(tree, "kernel/a.c").function("f")
    except Problem as problem:
        assert "\n" not in str(problem)
        return
    assert body is None or body.troubles or "Unread" in repr(body) or "b[" in text


def test_what_is_made_is_bounded_and_stays_in_its_folder(folder: Path) -> None:
    made = Built(Folder(folder), folder, Building())
    for name in ("../../escaped.h", "/escaped.h", "x" * 300 + ".h"):
        assert not made.make(Folder(folder), name, "kernel")
    assert made.make(Folder(folder), "generated/new.h", "kernel")
    assert not made.make(Folder(folder), "generated/new.h", "kernel")
