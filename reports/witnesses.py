"""The kept hints of calls on which premises occur: ``witnesses.md``, where a run looks first."""

from __future__ import annotations

from checker.record.kept_words import listed
from checker.record.result import Result, Verdict
from reports.least import call_word

HEAD = """# Calls on which premises occur

Written by make; do not edit.  Hints, believed by nobody: a run tries them in this order, each on
plain values, before it asks a solver for a call.  What is missing or damaged here costs time only.

"""


def witnesses(results: list[Result], before: str) -> str:
    """Return the calls that show premises; those that the text ``before`` kept in its order."""
    proved = [one for one in results if one.verdict is Verdict.PROVED]
    used = {call_word(one.witness) for one in proved}
    kept = [word for word in listed(before) if word in used]
    words = dict.fromkeys([*kept, *sorted(used)])
    return HEAD + "".join(f"- {word}\n" for word in words)
