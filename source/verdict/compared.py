"""Which functions of a file read differently in two trees, and what else of it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from source.c.unit import Unit
from source.patch.apply import Applied
from source.text import without_comments


@dataclass(frozen=True, slots=True)
class Units:
    """A file as it is read before and after; ``None`` where it is not there."""

    base: Unit | None
    head: Unit | None

    @property
    def sides(self) -> tuple[Unit | None, Unit | None]:
        """Return both."""
        return self.base, self.head

    @property
    def read(self) -> list[Unit]:
        """Return those that are there."""
        return [one for one in self.sides if one is not None]

    def close(self) -> None:
        """End the processes that hold them."""
        for one in self.read:
            one.close()


@dataclass(frozen=True, slots=True)
class Differing:
    """What of a file reads differently: functions on both sides, new ones and those that go.

    ``variables`` are those whose type or initialiser differs, and those that the kernel itself
    looks for (an initcall, say) on one side alone.
    """

    functions: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    """Changed lines that the configuration leaves out, as ranges of one side."""


def differing(
    units: Units, wanted: frozenset[str] | None, file: Applied | None, *, full: bool = False
) -> Differing:
    """Return what reads differently, of functions those among ``wanted`` alone (``None``: all).

    Where all changed lines stand in functions, and none is a directive, only those functions are
    looked at: the text of the others is the same, and so is all that stands before it.  With
    ``full``, where a header changed, all are.
    """
    inside = None if file is None or full else touched(units, file)
    before, after = (_names(unit, wanted, inside) for unit in units.sides)
    return Differing(
        tuple(one for one in after if one in before and _is_asked(units, one, inside)),
        tuple(one for one in after if one not in before),
        tuple(one for one in before if one not in after),
        tuple(_variables(units)) if inside is None else (),
        () if file is None else tuple(_skipped(units, file)),
    )


def _names(
    unit: Unit | None, wanted: frozenset[str] | None, inside: frozenset[str] | None
) -> list[str]:
    return [
        name
        for name in (unit.functions if unit is not None else ())
        if (wanted is None or name in wanted) and (inside is None or name in inside)
    ]


def differing_inlines(units: Units, names: set[str]) -> list[str]:
    """Return the functions of headers, among ``names``, that both sides have and read otherwise."""
    base, head = units.sides
    if base is None or head is None:
        return []
    beside = [name for name in sorted(names) if name not in head.functions]
    keys = ((name, base.digest(name), head.digest(name)) for name in beside)
    return [name for name, one, other in keys if None not in (one, other) and one != other]


def _is_asked(units: Units, name: str, inside: frozenset[str] | None) -> bool:
    """Return whether a function reads differently, or changed and cannot be read in full."""
    assert units.base is not None and units.head is not None
    if units.base.digest(name) != units.head.digest(name):
        return True
    bodies = (units.base.function(name), units.head.function(name))
    return inside is not None and any(one is not None and one.troubles for one in bodies)


def _skipped(units: Units, file: Applied) -> Iterator[str]:
    """Yield the changed lines that conditionals leave out, those of comments apart."""
    for out, _text, when in _left_out(units, file):
        ranges = f"{out[0]}" if len(out) == 1 else f"{out[0]} to {out[-1]}"
        yield f"line {ranges} {when}{LEFT_OUT}"


LEFT_OUT = " is left out by this configuration"


def _left_out(units: Units, file: Applied) -> Iterator[tuple[list[int], str, str]]:
    """Yield the changed lines of a side that conditionals leave out, with its text."""
    told = ((file.before, file.removed, "before"), (file.after, file.added, "after"))
    for unit, (text, lines, when) in zip(units.sides, told, strict=True):
        inside = _conditional(text or "", lines)
        left = unit.skipped if unit is not None and inside else ()
        out = [line for line in inside if any(first < line < last for first, last in left)]
        if out:
            yield out, text or "", when


def options_of(units: Units, file: Applied | None) -> tuple[str, ...]:
    """Return the options that are to be set for the changed lines that are left out."""
    left = () if file is None else _left_out(units, file)
    return tuple(sorted({option for out, text, _ in left for option in _asked_for(text, out)}))


def _asked_for(text: str, lines: list[int]) -> Iterator[str]:
    """Yield the options that conditionals round some lines ask to be set."""
    round_: list[list[str]] = []
    wanted = frozenset(lines)
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        directive = _CONDITION.match(line)
        if directive is not None:
            word, test = directive.groups()
            if word in ("endif", "elif", "else") and round_:
                round_.pop()
            if word != "endif":
                round_.append([] if word == "ifndef" else _SET.findall(test))
        elif number in wanted:
            yield from (option for options in round_ for option in options)


_CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)")
_SET = re.compile(r"(?<!!)(?:\b(?:defined|IS_ENABLED|IS_BUILTIN)\s*\(?\s*|^\s*)(CONFIG_\w+)")


def _conditional(text: str, lines: tuple[int, ...]) -> list[int]:
    """Return those of some lines that hold more than a comment and stand in a conditional."""
    found, depth, wanted = [], 0, frozenset(lines)
    for number, line in enumerate(without_comments(text).split("\n") if lines else (), 1):
        directive = _DIRECTIVE.match(line)
        word = directive.group(1) if directive is not None else ""
        depth += (word == "if") - (word == "endif")
        if depth > 0 and number in wanted and line.strip():
            found.append(number)
    return found


_DIRECTIVE = re.compile(r"\s*#\s*(if|endif)")
_NUMBER = re.compile(r"\d+")
_LOOKED_FOR = ("__initcall", "__setup", "__param", "__exitcall", "__con_initcall")


def _variables(units: Units) -> list[str]:
    before, after = ({} if unit is None else _keys(unit) for unit in units.sides)
    return [
        name
        for name in {**before, **after}
        if before.get(name) != after.get(name)
        and ((name in before and name in after) or name.startswith(_LOOKED_FOR))
    ]


def _keys(unit: Unit) -> dict[str, list[str | None]]:
    """Return the keys of variables by name; numbers in what macros name are those of lines."""
    found: dict[str, list[str | None]] = {}
    for name in unit.variables:
        plain = _NUMBER.sub("#", name) if name.startswith("__") else name
        found.setdefault(plain, []).append(unit.variable(name))
    return found


def touched(units: Units, file: Applied) -> frozenset[str] | None:
    """Return the functions that changed lines stand in; ``None`` if one stands outside of any."""
    found: set[str] = set()
    texts = ((file.before, file.removed), (file.after, file.added))
    for unit, (text, lines) in zip(units.sides, texts, strict=True):
        if not lines:
            continue
        if unit is None or text is None:
            return None
        written = text.split("\n")
        for line in lines:
            name = _standing_in(unit, line)
            if name is None or written[line - 1].lstrip().startswith("#"):
                return None
            found.add(name)
    return frozenset(found)


def _standing_in(unit: Unit, line: int) -> str | None:
    for name, (first, last) in unit.extents.items():
        if first <= line <= last:
            return name
    return None
