"""A second run says and writes what the first did, and loads nothing to say it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checker.ground import problems

ROOT = Path(__file__).parents[2]
HEAVY = ("cvc5", "jsonschema", "model.patches", "numpy", "properties", "pysat", "tabulate", "z3")
"""What a run that is answered from the record, or an index, does not load."""

LOADS = """
import sys
from command.cloneproof import cli
code = cli.main(sys.argv[1:], standalone_mode=False)
print("loaded", *[name for name in {heavy} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def run(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "CLONEPROOF_RECORD": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", LOADS.format(heavy=HEAVY), *args],
        capture_output=True, text=True, cwd=home.parent, env=env, check=False,
    )


def written(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "home"


@pytest.mark.parametrize("style", ["table", "json", "markdown"])
def test_a_second_run_says_and_writes_the_same(home: Path, tmp_path: Path, style: str) -> None:
    asked = ("verify", "V01", "P60", "-k", "v6.1", "-k", "v6.4", "--format", style)
    into = [("--save", str(tmp_path / one), "--record", str(tmp_path / one / "all.json"))
            for one in ("first", "second")]
    first, second = (run(home, *asked, *one) for one in into)
    assert first.returncode == second.returncode == problems.AS_EXPECTED
    assert first.stdout == second.stdout
    assert written(tmp_path / "first") == written(tmp_path / "second")
    assert "V01@v6.1.json" in written(tmp_path / "second")
    assert "nothing changed: all 4 verdicts kept, from the record of " in second.stderr
    assert second.stderr.endswith("\nloaded\n")


def test_recheck_decides_anew(home: Path) -> None:
    asked = "verify", "P02", "-k", "v6.12"
    first, second, again = run(home, *asked), run(home, *asked), run(home, *asked, "--recheck")
    assert first.stdout == second.stdout == again.stdout
    assert "kept" in second.stderr
    assert "kept" not in again.stderr
    assert "properties" in again.stderr


def test_an_answer_is_kept_of_its_kernels_alone(home: Path) -> None:
    asked = "diff", "v6.17", "v6.18"
    first, second, again = run(home, *asked), run(home, *asked), run(home, *asked, "--recheck")
    assert first.stdout == second.stdout == again.stdout
    assert "from the record of" in second.stderr
    assert "z3" not in second.stderr and "pysat" not in second.stderr
    assert "from the record of" not in first.stderr + again.stderr
    other = run(home, "diff", "v6.17", "v6.17")
    assert "EQUAL" in other.stdout
    assert "from the record of" not in other.stderr


def test_a_kept_answer_that_was_touched_is_not_believed(home: Path) -> None:
    asked = "diff", "v6.13", "v6.14"
    first = run(home, *asked)
    for file in home.glob("*.answer"):
        file.write_bytes(file.read_bytes().replace(b"v6.13", b"v6.31"))
    second = run(home, *asked)
    assert second.stdout == first.stdout
    assert "from the record of" not in second.stderr


def test_a_file_of_ones_own_is_decided_each_time(home: Path) -> None:
    own = home.parent / "mine.py"
    own.write_text(
        "from model.algebra import has\nfrom model.words import FS\n"
        "from properties.claim import Claim, claims, holds\n\n"
        "@claims('X1', source='here', expect=holds())\ndef sharing_fails(call, outcome):\n"
        "    return Claim(has(call.args.flags, FS), outcome.errno != 0)\n"
    )
    asked = "verify", "--properties", str(own), "-k", "v6.12"
    first, second = run(home, *asked), run(home, *asked)
    assert first.returncode == second.returncode == problems.BROKEN
    assert "kept, from" not in second.stderr


def test_a_record_that_cannot_be_used_is_one_line(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(tmp_path / "file", "verify", "P02", "-k", "v6.12")
    assert done.returncode == problems.AS_EXPECTED
    lines = done.stderr.splitlines()
    assert lines[0] == f"no record is kept: {tmp_path / 'file'}: File exists"
    assert len(lines) == 2


@pytest.mark.parametrize("asked", [
    ("list",), ("list", "--kind", "headline", "--format", "json"), ("list", "--subject", "kvm"),
    ("list", "--subjects"), ("show", "P02"), ("show", "P60", "--format", "json"),
    ("show", "after_de_thread_no_vhost_thread_of_the_group_lives"),
], ids=" ".join)
def test_the_index_says_what_the_catalogue_says(home: Path, asked: tuple[str, ...]) -> None:
    env = {**os.environ, "CLONEPROOF_RECORD": "no"}
    command = [sys.executable, "-m", "command", *asked]
    loaded = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=True)
    run(home, *asked)
    again = run(home, *asked)
    assert again.stdout == loaded.stdout
    assert again.stderr.removesuffix(" tabulate\n").strip() == "loaded"


def test_completion_loads_nothing_of_the_catalogue(home: Path) -> None:
    run(home, "list")
    env = {**os.environ, "CLONEPROOF_RECORD": str(home), "PYTHONPATH": str(ROOT),
           "_CLONEPROOF_COMPLETE": "bash_complete", "COMP_WORDS": "cloneproof show P0",
           "COMP_CWORD": "2"}
    code = ("import sys; from command.cloneproof import cli\n"
            "try: cli.main(prog_name='cloneproof')\n"
            "finally: print('properties' in sys.modules, file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          cwd=home.parent, env=env, check=False)
    assert "plain,P02\n" in done.stdout
    assert done.stderr.strip() == "False"


def test_one_statement_is_loaded_without_the_others(home: Path) -> None:
    run(home, "list")
    code = LOADS.format(heavy=("properties.flags", "properties.setns", "model.over_time"))
    env = {**os.environ, "CLONEPROOF_RECORD": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, "verify", "P02", "-k", "v6.12", "--recheck"],
        capture_output=True, text=True, cwd=home.parent, env=env, check=True,
    )
    assert done.stderr.endswith("loaded properties.flags\n")
