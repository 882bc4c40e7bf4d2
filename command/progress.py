"""Says on a terminal what is being done, once that takes long."""

from __future__ import annotations

import shutil
import sys
import time

import click

PATIENCE = 2.0
"""Seconds after which a terminal is told what is being done."""


class Progress:
    """Says on a terminal what is being done, once that takes long; leaves nothing behind."""

    def __init__(self) -> None:
        self.begun, self.told = time.monotonic(), 0

    def __enter__(self) -> Progress:
        return self

    def __call__(self, what: str) -> None:
        """Say what is being done."""
        if not sys.stderr.isatty() or time.monotonic() - self.begun < PATIENCE:
            return
        line = what[: shutil.get_terminal_size().columns - 1]
        click.echo(f"\r{line:<{self.told}}", nl=False, err=True)
        self.told = len(line)

    def __exit__(self, *error: object) -> None:
        if self.told:
            click.echo(f"\r{'':<{self.told}}\r", nl=False, err=True)
