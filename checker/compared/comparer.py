"""An engine that knows every call on the kernels that are compared."""

from __future__ import annotations

from functools import cache

from checker.compared.view import OneByOne, View, every_call
from checker.engines.sat import Sat
from checker.readings.noted import noting
from checker.smallest.order import CallOrder
from model.call import Call
from model.kernel import Kernel
from model.patch import Patch
from model.predict import call_of
from properties.claim import Subject


class Comparer:
    """What knows every call on the kernels that are compared, an engine for each subject."""

    def __init__(self) -> None:
        self.calls = OneByOne()
        self._engines: dict[Subject, tuple[Sat, CallOrder]] = {}
        self._views: dict[tuple[frozenset[Patch], Subject], View] = {}
        self._called: dict[tuple[frozenset[Patch], Subject], Call] = {}
        self._sets: dict[Kernel, frozenset[Patch]] = {}

    def engine(self, subject: Subject) -> tuple[Sat, CallOrder]:
        """Return the engine of a subject's calls, and their order there."""
        if subject not in self._engines:
            engine = Sat([])
            self._engines[subject] = engine, CallOrder(engine)
        return self._engines[subject]

    def view(self, kernel: Kernel, subject: Subject) -> View:
        """Return all calls of a subject on a kernel."""
        key = self._patches(kernel), subject
        if key not in self._views:
            self._views[key] = every_call(kernel, subject)
        return self._views[key]

    def call(self, kernel: Kernel, subject: Subject) -> Call:
        """Return the call that they are, on this very kernel; what it looks up is noted."""
        key = self._patches(kernel), subject
        if key not in self._called:
            view = self.view(kernel, subject)
            self._called[key] = call_of(noting(kernel, view.seen), view.start)
        return self._called[key]

    def adopt(self, kernel: Kernel, view: View) -> None:
        """Take the calls on a kernel for those that another has, who looks up nothing else."""
        self._views[self._patches(kernel), view.subject] = view

    def _patches(self, kernel: Kernel) -> frozenset[Patch]:
        if kernel not in self._sets:
            self._sets[kernel] = kernel.patches()
        return self._sets[kernel]


@cache
def comparer() -> Comparer:
    """Return the process's engine for kernels beside one another."""
    return Comparer()
