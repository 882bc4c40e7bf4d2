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


def test_a_file_that_was_set_back_to_its_old_second_is_noticed(module: Path) -> None:
    """As a copy that keeps the time of its last change does."""
    compiled = module.parent / "__pycache__" / f"one.{sys.implementation.cache_tag}.pyc"
    os.utime(compiled, (1_000_009, 1_000_009))
    assert list(loaded.loaded_otherwise()) == []
    again(module, 1_000_000)
    assert list(loaded.loaded_otherwise()) == [str(module)]


def test_an_edit_that_a_compiled_file_is_never_asked_about_is_noticed(module: Path) -> None:
    py_compile.compile(
        str(module), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    assert list(loaded.loaded_otherwise()) == []
    again(module, 2_000_000_000)
    assert list(loaded.loaded_otherwise()) == [str(module)]
