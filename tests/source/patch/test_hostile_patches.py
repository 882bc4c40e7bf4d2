"""Whatever comes in is a series, or refused in one line; nothing else, and soon."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("unidiff")

from hypothesis import given
from hypothesis import strategies as st

from checker.ground.problems import Problem
from source.patch.overlay import patched
from source.patch.series import series_of
from tests.source.patch.test_patches import FORK, ONE_LINE, Texts, mail

MAIL = mail("[PATCH v2 1/2] fork", "Because.\n---\n" + ONE_LINE).as_bytes()
BOX = b"From a@b Thu Jan  1 00:00:00 1970\n" + MAIL + b"\n"
WORDS = st.sampled_from(
    [
        b"@@ -1 +1 @@\n",
        b"--- a/x\n",
        b"+++ b/x\n",
        b"diff --git a/x b/x\n",
        b"\n",
        b"+",
        b"-",
        b" ",
        b"\\ No newline\n",
        b"rename from a\n",
        b"Content-Transfer-Encoding: base64\n",
        b"\xff",
        b"=",
        b"GIT binary patch\n",
        b"deleted file mode 100644\n",
        b'"',
        b"index 0..0 120000\n",
    ]
)


def ends_well(raw: bytes) -> None:
    try:
        for patch in series_of(raw).patches:
            patched(Texts({"kernel/fork.c": FORK, "x": "a\n"}), patch)
    except Problem as problem:
        assert "\n" not in str(problem).rstrip("\n")


@given(st.sampled_from([MAIL, BOX, ONE_LINE.encode()]), st.integers(0), WORDS, st.integers(0, 9))
def test_a_mail_with_something_else_in_it(raw: bytes, at: int, word: bytes, cut: int) -> None:
    place = at % len(raw)
    ends_well(raw[:place] + word + raw[place + cut :])


@given(st.lists(WORDS, max_size=40))
def test_what_is_put_together_at_random(words: list[bytes]) -> None:
    ends_well(b"".join(words))


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=a\n\n" * 3000,
        b"diff --git " + b"a/x b/x " * 200_000,
        b"--- a/kernel/fork.c\n+++ b/kernel/fork.c\n" + b"@@ -1,1 +1,1 @@\n }\n" * 20_000,
        b"Subject: " + b"[" * 100_000 + b"\n\n",
        b"From: a\n" + b"X-A: b\n" * 100_000,
    ],
)
def test_large_input_is_bounded(raw: bytes) -> None:
    begun = time.process_time()
    ends_well(raw)
    assert time.process_time() - begun < 5
