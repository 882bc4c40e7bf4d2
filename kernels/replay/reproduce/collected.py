"""One reproducer as it is collected: the steps of its functions, and the C that they need."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template
from textwrap import wrap

from checker.ground.problems import Problem
from kernels.replay.reproduce.pieces import PIECES, SKELETON
from model.kernel import Kernel
from properties.claim import Property

WIDTH = 92


class CannotWrite(Problem):
    """The counterexample cannot be written as such a program; the message says why."""


class Reproducer:
    """Collects the steps of one program and the pieces of C that they need."""

    def __init__(self, prop: Property, kernel: Kernel) -> None:
        self.prop, self.kernel = prop, kernel
        self.pieces: list[str] = []
        self.notes: list[str] = []

    def need(self, *names: str) -> None:
        """Take pieces, and those that they need, once, in order of need."""
        for name in names:
            if name not in self.pieces:
                self.need(*PIECES[name].needs)
                self.pieces.append(name)

    def filled(
        self, about: Iterator[str], steps: dict[str, list[str]], start: str, wait: str
    ) -> str:
        """Return the whole program, from the steps of its functions."""
        # the child notes what the checks ask for, with the functions before it
        self.pieces.sort(key=lambda name: name == "child")
        pieces = Template("\n".join(PIECES[name].text for name in self.pieces)).substitute(
            notes="\n".join(f"\t{note}" for note in self.notes) or "\t/* nothing else */",
            wait=wait,
        )
        return Template(SKELETON).substitute(
            {name: "\n".join(f"\t{line}".rstrip() for line in lines)
             for name, lines in steps.items()},
            about="\n".join(f" * {line}".rstrip() for line in about),
            name=self.prop.id.lower(),
            sentence=self.prop.sentence,
            pieces=pieces,
            start=start,
        )

    def about(self, who: list[str], told: str) -> Iterator[str]:
        """Yield the comment on top: the sentence, the smallest call, what happens."""
        yield from wrap(f"{self.prop.id}: {self.prop.sentence}", WIDTH)
        if self.prop.doc:
            yield from wrap(self.prop.doc, WIDTH)
        yield f"Source: {self.prop.source}"
        yield ""
        yield f"It does not hold on {self.kernel.name}. The smallest call that shows it:"
        for line in who:
            yield from wrap(line, WIDTH, initial_indent="  ", subsequent_indent="    ")
        yield "There:"
        yield from wrap(told, WIDTH, initial_indent="  ")
