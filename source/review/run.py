"""A run of a whole function: what it comes to, for all inputs at once or for given ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from source.c.ir import INT, FunctionBody, Parameter
from source.review.context import Frame, Setting, sort_of
from source.review.judgement import Place
from source.review.loops import Loops
from source.review.terms import ADDRESS, HISTORY, Term


@dataclass(frozen=True)
class Outcome:
    """What a run comes to: the whole history with what was returned as its end.

    ``reached`` says of lines that are watched on which inputs the run gets there.  ``troubles``
    are the places that were not understood; where it is not ``followed``, the end is not the
    whole truth.
    """

    end: Term
    assumed: tuple[str, ...]
    troubles: tuple[Place, ...]
    followed: bool
    reached: dict[int, Term] = field(default_factory=dict, compare=False)


class Run(Loops):
    """A run of a function."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.troubles: dict[Place, None] = {}
        self.followed = True

    def trouble(self, text: str, line: int) -> None:
        """Note a place that is not understood."""
        self.troubles[Place(self.frame.function.path, line, text)] = None

    def lost(self, text: str, line: int) -> None:
        """Note a place at which the run is not followed."""
        self.trouble(text, line)
        self.followed = False

    def function(self, function: FunctionBody, same_signature: bool) -> Outcome:
        """What a function comes to from any state and arguments."""
        frame = self.entered(function, ())
        self.frames.append(frame)
        for at, parameter in enumerate(function.parameters):
            self.bind(parameter, self._given(at if same_signature else parameter.name, parameter))
        self.body(frame)
        for label, worlds in frame.pending.items():
            if worlds:
                self.lost(f"a jump to {label}", function.line)
        end = self._end(frame)
        return Outcome(end, tuple(self.assumed), tuple(self.troubles), self.followed, self.reached)

    def _given(self, name: object, parameter: Parameter) -> Term:
        """What a parameter is given: the same where both sides have it, in its own width."""
        sort = sort_of(parameter.type)
        if sort < 1 or parameter.type.kind != INT or isinstance(name, int):
            return self.terms.variable(("parameter", name), sort)
        wide = self.terms.variable(("parameter", name), ADDRESS)
        return self.terms.resize(wide, sort, False)

    def _end(self, frame: Frame) -> Term:
        """The end of each way through the function, as one term."""
        found: Term | None = None
        for world in self.stops:
            self.world = world
            guard, node = world.guard, self._ended(frame, "stop", None)
            found = node if found is None else self.terms.ite(guard, node, found)
        for world in frame.returns:
            if world.value is None and frame.function.returns.kind != "void":
                sort = sort_of(frame.function.returns)
                world.value = self.terms.variable("no value", sort)
        self.world = self.joined(frame.returns)
        if self.world is not None:
            guard, node = self.now.guard, self._ended(frame, "return", self.now.value)
            found = node if found is None else self.terms.ite(guard, node, found)
        return found if found is not None else self.terms.variable("never ends", HISTORY)

    def _ended(self, frame: Frame, name: str, value: Term | None) -> Term:
        self.end(self.setting.objects.inside(self.setting.side, frame.key))
        values = () if value is None else (self.known(value),)
        self.note("end", None, 0, *values)
        return self.event(name, values)
