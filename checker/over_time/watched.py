"""The one guard of what kernels share: nothing is inherited but by who answers all alike.

Engines look at many kernels, most of which do the same.  What was found on one is taken
over to another only if everything that was asked of the first, by whatever engine and in
whatever way, is answered alike by the second.  So an engine that shares what it finds gets
its kernel as a :class:`Watched` alone: patches are looked up through it, however that is
done, and any other question goes through :meth:`Watched.ask`, to be asked again elsewhere.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from model.kernel import Kernel
from model.system.step import Machine

R = TypeVar("R")
T = TypeVar("T")


class _Noted:
    """What a kernel knows, its patches and its name, each noted when it is looked up."""

    def __init__(self, kernel: Kernel, seen: dict[Any, Any]) -> None:
        self._kernel, self._seen = kernel, seen

    def __getitem__(self, key: Any) -> Any:
        there = self._seen[key] = self._kernel[key]
        return there

    def __or__(self, others: dict[Any, Any]) -> Any:
        return ChainMap(others, self)  # type: ignore[arg-type]


class Watched(Machine):
    """A kernel, and everything that was asked of it; equal questions are asked once."""

    def __init__(self, kernel: Kernel) -> None:
        self.seen: dict[Any, Any] = {}
        self.answers: dict[tuple[Any, ...], Any] = {}
        self._plain = kernel
        self._comparable = True
        super().__init__(kernel.through(_Noted(kernel, self.seen)))

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return ``question(kernel, *facts)``, remembered by its question.

        Another kernel is like this one only if its answer is equal.
        """
        key = (question, *facts)
        if key not in self.answers:
            try:
                self.answers[key] = question(self._plain, *facts)
            except Exception:
                self._comparable = False
                raise
        answer: R = self.answers[key]
        return answer

    def agrees_with(self, kernel: Kernel) -> bool:
        """Return whether another kernel would have answered everything alike.

        Then whatever was concluded from the answers is true of it too.
        """
        return (
            self._comparable
            and all(kernel[key] is there for key, there in self.seen.items())
            and all(_answers(kernel, answer, *key) for key, answer in self.answers.items())
        )


def _answers(kernel: Kernel, answer: Any, question: Callable[..., Any], *facts: Any) -> bool:
    """Return whether a kernel answers so; it might never have been asked, and have no answer."""
    try:
        return bool(question(kernel, *facts) == answer)
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
        for watched, found in known:
            if watched.agrees_with(kernel):
                return found
        watched = Watched(kernel)
        known.append((watched, find(watched)))
        return known[-1][1]
