"""What changed between two trees, as text and as JSON."""

from __future__ import annotations

import json
import textwrap

from checker.calls.documents import to_document
from model.words import errno_name
from source.drift import Drift, shown
from source.report.report import WIDTH


def drift_table(found: Drift) -> str:
    """Return what changed between two trees as text."""
    names = " -> ".join(
        f"{name} ({revision})" for name, revision in zip(found.names, found.revisions, strict=True)
    )
    lines = [f"{names}: {found.unchanged} rules read the same, {len(found.moved)} do not", ""]
    for moved in found.moved:
        lines += [f"{moved.kind}: {moved.rule}"[:WIDTH]]
        lines += [f"  - {shown(moved.before)}"[:WIDTH], f"  + {shown(moved.after)}"[:WIDTH]]
    lines += [f"only in {name}: {function}()" for name, function in found.only]
    lines += ["", _meanings(found)]
    for name, why in found.partly.items():
        lines += textwrap.wrap(
            f"{name}: not compared in full: {why}", WIDTH,
            initial_indent="  ", subsequent_indent="    ",
        )
    for meaning in found.meanings:
        call = json.dumps(to_document(meaning.values))
        lines += textwrap.wrap(
            f"{meaning.function}: {call}", WIDTH, initial_indent="  ", subsequent_indent="    "
        )
        for difference in meaning.differences:
            one, other = difference.c, difference.model
            if difference.aspect == "errno":
                one, other = errno_name(one), errno_name(other)
            lines.append(f"    {difference.aspect}: {one}, then {other}"[:WIDTH])
        for mark, turn in (("-", meaning.before), ("+", meaning.after)):
            if turn is not None:
                lines.append(f"    {mark} {turn.path}:{turn.line}: {turn.text}"[:WIDTH])
    return "\n".join(lines)


def _meanings(found: Drift) -> str:
    """Say of how many functions the meaning differs, of those that were compared."""
    if not (found.compared or found.partly or found.meanings):
        return "meanings were not compared: of the first nothing but fingerprints is kept"
    of = f"of {len(found.compared)} functions that were compared in full"
    return f"{len(found.meanings)} functions mean something else, {of}"


def drift_json(found: Drift) -> str:
    """Return what changed between two trees as JSON."""
    return json.dumps(
        {
            "trees": list(found.names),
            "nearest": list(found.revisions),
            "unchanged_rules": found.unchanged,
            "changed_rules": [
                {
                    "rule": one.rule,
                    "at": one.at,
                    "kind": one.kind,
                    "before": shown(one.before),
                    "after": shown(one.after),
                    "fingerprints": [
                        line.fingerprint if line else None for line in (one.before, one.after)
                    ],
                }
                for one in found.moved
            ],
            "only": [{"tree": name, "function": function} for name, function in found.only],
            "compared_in_full": found.compared,
            "not_compared_in_full": found.partly,
            "changed_meanings": [
                {
                    "function": one.function,
                    "call": to_document(one.values),
                    "differences": [
                        {"aspect": each.aspect, "before": each.c, "after": each.model}
                        for each in one.differences
                    ],
                }
                for one in found.meanings
            ],
        },
        indent=2,
        default=str,
    )
