"""What changed between two reports: which verdict, from what, to what, and what shows it."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass

from checker.record.ranges import KernelOrder, natural
from checker.record.result import Result
from reports.calls import evidence
from reports.eras import gathered
from reports.json_report import JsonReport
from reports.markdown import code_cell, rows, text_cell
from reports.text import count, grid, paragraph

ABSENT = "absent"
_HEADERS = ("id", "property", "kernels", "old", "new", "expected", "what changed")
_WIDTHS = (8, 26, 20, 7, 7, 8, 12)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One property on one kernel, before and after; ``None`` where it was not decided."""

    old: Result | None
    new: Result | None

    @property
    def known(self) -> Result:
        """Return the newer record there is."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def verdicts(self) -> tuple[str, str]:
        """Return the old and the new verdict."""
        return _verdict(self.old), _verdict(self.new)

    @property
    def what(self) -> str:
        """Return what changed, in words."""
        if self.old is None or self.new is None:
            return "gone" if self.new is None else "added"
        changed = {
            "verdict": self.old.verdict is not self.new.verdict,
            "expectation": self.old.expected is not self.new.expected,
            "sentence": self.old.sentence != self.new.sentence,
        }
        return ", ".join(name for name, moved in changed.items() if moved)

    @property
    def shows(self) -> str:
        """Return what shows the new verdict, if there is anything to show."""
        return evidence(self.new) if self.new else ""


def _verdict(result: Result | None) -> str:
    return result.verdict.value if result else ABSENT


def changes(old: JsonReport, new: JsonReport) -> list[VerdictChange]:
    """Return what changed, by property and kernel; nothing for reports that agree."""
    before = _by_key(old)
    after = _by_key(new)
    order = _order(old, new)
    keys = sorted(before | after, key=lambda key: (natural(key[0]), order.index(key[1])))
    found = [VerdictChange(before.get(key), after.get(key)) for key in keys]
    return [change for change in found if change.what]


def _by_key(report: JsonReport) -> dict[Key, Result]:
    return {(result.property, result.kernel): result for result in report.results}


def _order(old: JsonReport, new: JsonReport) -> KernelOrder:
    kernels = KernelOrder.of(new.results).kernels
    return KernelOrder(
        (*kernels, *(k for k in KernelOrder.of(old.results).kernels if k not in kernels))
    )


def changes_json(old: JsonReport, new: JsonReport) -> str:
    """Return what changed as JSON: a list, one entry for each property and kernel."""
    found = [_as_json(change) for change in changes(old, new)]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _as_json(change: VerdictChange) -> dict[str, str]:
    known = change.known
    before, after = change.verdicts
    return {
        "property": known.property,
        "sentence": known.sentence,
        "kernel": known.kernel,
        "old": before,
        "new": after,
        "expected": known.expectation,
        "what": change.what,
        "shows": change.shows,
    }


def changes_text(old: JsonReport, new: JsonReport) -> str:
    """Return what changed as a text table, at most 100 columns wide."""
    found = _grouped(old, new)
    if not found:
        return paragraph(_headline(old, new)) + "\n"
    order = _order(old, new)
    parts = [grid(_HEADERS, [_cells(group, order) for group in found], _WIDTHS)]
    parts += [_shown(group, order) for group in found if group[0].shows]
    return "\n\n".join([paragraph(_headline(old, new)), *parts]) + "\n"


def changes_markdown(old: JsonReport, new: JsonReport) -> str:
    """Return what changed as Markdown."""
    found = _grouped(old, new)
    head = f"## {_headline(old, new)}\n"
    if not found:
        return head
    order = _order(old, new)
    lines = [
        [*(text_cell(cell) for cell in _cells(group, order)), _code(group[0].shows)]
        for group in found
    ]
    return f"{head}\n{rows((*_HEADERS, 'smallest call, or why no answer'), lines)}\n"


def _code(text: str) -> str:
    return code_cell(text) if text else ""


def _grouped(old: JsonReport, new: JsonReport) -> list[list[VerdictChange]]:
    return gathered(changes(old, new), _alike)


def _alike(change: VerdictChange) -> Hashable:
    known = change.known
    return known.property, change.verdicts, known.expected, change.what, change.shows


def _cells(group: list[VerdictChange], order: KernelOrder) -> tuple[str, ...]:
    known = group[0].known
    kernels = order.label([change.known.kernel for change in group])
    before, after = group[0].verdicts
    what = group[0].what
    return known.property, known.sentence, kernels, before, after, known.expectation, what


def _shown(group: list[VerdictChange], order: KernelOrder) -> str:
    identity, _, kernels, before, after, *_ = _cells(group, order)
    head = paragraph(f"{identity} on {kernels}: {before}, now {after}")
    return f"{head}\n{paragraph(group[0].shows, '  ')}"


def _headline(old: JsonReport, new: JsonReport) -> str:
    found = changes(old, new)
    moved = sum(change.verdicts[0] != change.verdicts[1] for change in found)
    wrong = sum(change.new is not None and not change.new.as_expected for change in found)
    versions = "" if old.version == new.version else f" (cloneproof {old.version}, {new.version})"
    if not found:
        return f"no verdict changed{versions}"
    rest = len(found) - moved
    text = f"{count(moved, 'verdict')} changed, {wrong} not as expected now{versions}"
    return f"{text}; {rest} changed otherwise" if rest else text
