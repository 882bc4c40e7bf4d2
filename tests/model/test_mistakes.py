"""What is declared wrongly is refused, in either reading, with the file and the line."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import pytest

from checker.ground.pool import each
from checker.over_time.explore import explore
from checker.over_time.symbolic import Symbolic
from checker.questions.run import verify
from checker.questions.tracked import Tracked
from checker.readings.space import space
from command.failures import run
from model import wellformed
from model.algebra import both, when, widened
from model.call import Call, Situation
from model.child import Child
from model.copy_process import TABLE
from model.due import as_truth
from model.effects.every import EFFECTS
from model.evaluate import after, outcome_of
from model.kernel import Kernel
from model.mistake import Mistake, Plain, place_of, raised_at
from model.node import INT
from model.over_time.step import Move, TransitionSystem, but
from model.over_time.vhost_worker import SYSTEM as LIFE
from model.patches import VHOST_SIGKILL
from model.predict import call_of
from model.revisions import REVISIONS
from model.rows import decides, rejects, takes
from model.terms import concat, number, open_truth, open_word
from model.words import FS, NEWUSER, THREAD, Errno
from properties.catalogue import by_id
from properties.claim import Claim, claims, holds
from properties.over_time.claim import Proof
from tests.declaring import forgotten_afterwards

V6_12 = REVISIONS["v6.12"].kernel


def plain_call() -> Call:
    return call_of(V6_12, Situation())


def asks(flag: int) -> Callable[[Call], Any]:
    return lambda call: call.args.flags & flag == flag


asks_ns, asks_fs = asks(NEWUSER), asks(FS)
LEVELS = {0: True, 1: False}

PLAINLY: dict[str, Callable[[Call], Any]] = {
    "if": lambda call: True if asks_ns(call) else False,  # noqa: SIM210
    "and": lambda call: asks_ns(call) and asks_fs(call),
    "or": lambda call: asks_ns(call) or asks_fs(call),
    "not": lambda call: not asks_ns(call),
    "bool": lambda call: bool(asks_ns(call)),
    "a number as a truth": lambda call: bool(call.args.flags),
    "a chain": lambda call: 0 <= call.cred.user_ns.level <= 2,
    "in a tuple": lambda call: call.cred.user_ns.level in (0, 1),
    "in a set": lambda call: call.cred.user_ns.level in {0, 1},
    "a look-up": lambda call: LEVELS.get(call.cred.user_ns.level, False),
    "the larger": lambda call: max(call.cred.uid, call.cred.euid) == 0,
    "an order": lambda call: sorted([call.cred.uid, call.cred.euid])[0] == 0,
    "all": lambda call: all(test(call) for test in (asks_ns, asks_fs)),
    "records": lambda call: call.cred == call.current.real_cred,
    "a hash of a record": lambda call: hash(call.cred) == 0,
    "an errno": lambda call: bool(outcome_of(call).errno),
    "an errno in a set": lambda call: outcome_of(call).errno in {1, 22},
    "the kernel's": lambda call: call.kernel[VHOST_SIGKILL] or asks_ns(call),
}
"""Rules that choose with plain Python; each on a line of its own."""


@pytest.mark.parametrize("name", PLAINLY)
def test_a_rule_that_decides_with_plain_python_is_refused_with_its_line(name: str) -> None:
    condition = PLAINLY[name]
    row = rejects(Errno.EPERM, at="nowhere")(condition)
    outcome_of(plain_call(), [row])
    with pytest.raises(Mistake, match="open") as refused:
        outcome_of(space().call, [row])
    assert str(refused.value).startswith(place_of(condition) + ":")


def test_the_same_holds_of_statements_and_steps() -> None:
    def statement(call: Call, _outcome: Any) -> Claim:
        return Claim(asks_ns(call) and asks_fs(call), True)

    with pytest.raises(Plain, match=r"test_mistakes.py:\d+: plain Python decides"):
        statement(space().call, None)
    sly = TransitionSystem("sly", LIFE.about, LIFE.record, LIFE.tasks, LIFE.start)

    def chooses(_machine: Any, state: Any) -> Move:
        return Move(state.run == 1 and state.stop == 0, state)

    sly.step(at="nowhere", who="nobody")(chooses)
    space_of = Symbolic(sly, V6_12)
    with pytest.raises(Plain, match=r"test_mistakes.py:\d+: plain Python decides"):
        space_of.relation(space_of.state("0"), space_of.state("1"))


def test_what_does_not_fit_beside_a_term_is_refused_at_once() -> None:
    x, p = open_word("x", 8), open_truth("p")
    wrong: list[Callable[[], Any]] = [
        lambda: x == open_word("y", 9),
        lambda: x + 256,
        lambda: x == -129,
        lambda: x & True,
        lambda: x == p,
        lambda: p == 1,
        lambda: p == None,  # noqa: E711
        lambda: both(p, x),  # type: ignore[arg-type]
        lambda: when(p, x, p),  # type: ignore[call-overload]
        lambda: when(p, x, open_word("y", 9)),
        lambda: widened(x, 4),
        lambda: open_word("n", INT) & 1,
        lambda: open_word("n", INT) << 1,
        lambda: concat(open_word("n", INT), x),
        lambda: concat(x, number(0, INT)),
        lambda: x << -1,
        lambda: x >> -1,
    ]
    for made in wrong:
        with pytest.raises((Mistake, TypeError)):
            made()
    assert (x == -128) is (x == 128)
    assert (x == x) is True  # noqa: PLR0124
    with pytest.raises(Plain):
        int(x)
    with pytest.raises(TypeError):
        copy(x)


WRONG: dict[str, Any] = {
    "nothing": lambda _call: None,
    "a number": lambda _call: 1,
    "zero": lambda _call: 0,
    "a text": lambda _call: "EPERM",
    "a word": lambda call: call.args.flags & THREAD,
}
READINGS = {"plain": plain_call, "symbolic": lambda: space().call}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("name", WRONG)
def test_a_rule_or_effect_that_gives_no_truth_is_refused(name: str, reading: str) -> None:
    call, wrong = READINGS[reading](), WRONG[name]
    row = rejects(Errno.EPERM, at="nowhere")(wrong)
    with pytest.raises(Mistake, match="must be a truth") as refused:
        outcome_of(call, [row])
    assert str(refused.value).startswith(place_of(wrong))
    with pytest.raises(Mistake, match="must be a truth"):
        takes("a thing", at="nowhere", condition=wrong).condition(call)
    effect = decides("no_new_privs", at="nowhere")(wrong)
    with pytest.raises(Mistake, match="is a truth, not"):
        after(call, [effect], Child)


@pytest.mark.parametrize("reading", READINGS)
def test_an_effect_that_gives_no_number_is_refused(reading: str) -> None:
    call = READINGS[reading]()
    for wrong in (lambda _call: None, lambda _call: True, asks_ns):
        with pytest.raises(Mistake, match=r"test_mistakes.py:\d+: the field that .* is a number"):
            after(call, [decides("flags", at="nowhere")(wrong)], Child)


def test_a_statement_without_its_return_is_refused() -> None:
    def forgets(_call: Call, _outcome: Any) -> Claim:  # type: ignore[return]
        Claim(True, True)

    with forgotten_afterwards():
        made = claims("Z99", source="a test", expect=holds())(forgets)
    with pytest.raises(Mistake, match=r"test_mistakes.py:\d+: forgets\(\) must return a Claim"):
        made.statement(plain_call(), None)
    for wrong in (None, 1, space().call.args.flags):
        with pytest.raises(Mistake, match=r"test_mistakes.py:\d+: a claim is made of truths"):
            Claim(True, wrong)  # type: ignore[arg-type]


def test_a_lemma_without_its_return_and_an_id_that_is_taken_are_refused() -> None:
    def forgets(_kernel: Kernel, _state: Any) -> Any:
        pass

    proof = Proof(starts=forgets, lemmas=(forgets,))
    for asked in (proof.starts, *proof.lemmas):
        with pytest.raises(Mistake, match=r"test_mistakes.py:\d+: what forgets\(\) returns"):
            asked(V6_12, None)
    with pytest.raises(Mistake, match=r"test_mistakes.py:\d+: property id P02 is declared twice"):
        claims("P02", source="a test", expect=holds())(lambda _call, _outcome: Claim(True, True))


def test_a_step_without_its_return_or_with_a_guard_that_is_no_truth_is_refused() -> None:
    def forgets(_machine: Any, _state: Any) -> Move:  # type: ignore[return]
        pass

    def counts(_machine: Any, state: Any) -> Move:
        return Move(1, state)  # type: ignore[arg-type]

    for wrong, says in ((forgets, "must return a Move"), (counts, "guard of a step")):
        system = TransitionSystem("sly", LIFE.about, LIFE.record, LIFE.tasks, LIFE.start)
        system.step(at="nowhere", who="nobody")(wrong)
        with pytest.raises(Mistake, match=rf"test_mistakes.py:\d+: .*{says}"):
            explore(system, V6_12)
        with pytest.raises(Mistake, match=says):
            Symbolic(system, V6_12).made(system.steps[0], Symbolic(system, V6_12).state("0"))


@pytest.mark.parametrize("wrong", [{"stop_flag": 1}, {"run": True}, {"run": 256}, {"run": None}])
def test_a_step_into_what_its_record_does_not_hold_is_refused(wrong: dict[str, Any]) -> None:
    def leads_astray(_machine: Any, state: Any) -> Move:
        return Move(True, but(state, **wrong))

    system = TransitionSystem("sly", LIFE.about, LIFE.record, LIFE.tasks, LIFE.start)
    system.step(at="nowhere", who="nobody")(leads_astray)
    field, value = next(iter(wrong.items()))
    says = rf"test_mistakes.py:\d+: leads_astray\(\) leads to {field} = {value}"
    with pytest.raises(Mistake, match=says):
        explore(system, V6_12)


def test_an_assumption_without_its_return_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgets(_kernel: Kernel, _start: Situation) -> Any:
        pass

    monkeypatch.setattr(wellformed, "ASSUMPTIONS", (forgets,))
    with pytest.raises(Mistake, match=r"test_mistakes.py:\d+: an assumption must be a truth"):
        wellformed.well_formed(V6_12, Situation())
    with pytest.raises(Mistake, match="a truth is due"):
        as_truth(None)  # type: ignore[arg-type]


def test_a_mistake_is_one_line_and_bad_input_for_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where a worker process met it; other errors say their place, and stay ours."""
    sly = rejects(Errno.EPERM, at="nowhere")(PLAINLY["if"])
    monkeypatch.setattr(Tracked, "outcome", lambda self, _: outcome_of(self.call, [sly]))
    assert run("cloneproof", lambda: len(verify(["P02"], ["v6.12"], jobs=1))) == 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith(f"cloneproof: {place_of(PLAINLY['if'])}: plain Python decides")

    def raises(_item: int) -> int:
        return int(TABLE[0].nothing)  # type: ignore[union-attr]

    assert run("cloneproof", lambda: list(each(raises, [1]))) == 4
    assert "has no attribute 'nothing'" in (told := capsys.readouterr().err)
    assert "tests/model/test_mistakes.py:" in told
    assert raised_at(ValueError()) == ""


def test_what_is_declared_today_says_truths_and_numbers() -> None:
    """The effects of a fork are of the kinds that they are declared to be."""
    assert after(plain_call(), EFFECTS, Child).same_thread_group is False
    assert replace(by_id("P02")).statement(plain_call(), outcome_of(plain_call())).premise is False
