"""docs/findings.md: each finding can be checked as it says, and says how it was seen."""

from __future__ import annotations

import re
from pathlib import Path

from checker.calls.kernel_names import kernel_named
from checker.record.result import Verdict
from properties.catalogue import all_properties, all_timed
from properties.wordings import WORDINGS

TEXT = (Path(__file__).parents[1] / "docs" / "findings.md").read_text(encoding="utf-8")
CHECKS = re.findall(r"`cloneproof verify ([A-Z]\w*\d\w*) -k (\S+)`", TEXT)


def test_each_check_shows_what_is_told() -> None:
    known = {one.id: one for one in (*all_properties(), *all_timed())}
    assert len(CHECKS) > 25
    for name, kernel in CHECKS:
        assert known[name].expect.on(kernel_named(kernel)) is Verdict.REFUTED, name


def test_each_finding_says_how_to_check_it_where_it_was_seen_and_what_became_of_it() -> None:
    numbered = re.split(r"^\*\*(?=\d+\.)", TEXT, flags=re.MULTILINE)[1:]
    of_pages = [one for one in numbered if "manual-pages.md" in one]
    assert len(numbered) >= 15 and len(of_pages) == 1
    for one in numbered:
        told = {"*Check*", "*Seen*", "*State*"} & set(re.findall(r"\*[A-Z]\w+\*", one))
        assert one in of_pages or len(told) == 3, one[:60]


def test_the_number_of_false_sentences_is_that_of_the_wordings() -> None:
    still = sum(not one.corrected for one in WORDINGS)
    assert f"{len(WORDINGS)} sentences of the manual pages are not so**, {still} of them" in TEXT
