"""A first guess is believed by nobody: whatever is guessed, the same least call is found."""

from collections.abc import Callable
from typing import Any

import pytest

from checker.questions import decide as deciding
from checker.questions.decide import Decider, decide, decider
from checker.smallest.first_guess import _call, _words, kept_calls
from model.revisions import REVISIONS
from properties.catalogue import by_id

KERNELS = [REVISIONS["v6.1"], REVISIONS["v6.12"]]


def found(monkeypatch: pytest.MonkeyPatch, guess: Callable[[str], list[Any]]) -> dict[str, Any]:
    """Return what is found with a guess, by a solver that has seen nothing."""
    decider.cache_clear()
    monkeypatch.setattr(deciding, "kept_calls", guess)
    made = decide(by_id("V01"), KERNELS)
    assert isinstance(decider(), Decider)
    return {name: (one.verdict, one.values, one.minimal) for name, one in made.items()}


def test_a_guess_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """None; one too large; one that breaks nothing; one that cannot be made."""
    larger = [{**call, "current.chrooted": True} for call in kept_calls("V01")]
    assert larger
    right = found(monkeypatch, lambda _name: [])
    wrong: list[list[Any]] = [larger, [{}], [{"current.sighand.count": 0}], kept_calls("V01")]
    for guess in wrong:
        assert found(monkeypatch, lambda _name, guess=guess: guess) == right  # type: ignore[misc]


def test_every_kept_call_can_be_read() -> None:
    """Or verify would be slow without a word."""
    words = [word for each in _words().values() for word in each]
    assert len(words) > 100
    for word in words:
        assert _call(word)
