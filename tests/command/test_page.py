"""``cloneproof page`` and ``explore``: what they write, and what they refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path

from checker.ground import problems
from tests.command.test_cli import refused, run


def test_a_page_is_written_of_a_run(tmp_path: Path) -> None:
    """Its verdicts, and the commit that turned one."""
    record, page = tmp_path / "result.json", tmp_path / "there" / "page.html"
    run("verify", "P60", "V01", "-k", "series-11,v6.4", "--record", str(record))
    done = run("page", "--results", str(record), "-o", str(page), "--run", str(record))
    assert done.returncode == problems.AS_EXPECTED
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["decided_on"] == ["series-11", "v6.4"]
    assert data["verdicts"]["P60"]["by"] == "PR"
    (turn,) = data["verdicts"]["P60"]["turns"]
    (place, there), = turn["commits"]
    assert (data["patches"][place]["name"], there) == ("WORKERS_ARE_THREADS", True)
    assert len(data["verdicts"]["P60"]["broken"][0][1]["history"]) == 4
    assert data["runs"][0]["title"] == "result"


def test_what_cannot_be_shown_or_written_is_refused(tmp_path: Path) -> None:
    """Before any work: no page is left behind."""
    wrong, page = tmp_path / "wrong.json", tmp_path / "page.html"
    wrong.write_text("[]")
    refused("page", "--results", str(wrong), "-o", str(page), says="is not a cloneproof report")
    refused("page", "--run", str(wrong), "-o", str(page), says="is no report")
    refused("page", "-o", str(tmp_path), says=str(tmp_path))
    assert not page.exists()
    refused("explore", says="explore needs a terminal")
