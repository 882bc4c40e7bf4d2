"""``cloneproof ask``: answers as text, as rows and as JSON, and what ends it."""

import json

import pytest
from jsonschema import Draft202012Validator

from checker.ground import problems
from command.schemas import ASK, DIFF
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
