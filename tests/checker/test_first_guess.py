"""A first guess is believed by nobody: whatever is guessed, the same least call is found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.questions import decide as deciding
from checker.questions.decide import Decider, decide, decider
from checker.readings.concrete import evaluate, outcome_on
from checker.record import hints
from checker.smallest.first_guess import (
    LEAST,
    WITNESSES,
    call_of_word,
    kept_calls,
    kept_on_sets,
    kept_witness,
    kept_witnesses,
)
from checker.smallest.shrink import shrink
from model.child import Share
from model.request import Entry
from model.revisions import REVISIONS
from model.words import Flag
from properties.catalogue import by_id
from properties.claim import Subject, Verdict

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


def test_a_guess_on_a_set_of_patches_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """S04f is broken on sets without a name only: the kept one; one that breaks nothing."""
    ((call, patches),) = kept_on_sets("S04f")
    found = []
    for guess in ([(call, patches)], [(call, frozenset())], [({}, patches)]):
        decider.cache_clear()
        monkeypatch.setattr(deciding, "kept_on_sets", lambda _name, guess=guess: guess)
        (made,) = decide(by_id("S04f"), KERNELS).values()
        assert made.kernel
        found.append((made.verdict, made.values, made.minimal, made.kernel.patches()))
    assert found == [(Verdict.REFUTED, call, True, patches)] * 3


def test_every_kept_call_can_be_read() -> None:
    """Or verify would be slow without a word."""
    words = {word for line in hints.lines(*LEAST) for word in hints.hints(*LEAST, line).values()}
    assert len(words) > 100
    for word in words:
        assert call_of_word(word)


HEAD = """Kernels, in order: v6.1, v6.12.

| id | property | occurs on |
| --- | --- | --- |
"""
DAMAGED = {
    "lost": None,
    "empty": b"",
    "no text": b"\xff\xfe\x00",
    "no table": b"fork,current.traced=True\n",
    "no calls": f"{HEAD}| P02 | | clone9 v6.1; fork,current.nothing=1 v6.12 |\n".encode(),
    "calls on which nothing occurs": f"{HEAD}| P02 | | setns all kernels |\n".encode(),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_kept_witnesses_that_are_damaged_change_no_verdict(
    how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = DAMAGED[how]
    if text is not None:
        (tmp_path / "witnesses.md").write_bytes(text)
    monkeypatch.setattr(hints, "table_path", lambda name: tmp_path / name)
    forget()
    assert how.startswith("calls") or kept_witnesses() == []
    found = decide(by_id("P02"), KERNELS)
    forget()
    for revision in KERNELS:
        assert found[revision.name].verdict is Verdict.PROVED
        assert evaluate(by_id("P02"), revision.kernel, found[revision.name].witness).witness


def forget() -> None:
    for known in (deciding.witnesses_by_subject, decider):
        known.cache_clear()
    hints.forget()


def test_kept_witnesses_serve() -> None:
    """Or verify would be slow without a word: each that is kept shows what it is kept for."""
    assert len(kept_witnesses()) > 100
    for name in ("P02", "C12", "D34"):
        for revision in REVISIONS.values():
            if revision.name in hints.hints(*WITNESSES, name):
                call = kept_witness(name, revision.name)[0]
                assert evaluate(by_id(name), revision.kernel, call).witness
    assert kept_witness("P02", "v6.12") and kept_witness("no property", "v6.12") == []


def test_of_a_kernel_that_is_not_in_the_list_the_witnesses_of_others_are_tried() -> None:
    """Or a tree of one's own would be searched for what is kept."""
    assert kept_witness("P02", "v6.1+KILL_SEQ") == kept_witness("P02", "no kernel") != []


def test_what_an_entry_point_sets_itself_is_asked_of_a_plainer_one() -> None:
    """vhost_task_create() always shares the root of its caller: clone() may be asked to."""
    kernel = REVISIONS["v6.12"].kernel

    def shares(values: dict[str, Any]) -> bool:
        made = outcome_on(kernel, values, Subject.CREATE)
        return made is not None and made.ok is True and made.child.fs == int(Share.SHARED)

    begun = {"request.entry": int(Entry.VHOST_TASK_CREATE)}
    assert shares(begun)
    assert shrink(begun, shares) == {
        "request.entry": int(Entry.CLONE), "request.flags": int(Flag.FS)
    }
