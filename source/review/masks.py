"""Which bits of which value a test of some bits is about, conversions and constants taken off."""

from __future__ import annotations

from source.review.terms import Term

Bits = tuple[Term, int, int]
"""A term, the bits of it that are asked for, and what they are to be."""


def peeled(term: Term, mask: int, known: int) -> Bits | None:
    """The bits of an inner term that say the same; nothing where it never holds."""
    while True:
        if known & ~mask:
            return None
        inner = _inner(term, mask, known)
        if inner is None:
            return term, mask, known
        if inner[2] & ~inner[1]:
            return None
        term, mask, known = inner


def _inner(term: Term, mask: int, known: int) -> Bits | None:
    """One step inwards; nothing where there is none.  What is known of no bit never holds."""
    if not term.args:
        return None
    first, last = term.args[0], term.args[-1]
    full = (1 << term.sort) - 1
    match term.op:
        case "cut":
            return first, mask, known
        case "zext":
            return first, mask & ((1 << first.sort) - 1), known
        case "sext" if mask < 1 << (first.sort - 1):
            return first, mask, known
        case "lshr" if last.op == "const" and last.value < term.sort:
            kept = mask & (full >> last.value)
            return first, kept << last.value, known << last.value
        case "and" | "or" | "xor" if len(term.args) == 2 and last.op == "const":
            return _of_constant(term, mask, known)
    return None


def _of_constant(term: Term, mask: int, known: int) -> Bits:
    first, constant = term.args[0], term.args[1].value
    if term.op == "and":
        return first, mask & constant, known
    if term.op == "xor":
        return first, mask, known ^ (mask & constant)
    return first, mask & ~constant, known ^ (mask & constant)
