"""Where a command writes: looked at before the work, so that nobody waits for a refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def prepare(options: dict[str, Any]) -> None:
    """Make the folders of ``--save`` and ``--record``; refuse what could not be written there.

    Raises :class:`reports.write.ReportError` for a folder that takes no file, or a full disk.
    """
    from reports.write import check_writable, make_folder

    if options["save"] is not None:
        folder = Path(options["save"])
        make_folder(folder)
        check_writable(folder / "any", within=folder)
    if options["record"] is not None:
        make_folder(Path(options["record"]).parent)
        check_writable(options["record"])
    if options["output"] is not None:
        check_writable(options["output"])


def keep(
    options: dict[str, Any], files: Callable[[], dict[str, str]], record: Callable[[], str]
) -> None:
    """Write what a run found: the files of ``--save`` and the ``--record``, together."""
    from checker.saved import replace_saved
    from reports.write import write_together

    beside = {Path(options["record"]): record()} if options["record"] is not None else {}
    if options["save"] is None:
        write_together(beside)
    else:
        replace_saved(Path(options["save"]), files(), beside)
