"""The kept table of what each commit between two neighbouring kernels changes."""

from __future__ import annotations

from collections.abc import Iterable

from checker.calls.documents import to_document
from checker.compared.guesses import CALL, COMMIT, OF
from checker.compared.neighbours import Shown
from reports.least import call_word
from reports.markdown import rows, text_cell

_HEAD = """# What changes between neighbouring kernels

Written by make, checked in CI to be current; do not edit.  One line per kind of difference, by the
last commit that makes its smallest call end as it does.

"""


def differences(found: Iterable[Shown]) -> str:
    """Return the table of cases between neighbours."""
    made = rows(("kernels", COMMIT, "id", OF, "what", CALL), [_line(one) for one in found])
    return f"{_HEAD}{made}\n"


def _line(one: Shown) -> tuple[str, ...]:
    patch, case = one.case.commits[-1], one.case
    return (
        "…".join(one.kernels), patch.name, patch.commit, case.subject.value,
        text_cell(one.what), call_word(to_document(case.values)),
    )


def moved(kept: str, made: str) -> list[str]:
    """Return each line in which a kept table is not the one that was made."""
    before, after = kept.splitlines(), made.splitlines()
    gone = [f"kept, and not found: {line}" for line in before if line not in after]
    return [*gone, *(f"found, and not kept: {line}" for line in after if line not in before)]
