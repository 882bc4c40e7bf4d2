"""What notices a mutant, and how that is confirmed: a call on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.readings.concrete import evaluate
from model.kernel import Kernel
from properties.claim import Property, Verdict


@dataclass(frozen=True, slots=True)
class Noticed:
    """What noticed a mutant: a statement on a kernel whose verdict changes."""

    statement: str
    kernel: str
    before: Verdict
    after: Verdict


def breaks(prop: Property, changed: Kernel, call: dict[str, Any]) -> bool:
    """Return whether a call breaks a statement on a changed kernel, on plain values.

    One that cannot be read any more, as what it speaks of is gone, is broken too.
    """
    try:
        return evaluate(prop, changed, call).violation
    except LookupError:
        return True


def meets(prop: Property, changed: Kernel, call: dict[str, Any]) -> bool:
    """Return whether a call has a statement's premise on a changed kernel, on plain values."""
    try:
        return evaluate(prop, changed, call).witness
    except LookupError:
        return False
