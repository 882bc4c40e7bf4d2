"""What was compiled between two edits in one second is noticed."""

from __future__ import annotations

import os
import py_compile
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from checker.record import loaded


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of a room that was loaded from its compiled form."""
    monkeypatch.setattr(loaded, "ROOT", str(tmp_path))
    file = tmp_path / "model" / "one.py"
    file.parent.mkdir()
    file.write_text("A = 1\n")
    os.utime(file, (1_000_000, 1_000_000))
    compiled = Path(py_compile.compile(str(file), doraise=True) or "")
    os.utime(compiled, (1_000_000, 1_000_000))
    made = ModuleType("model.one")
    made.__file__ = str(file)
    made.__spec__ = SimpleNamespace(cached=str(compiled))  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "model.one", made)
    return file


def again(file: Path, second: int) -> None:
    file.write_text("A = 2\n")
    os.utime(file, (second, second))


def test_what_is_loaded_is_what_the_file_says(module: Path) -> None:
    assert list(loaded.loaded_otherwise()) == []


def test_an_edit_in_the_same_second_is_noticed(module: Path) -> None:
    again(module, 1_000_000)
    assert list(loaded.loaded_otherwise()) == [str(module)]


def test_a_compiled_file_that_python_passes_over_says_nothing(module: Path) -> None:
    again(module, 1_000_007)
    assert list(loaded.loaded_otherwise()) == []
