"""Differences as people read them, commit by commit, and as JSON writes them."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from checker.calls.brief import brief
from checker.calls.documents import record_document, to_document
from checker.compared.comparer import Comparer
from checker.compared.difference import Difference
from checker.compared.pair import Case
from checker.compared.signature import DECIDES, LEAVES, POSSIBLE
from checker.compared.view import ERRNO, View
from model.kernel import Kernel
from model.patch import Patch
from model.request import Entry
from model.words import errno_name
from properties.claim import Subject

WIDTH = 96
ALL = (
    "every call of every entry point into copy_process(), of unshare(), setns(), VHOST_SET_OWNER "
    "and kthread_create(), from every state: errno, what is done to others, leaks of error paths, "
    "and each field of the child, the worker or the caller afterwards"
)


def lines(found: Difference, tool: Comparer) -> Iterator[str]:
    """Yield what is told of two kernels."""
    one, other = found.before.name, found.after.name
    count = len(found.apart)
    yield f"{one} and {other} are {count} commit{'s' * (count != 1)} apart"
    if not found.cases and not found.unknown:
        yield from _wrapped("EQUAL: no call tells them apart", "")
    shown: dict[Subject, set[str]] = {}
    last = None
    for case in found.cases:
        if case.commits[-1] is not last:
            last, shown = case.commits[-1], {}
            yield ""
            yield from _wrapped(commit_line(last, last in found.after.patches()), "")
        yield from _wrapped(brief(case.values), "  ")
        yield from _case_lines(found, case, tool, shown.setdefault(case.subject, set()))
    yield from _end(found)


def commit_line(patch: Patch, comes: bool) -> str:
    """Return a commit with its id, its title, and whether it comes or goes."""
    return f"{'+' if comes else '-'} {patch.name} ({patch.commit}): {patch.title}"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    ",
                    break_on_hyphens=False)


def _case_lines(found: Difference, case: Case, tool: Comparer, shown: set[str]) -> Iterator[str]:
    """Yield both outcomes of a case; of fields those that this commit has not shown yet."""
    views = [_view(kernel, case, tool) for kernel in (found.before, found.after)]
    ends = [outcome(view) for view in views]
    if case.signature.kind == LEAVES and ends[0] == ends[1]:
        new = [name for name in case.signature.names if name not in shown]
        shown |= set(new)
        yield f"    {ends[0]} on both, but"
        for name in new:
            yield from _wrapped(f"{name}: {' → '.join(_field(view, name) for view in views)}",
                                "      ")
    else:
        yield from _wrapped(f"{found.before.name}: {ends[0]}", "    ")
        yield from _wrapped(f"{found.after.name}: {ends[1]}", "    ")
    if not case.least:
        yield "    (smaller calls may show it, too)"
    if len(case.commits) > 1:
        names = ", ".join(patch.name for patch in case.commits[:-1])
        yield from _wrapped(f"changed on the way by {names}, too", "    ")


def _view(kernel: Kernel, case: Case, tool: Comparer) -> View:
    return tool.calls.call(kernel, case.subject, case.values)


def outcome(view: View) -> str:
    """Return how a call ends on a kernel, or why it cannot be made there."""
    if view.possible is not True:
        name = next(name for name, holds in view.assumed.items() if holds is not True)
        if name == "the_kernel_has_the_entry_point":
            return f"there is no {Entry(int(view.start.request.entry)).name.lower()}()"
        return f"there is no such call: {name.replace('_', ' ')}"
    errno = errno_name(int(view.errno))
    row = next((row for row, decides in view.hits if decides is True), None)
    return "success" if row is None else f"-{errno} ({row.name}, {row.at})"


def _field(view: View, name: str) -> str:
    """Return a field of what a call leaves in words, or whether something was done."""
    if name == ERRNO:
        return errno_name(int(view.errno))
    if name not in view.made:
        return "yes" if view.aside.get(name, False) else "no"
    of, _, field = name.partition(".")
    record = getattr(view.outcome, of if of in ("child", "worker") else "after")
    return str(record_document(record)[field])


def _end(found: Difference) -> Iterator[str]:
    yield ""
    if found.silent:
        names = ", ".join(patch.name for patch in found.silent)
        yield from _wrapped(f"by themselves these make no call end differently: {names}", "")
    if found.unknown:
        yield from _wrapped(f"there may be more: {'; '.join(found.unknown)}", "")
        return
    cases = len(found.cases)
    proved = "these kinds are all, proved" if cases else "that is proved"
    yield from _wrapped(f"{proved}; compared is {ALL}", "")


def document(found: Difference, tool: Comparer) -> dict[str, Any]:
    """Return a difference as JSON writes it."""
    return {
        "kernels": [found.before.name, found.after.name],
        "equal": not found.cases and not found.unknown,
        "complete": not found.unknown,
        "unknown": found.unknown,
        "compared": ALL,
        "cases": [_case(found, case, tool) for case in found.cases],
        "change_no_call": [patch.name for patch in found.silent],
    }


def _case(found: Difference, case: Case, tool: Comparer) -> dict[str, Any]:
    views = [_view(kernel, case, tool) for kernel in (found.before, found.after)]
    fields = case.signature.names if case.signature.kind == LEAVES else ()
    return {
        "commits": [patch.name for patch in case.commits],
        "kind": {POSSIBLE: "possible", DECIDES: "rule", LEAVES: "leaves"}[case.signature.kind],
        "call": to_document(case.values),
        "smallest": case.least,
        "outcomes": [outcome(view) for view in views],
        "fields": {name: [_field(view, name) for view in views] for name in fields},
    }

