"""The guard of what solvers find: nothing is inherited but by a kernel that answers all alike.

Engines look at many kernels, most of which do the same.  What was found on one is taken
over to another only if everything that was asked of the first, by whatever engine and in
whatever way, is answered alike by the second.  So an engine that shares what it finds gets
its kernel as a :class:`Watched` alone: patches are looked up through it, however that is
done, and any other question goes through :meth:`Watched.ask`, to be asked again elsewhere.
What is explored on all kernels at once is parted where they differ
(:mod:`checker.over_time.together`) and needs no such guard.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeAlias, TypeVar

from checker.readings.noted import Noted, Seen, answers_alike
from model.kernel import Kernel
from model.over_time.step import Machine

R = TypeVar("R")
T = TypeVar("T")


Answered: TypeAlias = "dict[tuple[Any, ...], Any]"
"""What a kernel answered, by the question and its facts."""


class Watched(Machine):
    """A kernel, and everything that was asked of it; equal questions are asked once.

    ``before`` is what the same kernel answered when others were compared with it: known, but
    not asked here.
    """

    def __init__(self, kernel: Kernel, before: Answered | None = None) -> None:
        self.seen: Seen = {}
        self.answers: Answered = {}
        self._before = {} if before is None else before
        self._plain = kernel
        self._comparable = True
        super().__init__(kernel.through(Noted(kernel, self.seen)))

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return ``question(kernel, *facts)``, remembered by its question.

        Another kernel is like this one only if its answer is equal.
        """
        key = (question, *facts)
        if key not in self.answers:
            try:
                self.answers[key] = _answer(self._plain, self._before, key)
            except Exception:
                self._comparable = False
                raise
        answer: R = self.answers[key]
        return answer

    def agrees_with(self, kernel: Kernel, before: Answered | None = None) -> bool:
        """Return whether another kernel would have answered everything alike.

        Then whatever was concluded from the answers is true of it too.  ``before`` is what it
        answered before, and gets what it is asked now.
        """
        known = {} if before is None else before
        return (
            self._comparable
            and answers_alike(kernel, self.seen)
            and all(_answers(kernel, known, *one) for one in self.answers.items())
        )


def _answer(kernel: Kernel, before: Answered, key: tuple[Any, ...]) -> Any:
    """Return what a kernel answers, asked only if it did not before."""
    if key not in before:
        question, *facts = key
        before[key] = question(kernel, *facts)
    return before[key]


def _answers(kernel: Kernel, before: Answered, key: tuple[Any, ...], answer: Any) -> bool:
    """Return whether a kernel answers so; it might never have been asked, and have no answer."""
    try:
        return bool(_answer(kernel, before, key) == answer)
    except Exception:
        return False


class Alike(Generic[T]):
    """What was found on kernels, each finding shared by those that answer everything alike."""

    def __init__(self) -> None:
        self._known: dict[Hashable, list[tuple[Watched, T]]] = {}
        self._of: dict[tuple[Hashable, int], tuple[Kernel, T]] = {}

    def of(self, key: Hashable, kernel: Kernel, find: Callable[[Watched], T]) -> T:
        """Return what is known of a kernel under a key, found anew where no other is alike.

        ``find`` gets the kernel as a :class:`Watched`, and must not know it otherwise.
        """
        where = key, id(kernel)
        if where not in self._of:
            self._of[where] = kernel, self._found(key, kernel, find)
        return self._of[where][1]

    def _found(self, key: Hashable, kernel: Kernel, find: Callable[[Watched], T]) -> T:
        known = self._known.setdefault(key, [])
        before: Answered = {}
        for watched, found in known:
            if watched.agrees_with(kernel, before):
                return found
        watched = Watched(kernel, before)
        known.append((watched, find(watched)))
        return known[-1][1]
