"""``cloneproof export``: what the model says, for those who have no cloneproof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.kernels_asked import kernel_of, which_kernel
from command.names import places_named
from command.options import FILE, OUTPUT, kernel
from command.output import emit, say

if TYPE_CHECKING:
    from kernels.pack.trials import Trials


@click.group(invoke_without_command=True)
@click.pass_context
def export(context: click.Context) -> None:
    """Write what the model says of a kernel in the form of others.

    \b
    Example:
      cloneproof export pack -k v6.12 -o pack
      cloneproof export pages -o pages.md
      cloneproof export scml -k v6.12 -o linux.scml
      cloneproof export kapi -k v7.1 -o kapi
      cloneproof export monitors -k v6.12 -o monitors
      cloneproof export syzkaller -k v6.12 --against v6.1 -o syz
    """
    if context.invoked_subcommand is None:
        raise Problem("export what? there are: pack, pages, scml, kapi, monitors, syzkaller")


@export.command()
@kernel("The kernel whose answers are expected. Default: the one that runs here.")
@click.option("--output", "-o", type=FILE, default="out/pack", show_default=True, metavar="DIR",
              help="The folder that the files go to.")
@click.option("--style", type=click.Choice(["pack", "kselftest", "ltp", "gtest"]), default="pack",
              show_default=True,
              help="One C file in the style of another test suite, with the calls that need no "
              "caller set up; or the pack.")
@click.option("--on", multiple=True, metavar="NAMES",
              help="Also run the pack there: running, 6.1,6.12, or a kernel image; and say what "
              "differs from what the model says of that kernel.")
def pack(kernel: str | None, output: Path, style: str, on: tuple[str, ...]) -> int:
    """Write C programs that hold any kernel against a kernel's rules: a conformance pack.

    For each rule of clone, clone3, fork, vfork, unshare and setns that user space can bring
    about there is a call that it decides, and for each two rules with different errnos one that
    both would refuse.  The pack needs libc and a compiler, is run as root, prints KTAP, and ends
    with the rules that the kernel lacks.

    \b
    Examples:
      cloneproof export pack -k v6.12 -o pack
      make -C pack && sudo ./pack/pack
      cloneproof export pack -k v6.1+KILL_SEQ
      cloneproof export pack -k v6.12 --on 6.1,6.12
      cloneproof export pack -k v6.12 --style kselftest -o selftests/clone_answers
    """
    from checker.ground.files import write_together
    from kernels.pack.folder import files
    from kernels.pack.styles import in_style
    from kernels.pack.table import table
    from kernels.pack.trials import trials
    from model import complete

    complete.check()
    if on and style != "pack":
        raise Problem("--on runs the pack: leave out --style")
    places = places_named(on)
    chosen = kernel_of(kernel)
    _begun(output, kernel)
    say(f"looking for the calls that the rules of {chosen.name} decide: half a minute")
    found = trials(chosen.kernel)
    made = (files(table(chosen.kernel, found)) if style == "pack"
            else in_style(style, chosen.kernel, found))
    write_together({output / name: text for name, text in made.items()})
    if style == "pack":
        say(f"{output}: make -C {output} && {output}/pack, as root")
    return _held(found, output, places) if on else problems.AS_EXPECTED


def _begun(output: Path, kernel: str | None) -> None:
    """Make the folder that files go to, and say which kernel they are of."""
    from checker.ground.files import check_writable, make_folder

    make_folder(output)
    check_writable(output / "any", within=output)
    for told in which_kernel(kernel):
        say(told)


def _held(found: Trials, output: Path, on: list[str]) -> int:
    """Run a pack on real kernels, and say what neither its own kernel nor the model explains."""
    from kernels.machines.build import build
    from kernels.machines.place import CannotRun, place
    from kernels.pack.held import held

    program, codes = build("pack", output), []
    for where in on:
        try:
            made = held(found, program, place(where))
        except CannotRun as cannot:
            say(f"{where}: not run: {cannot}")
            codes.append(problems.UNANSWERED)
            continue
        say(f"{where} ({made.release}): {made.alike} as expected, {made.known} otherwise as the "
            f"model says of that kernel, {made.skipped} not tried, {len(made.unlike)} unexplained")
        for one in made.unlike:
            say(f"  {one.name}: {one.answered}, the model says {one.said}")
        codes.append(problems.BROKEN if made.unlike else problems.AS_EXPECTED)
    return problems.worst(codes)


@export.command()
@click.option("--replayed", type=FILE, multiple=True, metavar="FILE",
              help="What `replay --all --only calls --format json` wrote of a real kernel.")
@OUTPUT
def pages(replayed: tuple[Path, ...], output: str | None) -> int:
    """Write a report on the sentences of the manual pages that are not so, with better words.

    Each is decided anew on every kernel of the list, and shown by the smallest call.

    \b
    Examples:
      cloneproof export pages -o pages.md
      cloneproof replay --all --only calls --format json -o seen.json
      cloneproof export pages --replayed seen.json -o pages.md
    """
    from checker.questions.run import verify
    from command.manual_pages import sentences, shown_by
    from model.revisions import REVISIONS
    from reports.manual_pages import pages as report

    seen = [one for file in replayed for one in shown_by(file)]
    found = sentences()
    results = verify([one.id for one in found], list(REVISIONS), blame=False)
    emit(report(found, results, seen), output)
    wrong = [one for one in results if not one.as_expected]
    for one in wrong:
        say(f"{one.property} on {one.kernel}: {one.verdict.value}, expected {one.expectation}")
    return problems.BROKEN if wrong else problems.AS_EXPECTED


@export.command()
@kernel("The kernel whose calls are told. Default: the one that runs here.")
@OUTPUT
def scml(kernel: str | None, output: str | None) -> int:
    """Write what can succeed as patterns of SCML, the language of Asterinas' sctrace.

    For clone, clone3, fork, vfork, unshare and setns: as few flags as patterns can name without
    leaving out a call that succeeds.  What they accept too much all the same is told at the end.

    \b
    Examples:
      cloneproof export scml -k v6.12 -o linux.scml
      sctrace linux.scml -- ./program
    """
    from checker.scml.written import written
    from checker.why.opened import Undecided
    from model import complete

    complete.check()
    chosen = kernel_of(kernel)
    for told in which_kernel(kernel):
        say(told)
    try:
        emit(written(chosen.kernel), output)
    except Undecided as reason:
        say(f"not known: {reason}")
        return problems.UNANSWERED
    return problems.AS_EXPECTED


@export.command()
@kernel("The kernel whose calls are specified. Default: the one that runs here.")
@click.option("--output", "-o", type=FILE, default="out/kapi", show_default=True, metavar="DIR",
              help="The folder that the files go to.")
def kapi(kernel: str | None, output: Path) -> int:
    """Write specifications as KAPI has them: kernel-doc with its tags, and the kapi tool's JSON.

    For clone, clone3, fork, vfork, unshare and setns: each errno with the rules that give it, the
    flags with which a call can succeed, the capabilities that make a difference, what is taken
    on the way.  `kapi.c` has the comments, each above its system call.

    \b
    Examples:
      cloneproof export kapi -k v7.1 -o kapi
      cloneproof spec kapi/sys_clone3.json -k v7.1
    """
    from checker.ground.files import write_together
    from checker.kapi.written import written
    from checker.why.opened import Undecided
    from model import complete

    complete.check()
    chosen = kernel_of(kernel)
    _begun(output, kernel)
    try:
        found = written(chosen.kernel)
    except Undecided as reason:
        say(f"not known: {reason}")
        return problems.UNANSWERED
    write_together({output / name: text for name, text in found.items()})
    return problems.AS_EXPECTED


@export.command()
@kernel("The kernel that is to be watched. Default: the one that runs here.")
@click.option("--output", "-o", type=FILE, default="out/monitors", show_default=True,
              metavar="DIR", help="The folder that the files go to.")
def monitors(kernel: str | None, output: Path) -> int:
    """Write automata that rvgen makes into monitors of a running kernel.

    Each accepts what the histories of the model can show of one task, and nothing else; README.md
    says by which tracepoints its events are seen.

    \b
    Examples:
      cloneproof export monitors -k v6.12 -o monitors
      rvgen monitor -c da -t per_task -s monitors/vhost_exec.dot
    """
    from checker.ground.files import write_together
    from checker.over_time.dot import monitors as files_of
    from model import complete

    complete.check()
    chosen = kernel_of(kernel)
    _begun(output, kernel)
    write_together({output / name: text for name, text in files_of(chosen.kernel).items()})
    return problems.AS_EXPECTED


@export.command()
@kernel("The kernel whose rules the programs show. Default: the one that runs here.")
@click.option("--against", metavar="KERNEL",
              help="Only programs that this kernel answers otherwise, of the rules of both.")
@click.option("--output", "-o", type=FILE, default="out/syzkaller", show_default=True,
              metavar="DIR", help="The folder that the files go to.")
def syzkaller(kernel: str | None, against: str | None, output: Path) -> int:
    """Write programs of syzkaller, and as data what kernels answer to them.

    They are the calls of the pack that syzkaller can make without a caller set up. With --against
    only those that tell two kernels apart: what syz-verifier may expect to differ, with the errno
    on each. `answers.json` has the errnos, of a caller alone and of one with threads.

    \b
    Examples:
      cloneproof export syzkaller -k v6.12 -o syz
      cloneproof export syzkaller -k v6.12 --against v6.1 -o syz
      syz-db pack syz/programs corpus.db
    """
    from checker.ground.files import make_folder, write_together
    from kernels.pack.syzkaller import files, programs, telling_apart
    from kernels.pack.trials import trials
    from model import complete

    complete.check()
    of = [kernel_of(name) for name in ([kernel, against] if against else [kernel])]
    _begun(output, kernel)
    make_folder(output / "programs")
    say(f"looking for the calls that the rules of {' and '.join(one.name for one in of)} decide: "
        "half a minute each")
    tried = {one.name: trials(one.kernel).tried for one in of}
    told = [made for one in of for made in programs(one.kernel, tried[one.name])]
    found = telling_apart(told, of[0].kernel, of[1].kernel) if against else told
    calls = sum(map(len, tried.values()))
    write_together({output / name: text for name, text in files(found, of, calls).items()})
    say(f"{output}: {len(found)} programs; of {calls} calls syzkaller can make {len(told)}")
    return problems.AS_EXPECTED
