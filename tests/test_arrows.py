"""Which room may import which: each kind of arrow in pyproject.toml is seen to be watched.

The C that runs in kernels has no circle of files either.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PLANTED = {
    "checker/ground/pool.py": ("import command.output", "checker.ground.pool -> command.output"),
    "kernels/cases/case.py": ("import source.tree", "kernels.cases.case -> source.tree"),
    "kernels/machines/vm.py": ("import kernels.replay.calls", "vm -> kernels.replay.calls"),
    "reports/table.py": ("import checker.questions.decide", "-> checker.questions.decide"),
    "checker/engines/gates.py": ("import checker.smallest.cost", "gates -> checker.smallest.cost"),
    "properties/flags.py": ("import os", "properties.flags -> os"),
    "checker/independent/printer.py": (
        "import checker.engines.blast", "independent.printer -> checker.engines.blast"
    ),
    "checker/certificates/rup.py": ("import z3", "checker.certificates.rup -> z3"),
    "model/call.py": ("def late():\n    import z3", "model.call -> z3"),
    "bench/measure.py": ("def late():\n    import bench.__main__", "cycles are allowed in bench"),
    "model/over_time/step.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import model.over_time.catalogue",
        "No cycles are allowed in model.over_time",
    ),
}


def _linted(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rooms")
    for room in LINTER["root_packages"]:
        only = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / room, folder / room, ignore=only)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_rooms_as_they_are_keep_every_contract(copy: Path) -> None:
    done = _linted(copy)
    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(LINTER['contracts'])} kept, 0 broken" in done.stdout


def test_every_import_against_an_arrow_is_refused_and_named(copy: Path) -> None:
    for file, (line, _told) in PLANTED.items():
        (copy / file).write_text(f"{(copy / file).read_text()}\n\n{line}\n")
    done = _linted(copy)
    assert done.returncode == 1
    assert f"Contracts: 0 kept, {len(LINTER['contracts'])} broken" in done.stdout
    for _line, told in PLANTED.values():
        assert told in done.stdout, done.stdout


def _needs(folder: Path, scratch: Path) -> dict[str, set[str]]:
    """Return which files of C take functions or data from which others of their folder."""
    defined: dict[str, str] = {}
    wanted: dict[str, set[str]] = {}
    for file in sorted(folder.glob("*.c")):
        made = scratch / f"{file.stem}.o"
        subprocess.run(["gcc", "-D_GNU_SOURCE", "-w", "-c", file, "-o", made], check=True)
        listed = subprocess.run(["nm", made], capture_output=True, text=True, check=True)
        symbols = [line.split()[-2:] for line in listed.stdout.splitlines()]
        wanted[file.name] = {name for kind, name in symbols if kind == "U"}
        defined |= {name: file.name for kind, name in symbols if kind.isupper() and kind != "U"}
    return {
        file: {defined[name] for name in names if name in defined}
        for file, names in wanted.items()
    }


@pytest.mark.skipif(not shutil.which("gcc"), reason="no C compiler")
@pytest.mark.parametrize("folder", ["probe", "races/source"])
def test_no_circle_of_files_in_the_c(folder: str, tmp_path: Path) -> None:
    needs = _needs(ROOT / "kernels" / folder, tmp_path)
    assert sum(map(len, needs.values())) >= len(needs)
    assert list(TopologicalSorter(needs).static_order())
