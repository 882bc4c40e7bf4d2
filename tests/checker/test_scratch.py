"""What lasts as long as a process or its work: folders, and what was read of the sources."""

import contextlib
import os
import signal
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from checker.ground import signals
from checker.ground.pool import each
from checker.ground.scratch import folder_for_a_while, new_folder
from checker.record import sources


def test_a_folder_ends_with_the_process_that_made_it_not_with_a_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signals, "_undo", [])
    made = new_folder("cloneproof-test-")
    child = os.fork()
    if child == 0:
        signals.undo_all()
        os._exit(0)
    os.waitpid(child, 0)
    assert made.is_dir()
    signals.undo_all()
    assert not made.exists()


@pytest.mark.parametrize("call", ["open", "mkdir"])
@pytest.mark.parametrize("made_as", [new_folder, folder_for_a_while])
def test_a_signal_waits_until_a_folder_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_as: Callable[[str], Any], call: str
) -> None:
    """As it came between a folder and the note of it, or while a place for folders was tried."""
    child = os.fork()
    if child == 0:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr(tempfile, "tempdir", None)
        signals.end_at_once("cloneproof")
        monkeypatch.setattr(os, call, _signalled_once(getattr(os, call)))
        with contextlib.ExitStack() as stack:
            made = made_as("cloneproof-test-")
            if isinstance(made, contextlib.AbstractContextManager):
                stack.enter_context(made)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def _signalled_once(function: Any) -> Any:
    numbers = iter([signal.SIGTERM])

    def call(*given: Any, **more: Any) -> Any:
        made = function(*given, **more)
        for number in numbers:
            signal.raise_signal(number)
        return made

    return call


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders go that last for a while."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_folders_of_workers_end_with_their_work(place: Path) -> None:
    """Workers are killed in the end, and undo nothing."""
    made = [folder for _, folder in each(new_folder, ["one-", "two-", "three-"], jobs=2)]
    assert len(made) == 3 and all(place in folder.parents for folder in made)
    assert list(place.iterdir()) == []


def test_folders_of_workers_end_with_a_run_that_is_ended(place: Path) -> None:
    child = os.fork()
    if child == 0:
        signals.end_at_once("cloneproof")
        list(each(_writes_on_and_ends, [os.getpid()], jobs=1))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 128 + signal.SIGTERM
    assert list(place.iterdir()) == []


def _writes_on_and_ends(run: int) -> None:
    made = new_folder("cloneproof-test-")
    for number in count():
        (made / str(number)).touch()
        if number == 100:
            os.kill(run, signal.SIGTERM)


def test_a_file_that_was_changed_is_read_again_whatever_its_time_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time of change and a size can be put back; the kernel's own time cannot."""
    monkeypatch.setattr(sources, "ROOT", str(tmp_path))
    (tmp_path / "model").mkdir()
    file = tmp_path / "model/rules.py"
    file.write_text("one")
    before, known = sources.tree(("model",)), file.stat()
    assert sources.tree(("model",)) == before
    file.write_text("two")
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))
    after = sources.tree(("model",))
    assert after != before and after.digest != before.digest
