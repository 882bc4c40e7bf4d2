"""``cloneproof run``: a history of one's own, step by step."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.names import model_or_running, which_kernel
from command.options import OUTPUT, formats, kernel
from command.output import Options, emit, say

if TYPE_CHECKING:
    from checker.running.script import Script


@click.command(
    epilog="Exit codes: 0 every step was taken, 1 one cannot be taken where the history stands, "
    "3 bad input."
)
@click.argument("steps", nargs=-1, metavar="[STEP...|FILE]")
@kernel("The kernel. Default: that of a saved trace, or the one that runs here.")
@click.option("--system", "system", metavar="NAME", help="The system that the steps are of.")
@click.option("--next", "following", is_flag=True,
              help="Also tell what may come next, and why the other steps cannot.")
@formats()
@OUTPUT
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the answer.")
def run(steps: tuple[str, ...], kernel: str | None, schema: bool, **options: Any) -> int:
    """Take the steps of a history, and tell each outcome and only what changes.

    Steps stand between `;` or on lines of their own: as arguments, in a file (also one that
    `verify --save` wrote), or on standard input.  A step is named by its own name or by words of
    it; on a terminal without arguments they are asked for one by one.

    \b
    Examples:
      cloneproof run 'the owner opens the device; the owners group gets SIGKILL' -k v6.4
      cloneproof run --system accounts 'fork; fork; setuid 1; execve' -k v5.15
      cloneproof run out/counterexamples/P60@v6.4.json -k v6.12
      cloneproof run --system suspend --next
    """
    if schema:
        from command.schemas import RUN

        emit(json.dumps(RUN, indent=2), options["output"])
        return problems.AS_EXPECTED
    given = _given(steps, asks=options["following"] and options["system"] is not None)
    if given is None:
        return _one_by_one(kernel, options)
    return _at_once(given, kernel, options)


def _given(steps: tuple[str, ...], asks: bool) -> Script | None:
    """Return what was typed, as arguments, a file or standard input; nothing on a terminal."""
    from checker.ground.json_text import read_text
    from checker.running.script import Script, script

    if len(steps) == 1 and steps[0] != "-" and Path(steps[0]).is_file():
        return script(read_text(Path(steps[0])), steps[0])
    if steps and steps != ("-",):
        return script("\n".join(steps), "what was typed")
    if asks and not steps:
        return Script(())
    if sys.stdin is None:
        raise Problem("standard input is closed: give steps, or a file of them")
    if not steps and sys.stdin.isatty():
        return None
    try:
        return script(sys.stdin.read(), "standard input")
    except UnicodeDecodeError:
        raise Problem("standard input is not text in UTF-8") from None


def _kernel(given: Script, name: str | None) -> Any:
    from checker.calls.counterexample import kernel_of_document

    if name is None and given.kernel is not None:
        return kernel_of_document(given.kernel)
    return model_or_running(name)


def _at_once(given: Script, name: str | None, options: Options) -> int:
    from checker.running import told
    from checker.running.fitting import fit_in, fits, system_named
    from checker.running.history import NotTaken, Running

    where, wanted = _kernel(given, name), options["system"] or given.system
    if wanted is None and not given.steps:
        raise Problem("no step was given: --system NAME --next lists those of a system")
    found = [fit_in(system_named(wanted), given.steps)] if wanted else fits(given.steps, where)
    fit, others = found[0], [one for one in found[1:] if one.far == found[0].far]
    running = Running(fit.system, where)
    done: list[told.Done] = []
    for typed, meant in zip(given.steps, fit.meant, strict=True):
        done.append(running.take(typed, meant))
        if isinstance(done[-1], NotTaken):
            break
    following = list(running.next()) if options["following"] else None
    if options["style"] == "json":
        made = told.document(running, done, others, following)
        emit(json.dumps(made, indent=2, ensure_ascii=False), options["output"])
    else:
        lines = [*told.beginning(running, others)]
        for number, one in enumerate(done, 1):
            lines += told.told(number, one)
        lines += told.next_lines(following) if following is not None else []
        emit("\n".join(lines), options["output"])
    for line in which_kernel(name) if name or given.kernel is None else ():
        say(line)
    left = len(given.steps) - len(done)
    if left:
        say(f"{left} step{'s' if left > 1 else ''} after it not taken")
    return problems.BROKEN if done and isinstance(done[-1], NotTaken) else problems.AS_EXPECTED


def _one_by_one(name: str | None, options: Options) -> int:
    """Ask for steps on a terminal, and tell each; an empty line shows what may come next."""
    from checker.running import told
    from checker.running.fitting import fit_in, system_named
    from checker.running.history import Running, TakenStep
    from model.over_time.catalogue import SYSTEMS

    if options["system"] is None:
        emit("\n".join(told.systems_lines(list(SYSTEMS.values()))), None)
        options["system"] = click.prompt("which system", err=True)
    running = Running(system_named(options["system"]), model_or_running(name))
    for line in which_kernel(name):
        say(line)
    emit("\n".join(told.beginning(running, [])), None)
    say("a step a line; an empty line tells what may come next, Ctrl-D ends")
    while line := _asked():
        if not line.strip():
            emit("\n".join(told.next_lines(list(running.next()))), None)
            continue
        try:
            meant = fit_in(running.system, (line.strip(),)).meant[0]
        except Problem as problem:
            say(str(problem))
            continue
        done = running.take(line.strip(), meant)
        number = len(running.steps) + (0 if isinstance(done, TakenStep) else 1)
        emit("\n".join(told.told(number, done)), None)
    return problems.AS_EXPECTED


def _asked() -> str:
    """Return a line that was typed, with its end; nothing at the end of input."""
    click.echo("> ", nl=False, err=True)
    return sys.stdin.readline()
