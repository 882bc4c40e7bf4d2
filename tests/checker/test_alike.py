"""Kernels share nothing that they do not answer alike: asked together is asked alone."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from checker.over_time.decide import Historian, Looked
from checker.over_time.engines import NAMES, Alone
from checker.over_time.explore import Library, explore
from checker.over_time.finding import TimedFinding
from checker.over_time.watched import Watched
from checker.questions.blame import carries_over
from checker.questions.decide import Decision, decide, decider
from checker.readings.space import space
from model.algebra import both, either, no
from model.copy_process import CHARGE, LADDERS
from model.kernel import Kernel
from model.mistake import Mistake
from model.over_time import ledger
from model.over_time.step import Move, TransitionSystem, but
from model.patches import BIT_FIELDS, EXEC_COUNTS_WORKERS, KILL_SEQ, VHOST_SIGKILL
from model.records import fact
from model.revisions import REVISIONS
from model.rows import gives_back, rejects
from model.words import Errno
from properties.catalogue import all_timed, by_id, timed_by_id
from properties.claim import Claim, Verdict, holds
from properties.over_time.claim import How, Proof, TimedProperty

PAIR = "v6.4", "v6.12"
"""Two kernels that a toy system cannot tell apart, but by VHOST_SIGKILL."""


@rejects(Errno.EPERM, at="nowhere", until=VHOST_SIGKILL)
def _old(_call: Any) -> bool:
    return True


_TABLE = [_old]

WAYS: dict[str, Callable[[Kernel], Any]] = {
    "kernel[patch]": lambda kernel: no(kernel[VHOST_SIGKILL]),
    "stands": lambda kernel: kernel.stands(~VHOST_SIGKILL),
    "rows": lambda kernel: bool(kernel.rows(_TABLE)),
    "but": lambda kernel: no(kernel.but(BIT_FIELDS, True)[VHOST_SIGKILL]),
    "but, twice": lambda kernel: (
        kernel.but(BIT_FIELDS, True).but(KILL_SEQ, False).stands(~VHOST_SIGKILL)
    ),
    "admissible": lambda kernel: no(kernel.but(EXEC_COUNTS_WORKERS, True).admissible()),
    "patches": lambda kernel: VHOST_SIGKILL not in kernel.patches(),
    "an expectation": lambda kernel: holds(until=VHOST_SIGKILL).on(kernel) is Verdict.PROVED,
    "its name": lambda kernel: kernel.name == "v6.4",
}
"""Each way of asking whether the kernel is the older one."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number."""

    n: Any = fact(8, 0, "how far it got")


def toy(
    start: Callable[[Any], bool] = lambda _machine: True,
    guard: Callable[[Any, Any], bool] = lambda _machine, _state: True,
    **patches: Any,
) -> TransitionSystem:
    """A number that is counted up to 9, or begins at 100 and stays there."""
    made = TransitionSystem(
        "toy", "a number", Number, "one", lambda at: Number(0 if start(at) else 100)
    )

    def one_more(machine: Any, state: Any) -> Move:
        return Move(both(state.n < 9, guard(machine, state)), but(state, n=state.n + 1))

    made.step(at="nowhere", who="it", own=True, **patches)(one_more)
    return made


def within(kernel: Kernel, most: int, way: Callable[[Kernel], Any] = lambda _: True) -> Any:
    return lambda state: either(state.n <= most, no(way(kernel)))


def prop(
    system: TransitionSystem, statement: Any, how: How = How.INVARIANT, **more: Any
) -> TimedProperty:
    return replace(timed_by_id("P52"), system=system, statement=statement, how=how, **more)


def never(most: int) -> Any:
    return lambda _kernel, state: Claim(True, state.n <= most)


def _library() -> Library:
    return Library([REVISIONS[name].kernel for name in PAIR])


ENGINES: dict[str, Callable[[], Any]] = {
    "histories": lambda: Historian(_library()),
    **{name: lambda name=name: Alone(name, 14, _library()) for name in NAMES},
}


def said(finding: TimedFinding) -> Any:
    """What a finding says, kernels apart."""
    traces = (one and [step.name for step in one.steps] for one in (finding.trace, finding.witness))
    return finding.verdict, finding.reason, finding.rests_on, *traces


def together_is_alone(claimed: TimedProperty, engine: str) -> None:
    """Both orders of asking say what is said alone, and that differs between the two."""
    alone = {name: said(_ask(ENGINES[engine](), claimed, name)) for name in PAIR}
    assert alone[PAIR[0]][0] is not alone[PAIR[1]][0], "the mutant changes nothing"
    for order in (PAIR, PAIR[::-1]):
        both_of = ENGINES[engine]()
        assert {name: said(_ask(both_of, claimed, name)) for name in order} == alone


def _ask(engine: Any, claimed: TimedProperty, kernel: str) -> TimedFinding:
    found: TimedFinding = engine.decide(claimed, REVISIONS[kernel].kernel)
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", WAYS)
def test_a_statement_is_not_taken_over_from_a_kernel_that_it_tells_apart(
    way: str, engine: str
) -> None:
    asks = WAYS[way]
    together_is_alone(
        prop(toy(), lambda kernel, state: Claim(True, within(kernel, 5, asks)(state))), engine
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", WAYS)
def test_nor_is_a_premise(way: str, engine: str) -> None:
    asks = WAYS[way]
    together_is_alone(
        prop(toy(), lambda kernel, state: Claim(both(asks(kernel), state.n > 4), state.n < 4)),
        engine,
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", WAYS)
def test_nor_is_a_system_whose_step_asks(way: str, engine: str) -> None:
    asks = WAYS[way]
    together_is_alone(prop(toy(guard=lambda at, _: asks(at.kernel)), never(5)), engine)
    questions = toy(guard=lambda at, _: at.ask(asks))
    together_is_alone(prop(questions, never(5)), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_nor_is_one_whose_start_or_steps_depend_on_a_patch(engine: str) -> None:
    asks = WAYS["stands"]
    together_is_alone(prop(toy(start=lambda at: asks(at.kernel)), never(50)), engine)
    together_is_alone(prop(toy(until=VHOST_SIGKILL), never(5)), engine)
    together_is_alone(prop(toy(since=VHOST_SIGKILL), never(5)), engine)


@pytest.mark.parametrize("engine", ["histories", "explore"])
@pytest.mark.parametrize("how", [How.EACH_STEP, How.SOME_STEP])
@pytest.mark.parametrize("way", WAYS)
def test_nor_is_what_is_said_of_steps(way: str, how: How, engine: str) -> None:
    def goes_on(kernel: Kernel, before: Any, after: Any) -> Claim:
        return Claim(before.n < 9, both(after.n == before.n + 1, WAYS[way](kernel)))

    together_is_alone(prop(toy(), goes_on, how), engine)


@pytest.mark.parametrize("how", [How.EACH_STEP, How.SOME_STEP])
def test_nor_is_what_was_said_of_the_same_steps_in_another_graph(how: How) -> None:
    """The second kernel has no step that the first has not; the third has those of the second."""

    def goes_on(kernel: Kernel, before: Any, after: Any) -> Claim:
        return Claim(before.n < 4, after.n == before.n + 1 and not kernel[VHOST_SIGKILL])

    system = toy(guard=lambda at, state: either(state.n < 4, at[KILL_SEQ]))
    plain = REVISIONS["v6.4"].kernel
    asked, one = Historian(), prop(system, goes_on, how)
    for further, newer in ((True, False), (False, False), (False, True)):
        kernel = plain.but(KILL_SEQ, further).but(VHOST_SIGKILL, newer)
        assert asked.decide(one, kernel).verdict is (Verdict.REFUTED if newer else Verdict.PROVED)


@dataclass(frozen=True, slots=True)
class Two:
    """Two slots, for one number and another."""

    a: Any = fact(8, 0, "a number")
    b: Any = fact(8, 0, "the other")


def _sorted(state: Two) -> Two:
    return state if state.a >= state.b else Two(state.b, state.a)


@pytest.mark.parametrize("same", [_sorted, lambda state: (max(state.a, state.b), "and the other")])
def test_a_step_leads_to_the_very_state_that_it_makes(same: Callable[[Any], Any]) -> None:
    """It may be another than the one that stands for all that differ in who has which slot."""
    slots = TransitionSystem("slots", "two numbers", Two, "two", lambda _at: Two(), same)
    for slot in ("a", "b"):
        slots.step(at="nowhere", who="it")(
            lambda _machine, state, slot=slot: Move(
                both(state.a == 0, state.b == 0), but(state, **{slot: 1})
            )
        )
    stays = prop(slots, lambda _k, old, new: Claim(True, new.b == old.b), How.EACH_STEP)
    assert _ask(Historian(), stays, PAIR[0]).verdict is Verdict.REFUTED


def test_a_state_without_steps_is_known_with_all_its_steps() -> None:
    """A search that ends there knows of it that nothing can be done, although no edge says so."""
    fork = toy(guard=lambda _at, state: state.n != 1)
    fork.step(at="nowhere", who="the other")(
        lambda _machine, state: Move(state.n == 0, but(state, n=2))
    )
    kernel = REVISIONS[PAIR[0]].kernel
    found = explore(fork, kernel, until=lambda state: state.n == 2)
    goes_on = prop(fork, lambda _k, old, _new: Claim(old.n == 1, True), How.SOME_STEP)
    assert [state.n for state in found.states] == [0, 1, 2]
    assert Looked().at(goes_on, kernel, found).broken == (1, None)


@pytest.mark.parametrize("engine", ENGINES)
def test_nor_is_an_ending(engine: str) -> None:
    def done(_kernel: Kernel, state: Any) -> Claim:
        return Claim(state.n == 0, state.n == 9)

    stuck = toy(guard=lambda at, state: either(state.n != 6, WAYS["rows"](at.kernel)))
    together_is_alone(prop(stuck, done, How.ENDS), engine)


@pytest.mark.parametrize("way", WAYS)
def test_nor_is_what_unrolling_says_of_histories_that_exploration_did_not_reach(way: str) -> None:
    """The two kernels are alike in every state that was explored, and not in later ones."""

    def goes_on(kernel: Kernel, n: Any) -> Any:
        return either(n < 5, WAYS[way](kernel))

    late = toy(guard=lambda at, state: at.ask(goes_on, state.n))
    late.most = 4
    together_is_alone(prop(late, never(5)), "histories")


def _counted(*lemmas: Any) -> dict[str, Any]:
    return {"proof": Proof(lambda _kernel, state: state.n == 0, lemmas=lemmas)}


@pytest.mark.parametrize("way", WAYS)
def test_nor_is_an_induction_whose_lemma_asks(way: str) -> None:
    def small(kernel: Kernel, state: Any) -> Any:
        return either(state.n < 7, WAYS[way](kernel))

    declared = prop(toy(), never(9), How.INDUCTIVE, **_counted(small))
    together_is_alone(declared, "histories")
    together_is_alone(declared, "k-induction")


def test_nor_is_the_ledger_of_creation(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error path that gives the charge back on the older kernel only."""
    ladder = [
        (label, [_until(back) if back.resource == CHARGE else back for back in gives])
        for label, gives in LADDERS["copy_process"]
    ]
    monkeypatch.setitem(LADDERS, "copy_process", ladder)
    together_is_alone(timed_by_id("P23"), "histories")


def _until(back: Any) -> Any:
    return gives_back(back.resource, back.condition, until=VHOST_SIGKILL)


@pytest.mark.parametrize("way", ["kernel[patch]", "stands", "but"])
def test_nor_is_the_ledger_of_credentials(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = ledger.takes_from_the_old

    def forgets(kernel: Kernel, user: Any, ns: Any) -> Any:
        return both(taken(kernel, user, ns), WAYS[way](kernel))

    monkeypatch.setattr(ledger, "takes_from_the_old", forgets)
    together_is_alone(timed_by_id("P23"), "histories")


@pytest.mark.parametrize("way", ["kernel[patch]", "stands", "but, twice"])
def test_a_core_carries_over_only_to_kernels_that_have_its_patches(way: str) -> None:
    def old(call: Any, _outcome: Any) -> Claim:
        return Claim(True, WAYS[way](call.kernel))

    claimed = replace(by_id("P02"), statement=old)
    older, newer = (REVISIONS[name] for name in PAIR)
    found = decide(claimed, [older, newer])
    assert [found[name].verdict for name in PAIR] == [Verdict.PROVED, Verdict.REFUTED]
    core = Decision(claimed, decider()).core(older.kernel)
    assert core is not None
    assert "no patch:VHOST_SIGKILL" in core
    assert carries_over(core, older.kernel)
    assert not carries_over(core, newer.kernel)


def test_an_open_kernel_does_not_say_which_kernel_it_is() -> None:
    """Its answer would be another kernel's: a statement that asks so is refused."""
    for way in ("patches", "its name"):
        with pytest.raises(Mistake, match=r"test_alike.py:\d+: an open kernel"):
            WAYS[way](space().kernel)


def test_whoever_could_not_answer_is_like_nobody() -> None:
    def raises(kernel: Kernel, old: bool) -> int:
        if kernel[VHOST_SIGKILL] is old:
            raise ValueError("no answer")
        return 1

    older, newer = (REVISIONS[name].kernel for name in PAIR)
    watched = Watched(older)
    assert watched.ask(raises, True) == 1
    assert not watched.agrees_with(newer)
    with pytest.raises(ValueError, match="no answer"):
        watched.ask(raises, False)
    assert not watched.agrees_with(older)


LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


def sample(every: Any, many: int) -> list[Any]:
    return list(every) if LONG else random.Random(9).sample(list(every), many)


def test_findings_of_many_kernels_together_are_those_of_each_alone() -> None:
    """All properties of histories on all kernels, or a sample of either."""
    properties, kernels = sample(all_timed(), 30), sample(REVISIONS, 8)
    shared = Historian()
    together = {
        (one.id, name): said(_ask(shared, one, name)) for one in properties for name in kernels
    }
    for name in kernels if LONG else kernels[:3]:
        alone = Historian()
        for one in properties:
            assert said(_ask(alone, one, name)) == together[one.id, name], (one.id, name)
