"""Whatever is given, the command answers or refuses in one line, with a documented exit code.

``HYPOTHESIS_PROFILE=long`` tries 20,000 inputs of each kind.
"""

import contextlib
import io
import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.ground.files import FileError
from checker.ground.problems import INTERNAL, Problem
from checker.questions.run import verify
from command.cloneproof import main
from model.revisions import REVISIONS
from properties.catalogue import all_properties
from reports.json_report import json_report, read_json
from source.syntax import parse_function
from source.text import prepared

LINE = {
    "id": 7,
    "kernel": "v6.12",
    "request": {"entry": "clone3", "flags": "CLONE_VM|CLONE_FS", "set_tid_size": 1, "usize": 88},
    "current": {"signal": {"rlim_nproc": 3}, "blocked": "all but SIGKILL", "chrooted": True},
    "chance": {"fails": "nothing", "errno": "ENOMEM"},
}
CALL = {
    "cloneproof": 1,
    "property": "P02",
    "kernel": "a set of patches",
    "patches": ["USERNS_FS_GUARD", "CLEAR_SIGHAND"],
    "smallest": True,
    "call": {"request": {"entry": "clone", "flags": "CLONE_NEWUSER|CLONE_FS"}},
}
TRACE = {
    "cloneproof": 1,
    "property": "P60",
    "kernel": "v6.4",
    "call": {"history": ["the process opens a vhost device", "the process executes"]},
}
SOURCE = """
#if defined(CONFIG_USER_NS) && !defined(CONFIG_IA64)
#define PF_OURS (1UL << 3)
#endif
/* forks */
static int copy_process(struct pid *pid, u64 flags)
{
	int retval = -EINVAL;
	for (;;) { if ((flags & (CLONE_NEWUSER|CLONE_FS)) == 010) goto fail; break; }
	switch (flags) { case 1: return 0; default: retval = "a\\"b"[0] ? '\\n' : ~0; }
	return 0;
fail:
	return retval;
}
"""
HOSTILE = [
    None, True, 0, -1, 2**63, 2**64, 10**300, 0.5, "", "²", "\0", "x" * 300, "CLONE_", "all but",
    "-0", "0x", "1e9", "|", [], [[]], {}, {"": {}}, ["CLONE_VM"], "v6.1", "P60", "unlimited",
]  # fmt: skip
ONE_TEST = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a document."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [one for key in keys for one in places(value[key])]


@st.composite
def broken(draw: Any, document: Any) -> str:
    """Draw a text near a good document: values replaced, names changed, text cut and joined."""
    made = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(0, 3))):
        found = places(made)
        if found:
            container, key = draw(st.sampled_from(found))
            if isinstance(container, dict) and draw(st.booleans()):
                other = draw(st.sampled_from(["", "flags", "request", "²", key]))
                container[other] = deepcopy(container[key])
            else:
                value = draw(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8)))
                container[key] = deepcopy(value)
    return draw(torn(json.dumps(made)))


@st.composite
def torn(draw: Any, text: str) -> str:
    """Draw a text with up to two pieces removed, doubled or replaced."""
    for _ in range(draw(st.integers(0, 2))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(len(text), begin + 40)))
        piece = draw(st.one_of(st.just(text[begin:end] * 2), st.text(max_size=4), st.just("\\\n")))
        text = text[:begin] + piece + text[end:]
    return text


def told(*args: str, given: str = "") -> tuple[int, str]:
    """Run the command here; return its exit code and what it says beside its answer."""
    out, err = io.StringIO(), io.StringIO()
    words = mock.patch.object(sys, "argv", ["cloneproof", *args])
    stream = mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    with words, stream, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as leave:
            return int(leave.code or 0), err.getvalue()
    raise AssertionError("the command did not leave with a code")


def in_order(code: int, said: str) -> None:
    """The code is documented and no fault of our own; a refusal is one bounded line."""
    assert code in (0, 1, 2, 3), said
    assert code != INTERNAL
    assert "Traceback" not in said
    if code == 3:
        assert len(said.strip().splitlines()) == 1
        assert len(said) < 1_000


@given(text=broken(LINE))
def test_predict(text: str) -> None:
    in_order(*told("predict", given=text))


@ONE_TEST
@given(text=broken(CALL))
def test_explain(tmp_path: Path, text: str) -> None:
    file = tmp_path / "call.json"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    in_order(*told("explain", str(file)))


@ONE_TEST
@given(text=broken(TRACE))
def test_trace(tmp_path: Path, text: str) -> None:
    file = tmp_path / "trace.json"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    in_order(*told("trace", str(file)))


@pytest.fixture(scope="module")
def report() -> Any:
    """Return a real report of two properties."""
    return json.loads(json_report(verify(["P02", "V01"], ["v6.1", "v6.12"], blame=False)))


@given(data=st.data())
def test_a_report_is_read_or_refused(report: Any, data: st.DataObject) -> None:
    text = data.draw(broken(report))
    try:
        read_json(text)
    except (ValueError, Problem, FileError) as refused:
        assert len(str(refused)) < 1_000


NAMES = st.one_of(
    st.sampled_from(["P02", "v6.12", "-k", "--format", "json", "--all", "", "²", "-", "V01t"]),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=6),
    st.sampled_from([prop.name for prop in all_properties()]),
    st.sampled_from(sorted(REVISIONS)),
)


VERBS = st.sampled_from(["list", "show", "revisions", "explain", "trace"])


@given(verb=VERBS, words=st.lists(NAMES))
def test_any_words(verb: str, words: list[str]) -> None:
    in_order(*told(verb, *words))


@given(text=torn(SOURCE))
def test_c_source_is_read_or_refused(text: str) -> None:
    try:
        found = prepared(text).function("copy_process")
        if found is not None:
            parse_function(*found, "kernel/fork.c", "copy_process")
    except Problem as refused:
        assert len(str(refused)) < 1_000
