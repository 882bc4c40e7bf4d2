"""The Markdown summary for a pull request: the verdict first, then what is not as expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.record.ranges import KernelOrder
from checker.record.result import EVERY_SET, NO_ANSWER, Result
from reports.calls import evidence
from reports.eras import Era, totals, unexpected
from reports.text import count, one_line

MOST = 50
"""Rows before a summary points to the full reports."""


def markdown(results: list[Result]) -> str:
    """Return the summary of a run; its first line is the verdict."""
    if not results:
        return "## cloneproof: nothing was checked\n"
    wrong = unexpected(results)
    parts = [f"## cloneproof: {headline(results)}", _scope(results)]
    if wrong:
        parts += _wrong(wrong)
    parts.append(folded("Totals per kernel", _per_kernel(results)))
    return "\n\n".join(parts) + "\n"


def headline(results: list[Result]) -> str:
    """Return the verdict of a run in a line."""
    total = len(results)
    wrong = [result for result in results if not result.as_expected]
    if not wrong:
        return "as expected"
    text = f"{len(wrong)} of {count(total, 'verdict')} not as expected"
    silent = sum(result.verdict in NO_ANSWER for result in wrong)
    return f"{text} ({silent} without an answer)" if silent else text


def _scope(results: list[Result]) -> str:
    properties = len({result.property for result in results})
    kernels = len(KernelOrder.of(results).kernels)
    return (
        f"{count(len(results), 'verdict')}: {count(properties, 'property')}, "
        f"{count(kernels, 'kernel')}."
    )


def _wrong(wrong: list[Era]) -> list[str]:
    headers = ("property", "kernel", "expected", "got", "smallest call, or why no answer")
    made = [rows(headers, [_row(era) for era in wrong[:MOST]])]
    if len(wrong) > MOST:
        made.append(f"… and {len(wrong) - MOST} more: see the JUnit or JSON report.")
    return made


def _row(era: Era) -> tuple[str, ...]:
    result = era.first
    shown = evidence(result)
    return (
        f"{text_cell(result.property)}: {text_cell(result.sentence)}",
        text_cell(era.kernels),
        result.expectation,
        f"**{result.verdict.value}**",
        code_cell(shown) if shown else "",
    )


def _per_kernel(results: list[Result]) -> str:
    names = [name for name in totals(results) if name != "verdicts"]
    lines = []
    for kernel in (*KernelOrder.of(results).kernels, EVERY_SET):
        here = [result for result in results if result.kernel == kernel]
        if here:
            counts = totals(here)
            lines.append((text_cell(kernel), *(str(counts.get(name, 0)) for name in names)))
    return rows(("kernel", *(name.replace("_", " ") for name in names)), lines)


def rows(headers: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table without padding, so that one changed cell is one changed line."""
    lines = [headers, ["---"] * len(headers), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def folded(title: str, body: str) -> str:
    """Return details that open on a click."""
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def text_cell(text: str) -> str:
    """Return text that stays text inside a Markdown table."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    for char in "|`*_[]":
        text = text.replace(char, f"\\{char}")
    return text


def code_cell(text: str) -> str:
    """Return text as code inside a Markdown table."""
    return f"`{one_line(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"
