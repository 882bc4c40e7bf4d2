"""No rule is dead: each decides some call, on some kernel."""

import pytest

from checker.questions.decide import Decider
from checker.questions.reach import TABLED, reached
from properties.claim import Subject


@pytest.mark.parametrize("subject", TABLED, ids=lambda subject: subject.name)
def test_every_rule_decides_some_call(subject: Subject) -> None:
    dead = [one.rule.name for one in reached(subject, Decider()) if one.status != "reachable"]
    assert dead == []


def test_a_dead_rule_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: a rule that an earlier one always anticipates is unreachable."""
    from dataclasses import replace

    from checker.readings.subjects import RANGES, Range
    from model.copy_process import TABLE
    from model.evaluate import outcome_of
    from model.rules.flags import root_directory_is_shared_across_mount_namespaces as guard
    from model.wellformed import creates

    place = TABLE.index(guard)
    shadow = replace(guard, name="its shadow")
    table = [*TABLE[: place + 1], shadow, *TABLE[place + 1 :]]
    monkeypatch.setitem(
        RANGES, Subject.CREATE, Range(creates, lambda call: outcome_of(call, table))
    )
    found = {one.rule.name: one.status for one in reached(Subject.CREATE, Decider())}
    assert found["its shadow"] == "unreachable"
    assert found[guard.name] == "reachable"
