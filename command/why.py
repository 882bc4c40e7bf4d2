"""``cloneproof why``: why a call was refused, by which rules, who else, and what would work."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.before import filter_before
from command.options import OUTPUT, formats, kernel
from command.output import Progress, say, tell

if TYPE_CHECKING:
    from checker.seccomp.before import Filter
    from checker.why.answer import Answer
    from checker.why.asked import Asked
    from checker.why.log import Found
    from model.kernel import Kernel

MOST = 30
"""Ways of failing in a log that are answered unless more are asked for."""


@click.command()
@click.argument("what", required=False, metavar="[LINE|FILE]")
@kernel("The kernel. Default: that of the call, else the running one.")
@click.option("--entry", metavar="NAME",
              help="Instead of a line: clone3, …; pthread_create, system; kvm_run; execve, setuid.")
@click.option("--flags", metavar="FLAGS", help="With --entry: CLONE_NEWUSER|SIGCHLD, …")
@click.option("--errno", metavar="NAME", help="What came back: ENOSPC, or 0 for success.")
@click.option("--set", "facts", multiple=True, metavar="FACT=VALUE",
              help="A fact that holds, as in `predict --schema`; may be repeated.")
@click.option("--pid", type=int, metavar="PID",
              help="Read what can be read of this process, and rule out what does not fit.")
@click.option("--seccomp", metavar="FILTER",
              help="A filter before the calls: docker, podman, RestrictNamespaces=…, or a FILE.")
@click.option("--cap-add", "caps", multiple=True, metavar="CAP",
              help="With --seccomp: a capability that the container has beside the usual ones.")
@click.option("--most", type=click.IntRange(1), default=MOST, metavar="N", show_default=True,
              help="Of a log: answer the N ways of failing that are most frequent.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the answer.")
@formats()
@OUTPUT
def why(what: str | None, kernel: str | None, schema: bool, **options: Any) -> int:
    """Tell why a call was refused: each rule that can have, and the proof that no other can.

    LINE is a call as strace prints it, a record of the audit log, or JSON for `predict`, with
    "errno"; a file, or standard input (-), may hold one, a log of `strace -f` or of auditd, JSON
    Lines, or a counterexample.
    What is not said of the caller is open.

    \b
    Examples:
      cloneproof why 'unshare(CLONE_NEWUSER) = -1 ENOSPC (No space left on device)'
      strace -f -o log make; cloneproof why log
      cloneproof why --entry clone --flags CLONE_NEWPID --errno EPERM --pid 4711 -k v6.1
    """
    if schema:
        from checker.why.document import schema as printed

        click.echo(json.dumps(printed(), indent=2))
        return problems.AS_EXPECTED
    if what is not None and options["entry"] is None and _is_an_entry(what):
        options["entry"] = what.removesuffix("()")
        what = None
    if what is not None and options["entry"] is None:
        if _denial(what, options):
            return problems.AS_EXPECTED
        what = _beside(what, options)
    if options["entry"] is not None and _is_around(options["entry"]):
        return _around(what, kernel, options)
    text = _text(what, options)
    if text is not None and _is_log(text):
        return _log(text, kernel, options)
    asked = _asked(text, options)
    return _alone(asked, kernel, options)


def _is_an_entry(what: str) -> bool:
    """Return whether a word is a call's name alone, or that of a function of the C library."""
    from checker.strace.lines import NAMES
    from checker.why.asked import FUNCTIONS

    name = what.removesuffix("()").lower()
    known = name in (*NAMES, *FUNCTIONS) or _is_around(what)
    return known and not _is_file(what)


def _denial(what: str, options: dict[str, Any]) -> bool:
    """Tell who a record of the kernel's log says has refused; return whether it is one."""
    from checker.why import denials

    found = None if _is_file(what) else denials.denial_in(what)
    if found is None:
        return False
    if options["style"] == "json":
        text = json.dumps(denials.document(found), indent=2)
    else:
        text = "\n".join(denials.told(found))
    tell(text, options["output"])
    return True


def _is_file(what: str) -> bool:
    """Return whether there is such a file; a long text is none."""
    try:
        return Path(what).exists()
    except OSError:
        return False


def _beside(what: str, options: dict[str, Any]) -> str | None:
    """Take a line of a call that is asked about by its name and errno; return any other."""
    from checker.strace.beside import beside_of

    found = None if "\n" in what.strip() or _is_file(what) else beside_of(what)
    if found is None:
        return what
    options["entry"], errno = found
    options["errno"] = options["errno"] or errno or None
    return None


def _is_around(entry: str) -> bool:
    """Return whether a call stands round task creation, and makes no task itself."""
    from checker.why.around import CALLS

    return entry.removesuffix("()").lower() in CALLS


def _around(what: str | None, named: str | None, options: dict[str, Any]) -> int:
    """Tell what a call refuses that stands round task creation."""
    from checker.why import around
    from command.kernels_asked import kernel_of, which_kernel

    call = options["entry"].removesuffix("()").lower()
    given = {"a line": what, "--flags": options["flags"], "--set": options["facts"],
             "--pid": options["pid"], "--seccomp": options["seccomp"], "--cap-add": options["caps"]}
    around.demand_no_more(call, [name for name, one in given.items() if one])
    found = around.around(call, options["errno"], kernel_of(named).kernel)
    notes = which_kernel(named)
    if options["style"] == "json":
        text = json.dumps({**around.document(found), "notes": notes}, indent=2)
    else:
        text = "\n".join([*notes, *([""] if notes else []), *around.told(found)])
    tell(text, options["output"])
    return problems.AS_EXPECTED


def _text(what: str | None, options: dict[str, Any]) -> str | None:
    """Return the line or the contents of the file; ``None`` where options say it all."""
    from checker.ground.json_text import read_text, text_of

    if options["entry"] is not None:
        if what is not None:
            raise Problem("a line and --entry are two calls: give one")
        return None
    if options["flags"] is not None:
        raise Problem("--flags goes with --entry")
    if what is not None and what != "-":
        return read_text(Path(what), errors="replace") if _names_a_file(what) else what
    if sys.stdin is None or (what is None and sys.stdin.isatty()):
        raise Problem("give a line of strace, a file, or --entry; --help shows examples")
    return text_of(sys.stdin.buffer.read(), errors="replace")


def _names_a_file(what: str) -> bool:
    from checker.ground.json_text import short
    from checker.why.messages import how_to_ask

    if what.lstrip().startswith("{"):
        return False
    from checker.strace.audit import is_record
    from checker.strace.lines import tells_a_call

    if is_record(what):
        return False
    if "(" in what:
        asking = "" if tells_a_call(what) and "=" in what else how_to_ask(what)
        if asking and not _is_file(what):
            raise Problem(asking)
        return False
    if not _is_file(what):
        asking = how_to_ask(what)
        if asking:
            raise Problem(asking)
        raise Problem(f"{short(what)} is neither a call as strace prints it nor a file")
    return True


def _is_log(text: str) -> bool:
    """Return whether a text holds more than one call: lines of a log, or of JSON."""
    from checker.strace.audit import is_record
    from checker.strace.lines import tells_a_call
    from checker.why.denials import denial_in

    lines = [line for line in text.splitlines() if line.strip()]
    if text.lstrip().startswith("{"):
        return sum(line.startswith("{") and line.rstrip().endswith("}") for line in lines) > 1
    if len(lines) == 1 and is_record(lines[0]):
        return False
    return sum(map(tells_a_call, lines)) != 1 or any(map(denial_in, lines))


def _asked(text: str | None, options: dict[str, Any]) -> Asked:
    from checker.ground.json_text import decoded
    from checker.strace.facts import told
    from checker.strace.lines import call_in
    from checker.why.asked import of_document, of_line, of_words

    facts = list(options["facts"])
    if text is None:
        asked = of_words(options["entry"], options["flags"], options["errno"], facts)
    elif text.lstrip().startswith("{"):
        asked = of_document(decoded(text, "the call"))
    else:
        asked = of_line(told(call_in(text)))
    if text is not None:
        asked = _with_options(asked, options["errno"], facts)
    return _with_process(asked, options["pid"])


def _with_options(asked: Asked, errno: str | None, facts: list[str]) -> Asked:
    """Return a call of a line with what the command line adds to it."""
    from dataclasses import replace

    from checker.why.asked import of_words

    if errno is None and not facts:
        return asked
    more = of_words(asked.entry.name.lower(), None, errno, facts)
    paths = [one.partition("=")[0] for one in facts]
    said = {path: more.given[path] for path in paths if path in more.given}
    given = {**asked.given, **said}
    asked = replace(asked, notes=(*asked.notes, *more.notes))
    if errno is None:
        return replace(asked, given=given)
    return replace(asked, given=given, errno=more.errno, error=more.error, returned=None)


def _with_process(asked: Asked, pid: int | None) -> Asked:
    if pid is None:
        return asked
    from checker.why.live import facts_of

    return asked.with_facts(*facts_of(pid))


def _kernel_of(asked: Asked, named: str | None) -> tuple[Kernel, list[str]]:
    """Return the kernel that is asked about, and what is to be said of it."""
    from command.kernels_asked import kernel_of, which_kernel

    if named is None and asked.kernel is not None:
        return asked.kernel, []
    name = named or asked.kernel_name
    return kernel_of(name).kernel, which_kernel(name)


def _answered(asked: Asked, kernel: Kernel, before: Filter | None) -> Answer:
    from checker.why.answer import answer

    return answer(asked, kernel, before)


def _alone(asked: Asked, named: str | None, options: dict[str, Any]) -> int:
    from checker.why.opened import Undecided

    kernel, notes = _kernel_of(asked, named)
    before = filter_before(options["seccomp"], options["caps"])
    try:
        found = _answered(asked, kernel, before)
    except Undecided as reason:
        raise _unknown(str(reason)) from None
    tell(_written(found, notes, options["style"]), options["output"])
    return problems.AS_EXPECTED if found.causes.complete else problems.UNANSWERED


class _Unknown(Problem):
    code = problems.UNANSWERED


def _unknown(reason: str) -> Problem:
    return _Unknown(f"not known within the solver's budget: {reason}")


def _written(found: Answer, notes: list[str], style: str) -> str:
    if style == "json":
        from checker.why.document import document

        return json.dumps(document(found, notes), indent=2)
    from checker.why.told import told

    return "\n".join([*notes, *([""] if notes else []), *told(found)])


def _log(text: str, named: str | None, options: dict[str, Any]) -> int:
    """Answer the calls of a log that failed, equal ones once; 2 if some were not asked about."""
    from checker.why.opened import Undecided

    found = _read(text)
    before = filter_before(options["seccomp"], options["caps"])
    answers: list[tuple[Answer | str, int]] = []
    notes: dict[str, None] = {}
    often_first = sorted(found.failed.values(), key=lambda each: -each[1])
    left, often_first = often_first[options["most"] :], often_first[: options["most"]]
    with Progress(len(often_first), "answering") as advance:
        for one, count in often_first:
            asked = _with_process(one, options["pid"])
            try:
                kernel, said = _kernel_of(asked, named)
                notes |= dict.fromkeys(said)
                answers.append((_answered(asked, kernel, before), count))
            except (Problem, Undecided) as problem:
                answers.append((str(problem), count))
            advance(1)
    if options["style"] == "json":
        text = json.dumps(_log_document(found, answers), indent=2)
    else:
        text = "\n".join(_log_lines(found, answers, list(notes)))
    tell(text, options["output"])
    if left:
        say(f"{_count_of(left)} more calls, that failed in {len(left)} other ways, were not asked "
            f"about: --most {len(found.failed)} does")
    known = [one for one, _ in answers if not isinstance(one, str)]
    if left or any(not one.causes.complete for one in known):
        return problems.UNANSWERED
    return problems.AS_EXPECTED if len(known) == len(answers) else problems.USAGE


def _count_of(some: list[tuple[Asked, int]]) -> int:
    """Return how many calls failed in some ways."""
    return sum(count for _, count in some)


_FEW = 20
"""Lines of what a program may say; more are a log."""


def _read(text: str) -> Found:
    from checker.why.log import of_documents, read
    from checker.why.messages import how_to_ask

    if not text.strip():
        raise Problem("there is nothing in it: a line of strace is due, or --entry; --help shows "
                      "examples")
    lines = text.splitlines()
    found = of_documents(lines) if text.lstrip().startswith("{") else read(lines)
    if not (found.calls or found.log.unread or found.log.beside or found.denials):
        asking = how_to_ask(text)
        if asking and len(lines) < _FEW:
            raise Problem(asking)
        raise Problem("no call of clone, clone3, fork, vfork, unshare or setns is in it")
    return found


def _log_lines(
    found: Found, answers: list[tuple[Answer | str, int]], notes: list[str]
) -> Iterator[str]:
    from checker.why.denials import told as denied
    from checker.why.told import told

    yield _summary(found)
    yield from (f"not read, {count} times: {why}" for why, count in found.log.unread.items())
    for (call, error), count in found.log.beside.items():
        ask = f"`cloneproof why --entry '{call}' --errno {error}`"
        yield f"beside them, {count} times: {call} failed with {error}: {ask}"
    for denial, count in found.denials.items():
        yield ""
        yield f"{count} times:" if count > 1 else "once:"
        yield from denied(denial)
    yield from notes
    for one, count in answers:
        yield ""
        yield f"{count} times:" if count > 1 else "once:"
        yield from [f"  {one}"] if isinstance(one, str) else told(one)


def _summary(found: Found) -> str:
    parts = [
        f"{found.log.lines} lines: {found.calls} calls that make tasks or prepare it",
        f"{found.succeeded} succeeded",
        f"{found.failures} failed in {len(found.failed)} ways",
    ]
    if found.unfinished:
        parts.append(f"{found.unfinished} did not end")
    return f"{', '.join(parts)}; {found.log.others} other lines"


def _log_document(found: Found, answers: list[tuple[Answer | str, int]]) -> dict[str, Any]:
    from checker.why.denials import document as document_of
    from checker.why.document import document

    told = [
        {"error": one, "count": count} if isinstance(one, str)
        else {**document(one), "count": count}
        for one, count in answers
    ]
    return {
        "lines": found.log.lines, "calls": found.calls, "failed": found.failures,
        "succeeded": found.succeeded, "unfinished": found.unfinished, "others": found.log.others,
        "unread": found.log.unread,
        "beside": [{"call": call, "errno": error, "count": count}
                   for (call, error), count in found.log.beside.items()],
        "denials": [{**document_of(denial), "count": count}
                    for denial, count in found.denials.items()],
        "answers": told,
    }
