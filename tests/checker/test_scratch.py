"""What lasts as long as a process: folders, and what was read of the sources."""

import os
from pathlib import Path

import pytest

from checker.ground import signals
from checker.ground.scratch import new_folder
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
