"""The whole-number types of C on x86-64: how many bits, signed or not, and what fits in them."""

from __future__ import annotations

from functools import lru_cache

from model.algebra import Word, widened
from model.node import NUMBER, Term
from model.terms import extract
from source.configuration import listed

_BITS = {
    1: "bool _Bool",
    8: "char u8 s8 __u8 __s8 uint8_t int8_t",
    16: "short u16 s16 __u16 __s16 umode_t uint16_t int16_t",
    32: "int signed unsigned u32 s32 __u32 __s32 pid_t uid_t gid_t gfp_t uint32_t int32_t",
    64: "long u64 s64 __u64 __s64 size_t ssize_t loff_t uint64_t int64_t uintptr_t",
}
_OF = {name: bits for bits, names in _BITS.items() for name in names.split()}
_UNSIGNED = listed(
    """
    bool _Bool unsigned u8 u16 u32 u64 __u8 __u16 __u32 __u64 size_t umode_t uid_t gid_t gfp_t
    uint8_t uint16_t uint32_t uint64_t uintptr_t
    """
)
_QUALIFIERS = ("const", "volatile", "static", "register", "inline", "extern")


@lru_cache(maxsize=512)
def shape_of(kind: str) -> tuple[int, bool] | None:
    """Return a type's bits and whether it is signed; ``None`` for what is no whole number here."""
    words = [word for word in kind.split() if word not in _QUALIFIERS]
    if not words or any(word not in _OF for word in words):
        return None
    named = [word for word in words if word not in ("signed", "unsigned")]
    bits = 16 if "short" in named else max((_OF[word] for word in named), default=32)
    return bits, not any(word in _UNSIGNED for word in words)


def narrowed(word: Word, bits: int, signed: bool) -> Word:
    """Return a word of 64 bits as a type of fewer holds it."""
    if isinstance(word, int):
        low: int = word & (2**bits - 1)
        return low - 2**bits if signed and low >> (bits - 1) else low
    if _fits(word, bits, signed, {}):
        return word
    made: Word = widened(extract(word, bits - 1, 0), 64, signed=signed)
    return made


def _fits(term: Term, bits: int, signed: bool, known: dict[int, bool]) -> bool:
    """Return whether a word is one that the type can hold, seen from how it is made."""
    if term.serial not in known:
        known[term.serial] = False  # for as long as it is looked at
        known[term.serial] = _seen_to_fit(term, bits, signed, known)
    return known[term.serial]


def _seen_to_fit(term: Term, bits: int, signed: bool, known: dict[int, bool]) -> bool:
    if term.kind == NUMBER:
        value: int = term.numbers[0]
        half: int = 2 ** (bits - 1)
        if not signed:
            return value < 2 * half
        return value < half or value >= 2**term.width - half
    if term.kind == "ite":
        return all(_fits(one, bits, signed, known) for one in term.operands[1:])
    if term.kind in ("zero_extend", "sign_extend"):
        width: int = term.operands[0].width
        if term.kind == "sign_extend":
            return signed and width <= bits
        return width < bits or (width == bits and not signed)
    if term.kind == "bvand":
        return any(
            one.kind == NUMBER and one.numbers[0] < 2 ** (bits - signed) for one in term.operands
        )
    return False
