"""A kernel as a configuration builds it: what ``--config FILE`` does to what ``-k`` names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from checker.ground.problems import Problem

_FILE = f"{__name__}.file"


def keep_file(context: click.Context, file: Path | None) -> None:
    """Keep the file that ``--config`` names until the kernels are known."""
    context.meta[_FILE] = file


def as_configured(context: click.Context, _option: click.Parameter, given: Any) -> Any:
    """Return the names that ``-k`` was given, each as the file builds it; as they are without one.

    Raises :class:`Problem` where a file is given and no kernel is named.
    """
    file: Path | None = context.meta.get(_FILE)
    if file is None:
        return given
    if not given:
        raise Problem(f"--config {file} says how one kernel is built: name it, -k v6.12")
    if isinstance(given, str):
        return _named(given, file)
    return tuple(_named(part, file) for name in given for part in name.split(","))


def _named(name: str, file: Path) -> str:
    """Return the name of a kernel as a file builds it."""
    from checker.calls.configurations import as_suffix, left_out, read
    from checker.calls.kernel_names import resolve

    return name + as_suffix(left_out(read(file), resolve(name).revision.patches))
