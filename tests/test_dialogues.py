"""Dialogues in the pages for people are what the command says, word by word."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = (
    "compare.md",
    "explore.md",
    "kernels.md",
    "review.md",
    "run.md",
    "tutorial.md",
    "why.md",
)
_BLOCK = re.compile(r"```console\n\$ (?P<words>.+?(?:\\\n.+?)*)\n(?P<says>.*?)```", re.DOTALL)
_SHELL = f'cloneproof() {{ "{sys.executable}" -m command "$@"; }}\n'

DIALOGUES = [
    pytest.param(found["words"], found["says"], id=f"{page}-{number}")
    for page in PAGES
    for number, found in enumerate(_BLOCK.finditer((ROOT / "docs" / page).read_text()), 1)
]


def test_there_are_dialogues() -> None:
    assert len(DIALOGUES) >= 2


@pytest.mark.parametrize(("words", "says"), DIALOGUES)
def test_a_dialogue_is_as_shown(words: str, says: str) -> None:
    """What is said on either stream, in the order in which it is seen."""
    done = subprocess.run(
        ["bash", "-c", _SHELL + words], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )
    assert done.stdout == says
