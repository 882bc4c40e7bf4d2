"""No rule is dead: each decides some call, on some kernel."""

from functools import cache

import pytest

from checker.questions import reach
from checker.questions.decide import Decider, decider
from checker.questions.reach import TABLED, reached
from checker.readings.concrete import outcome_on
from properties.claim import Subject


@pytest.mark.parametrize("subject", TABLED, ids=lambda subject: subject.name)
def test_every_rule_decides_some_call(subject: Subject) -> None:
    dead = [one.rule.name for one in reached(subject, decider) if one.status != "reachable"]
    assert dead == []


def test_a_kept_call_is_run_before_it_shows_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls kept of other rules show nothing; the solver is asked, and finds one for each."""
    kept = reach.kept_decided(Subject.SETNS)
    wrong = dict(zip(kept, [*list(kept.values())[1:], []], strict=True))
    monkeypatch.setattr(reach, "kept_decided", lambda _subject: wrong)
    tool = cache(Decider)
    found = reached(Subject.SETNS, tool)
    assert tool.cache_info().misses == 1
    for one in found:
        assert one.kernel is not None
        outcome = outcome_on(one.kernel, one.values or {}, Subject.SETNS)
        assert outcome.rejected_by is one.rule


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
    found = {one.rule.name: one.status for one in reached(Subject.CREATE, decider)}
    assert found["its shadow"] == "unreachable"
    assert found[guard.name] == "reachable"
