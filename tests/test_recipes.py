"""CONTRIBUTING.md is followed word by word: each recipe works, and each step left out is told."""

import compileall
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("model", "properties", "checker", "command", "reports", "source", "kernels")

_IGNORED = shutil.ignore_patterns("__pycache__", ".kernels")

_STEP = re.compile(
    r"^(?P<where>At the end of|In the new file|In) `(?P<file>[^`\n]+)`"
    r"(?:, (?P<how>above|below|instead of)\s`(?P<anchor>[^\n]+?)`)?[,:].*?"
    r"```python\n(?P<code>.*?)```\n\nLeft out: `(?P<told>[^\n]+)`$",
    re.MULTILINE | re.DOTALL,
)
_SHOWN = re.compile(r"```console\n\$ cloneproof (?P<words>[^\n]+)\n(?P<says>.*?)```", re.DOTALL)
_NUMBERS = {"One": 1, "Two": 2, "Three": 3, "Four": 4, "Five": 5}
_FILES = re.compile(rf"\b({'|'.join(_NUMBERS)}) files?\b")


@dataclass(frozen=True)
class Step:
    """One change to one file, and what is said without it."""

    file: str
    how: str
    anchor: str
    code: str
    told: str

    def make(self, folder: Path) -> None:
        path = folder / self.file
        text = path.read_text() if path.exists() else ""
        if not self.anchor:
            path.write_text(text + self.code)
            return
        line = re.compile(rf"^[ \t]*{re.escape(self.anchor)}\n", re.MULTILINE)
        assert len(line.findall(text)) == 1, f"{self.file} has not one line {self.anchor!r}"
        found = line.search(text)
        assert found is not None
        before = text[: found.end() if self.how == "below" else found.start()]
        after = text[found.start() if self.how == "above" else found.end() :]
        path.write_text(before + self.code + after)


@dataclass(frozen=True)
class Recipe:
    """A change of several steps, the command that shows it done, and what that says."""

    name: str
    files: int
    steps: tuple[Step, ...]
    words: tuple[str, ...]
    says: str


def _step(found: re.Match[str]) -> Step:
    return Step(
        found["file"], found["how"] or "", found["anchor"] or "", found["code"], found["told"]
    )


def _recipes() -> Iterator[Recipe]:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    for section in page.split("\n## ")[1:]:
        steps = tuple(_step(found) for found in _STEP.finditer(section))
        assert len(steps) == section.count("Left out: ") == section.count("```python\n"), section
        shown, files = _SHOWN.search(section), _FILES.search(section)
        assert shown is not None and files is not None
        name, count = section.splitlines()[0], _NUMBERS[files[1]]
        where = [found["where"] == "In" for found in _STEP.finditer(section)]
        assert where == [bool(step.anchor) for step in steps], section
        yield Recipe(name, count, steps, tuple(shown["words"].split()), shown["says"])


RECIPES = list(_recipes())
LEFT_OUT = [
    pytest.param(recipe, step, id=f"{recipe.name}, {place} {step.file}")
    for recipe in RECIPES
    for place, step in enumerate(recipe.steps, 1)
]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rooms, compiled once."""
    folder = tmp_path_factory.mktemp("recipes")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=_IGNORED)
    compileall.compile_dir(folder, quiet=1)
    return folder


@contextmanager
def _made(folder: Path, steps: Iterable[Step]) -> Iterator[None]:
    """Make the steps, and undo them afterwards."""
    files = {folder / step.file for step in steps}
    before = {file: file.read_text() for file in files if file.exists()}
    try:
        for step in steps:
            step.make(folder)
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)
        for file, text in before.items():
            file.write_text(text)


def _ended(folder: Path, *words: str) -> str:
    """Return what Python says to these words."""
    ended = subprocess.run(
        [sys.executable, "-B", *words], cwd=folder, env={"PYTHONPATH": str(folder)},
        capture_output=True, text=True, check=False,
    )
    return f"{ended.stdout}\n{ended.stderr}"


def _said(folder: Path, recipe: Recipe, steps: tuple[Step, ...]) -> str:
    """Return what the recipe's command says where these steps are made."""
    with _made(folder, steps):
        return _ended(folder, "-m", "command", *recipe.words, "--no-core")


OTHER_ROOMS = (
    "source/readings/entry_points.py", "kernels/cases/generate/random_calls.py",
    "kernels/replay/reproduce/call.py",
)


@pytest.mark.parametrize("file", OTHER_ROOMS)
def test_a_new_system_call_is_asked_for_in_every_room(copied: Path, file: str) -> None:
    recipe = next(one for one in RECIPES if one.name == "A new entry point")
    by_user = [replace(one, code=one.code.replace("since=", "by_user=True, since="))
               for one in recipe.steps]
    module = file.removesuffix(".py").replace("/", ".")
    with _made(copied, by_user):
        said = _ended(copied, "-c", f"import {module}")
    assert re.search(rf"Mistake: {file}:\d+: this table has no row for Entry.CREATE_POOL_T", said)


def _pattern(told: str) -> str:
    return r"\s+".join(re.escape(word).replace("…", ".*") for word in told.split())


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_that_is_followed_works(copied: Path, recipe: Recipe) -> None:
    said = _said(copied, recipe, recipe.steps)
    assert re.search(_pattern(recipe.says), said), said
    assert "as declared" not in said and "internal error" not in said
    assert len({step.file for step in recipe.steps}) == recipe.files <= 5


@pytest.mark.parametrize(("recipe", "step"), LEFT_OUT)
def test_a_step_that_is_left_out_is_told(copied: Path, recipe: Recipe, step: Step) -> None:
    steps = tuple(one for one in recipe.steps if one is not step)
    said = _said(copied, recipe, steps)
    assert re.search(_pattern(step.told), said), said
    assert not re.search(_pattern(recipe.says), said)
