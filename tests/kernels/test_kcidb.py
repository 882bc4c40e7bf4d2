"""What a running kernel came to, as KCIDB takes it: read back by its own schema."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import kcidb_io
import pytest

from kernels.conformance.as_kcidb import record
from kernels.conformance.conform import KernelReport

RULE = "thread does not share signal handlers"
RAN = KernelReport(
    "running", release="6.18.44", revision="v6.18",
    rules={
        ("clone", RULE): Counter(agree=3), ("clone", ""): Counter(agree=2, disagree=1),
    },
)
SKIPPED = KernelReport("6.1", skipped="no qemu")


def made(*reports: KernelReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record(list(reports)))
    return found


def test_kcidb_io_takes_the_record_and_nothing_that_is_none() -> None:
    found = made(RAN, SKIPPED)
    assert kcidb_io.schema.LATEST.is_valid(found)
    found["tests"][0]["status"] = "AGREES"
    with pytest.raises(Exception, match="AGREES"):
        kcidb_io.schema.LATEST.validate(found)


def test_a_rule_that_any_case_contradicts_fails_and_a_kernel_that_was_not_run_is_skipped() -> None:
    tests = {one["comment"]: one["status"] for one in made(RAN, SKIPPED)["tests"]}
    assert tests == {f"clone: {RULE}": "PASS", "clone: none rejects": "FAIL", "no qemu": "SKIP"}
    names = [one["id"] for one in made(RAN)["tests"]]
    assert len(set(names)) == 2 and all(one.startswith("cloneproof:6.18.44/") for one in names)
