"""``cloneproof ask``: answers as text, as rows and as JSON, and what ends it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.ground import problems
from command.schemas import ASK, BACKPORT, BLAME, DIFF, IMPACT, MATRIX, TIMELINE
from tests.command.test_cli import refused, run


@pytest.mark.parametrize(
    "args",
    [
        ("user_worker and ok", "-k", "v6.1", "-k", "v6.12"),
        ("fork and EAGAIN", "--all"),
        ("ok and child.mm == none", "-k", "v5.4,v5.4"),
    ],
)
def test_json_is_as_its_schema_says(args: tuple[str, ...]) -> None:
    done = run("ask", *args, "--format", "json")
    assert done.returncode == problems.AS_EXPECTED
    found = json.loads(done.stdout)
    assert Draft202012Validator(ASK).is_valid(found), found
    kernels = [one["kernel"] for one in found["answers"]]
    assert len(kernels) == len(set(kernels))


def test_what_is_no_question_is_one_line() -> None:
    refused("ask", "ok and", says="not the end (column 7)")
    refused("ask", "ok", "-k", "nonsense", says="unknown kernel")
    refused("ask", "ok", "--call", '{"request": {}}', says="--call goes with --count")
    refused("ask", "joined.root_moved", "--count", says="clone3() leaves no joined")


def test_no_row_is_wider_than_the_page() -> None:
    told = run("ask", "setns and not ok", "--all").stdout
    assert max(map(len, told.splitlines())) <= 100


@pytest.mark.parametrize("other", ["v6.12", "v6.13", "v6.12+KILL_SEQ"])
def test_a_difference_is_as_its_schema_says(other: str) -> None:
    done = run("diff", "v6.12", other, "--format", "json")
    assert done.returncode == problems.AS_EXPECTED
    found = json.loads(done.stdout)
    assert Draft202012Validator(DIFF).is_valid(found), found
    assert found["equal"] is (other == "v6.12")
    refused("diff", "v6.12", "nonsense", says="unknown kernel")


def test_what_a_maker_lost_is_told_as_any_difference_is() -> None:
    """Such a kernel is compared whole: the calls that differ, and the proof that no other does."""
    asked = "diff", "5.14.0-362.8.1.el9_3", "5.14.0-427.13.1.el9_4"
    done = run(*asked, "--format", "json")
    assert done.returncode == problems.AS_EXPECTED
    found = json.loads(done.stdout)
    assert Draft202012Validator(DIFF).is_valid(found), found
    assert (found["equal"], found["complete"]) == (False, True)
    (case,) = found["cases"]
    assert case["commits"] == ["REDHAT_TIMENS_AT_FORK"]
    assert "time_ns" in json.dumps(case)


def test_a_backport_tells_what_is_lost_and_what_gives_it_back() -> None:
    args = ("backport", "--base", "v6.1", "--with", "KILL_SEQ", "--format", "json")
    done = run(*args)
    assert done.returncode == problems.AS_EXPECTED
    found = json.loads(done.stdout)
    assert Draft202012Validator(BACKPORT).is_valid(found), found
    turned = {one["property"]: (one["base"], one["tree"]) for one in found["verdicts"]}
    assert turned == {
        "P70": ("REFUTED", "PROVED"),
        "P70H": ("REFUTED", "PROVED"),
        "P71": ("PROVED", "REFUTED"),
        "P71H": ("PROVED", "REFUTED"),
    }
    given = {one["property"]: one["given_back_by"] for one in found["verdicts"]}
    assert given["P71"] == ["KILL_SEQ_OF_TARGET"]


def test_a_tree_that_cannot_be_is_told_with_what_mends_it() -> None:
    refused("backport", "--base", "v6.1", "--with", "VHOST_USES_TASK", says="needs VHOST_TASK")
    refused("backport", "--base", "v6.1", "--with", "NONSENSE", says="NONSENSE")


@pytest.mark.parametrize(
    ("args", "schema"),
    [
        (("timeline", "P70", "-k", "v6.1,v6.14"), TIMELINE),
        (("blame", "P70", "-k", "v6.14"), BLAME),
        (("blame", "P70", "-k", "v6.1"), BLAME),
        (("blame", "P61e", "-k", "v6.4"), BLAME),
        (("impact", "KILL_SEQ"), IMPACT),
        (("matrix", "--entry", "unshare"), MATRIX),
    ],
)
def test_answers_are_as_their_schemas_say(args: tuple[str, ...], schema: dict[str, Any]) -> None:
    done = run(*args, "--format", "json")
    assert done.returncode == problems.AS_EXPECTED
    found = json.loads(done.stdout)
    assert Draft202012Validator(schema).is_valid(found), found


def test_what_is_neither_a_commit_nor_a_rule_is_refused() -> None:
    refused("impact", "nonsense", says="is no commit, and as a rule: unknown rule")
    refused("impact", "KILL_SEQ", "-k", "v5.4", says="v5.4 has no KILL_SEQ")
    refused("blame", "nonsense", says="unknown property")
    refused("blame", "S01", says="every set of patches")
    refused("timeline", "P70", "-k", "nonsense", says="unknown kernel")
