"""A concrete call told as a walk through the kernel's steps, with names for numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from checker.calls.answer import parts
from checker.calls.documents import leaves_by_path, record_document
from checker.calls.naming import spoken
from model.call import Call, Situation
from model.entries import CREATORS
from model.evaluate import Outcome
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry
from model.rows import Rejection
from model.vhost import VhostOutcome
from model.wellformed import well_formed
from model.words import Flag, errno_name, flag_names

INDENT = "    "
WIDTH = 96


def story(kernel: Kernel, values: dict[str, Any]) -> list[str]:
    """Return the lines of the walk that a call takes on a kernel."""
    outcome = predict(kernel, build(Situation, values))
    lines = [f"On {kernel.name}:", *_caller(values), *_request(outcome.call, values)]
    if isinstance(outcome, VhostOutcome):
        lines += _vhost(outcome)
    elif isinstance(outcome, Outcome):
        lines += _walk(outcome)
    lines += [*_result(outcome), *_what_if(kernel, values, outcome)]
    return [part for line in lines for part in fitted(line)]


def fitted(line: str) -> list[str]:
    """Return a line broken at WIDTH columns, its indentation kept."""
    indent = line[: len(line) - len(line.lstrip())]
    return wrap(line, WIDTH, subsequent_indent=indent + INDENT, drop_whitespace=True)


def _what_if(kernel: Kernel, values: dict[str, Any], outcome: Any) -> list[str]:
    """Return what would decide the call instead if one fact, or one flag, were not there."""
    told = []
    for name, trial in _without_one(values):
        start = build(Situation, trial)
        if not well_formed(kernel, start):
            continue
        other = predict(kernel, start)
        if _decision(other) != _decision(outcome):
            told.append(f"  without {name}: {_decision(other)}")
    return told


def _without_one(values: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    flags = int(values.get("request.flags", 0))
    for flag in Flag:
        if flags & flag and flags.bit_count() > 1:
            yield f"CLONE_{flag.name}", {**values, "request.flags": flags & ~int(flag)}
    for path in values:
        if path not in ("request.entry", "request.flags"):
            yield path, {key: value for key, value in values.items() if key != path}


def _decision(outcome: Any) -> str:
    """Return what decides a call: ``success``, or its errno with the rejecting rule."""
    if outcome.errno == 0:
        return "success"
    inner = outcome
    if isinstance(outcome, VhostOutcome):
        inner = outcome.kthread if bool(outcome.worker.by_kthreadd) else outcome.task
    row = inner.rejected_by
    because = f" ({row.name}, {row.at})" if row else ""
    return f"-{errno_name(outcome.errno)}{because}"


def facts(values: dict[str, Any]) -> list[str]:
    """Return each fact that is not default as ``path = value  (meaning)``."""
    known = leaves_by_path()
    return [
        f"{path} = {spoken(known[path], value)}  ({known[path].doc})"
        for path, value in values.items()
    ]


def _caller(values: dict[str, Any]) -> list[str]:
    told = facts({path: v for path, v in values.items() if not path.startswith("request.")})
    if not told:
        return ["  caller: an ordinary single-threaded process of uid 1000"]
    return ["  caller: an ordinary process, but", *(f"{INDENT}{line}" for line in told)]


def _request(call: Call, values: dict[str, Any]) -> list[str]:
    entry = Entry(int(call.request.entry))
    lines = [f"  calls {entry.name.lower()}()"]
    given = {
        path: value
        for path, value in values.items()
        if path.startswith("request.") and path != "request.entry"
    }
    lines += [f"{INDENT}{line}" for line in facts(given)]
    if entry in CREATORS:
        lines.append(f"{INDENT}kernel_clone_args.flags = {flag_names(int(call.args.flags))}")
        lines.append(f"{INDENT}kernel_clone_args.exit_signal = {call.args.exit_signal}")
        set_bits = [
            name
            for name in (
                "kthread",
                "io_thread",
                "user_worker",
                "no_files",
                "ignore_signals",
                "idle",
            )
            if getattr(call.args, name)
        ]
        if set_bits:
            lines.append(f"{INDENT}kernel_clone_args: {', '.join(set_bits)} = 1")
    return lines


def _walk(outcome: Outcome, indent: str = "  ") -> list[str]:
    """Return the tests passed, and the rejection if there is one."""
    rejected = outcome.rejected_by
    rows = [
        row for row, _there in outcome.call.kernel.rows(outcome.table) if isinstance(row, Rejection)
    ]
    passed = rows[: rows.index(rejected)] if rejected else rows
    lines = _passed(passed, indent)
    if rejected:
        lines.append(f"{indent}{rejected.at}: REJECTED, {rejected.name}")
        lines.append(f"{indent}{INDENT}{rejected.doc}")
        if rejected.unwinds:
            lines.append(f"{indent}{INDENT}error path: {' -> '.join(rejected.unwinds)}")
    return lines


def _passed(rows: list[Rejection], indent: str) -> list[str]:
    """Return how many tests the call passes, and in which file most of them stand."""
    if not rows:
        return []
    files = Counter(row.at.split(":")[0] for row in rows)
    most, count = files.most_common(1)[0]
    return [f"{indent}passes {len(rows)} tests in {len(files)} files, {count} of them in {most}"]


def _vhost(outcome: VhostOutcome) -> list[str]:
    by_kthreadd = bool(outcome.worker.by_kthreadd)
    inner = outcome.kthread if by_kthreadd else outcome.task
    who = "kthreadd (root's credentials and limits)" if by_kthreadd else "the owner itself"
    lines = [f"  copy_process() runs in {who}:"]
    return [*lines, *_walk(inner, f"  {INDENT}")]


def _result(outcome: Any) -> list[str]:
    if outcome.errno != 0:
        return [f"  result: -{errno_name(outcome.errno)}"]
    lines = ["  result: success; unlike the child of a plain fork()"]
    for name, record in parts(outcome):
        plain = predict(outcome.call.kernel, Situation()).child
        default = record_document(plain if name == "child" else type(record)())
        lines += [
            f"{INDENT}{name}.{field} = {value}"
            for field, value in record_document(record).items()
            if value != default[field]
        ]
    return lines
