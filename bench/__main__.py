"""``python -m bench``: every measurement as medians, with ratios side by side."""

from __future__ import annotations

import json
import os
import platform
from typing import Any

import click

from bench.commands import commands
from bench.crosshair import crosshair
from bench.measure import say
from bench.prediction import prediction
from bench.render import render
from bench.solvers import solvers
from command.failures import main_of

SECTIONS = ("commands", "predict", "solvers", "crosshair")


@click.command()
@click.option("--runs", default=3, type=click.IntRange(1), show_default=True, help="Of each.")
@click.option("--only", type=click.Choice(SECTIONS), multiple=True, help="Only this part.")
@click.option("--proved", default=20, type=click.IntRange(1), show_default=True)
@click.option("--refuted", default=10, type=click.IntRange(1), show_default=True)
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def main(runs: int, only: tuple[str, ...], proved: int, refuted: int, style: str) -> int:
    """Measure the checker, and give its questions to other tools.  Nothing is asserted."""
    parts = {
        "commands": lambda: commands(runs),
        "predict": lambda: prediction(runs),
        "solvers": lambda: solvers(runs, proved, refuted),
        "crosshair": lambda: crosshair(runs),
    }
    found: dict[str, Any] = {"runs": runs, "machine": machine()}
    for name in SECTIONS:
        if not only or name in only:
            found[name] = parts[name]()
    say("")
    click.echo(json.dumps(found, indent=1) if style == "json" else render(found))
    return 0


def machine() -> dict[str, Any]:
    """Return what the figures depend on; the load tells how idle the machine was."""
    return {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    main_of("bench", lambda: main.main(prog_name="python -m bench", standalone_mode=False))
