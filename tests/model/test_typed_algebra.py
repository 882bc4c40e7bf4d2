"""A word used as a truth, or a truth as a word, does not pass the type checker."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

WRONG = """
from model.algebra import both, no, plus, when_word
from model.call import Call


def rules(call: Call) -> None:
    flags, chrooted = call.args.flags, call.current.chrooted
    no(flags)  # WRONG
    both(chrooted, flags)  # WRONG
    plus(flags, chrooted)  # WRONG
    when_word(64, flags, 1, 0)  # WRONG
    both(chrooted, no(chrooted), flags == 0)
    plus(flags, 1)
    chrooted & 1  # WRONG
    flags < 3  # WRONG
"""


def test_words_and_truths_are_two_types(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    command.append(str(file))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    wanted = {n for n, line in enumerate(WRONG.splitlines(), 1) if line.endswith("# WRONG")}
    assert told == wanted, done.stdout
