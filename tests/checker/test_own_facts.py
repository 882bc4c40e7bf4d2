"""Statements with few facts of their own, decided by every combination of those, and no solver."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from checker.ground.problems import Problem
from checker.ground.scheduler import InTurn
from checker.independent import flags, flags_told, own_facts
from checker.independent.flags import NotKnown
from checker.independent.own_facts import (
    Combinations,
    OwnFacts,
    SomeBits,
    TooMany,
    all_tried,
    tried,
    verdict_on,
)
from model.algebra import both, has, no
from model.request import Entry
from model.revisions import REVISIONS
from model.words import NEWNS, NEWUSER, THREAD
from properties.catalogue import by_id
from properties.claim import Claim, fails, holds

V6_12 = REVISIONS["v6.12"].kernel


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("P04t", {"current.mm"}),
        ("D92", {"current.seccomp_mode", "current.no_new_privs"}),
        ("P16d", {"current.pid_ns.level"}),
        ("P35f", {"chance.fails"}),
        ("D76", set()),
    ],
)
def test_a_statement_is_decided_by_its_own_facts(name: str, paths: set[str]) -> None:
    asked = {path for _, one in all_tried(by_id(name), V6_12) for path in one.own.paths}
    assert asked == paths
    assert verdict_on(by_id(name), V6_12) == "decided"


def test_what_asks_for_a_number_of_many_values_is_left_to_others() -> None:
    with pytest.raises(TooMany, match="usize"):
        list(all_tried(by_id("P14"), V6_12))
    assert verdict_on(by_id("P14"), V6_12) == ""


@pytest.mark.parametrize(
    "asks", [lambda call: call.request.exit_signal, lambda call: call.args.exit_signal]
)
def test_an_exit_signal_that_a_caller_chooses_is_unknown(asks: Any) -> None:
    """clone() with exit signal 18 breaks it; that 0 and SIGCHLD do not decides nothing."""

    def never_18(call: Any, outcome: Any) -> Claim:
        return Claim(outcome.ok, asks(call) != 18)

    wrong = replace(by_id("P04t"), statement=never_18, expect=holds())
    assert verdict_on(wrong, V6_12) == ""
    assert not flags.about_flags_alone([wrong])


def test_a_statement_that_is_wrong_is_not_decided() -> None:
    """An ordinary process breaks it: declared proved, that is contradicted."""

    def always_shares(call: Any, outcome: Any) -> Claim:
        return Claim(both(outcome.ok, no(call.current.traced)), has(call.args.flags, THREAD))

    wrong = replace(by_id("P04t"), statement=always_shares, expect=holds())
    assert verdict_on(wrong, V6_12) == "broken"


def test_what_is_left_open_or_left_out_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one way leaves open and the other decides is not open."""
    names = ["P14", "H03", "P16d", "P01e"]
    decided = flags.Enumeration(decided={"P01e"})
    monkeypatch.setattr(flags_told, "_enumerated", lambda _work: {"v6.12": decided})
    told = flags_told.lines(names, ["v6.12"], InTurn())
    assert (told.broken, told.open, told.left_out) == ([], ["H03"], ["P14"])
    assert told.lines[-1].endswith("few facts: P14")
    assert any(line.startswith("H03 open on v6.12") for line in told.lines)
    assert all("premise ever occurs is not asked" in line for line in told.lines if "every" in line)
    with pytest.raises(Problem, match="none of these statements"):
        flags_told.lines(["P14"], ["v6.12"], InTurn())


def test_a_statement_that_holds_and_is_declared_not_to_is_contradicted() -> None:
    kept = by_id("P04t")
    assert verdict_on(replace(kept, expect=fails()), V6_12) == "broken"


def test_without_its_rule_a_statement_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not tried(by_id("P02"), V6_12, Entry.CLONE).open.any()
    table = own_facts.table_of(by_id("P02").subject)
    name = "root directory is shared across user namespaces"
    without = replace(table, rows=[row for row in table.rows if row.name != name])
    for module in (own_facts, flags):
        monkeypatch.setattr(module, "table_of", lambda _subject: without)
    assert tried(by_id("P02"), V6_12, Entry.CLONE).open.any()


def test_an_unknown_bit_is_never_decided() -> None:
    word = SomeBits(np.array([0, THREAD], np.uint64), NEWUSER)
    assert has(word, THREAD).tolist() == [False, True]
    assert has(word | NEWUSER, NEWUSER).tolist() == [True, True]
    for use in (bool, np.asarray, hash, lambda it: it == 1, lambda it: has(it, NEWUSER)):
        with pytest.raises(NotKnown):
            use(word)


@pytest.mark.parametrize("entry", [Entry.CLONE, Entry.UNSHARE])
def test_what_an_unknown_flag_brings_along_is_unknown(entry: Entry) -> None:
    """unshare(CLONE_NEWUSER) implies CLONE_THREAD; v7.1's CLONE_EMPTY_MNTNS adds CLONE_NEWNS."""
    prop = by_id("P02" if entry is Entry.CLONE else "U01")
    kernel = REVISIONS["v7.1"].kernel
    _, read = Combinations(kernel, entry, OwnFacts((), THREAD | NEWNS)).calls(prop)
    if entry is Entry.CLONE:
        assert has(read.args.flags, THREAD).any()
    with pytest.raises(NotKnown):
        has(read.args.flags, THREAD if entry is Entry.UNSHARE else NEWUSER)
