"""Drives whose steps are commands by a table: the world's, and those of the system itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from kernels.histories.drive import Drive, History
from kernels.histories.given import lines_of
from model.over_time.step import Step


class TableDrive(Drive):
    """A system with a table: the lines of the world's steps, then ``own``, by the step's name.

    A line may name what :meth:`names` gives.
    """

    own: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    by_step: ClassVar[dict[str, tuple[str, ...]]]

    def __init_subclass__(cls) -> None:
        if "system" in vars(cls):
            cls.by_step = {**lines_of(cls.system), **cls.own}

    def opened(self, name: str) -> str:
        """Return a step's name as the table has it."""
        return name

    def names(self, _history: History, _place: int) -> dict[str, str]:
        """Return what the lines of a step name: actors, and what they are told."""
        return {}

    def knows(self, step: Step) -> bool:
        """Return whether it is one of the table."""
        return self.opened(step.name) in self.by_step

    def commands(self, history: History, place: int) -> list[str]:
        """Return the lines of the step."""
        names = self.names(history, place)
        lines = self.by_step[self.opened(history.steps[place].name)]
        return [line.format(**names) for line in lines]
