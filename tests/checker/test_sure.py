"""Many claims that nothing is within bounds: only what a solver refutes is called proved."""

from types import SimpleNamespace

import pytest

from checker.smallest.sure import SOON, nothing_within

UNSAT, SAT = SimpleNamespace(status="unsat"), SimpleNamespace(status="sat")


class Answers:
    """An engine that knows one bound soon, and of the others only what it is given."""

    def __init__(self, together):
        self.together = together

    def attempt(self, units, *asked):
        if units == SOON:
            return UNSAT if asked[-1] == "easy" else None
        return self.together


ORDER = SimpleNamespace(one_of=lambda *bounds: bounds)


@pytest.mark.parametrize(("together", "sure"), [(UNSAT, True), (SAT, False), (None, False)])
def test_what_is_not_refuted_is_not_sure(together, sure):
    found = nothing_within(Answers(together), ORDER, (), ["hard", "easy", "hard too"])
    assert found == [sure, True, sure]
