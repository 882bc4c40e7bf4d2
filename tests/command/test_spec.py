"""``cloneproof spec`` and ``export``: what others specify, as text and JSON, and what ends it."""

import json
from pathlib import Path

from hypothesis import given
from jsonschema import Draft202012Validator

from checker.ground import problems
from checker.ground.problems import Problem
from checker.kapi.reading import read
from checker.scml.grammar import rules_of
from checker.scml.matching import accepts
from command.schemas import PATTERNS, SPECIFICATIONS
from model.call import Situation
from model.records import build
from model.request import Entry
from tests.command.test_cli import refused, run
from tests.command.test_fuzz import ONE_TEST, broken, torn

SCML = """
// two faults
spaces = CLONE_NEWNS | CLONE_NEWUTS;
struct args = { flags = <spaces> | CLONE_FS, exit_signal = SIGCHLD, stack = NULL, .. };
clone3(clone_args = <args>, size = <INTEGER>);
fork();
"""
KAPI = {"api_details": {
    "name": "sys_unshare",
    "parameters": [{"index": 0, "name": "unshare_flags", "valid_mask": 0x80000000}],
    "errors": [{"error_code": -22, "name": "EINVAL", "condition": "a flag"},
               {"error_code": -16, "name": "EBUSY", "condition": "never"}],
    "capabilities": [{"name": "CAP_SYS_ADMIN"}],
}}

CALL = build(Situation, {"request.entry": int(Entry.CLONE3), "request.flags": 0x200})


def test_patterns_are_told_as_their_schema_says(tmp_path: Path) -> None:
    file = tmp_path / "a.scml"
    file.write_text(SCML, encoding="utf-8")
    done = run("spec", str(file), "-k", "v6.12", "--format", "json")
    assert done.returncode == problems.BROKEN
    found = json.loads(done.stdout)
    assert Draft202012Validator(PATTERNS).is_valid(found), found
    fork, clone3 = found["calls"]
    assert (fork["too_little"], fork["too_much"]) == ([], [])
    assert "clone3({flags=CLONE_FS|CLONE_NEWNS}, 88)" in [one["told"] for one in clone3["too_much"]]
    assert run("spec", str(file), "-k", "v4.4").returncode == problems.BROKEN
    file.write_text("fork();", encoding="utf-8")
    assert run("spec", str(file), "-k", "v6.12").returncode == problems.AS_EXPECTED


def test_specifications_are_told_as_their_schema_says(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(KAPI), encoding="utf-8")
    done = run("spec", str(file), "-k", "v6.12", "--format", "json")
    assert done.returncode == problems.BROKEN
    found = json.loads(done.stdout)
    assert Draft202012Validator(SPECIFICATIONS).is_valid(found), found
    verdicts = {(one["verdict"], one["says"]) for one in found["calls"][0]["lines"]}
    assert ("refuted", "error EBUSY") in verdicts
    text = run("spec", str(file), "-k", "v6.12").stdout
    assert "refuted  error EBUSY: no call returns it, whoever makes it [.api_details" in text


def test_what_is_written_is_read_by_the_verb_that_judges(tmp_path: Path) -> None:
    assert run("export", "kapi", "-k", "v6.1", "-o", str(tmp_path)).returncode == 0
    files = sorted(map(str, tmp_path.iterdir()))
    assert len(files) == 7
    assert run("spec", *files, "-k", "v6.1").returncode == problems.AS_EXPECTED
    assert run("spec", *files, "-k", "v5.10").returncode == problems.BROKEN


def test_what_is_neither_is_one_line(tmp_path: Path) -> None:
    refused("spec", str(tmp_path / "a.scml"), says="cannot read")
    (tmp_path / "a.scml").write_text("clone3({", encoding="utf-8")
    refused("spec", str(tmp_path / "a.scml"), says="a.scml:1: a name is due")
    (tmp_path / "b.json").write_text("{}", encoding="utf-8")
    refused("spec", str(tmp_path / "b.json"), says="no specification of any of")
    refused("spec", str(tmp_path / "a.scml"), str(tmp_path / "b.json"), says="alone")
    refused("export", says="export what?")
    refused("export", "pack", "--style", "ltp", "--on", "6.1", says="leave out --style")


@given(text=torn(SCML))
def test_torn_patterns_are_read_or_refused(text: str) -> None:
    try:
        rules = [one for one in rules_of(text, "a.scml") if one.call == "clone3"]
        assert accepts(rules, CALL, Entry.CLONE3) in (True, False)
    except Problem as problem:
        assert len(str(problem)) < 1_000


@ONE_TEST
@given(text=broken(KAPI))
def test_broken_specifications_are_read_or_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        read(file)
    except Problem as problem:
        assert len(str(problem).splitlines()) == 1
