"""Questions mean the same on one call, on many and on every call, and "no" is a proof."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.asked import every
from checker.asked.answer import replies
from checker.asked.every import every_answer
from checker.asked.matrix import matrix
from checker.asked.meaning import Question, question
from checker.asked.parser import DEEPEST, LONGEST
from checker.ground.problems import Problem
from checker.questions import deciding
from checker.questions.decide import Decider, decider
from checker.questions.deciding import SUCCESS
from checker.readings.columns import Many, kind_of, truths
from checker.readings.concrete import outcome_on
from checker.readings.space import all_leaves
from checker.readings.subjects import subject_of
from checker.smallest.cost import place_of
from model.call import Situation
from model.predict import call_of, predict
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS
from model.wellformed import well_formed
from model.words import Flag
from properties.claim import Subject
from tests.calls import named, situations

ASKED = (
    "user_worker and not flags.VM and ok",
    "clone3 and errno in (EINVAL, EPERM) and flags & CLONE_NEWUSER",
    "child.mm == shared and not CLONE_VM",
    "ok implies child.same_thread_group == flags.THREAD",
    'rule "exceed a process limit" and errno != EAGAIN',
    "unshared.mnt_ns == new and not flags.NEWNS",
    "joined.root_moved and fs_users > 1",
    "child.exit_signal < 0 and not (THREAD or child.exit_signal == -1)".replace(
        "THREAD", "flags.THREAD"),
    "signal.rlim_nproc + 3 * current.pid_ns.level < signal.nr_threads - 2 and ok",
    "cap_effective & ~CAP_SYS_ADMIN and ok".replace("cap", "real_cred.cap"),
    "worker.by_kthreadd and child.uid != 0",
)


def holds(asked: Question, kernel: Any, values: dict[str, Any]) -> bool:
    """Whether a question holds of one call, on plain values."""
    subject = subject_of(Entry(values["request.entry"]))
    outcome = outcome_on(kernel, values, subject)
    if outcome is None or subject not in asked.subjects():
        return False
    truth = asked.holds(call_of(kernel, build(Situation, values)), outcome)
    assert isinstance(truth, bool)
    return truth


@pytest.fixture(scope="module")
def answered() -> dict[tuple[str, str], Any]:
    """Each question on each kernel."""
    every = list(REVISIONS.values())
    found = {text: replies(question(text), every, decider()) for text in ASKED}
    return {(text, one.kernel.name): one for text, many in found.items() for one in many}


def test_a_call_is_shown_only_where_it_is_one(answered: dict[tuple[str, str], Any]) -> None:
    said = {bool(reply.found) for reply in answered.values()}
    assert said == {True, False}
    for (text, _name), reply in answered.items():
        assert not reply.unknown
        for found in reply.found:
            values = {"request.entry": 0, **found.values}
            assert holds(question(text), reply.kernel.kernel, values)


@settings(max_examples=300)
@given(values=situations(), kernel=named, text=st.sampled_from(ASKED))
def test_no_call_is_where_none_is_said_to_be_nor_before_the_least(
    answered: dict[tuple[str, str], Any], values: dict[str, Any], kernel: Any, text: str
) -> None:
    if not holds(question(text), kernel, values):
        return
    reply = answered[text, kernel.name]
    assert reply.found
    plain = {leaf.path: leaf.default for leaf in all_leaves()}
    differing = {path: one for path, one in values.items() if one != plain[path]}
    assert place_of(reply.found[0].values) <= place_of(differing)


@settings(max_examples=60)
@given(many=st.lists(situations(), min_size=2, max_size=8), kernel=named,
       text=st.sampled_from(ASKED))
def test_columns_say_what_plain_values_say(
    many: list[dict[str, Any]], kernel: Any, text: str
) -> None:
    entry = many[0]["request.entry"]
    asked, subject = question(text), subject_of(Entry(entry))
    if subject not in asked.subjects():
        return
    rows = [{**one, "request.entry": entry} for one in many]
    facts = {
        leaf.path: np.array([one.get(leaf.path, leaf.default) for one in rows], kind_of(leaf))
        for leaf in all_leaves()
    }
    columns = Many(kernel, {**facts, "request.entry": entry}, len(rows))
    try:
        seen = truths(asked.holds(columns.call, columns.outcome(subject)), len(rows))
    except Problem as error:
        assert "not counted" in str(error)
        return
    for place, values in enumerate(rows):
        start = build(Situation, values)
        if well_formed(kernel, start):
            assert seen[place] == asked.holds(call_of(kernel, start), predict(kernel, start))


def test_what_is_kept_of_rules_is_believed_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no kept call, and with calls that are not the least, the answers are the same."""
    asked, kernel = question("unshare and errno == EPERM"), REVISIONS["v6.12"]
    larger = {"current.cgroup.pids_max": 5, "system.max_threads": 7}
    kept = deciding.kept_decided(Subject.UNSHARE)
    worse = {rule: [replace(one, values={**one.values, **larger}) for one in calls]
             for rule, calls in kept.items()}
    answers = []
    for known in (kept, worse, {}):
        monkeypatch.setattr(every, "kept_decided", lambda _subject, known=known: known)
        answers.append(every_answer(asked, kernel, Decider()).found)
    assert len(answers[0]) > 2
    assert answers[0] == answers[1] == answers[2]


def test_every_answer_names_each_rule_once_and_no_other_decides() -> None:
    asked = question("unshare and (EINVAL or ok)")
    reply = every_answer(asked, REVISIONS["v6.12"], decider())
    by = [found.decided_by for found in reply.found]
    assert len(by) == len(set(by)) > 3
    assert SUCCESS in by
    assert not reply.unknown
    left = " and ".join(f'not rule "{one}"' for one in by if one != SUCCESS)
    rest = question(f"unshare and EINVAL and {left}")
    assert not replies(rest, [REVISIONS["v6.12"]], decider())[0].found


def test_of_a_child_that_was_not_made_nothing_is_said() -> None:
    both_ways = question("not ok and (child.mm == shared or not child.mm == shared)")
    assert not replies(both_ways, [REVISIONS["v6.12"]], decider())[0].found


def test_a_question_is_about_whatever_leaves_what_it_names() -> None:
    assert list(question("ok").subjects()) == list(Subject)
    assert list(question("child.mm == none").subjects()) == [Subject.CREATE, Subject.VHOST]
    assert list(question("joined.root_moved").subjects()) == [Subject.SETNS]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a name or a number is due"),
        ("user_wroker", "did you mean"),
        ("thread and ok", "did you mean CLONE_THREAD?"),
        ("uid == 0", "say which"),
        ("ok and", "a name or a number is due, not the end"),
        ("errno", "a number stands where a truth is due"),
        ("1 < 2 < 3", "two are compared at a time"),
        ('rule "limit"', "say which"),
        ('rule "no such words"', "unknown rule"),
        ("flags.CLONE_VMX", "unknown flag"),
        ("child.mm == shared and unshared.mnt_ns == new", "no call leaves all of these"),
        ("(" * (DEEPEST + 1), "deep"),
        ("ok or " * LONGEST, "characters"),
        ("flags" + " * flags" * 9 + " == 1", "bits"),
        ("__import__('os').system('true')", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(Problem, match=says) as told:
        replies(question(text), [REVISIONS["v6.12"]], decider())
    assert "\n" not in str(told.value)


def _ordinary() -> tuple[Any, Any]:
    outcome = predict(REVISIONS["v6.12"].kernel, Situation())
    return outcome.call, outcome


_PIECES = st.sampled_from(
    ["ok", "and", "or", "not", "(", ")", "errno", "==", "<", "1", "flags", ".", "VM", "|", "&",
     "-", "~", "rule", '"', "'", "in", "has", "child.mm", "shared", ",", " ", "implies", "uid",
     "\x00", "é", "0x", "*", "CLONE_VM", "user_worker", "SIGCHLD", "child", "args.flags"]
)


@settings(max_examples=400)
@given(pieces=st.lists(_PIECES, max_size=25), glue=st.sampled_from(["", " "]))
def test_whatever_is_typed_is_a_question_or_one_line(pieces: list[str], glue: str) -> None:
    text = glue.join(pieces)
    try:
        truth = question(text).holds(*_ordinary())
    except Problem as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(truth, bool)


@pytest.mark.parametrize("entry", [Entry.CLONE3, Entry.CLONE, Entry.UNSHARE])
def test_a_pair_of_flags_is_refused_only_where_no_call_has_it(entry: Entry) -> None:
    kernel = REVISIONS["v6.12"]
    cells = list(matrix(kernel, entry, decider()))
    assert {cell.accepted for cell in cells} == {True, False}
    assert not any(cell.unknown for cell in cells)
    somehow = [cell for cell in cells if cell.somehow]
    assert bool(somehow) is (entry is Entry.CLONE3)
    for cell in [*cells[:: len(cells) // 12], *somehow]:
        word = int(cell.flags[0] | cell.flags[1])
        given = f"{entry.name.lower()} and ok and request.flags "
        exactly = f"& ~0xff == {word}" if entry is Entry.CLONE else f"== {word}"
        reply = replies(question(given + exactly), [kernel], decider())[0]
        assert bool(reply.found) is cell.accepted, cell


def test_a_pair_that_is_refused_tells_who_refuses_root_and_an_ordinary_caller() -> None:
    cells = matrix(REVISIONS["v6.12"], Entry.CLONE3, decider())
    cell = next(one for one in cells if set(one.flags) == {Flag.SYSVSEM, Flag.NEWIPC})
    assert cell.rule == "undo list is shared across ipc namespaces"
    assert cell.ordinary == "new namespace without cap sys admin"
