"""``generated/timeconst.h``: how clock ticks become milliseconds and back (timeconst.bc)."""

from __future__ import annotations

from math import gcd


def _shift(bits: int, number: int, divisor: int) -> int:
    shift = 0
    while _factor(shift, number, divisor) < 1 << (bits - 1):
        shift += 1
    return shift


def _factor(shift: int, number: int, divisor: int) -> int:
    return ((number << shift) + divisor - 1) // divisor


def _adjust(shift: int, number: int, divisor: int) -> int:
    rest = divisor // gcd(number, divisor)
    return ((rest - 1) << shift) // rest


def _one_way(name: str, number: int, divisor: int) -> list[str]:
    shift, common = _shift(32, number, divisor), gcd(number, divisor)
    return [
        f"#define {name}_MUL32 U64_C({_factor(shift, number, divisor):#x})",
        f"#define {name}_ADJ32 U64_C({_adjust(shift, number, divisor):#x})",
        f"#define {name}_SHR32 {shift}",
        f"#define {name}_NUM {number // common}",
        f"#define {name}_DEN {divisor // common}",
    ]


def timeconst(ticks: int) -> str:
    """Return the header's text for a number of clock ticks a second."""
    lines = ["#include <linux/param.h>", "#include <linux/types.h>"]
    for unit, a_second in (("MSEC", 1000), ("USEC", 1000000), ("NSEC", 1000000000)):
        lines += _one_way(f"HZ_TO_{unit}", a_second, ticks)
        lines += _one_way(f"{unit}_TO_HZ", ticks, a_second)
    return "\n".join(lines) + "\n"
