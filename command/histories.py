"""``cloneproof histories``: random histories driven on running kernels, step by step."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from checker.ground import signals
from checker.ground.problems import Problem, nearest
from command.conform import AGAINST
from command.kernels_asked import model_named
from command.options import OUTPUT, PLACES, SCHEDULER, SKIPS, formats, machines_of
from command.output import Options, emit, say

if TYPE_CHECKING:
    from kernels.histories.typed import TypedReport
    from kernels.histories.walks import WalkReport


@click.command(epilog=SKIPS)
@PLACES
@AGAINST
@click.option("--walks", type=click.IntRange(1), default=100, show_default=True, metavar="N",
              help="Random histories of each system.")
@click.option("--every", is_flag=True, help="Instead: every step from every state, once at least.")
@click.option("--seed", default=1, show_default=True, help="What histories are drawn by.")
@click.option("--system", "systems", multiple=True, metavar="NAME",
              help="Only this system; may be repeated. Default: all that can be driven.")
@click.option("--calls", type=click.IntRange(1), metavar="N",
              help="Instead: N random histories of system calls, as `run` takes them.")
@formats()
@OUTPUT
@SCHEDULER
def histories(on: list[str], kernel: str | None, style: str, output: str | None,
              scheduler: str | None, **wish: Any) -> int:
    """Drive histories on running kernels, and compare every state with the model's.

    \b
    Examples:
      cloneproof histories --walks 40            the running kernel (root, half a minute)
      cloneproof histories --on 6.1 --on 6.12    fetched kernels, in virtual machines
      cloneproof histories --every --system user_namespaces
      cloneproof histories --calls 1000          fork, unshare, setuid, execve … as `run` takes them
    """
    from kernels.histories import telling
    from kernels.histories.walks import status

    signals.end_by_exception("cloneproof")
    if wish["calls"]:
        return _calls(on, kernel, scheduler, {**wish, "style": style, "output": output})
    count = 0 if wish["every"] else wish["walks"]
    model_named(kernel)
    walked = partial(_walked, count, wish["seed"], _systems(wish["systems"]), kernel)
    reports = machines_of(scheduler, on).all(walked, on)
    document = json.dumps(telling.document(reports), indent=2)
    emit(document if style == "json" else "\n".join(telling.told(reports)), output)
    return status(reports)


def _calls(on: list[str], kernel: str | None, scheduler: str | None, wish: Options) -> int:
    """Play random histories of system calls."""
    from kernels.histories import typed

    if wish["every"] or wish["systems"]:
        raise Problem("--calls is of no system: leave out --every and --system")
    model_named(kernel)
    made = partial(_typed, wish["calls"], wish["seed"], kernel)
    reports = machines_of(scheduler, on).all(made, on)
    if wish["style"] == "json":
        emit(json.dumps([vars(one) for one in reports], indent=2), wish["output"])
    else:
        emit("\n".join(typed.told(reports)), wish["output"])
    return typed.status(reports)


def _typed(count: int, seed: int, kernel: str | None, where: str) -> TypedReport:
    from kernels.histories.typed import typed_report

    begun = time.monotonic()
    report = typed_report(where, count, seed, model_named(kernel))
    say(f"{where}: {time.monotonic() - begun:.1f} s")
    return report


def _systems(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the systems that were named, or all; raise :class:`Problem` for an unknown one."""
    from kernels.histories.catalogue import DRIVES

    for name in names:
        if name not in DRIVES:
            hint = nearest(name, list(DRIVES)) or f": one of {', '.join(DRIVES)}"
            raise Problem(f"no system {name!r} can be driven{hint}")
    return names or tuple(DRIVES)


def _walked(
    count: int, seed: int, systems: tuple[str, ...], kernel: str | None, where: str
) -> WalkReport:
    from kernels.histories.walks import Wish, walks

    begun = time.monotonic()
    report = walks(where, Wish(count, seed, systems, model_named(kernel)))
    say(f"{where}: {time.monotonic() - begun:.1f} s")
    return report
