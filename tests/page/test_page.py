"""The page as a file: one, whole, without a network, and what it is put together from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from page import bundle
from page.document import document
from page.write import html, text_of
from properties.claim import Verdict
from tests.page.known import model


def _page() -> str:
    return html({**model(), "verdicts": {}, "decided_on": [], "runs": []})


def test_the_page_is_one_file_that_asks_nothing_of_a_network() -> None:
    """No address that a browser would fetch, no file beside it, and a policy that forbids both."""
    text = re.sub(r"/\*.*?\*/", "", _page(), flags=re.DOTALL)
    fetching = re.findall(r"""(?:src|href|action|poster)=["']([^"']*)["']""", text)
    assert fetching
    assert all(one.startswith(("#", "data:")) for one in fetching)
    asking = r"@import|url\((?!data:)|\bfetch\(|XMLHttpRequest|WebSocket|\bimport\("
    assert not re.findall(asking, text)
    assert "default-src 'none'" in text
    assert len(text.encode()) < 6_000_000


def test_what_the_document_says_ends_no_element() -> None:
    """A sentence with an end tag in it stays a sentence."""
    said = {"version": "</script><script>alert(1)</script>"}
    assert "<" not in text_of(said)
    assert json.loads(text_of(said)) == said


def test_every_module_is_in_the_page_once_after_what_it_needs() -> None:
    """And nothing of the folder is left out."""
    found = bundle.modules()
    assert sorted(found) == sorted(one.name for one in bundle.WEB.glob("*.js"))
    for place, name in enumerate(found):
        text = (bundle.WEB / name).read_text(encoding="utf-8")
        needs = re.findall(r'^(?:import|\}) .*from "\./(\w+\.js)";$', text, re.MULTILINE)
        assert set(needs) <= set(found[:place])
    assert not re.search(r"^(import|export)\b", bundle.bundle(), re.MULTILINE)


def test_a_module_that_cannot_be_joined_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import of all, and a circle, are said with the module's name."""
    monkeypatch.setattr(bundle, "WEB", tmp_path)
    (tmp_path / "main.js").write_text('import * as all from "./other.js";\n')
    with pytest.raises(bundle.Unbundled, match=r"main\.js: 'import \* as all"):
        bundle.bundle()
    (tmp_path / "main.js").write_text('import { a } from "./other.js";\nexport const b = a;\n')
    (tmp_path / "other.js").write_text('import { b } from "./main.js";\nexport const a = b;\n')
    with pytest.raises(bundle.Unbundled, match="imports itself"):
        bundle.bundle()


def test_verdicts_and_what_breaks_a_statement_are_told() -> None:
    """By kernel a letter, in the order of the run; a call with its facts by their paths."""
    from checker.record.result import Result

    said = ("P02", "n", "s", "catalogue", "source")
    call = {"cloneproof": 1, "call": {"request": {"entry": "clone3", "flags": "CLONE_FS"}}}
    results = [
        Result(*said, "v6.1", Verdict.REFUTED, Verdict.REFUTED, counterexample=call, place=0),
        Result(*said, "v6.4", Verdict.PROVED, Verdict.PROVED, rests_on=("row:x",), place=1),
    ]
    made = document(results, {"P02": [{"before": "v6.1", "after": "v6.4", "commits": []}]}, "0")
    assert made["decided_on"] == ["v6.1", "v6.4"]
    told = made["verdicts"]["P02"]
    assert told["by"] == "RP"
    assert told["broken"] == [
        [["v6.1"], {"facts": {"request.entry": "3", "request.flags": "512"}}]
    ]
    assert told["basis"][0] == [["v6.4"], [["row:x"], "", ""]]
    assert "unexpected" not in told


def test_reports_of_other_runs_are_told(tmp_path: Path) -> None:
    """Plain values and the entries of lists, but for those that need nobody's eye."""
    from checker.ground.problems import Problem
    from page.runs import run_in

    file = tmp_path / "conform-vm.json"
    kernels = [{"kernel": "6.1", "cases": 9, "agree": 8}]
    mutants = [{"fate": "noticed", "row": "a"}, {"fate": "survives", "row": "b"}]
    file.write_text(json.dumps({"kernels": kernels, "cloneproof": 1, "mutants": mutants}))
    assert run_in(file) == {"title": "conform vm", "lines": [
        "kernels: 1", "· kernel 6.1, cases 9, agree 8", "cloneproof: 1", "mutants: 2",
        "· fate survives, row b",
    ]}
    for wrong in ("[]", "3", "{"):
        file.write_text(wrong)
        with pytest.raises(Problem):
            run_in(file)
