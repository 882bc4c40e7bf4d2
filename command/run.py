"""``cloneproof run``: a history of one's own, step by step."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from command.kernels_asked import kernel_of, which_kernel
from command.options import OUTPUT, formats, kernel
from command.output import Options, say, tell

if TYPE_CHECKING:
    from checker.running.script import Script


@click.command(
    epilog="Exit codes: 0 every step was taken, 1 one cannot be taken where the history stands, "
    "3 bad input."
)
@click.argument("steps", nargs=-1, metavar="[STEP...|FILE]")
@kernel("The kernel. Default: that of a saved trace, or the one that runs here.")
@click.option("--system", "system", metavar="NAME",
              help="The system that the steps are of; `processes` for plain system calls.")
@click.option("--uid", type=click.IntRange(0, 2**32 - 2), default=0, show_default=True,
              help="With system calls: whose the first task is.")
@click.option("--next", "following", is_flag=True,
              help="Also tell what may come next, and why the other steps cannot.")
@formats()
@OUTPUT
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the answer.")
def run(steps: tuple[str, ...], kernel: str | None, schema: bool, **options: Any) -> int:
    """Take the steps of a history, and tell each outcome and only what changes.

    Steps stand between `;` or on lines of their own: as arguments, in a file (also one that
    `verify --save` wrote), or on standard input; on a terminal without arguments they are asked
    for one by one.  They are system calls of processes (fork, vfork, clone, clone3, thread,
    unshare, setns, execve, setuid, setreuid, setresuid, setrlimit, exit, wait, kill, vhost,
    io_worker), or steps of one of the systems of histories, named by their own names or by words
    of them.

    \b
    Examples:
      cloneproof run 'unshare CLONE_NEWPID; fork; exit child; fork'
      cloneproof run --uid 1000 'setrlimit 1; vhost; fork' -k v6.1
      cloneproof run 'the owner opens the device; the owners group gets SIGKILL' -k v6.4
      cloneproof run --system accounts 'fork; fork; setuid 1; execve' -k v5.15
      cloneproof run out/counterexamples/P60@v6.4.json -k v6.12
      cloneproof run --system suspend --next
    """
    if schema:
        from command.schemas import RUN

        tell(json.dumps(RUN, indent=2), options["output"])
        return problems.AS_EXPECTED
    given = _given(steps, asks=options["following"] and options["system"] is not None)
    if given is None:
        return _one_by_one(kernel, options)
    code = _at_once(given, kernel, options)
    for line in which_kernel(kernel) if kernel or given.kernel is None else ():
        say(line)
    return code


def _given(steps: tuple[str, ...], asks: bool) -> Script | None:
    """Return what was typed, as arguments, a file or standard input; nothing on a terminal."""
    from checker.ground.json_text import read_text
    from checker.running.script import Script, script

    if len(steps) == 1 and steps[0] != "-" and _is_file(steps[0]):
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


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # longer than any name of a file
        return False


def _kernel(given: Script, name: str | None) -> Any:
    from checker.calls.counterexample import kernel_of_document

    if name is None and given.kernel is not None:
        return kernel_of_document(given.kernel)
    return kernel_of(name).kernel


def _at_once(given: Script, name: str | None, options: Options) -> int:
    from checker.running.processes import all_calls
    from checker.running.told_calls import SYSTEM

    where, wanted = _kernel(given, name), options["system"] or given.system
    if wanted is None and not given.steps:
        raise Problem("no step was given: --system NAME --next lists those of a system")
    if wanted == SYSTEM or (wanted is None and all_calls(given.steps)):
        return _calls(given, where, options)
    return _steps(given, where, wanted, options)


def _calls(given: Script, where: Any, options: Options) -> int:
    """Make system calls, each by the rules of the kernel."""
    from checker.running import told_calls as told
    from checker.running.calls import CALLS, NotACall
    from checker.running.processes import Calling, CannotCall

    calling = Calling(where, options["uid"])
    done: list[told.Done] = []
    for typed in given.steps:
        try:
            done.append(calling.make(typed))
        except NotACall:
            hint = nearest(typed.split()[0], list(CALLS)) or f": one of {', '.join(CALLS)}"
            raise Problem(f"unknown call {short(typed)}{hint}") from None
        if isinstance(done[-1], CannotCall):
            break
    following = list(calling.next()) if options["following"] else None
    if options["style"] == "json":
        answer = told.document(calling, done, following)
        tell(json.dumps(answer, indent=2, ensure_ascii=False), options["output"])
    else:
        lines = [*told.beginning(calling)]
        for number, one in enumerate(done, 1):
            lines += told.told(number, one)
        lines += told.next_lines(following) if following is not None else []
        tell("\n".join([*lines, *told.ending()]), options["output"])
    return _ended(given, len(done), bool(done) and isinstance(done[-1], CannotCall))


def _steps(given: Script, where: Any, wanted: str | None, options: Options) -> int:
    """Take steps of a system of histories."""
    from checker.running import told
    from checker.running.fitting import fit_in, fits, system_named
    from checker.running.history import NotTaken, Running

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
        tell(json.dumps(made, indent=2, ensure_ascii=False), options["output"])
    else:
        lines = [*told.beginning(running, others)]
        for number, one in enumerate(done, 1):
            lines += told.told(number, one)
        lines += told.next_lines(following) if following is not None else []
        tell("\n".join(lines), options["output"])
    return _ended(given, len(done), bool(done) and isinstance(done[-1], NotTaken))


def _ended(given: Script, done: int, stopped: bool) -> int:
    """Say how many steps were not looked at, and return the exit code."""
    left = len(given.steps) - done
    if left:
        say(f"{left} step{'s' if left > 1 else ''} after it not taken")
    return problems.BROKEN if stopped else problems.AS_EXPECTED


def _one_by_one(name: str | None, options: Options) -> int:
    """Ask for steps on a terminal, and tell each; an empty line shows what may come next."""
    from checker.running import told
    from checker.running.fitting import fit_in, system_named
    from checker.running.history import Running, TakenStep
    from checker.running.told_calls import SYSTEM

    where = kernel_of(name).kernel
    for line in which_kernel(name):
        say(line)
    if options["system"] in (None, SYSTEM):
        return _calls_one_by_one(where, options)
    running = Running(system_named(options["system"]), where)
    tell("\n".join(told.beginning(running, [])), None)
    say("a step a line; an empty line tells what may come next, Ctrl-D ends")
    while line := _asked():
        if not line.strip():
            tell("\n".join(told.next_lines(list(running.next()))), None)
            continue
        try:
            meant = fit_in(running.system, (line.strip(),)).meant[0]
        except Problem as problem:
            say(str(problem))
            continue
        done = running.take(line.strip(), meant)
        number = len(running.steps) + (0 if isinstance(done, TakenStep) else 1)
        tell("\n".join(told.told(number, done)), None)
    return problems.AS_EXPECTED


def _calls_one_by_one(where: Any, options: Options) -> int:
    from checker.running import told_calls as told
    from checker.running.calls import NotACall
    from checker.running.processes import Calling

    calling, number = Calling(where, options["uid"]), 0
    tell("\n".join(told.beginning(calling)), None)
    say("a call a line; an empty line tells what may come next, Ctrl-D ends; "
        "--system NAME takes steps of a system")
    while line := _asked():
        if not line.strip():
            tell("\n".join(told.next_lines(list(calling.next()))), None)
            continue
        try:
            done = calling.make(line.strip())
        except (Problem, NotACall) as problem:
            say(str(problem) if isinstance(problem, Problem) else f"unknown call {short(line)}")
            continue
        number += 1
        tell("\n".join(told.told(number, done)), None)
    return problems.AS_EXPECTED


def _asked() -> str:
    """Return a line that was typed, with its end; nothing at the end of input."""
    click.echo("> ", nl=False, err=True)
    return sys.stdin.readline()
