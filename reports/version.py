"""The version of the tool that wrote a report."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def tool_version() -> str:
    """Return the version of this source tree; of the installed package without one."""
    try:
        project = Path(__file__).parent.parent.joinpath("pyproject.toml").read_text("utf-8")
        return str(tomllib.loads(project)["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return _installed()


def _installed() -> str:
    try:
        return version("cloneproof")
    except PackageNotFoundError:
        return "unknown"
