"""A review as text: what, Reason, At, what leads there, before and after, then a call."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from checker.calls.brief import brief
from source.report.review import words
from source.review.judgement import DIFFERENT, SAME, Parting, Place
from source.verdict.calls import REACHES, ShownCall
from source.verdict.promises import BREAKS, HOLDS, Turned
from source.verdict.record import FileVerdict, FunctionVerdict, PatchVerdict, Review

WIDTH = 80
"""Columns of a mail, and at most of a terminal."""

MOST_PARTINGS, MOST_STATEMENTS, MOST_NAMES, MOST_ASSUMED = 3, 3, 12, 4
MOST_CONDITIONS = 4
"""Of each kind so many are shown; JSON has all."""

_LABEL = 8


def text(review: Review, width: int = WIDTH) -> str:
    """Return a review as text, of so many columns."""
    told = _Text(max(40, width))
    lines: list[str] = []
    for made in review.patches:
        lines += [*told.patch(made), ""]
    if review.whole is not None and len(review.patches) != 1:
        lines += [*told.patch(review.whole), ""]
    lines += [line for one in review.told for line in told.wrapped(one)]
    lines += told.assumed(review)
    if len(review.every) > 1:
        lines += told.wrapped(_counted(review))
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def _counted(review: Review) -> str:
    count = len(review.patches)
    ends = [one.verdict for one in review.patches]
    told = ", ".join(f"{ends.count(one)} {one}" for one in dict.fromkeys(ends))
    return f"{count} patches: {told}" if count else review.verdict


class _Text:
    """Writes lines of a width."""

    def __init__(self, width: int) -> None:
        self.width = width

    def wrapped(self, line: str, indent: str = "", more: str = "  ") -> list[str]:
        """Return a line broken at the width."""
        return wrap(
            line,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + more,
            break_on_hyphens=False,
        )

    def labelled(self, label: str, line: str) -> list[str]:
        """Return a line under a label; what follows stands below its beginning."""
        return self.wrapped(f"{label + ':':<{_LABEL}}{line}", "  ", " " * _LABEL) if line else []

    def patch(self, made: PatchVerdict) -> list[str]:
        """Return what is said of a patch."""
        lines = [*self.wrapped(words.title(made)), *self.wrapped(words.verdict(made))]
        lines += [line for one in made.told for line in self.wrapped(one, "  ")]
        for one in words.in_order(made):
            if one.verdict != SAME:
                lines += ["", *self.function(one)]
        lines += self.files(made)
        if made.held:
            lines += ["", *self.statements(made)]
        return lines

    def function(self, one: FunctionVerdict) -> Iterator[str]:
        """Yield what is said of a function that differs, or that is open."""
        judgement = one.judgement
        yield from self.wrapped(words.heading(one))
        if judgement.verdict == DIFFERENT and judgement.partings:
            last: Place | None = None
            near = judgement.partings[: min(one.at_change or 1, MOST_PARTINGS)]
            shown = {(each.base, each.head, each.before, each.after): each for each in near}
            for number, parting in enumerate(shown.values()):
                yield from [""] if number else []
                yield from self.parting(parting, last)
                last = parting.head or parting.base
            more = len(judgement.partings) - len(near)
            if more > 0:
                places = "place" if more == 1 else "places"
                yield from self.wrapped(f"and {more} more {places} where they part", "  ")
        else:
            yield from self.labelled("Reason", words.reason(judgement))
            for place in judgement.open_at[:MOST_PARTINGS]:
                yield from self.place("At", place)
        yield from self.calls(one)

    def parting(self, parting: Parting, last: Place | None) -> Iterator[str]:
        """Yield where two versions part, unless it is the last place, what leads there, and what
        each does, if that is not told in the same words."""
        yield from self.labelled("Reason", parting.what)
        place = parting.head or parting.base
        if place is not None and place != last:
            yield from self.place("At", place)
        told = [one for one in parting.when if any(letter.isalpha() for letter in one)]
        early = len(told) - MOST_CONDITIONS
        when = [_earlier(early), *told[early:]] if early > 0 else told
        for number, condition in enumerate(when):
            yield from self.labelled("When" if number == 0 else "and", condition)
        for label, does in words.sides(parting) if parting.before != parting.after else ():
            yield from self.labelled(label, does)

    def place(self, label: str, place: Place) -> Iterator[str]:
        """Yield a line of a tree, with its text."""
        yield from self.labelled(label, f"{place.path}:{place.line}")
        if place.text:
            yield f"  {'':<{_LABEL}}{' '.join(place.text.split())}"[: self.width]

    def calls(self, one: FunctionVerdict) -> Iterator[str]:
        """Yield the calls that show a difference, or why there is none."""
        for call in one.calls:
            yield from self.labelled("Call", words.call_line(call))
            yield from self.turns(call)
            for unread in call.unread[:1]:
                yield from self.wrapped(f"not read on the way: {unread}", " " * (_LABEL + 2))
        if one.no_call:
            yield from self.labelled("Call", one.no_call if one.calls else f"none: {one.no_call}")

    def turns(self, call: ShownCall) -> Iterator[str]:
        """Yield by which line each tree decides a call."""
        if call.shows == REACHES:
            return
        for when, turn in zip(("before", "after"), call.turns, strict=False):
            if turn is not None:
                line = f"{when + ',':<8}{turn.path}:{turn.line}: {turn.text}"
                yield f"  {'':<{_LABEL}}{line}"[: self.width]

    def files(self, made: PatchVerdict) -> Iterator[str]:
        """Yield what is said of files: what reads the same, what is new, what is set aside."""
        same = [one.judgement.function for one in made.functions if one.verdict == SAME]
        if same and len(same) < len(made.functions):
            yield ""
            yield from self.wrapped(f"{_names(same)} {words.SAID[SAME]}, proved")
        aside: dict[str, list[str]] = {}
        for file in made.files:
            yield from self.file(file)
            if file.aside:
                aside.setdefault(file.aside, []).append(file.path)
        for why, paths in aside.items():
            yield from self.wrapped(f"set aside, {why}: {_few(paths)}")

    def file(self, file: FileVerdict) -> Iterator[str]:
        """Yield what is said of a file beside its functions."""
        for why in file.open:
            yield from self.wrapped(f"could not tell, {file.path}: {why}")
        for became, names in (("new", file.new), ("gone", file.gone)):
            if names:
                yield from self.wrapped(f"{became} in {file.path}: {_names(list(names))}")

    def statements(self, made: PatchVerdict) -> Iterator[str]:
        """Yield which statements turn, those of the first calls first, the rest by their ids.

        On which call is said where more than one is shown.
        """
        alone = sum(len(one.calls) for one in made.functions) == 1
        for how, label in ((BREAKS, "Breaks"), (HOLDS, "Holds")):
            turned = [one for one in made.statements if one.how == how]
            for one in turned[:MOST_STATEMENTS]:
                yield from self.labelled(label, _statement(one, alone))
            rest = [one.id for one in turned[MOST_STATEMENTS:]]
            if rest:
                yield from self.wrapped(
                    f"and with {'it' if len(turned) == MOST_STATEMENTS + 1 else 'them'}: "
                    f"{_few(rest)}",
                    " " * (_LABEL + 2),
                )
        if made.undecided:
            yield from self.labelled("Open", f"{_few(made.undecided)} may hold now: not decided")
        yield from self.wrapped(
            f"{made.held} statements of {made.kernel} were held against these calls alone: on "
            "other calls more may break",
            "  ",
        )

    def assumed(self, review: Review) -> list[str]:
        """Return what the verdicts rest on, in a few lines."""
        every = list(dict.fromkeys(line for one in review.every for line in one.assumed))
        if not every:
            return []
        lines = [f"Assumed ({len(every)}):" if len(every) > MOST_ASSUMED else "Assumed:"]
        for one in every[:MOST_ASSUMED]:
            lines += self.wrapped(one, "  ")
        if len(every) > MOST_ASSUMED:
            lines += self.wrapped("… --format json has them all", "  ")
        return lines


def _earlier(count: int) -> str:
    return f"after {count} earlier test{'s' * (count != 1)}"


def _statement(one: Turned, alone: bool) -> str:
    told = f"{one.id}: {one.sentence}"
    return told if alone else f"{told}, on {brief(one.values)}"


def _names(names: list[str]) -> str:
    return _few([f"{name}()" for name in names])


def _few(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    more = f" and {rest} more" if rest > 0 else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"
