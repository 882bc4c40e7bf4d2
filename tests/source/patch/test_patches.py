"""Patches as they come are read and applied as git does; what does not fit is one line."""

from __future__ import annotations

import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest

pytest.importorskip("unidiff")

from hypothesis import given
from hypothesis import strategies as st

from checker.ground.problems import Problem
from source.patch.apply import Refused, applied
from source.patch.change import FileChange
from source.patch.diff import changes
from source.patch.overlay import patched
from source.patch.series import series_of
from source.tree import Folder, Tree

FORK = "int one(void)\n{\n\treturn 1;\n}\n\nint two(void)\n{\n\treturn 2;\n}\n"
ONE_LINE = """\
--- a/kernel/fork.c
+++ b/kernel/fork.c
@@ -6,4 +6,4 @@ int one(void)
 int two(void)
 {
-\treturn 2;
+\treturn 3;
 }
"""


class Texts(Tree):
    """A tree that is given."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__("a tree")
        self.texts = texts

    def _raw(self, path: str) -> bytes | None:
        return self.texts[path].encode() if path in self.texts else None


def git(folder: Path, *words: str) -> str:
    told = ("-c", "user.name=A", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", "-C", str(folder), *told, *words], capture_output=True, text=True, check=True
    )
    return done.stdout


def one(text: str) -> FileChange:
    (found,) = changes(text)
    return found


def mail(subject: str, body: str, **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"] = subject, "A <a@b>"
    made["Message-ID"] = f"<{abs(hash((subject, body)))}@b>"
    for name, value in headers.items():
        made[name] = value
    made.set_content(body, cte="quoted-printable")
    return made


def test_a_hunk_is_applied_where_it_stands_and_its_lines_are_told() -> None:
    done = applied(one(ONE_LINE), FORK)
    assert done.after == FORK.replace("2;", "3;")
    assert (done.removed, done.added, done.moved) == ((8,), (8,), ())


def test_a_hunk_is_found_where_lines_came_before_it() -> None:
    done = applied(one(ONE_LINE), "/* new */\n\n" + FORK)
    assert done.removed == (10,) and done.moved == ((1, 2),)


def test_what_does_not_fit_is_refused_with_file_hunk_and_line() -> None:
    with pytest.raises(Refused) as said:
        applied(one(ONE_LINE), FORK.replace("return 2", "return 5"))
    assert str(said.value) == (
        "kernel/fork.c: hunk 1 of 1 does not apply: line 8 is 'return 5;', "
        "the patch has 'return 2;'"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ONE_LINE.replace("-6,4 +6,4", "-6,9 +6,9"), "line 9 of the patch: hunk is shorter|longer"),
        (ONE_LINE.replace("a/kernel", "a/../etc"), "outside of the tree"),
        ("--- a/" + "x" * 5000 + "\n+++ b/y\n", "no name of a file"),
        (f"--- a/x\n+++ b/x\n@@ -{'9' * 5000} +1 @@\n-a\n+b\n", "no header of a hunk"),
        (ONE_LINE.replace("-6,4", "-x,4"), "line 3 of the patch is no header of a hunk"),
        (ONE_LINE + "+\treturn 4;\n", "line 9 of the patch is one more than"),
        ("\n".join(ONE_LINE.split("\n")[:2]) + "\n", "kernel/fork.c: no hunk stands behind"),
    ],
)
def test_a_broken_diff_is_one_line(text: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        changes(text)


def test_files_come_go_move_change_their_mode_or_are_binary(tmp_path: Path) -> None:
    """As git writes it; both trees are git's own."""
    before = {
        "kernel/fork.c": FORK,
        "kernel/old.c": "int old;\n",
        "kernel/moved.c": FORK * 2,
        "run.sh": "#!/bin/sh\n",
        "crlf.c": "int a;\r\nint b;\r\n",
        "no newline.c": "int a;\nint b;",
        "feed.c": "int a;\n\x0c\nint b;\n",
    }
    after = {
        "kernel/fork.c": FORK.replace("2;", "3;"),
        "kernel/new.c": "int new;\n",
        "kernel/there.c": FORK * 2 + "int more;\n",
        "run.sh": before["run.sh"],
        "crlf.c": "int a;\r\nint c;\r\nint b;\r\n",
        "no newline.c": "int a;\nint c;",
        "feed.c": "int a;\n\x0c\nint c;\n",
    }
    git(tmp_path, "init", "-q")
    for texts in (before, after):
        for path in before:
            (tmp_path / path).unlink(missing_ok=True)
        for path, text in texts.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(text.encode())
        if texts is after:
            (tmp_path / "run.sh").chmod(0o755)
            (tmp_path / "blob").write_bytes(b"\0\1" * 99)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "A change\n\nFrom here on:\n")
    mailed = git(tmp_path, "format-patch", "--stdout", "--binary", "-M", "-1").encode()
    (patch,) = series_of(mailed).patches
    assert patch.subject == "A change"
    made = patched(Texts(before), patch)
    paths = {*before, *after}
    assert {p: made.head.text(p) for p in paths} == {p: after.get(p) for p in paths}
    assert {c.path: c.unread for c in patch.files if c.unread} == {"blob": "it is binary"}
    moved = next(c for c in patch.files if c.renamed)
    assert (moved.old, moved.new) == ("kernel/moved.c", "kernel/there.c")
    back = patched(Texts(after), patch)
    assert back.backwards
    assert {p: back.base.text(p) for p in paths} == {p: before.get(p) for p in paths}


LINES = st.lists(st.sampled_from(["{", "}", "\treturn 0;", "", "\tif (a)", "b"]), max_size=25)


@given(LINES, LINES, st.booleans(), st.integers(0, 3))
def test_any_diff_gives_the_other_text(old: list[str], new: list[str], end: bool, n: int) -> None:
    """Against difflib, which writes diffs and does not know us."""
    import difflib

    before = "\n".join(old) + ("\n" if old else "")
    after = "\n".join(new) + ("\n" if new and end else "")
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), "a/x", "b/x", n=n
    )
    text = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    for found in changes(text):
        if n or not found.hunks or found.old is None:
            done = applied(found, before if found.old else None)
            assert (done.after or "") == after


def test_a_mail_is_decoded_and_its_letter_is_no_diff() -> None:
    letter = "Fix it.\n\n> quoted\n> diff --git a/x b/x\n\nSigned-off-by: Å <a@b>\n---\n v2: ä\n\n"
    made = mail("[PATCH v2 03/11] fork: mend =?utf-8?q?=C3=A4?=", letter + ONE_LINE + "-- \n2.43\n")
    (patch,) = series_of(made.as_bytes()).patches
    assert (patch.subject[:10], patch.number, patch.total, patch.version) == (
        "fork: mend",
        3,
        11,
        2,
    )
    assert [each.path for each in patch.files] == ["kernel/fork.c"]


def test_an_attached_patch_counts() -> None:
    made = mail("[PATCH] fork", "See below.\n")
    made.add_attachment(ONE_LINE.encode(), maintype="text", subtype="x-patch", filename="a.patch")
    (patch,) = series_of(made.as_bytes().replace(b"\n", b"\r\n")).patches
    assert patch.files[0].path == "kernel/fork.c"


def test_a_byte_order_mark_before_a_patch_is_none_of_it() -> None:
    (patch,) = series_of(b"\xef\xbb\xbf" + ONE_LINE.encode()).patches
    assert patch.files[0].path == "kernel/fork.c"


def test_a_mailbox_is_put_in_order_its_letter_and_replies_are_told() -> None:
    second = ONE_LINE.replace("return 2", "return 3").replace("+\treturn 3", "+\treturn 4")
    box = b"".join(
        b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + one.as_bytes() + b"\n"
        for one in (
            mail("[PATCH v3 2/2] again", second),
            mail("[PATCH v3 0/2] Two of them", "From 12:30 on 2024 it is so.\n"),
            mail("[PATCH v3 1/2] first", ONE_LINE),
            mail("[PATCH v2 1/2] first", ONE_LINE.replace("3;", "9;")),
            mail("Re: [PATCH v3 1/2] first", "> fine\n"),
        )
    )
    series = series_of(box)
    assert [one.number for one in series.patches] == [1, 2]
    assert series.title == "Two of them"
    assert len(series.told) == 2
    first = patched(Texts({"kernel/fork.c": FORK}), series.patches[0])
    both = patched(first.head, series.patches[1])
    assert both.head.text("kernel/fork.c") == FORK.replace("2;", "4;")
    assert both.head.base is first.base


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no patch in it"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"a\0b", "zero bytes"),
        (mail("Hello", "no patch here\n").as_bytes(), "no patch in the mail 'Hello'"),
        (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 9, "no patch in the mail"),
    ],
)
def test_what_is_no_patch_is_one_line(raw: bytes, says: str) -> None:
    with pytest.raises(Problem, match=says):
        series_of(raw)


def test_a_diff_without_prefixes_is_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/fork.c").write_text(FORK)
    plain = ONE_LINE.replace("a/kernel", "kernel").replace("b/kernel", "kernel")
    (patch,) = series_of(plain.encode()).patches
    assert patched(Folder(tmp_path), patch).head.text("kernel/fork.c") == FORK.replace("2;", "3;")
