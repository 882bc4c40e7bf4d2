"""What several verbs take, each spelled and told in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from checker.ground.problems import Problem
from command.configured import as_configured, keep_file
from command.names import all_kernels, known, places_named, statement_ids
from command.own import of_option

if TYPE_CHECKING:
    from checker.ground.scheduler import Scheduler

Verb = TypeVar("Verb", bound=Callable[..., Any])
Option = Callable[[Verb], Verb]

FILE = click.Path(path_type=Path)

STATEMENTS = click.argument(
    "names", nargs=-1, metavar="[PROPERTY]...", shell_complete=known(statement_ids)
)
STATEMENT = click.argument("name", metavar="PROPERTY", shell_complete=known(statement_ids))
CONFIG = click.option(
    "--config",
    type=FILE,
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=lambda context, _option, file: keep_file(context, file),
    help="The kernel as this .config (or config.gz) builds it; of the running one /proc/config.gz "
    "is read anyway.",
)


def kernels_named(does: str) -> Option[Any]:
    """Return the options that name kernels, told by what the verb does with them."""

    def both(verb: Verb) -> Verb:
        named: Verb = click.option(
            "--kernel", "-k", "kernels", multiple=True, metavar="NAME",
            shell_complete=known(all_kernels), callback=as_configured, help=does,
        )(verb)
        return CONFIG(named)

    return both


KERNELS = kernels_named("Only this kernel; may be repeated. Default: all.")
OUTPUT = click.option("--output", "-o", metavar="FILE", help="Write there, not to the screen.")
RECORD = click.option("--record", metavar="FILE", help="Also write the JSON report there.")
JOBS = click.option(
    "--jobs", "-j", type=click.IntRange(1), help="Processes. Default: all processors."
)

RECHECK = click.option(
    "--recheck", is_flag=True, help="Ask anew, whatever the record has of earlier runs."
)

SCHEDULER = click.option(
    "--scheduler", metavar="ADDRESS",
    help="Work on the workers of a Dask scheduler (tcp://host:8786), not on this machine.",
)


def scheduler_of(address: str | None, jobs: int | None) -> Scheduler:
    """Return who works: so many processes here, or the workers of a scheduler.

    Raises :class:`Problem` if both are asked for.
    """
    from checker.ground.cluster import Cluster
    from checker.ground.scheduler import Local

    if address is None:
        return Local(jobs)
    if jobs is not None:
        raise Problem("--scheduler works on as many processes as it has workers: leave out --jobs")
    return Cluster(address)


def machines_of(address: str | None, on: list[str]) -> Scheduler:
    """Return who runs kernels: this machine, one after the other, or a scheduler's workers.

    Raises :class:`Problem` if workers are asked for the running kernel: each has its own.
    """
    from checker.ground.cluster import Cluster
    from checker.ground.scheduler import InTurn
    from kernels.machines.place import RUNNING

    if address is None:
        return InTurn()
    if RUNNING in on:
        raise Problem("--scheduler runs kernels in virtual machines: name them, --on 6.1,6.12")
    return Cluster(address)


def kernel(does: str) -> Option[Any]:
    """Return the option that names one kernel, told by what the verb does with it."""

    def both(verb: Verb) -> Verb:
        named: Verb = click.option(
            "--kernel", "-k", metavar="NAME", shell_complete=known(all_kernels),
            callback=as_configured, help=does,
        )(verb)
        return CONFIG(named)

    return both


OWN = click.option(
    "--properties",
    "own",
    type=FILE,
    metavar="FILE",
    callback=of_option,
    is_eager=True,
    help="A Python file that declares statements of your own: these, or the names given.",
)
PLACES = click.option(
    "--on",
    "on",
    multiple=True,
    metavar="KERNEL",
    callback=lambda _context, _option, given: places_named(given),
    help="running (the default), 6.1 or 6.12 (fetched, in a virtual machine), or a kernel image; "
    "may be repeated, also with commas between.",
)
SKIPS = (
    "Exit codes: 0 all agree, 1 a disagreement, 2 a kernel could not be run (skipped, with the "
    "reason; no pass), 3 bad input."
)
"""How the verbs end that run a kernel."""


def formats(*others: str) -> Option[Any]:
    """Return the option of how an answer is written: ``table``, ``json``, and others."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(["table", "json", *others]),
        default="table",
        show_default=True,
    )


REPORTED = formats("junit", "markdown", "ktap", "sarif", "verdicts")
"""How verdicts are written."""
