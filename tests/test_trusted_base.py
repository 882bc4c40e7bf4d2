"""The page about the trusted base tells true sizes, and names files and commands that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "trusted-base.md").read_text()
ROWS = re.findall(r"^\| ([^|]+) \| ((?:`[^`|]+` ?)+)\| (\d+) \|", PAGE, re.MULTILINE)
OFF = 0.1
"""How far a figure may be from the truth."""


def test_every_part_is_read() -> None:
    assert len(ROWS) == 14


@pytest.mark.parametrize(("part", "files", "lines"), ROWS)
def test_a_part_is_as_large_as_is_said(part: str, files: str, lines: str) -> None:
    found = [path for one in re.findall(r"`([^`]+)`", files) for path in ROOT.glob(one)]
    assert len(found) >= files.count("`") // 2, f"a file of {part!r} is gone"
    count = sum(len(path.read_text().splitlines()) for path in found)
    assert abs(count - int(lines)) <= OFF * count, f"{part}: {count} lines"


def test_every_target_of_the_page_exists() -> None:
    targets = set(re.findall(r"`make ([\w-]+)`", PAGE))
    makefile = (ROOT / "Makefile").read_text()
    assert {"verify-independent", "certify"} <= targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
