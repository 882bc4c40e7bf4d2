"""Engines over time: none is taken on trust, and none says more than it knows."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from checker.engines.in_z3 import in_z3
from checker.over_time.bounded import Unrolling, breaking, nearest
from checker.over_time.budget import Budget
from checker.over_time.by_pdr import by_pdr
from checker.over_time.certificate import Histories, Invariant, flaw
from checker.over_time.decide import Historian
from checker.over_time.engines import Alone, asked
from checker.over_time.explore import explore
from checker.over_time.finding import TimedFinding
from checker.over_time.induction import Induction, Named, ProofAttempt, induct
from checker.over_time.pdr import search
from checker.over_time.question import Question
from checker.over_time.results import verify_histories
from checker.over_time.solving import SAT, UNSAT, OnBits
from checker.over_time.stepping import REFUSED, TakenStep, dead, errors, taken_steps, without_fixes
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import breaks
from command.answers import contradicts
from model.algebra import both, no
from model.mistake import Plain
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Move, TransitionSystem, but
from model.over_time.vhost_worker import SYSTEM as LIFE
from model.records import leaves
from model.revisions import REVISIONS
from model.terms import open_word
from properties.catalogue import all_timed, timed_by_id
from properties.claim import Verdict
from properties.over_time.claim import How, TimedProperty

KERNELS = ("series-11", "v6.4", "v6.14")
WIDE = ("accounts", "user_namespaces", "thread_groups")
"""Systems whose long histories are more than a budget of unrolling."""


def narrow(system: TransitionSystem) -> bool:
    return system.name not in WIDE and all(leaf.width <= 16 for leaf in leaves(system.record))


@cache
def historian() -> Historian:
    return Historian()


def of(prop: TimedProperty, kernel: str) -> TimedFinding:
    return historian().decide(prop, REVISIONS[kernel].kernel)


def properties_of(system: str) -> list[TimedProperty]:
    """Return what is said of a system's states; of steps exploration alone says anything."""
    return [
        prop for prop in all_timed() if prop.system.name == system and not prop.how.of_steps
    ]


def agree(mine: TimedFinding, other: TimedFinding) -> bool:
    """Return whether two findings are one verdict, with traces of one length."""
    if mine.verdict is not other.verdict:
        return False
    return mine.trace is None or len(mine.trace.steps) == len(other.trace.steps)


@pytest.mark.parametrize("system", SYSTEMS)
def test_unrolling_and_exploration_agree(system: str) -> None:
    """The same verdict, and a shortest history of the same length, on every system."""
    short = 3 if system in WIDE else 6
    unrolled = {depth: Alone("bmc", depth) for depth in range(1, 40)}
    for kernel in KERNELS[2:] if system in WIDE else KERNELS:
        for prop in properties_of(system):
            found = of(prop, kernel)
            far = len(found.trace.steps) if found.trace else 0
            if far > short and system in WIDE:
                continue
            said = unrolled[far or short].decide(prop, REVISIONS[kernel].kernel)
            if found.trace:
                assert agree(said, found), (prop.id, kernel, said.verdict, said.reason)
                assert breaks(prop, REVISIONS[kernel].kernel, said.trace.states[-1])
            else:
                assert said.verdict is Verdict.BOUNDED, (prop.id, kernel, said.verdict)


@pytest.mark.parametrize("system", [name for name in SYSTEMS if narrow(SYSTEMS[name])])
def test_pdr_and_exploration_agree(system: str) -> None:
    """Where PDR answers it answers alike, with a trace as short; it may run out of budget."""
    alone = Alone("pdr", 12)
    unanswered = []
    for kernel in KERNELS[2:]:
        for prop in properties_of(system):
            said = alone.decide(prop, REVISIONS[kernel].kernel)
            if said.verdict in (Verdict.TIMEOUT, Verdict.UNKNOWN):
                unanswered.append(prop.id)
            else:
                assert agree(said, of(prop, kernel)), (prop.id, kernel, said.verdict, said.reason)
    assert len(unanswered) <= len(properties_of(system)) // 2, unanswered


@pytest.mark.parametrize("system", [name for name in SYSTEMS if narrow(SYSTEMS[name])])
def test_k_induction_and_exploration_agree(system: str) -> None:
    """Where k-induction proves or refutes, exploration does."""
    alone = Alone("k-induction", 10)
    for prop in properties_of(system):
        said = alone.decide(prop, REVISIONS["v6.14"].kernel)
        if said.verdict not in (Verdict.TIMEOUT, Verdict.UNKNOWN):
            assert agree(said, of(prop, "v6.14")), (prop.id, said.verdict, said.reason)


def k_induct(name: str, kernel: str, upto: int, distinct: bool = True) -> Induction:
    question = Question(timed_by_id(name), REVISIONS[kernel].kernel)
    claim = Named(question.prop.sentence, question.kept)
    space = question.space
    return induct(ProofAttempt(space, claim, space.starts, upto=upto, distinct=distinct))


@pytest.mark.parametrize(("name", "k"), [("P65", 2), ("P74k", 3), ("P45", 4), ("P4D", 5)])
def test_some_properties_need_more_than_one_step_and_no_lemma(name: str, k: int) -> None:
    short = k_induct(name, "v6.12", k - 1)
    assert (short.status, len(short.path)) == ("step", k)
    assert k_induct(name, "v6.12", k).status == "proved"
    assert k_induct(name, "v6.12", 12).depth == k


def test_some_need_states_that_differ() -> None:
    assert k_induct("P66n", "v6.12", 5).status == "proved"
    assert k_induct("P66n", "v6.12", 5, distinct=False).status == "step"


def test_a_failed_induction_is_no_refutation() -> None:
    said = asked("k-induction", timed_by_id("P74k"), REVISIONS["v6.12"].kernel, 2)
    assert said.verdict is Verdict.UNKNOWN
    assert said.trace is None
    assert "not known to be reachable" in said.reason


def test_pdr_proves_for_any_number_of_forks_without_the_lemmas() -> None:
    for name in ("P34b", "P6AH", "P33i"):
        said = asked("pdr", timed_by_id(name), REVISIONS["v6.12"].kernel)
        assert said.verdict is Verdict.PROVED
        assert "any number of tasks and of forks in progress" in said.rests_on
        assert not any(entry.startswith("lemma") for entry in said.rests_on)
        assert "the declared lemmas, for the range of numbers alone" in said.rests_on


def walk_of(name: str, kernel: str) -> tuple[Question, Histories]:
    question = Question(timed_by_id(name), REVISIONS[kernel].kernel)
    return question, Histories(question.space, question.space.starts)


def test_an_invariant_of_spacer_passes_and_wrong_ones_do_not() -> None:
    """Negative: each of the three conditions of a certificate is really asked."""
    question, histories = walk_of("P64", "v6.12")
    found = search(histories, question.broken, Budget()).invariant
    assert found is not None
    bad = question.broken(found.template)
    assert flaw(found, bad) == ""

    def wrong(term: Any) -> str:
        return flaw(Invariant(histories, found.template, term), bad)

    start = histories.space.starts(found.template)
    assert "exclude" in wrong(True)
    assert "begin outside" in wrong(False)
    assert "a step leads out" in wrong(start)


def test_a_wrong_certificate_is_an_error_and_never_proved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checker.over_time.pdr.flaw", lambda *_: "a step leads out of it")
    said = asked("pdr", timed_by_id("P64"), REVISIONS["v6.12"].kernel)
    assert said.verdict is Verdict.ERROR
    assert "a step leads out of it" in said.reason


@pytest.mark.parametrize("engine", ["bmc", "k-induction", "pdr"])
def test_a_spent_budget_is_said_to_be_one(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("engines", "inductive", "by_pdr"):
        monkeypatch.setattr(f"checker.over_time.{place}.Budget", lambda *_: Budget(10))
    said = asked(engine, timed_by_id("P61"), REVISIONS["debian-6.12.117"].kernel)
    assert said.verdict in (Verdict.TIMEOUT, Verdict.BOUNDED)
    assert "budget" in said.reason


def test_what_spacer_calls_reachable_needs_a_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: its word alone refutes nothing."""
    from checker.over_time.pdr import Searched

    monkeypatch.setattr("checker.over_time.by_pdr.search", lambda *_: Searched("reachable"))
    question, _ = walk_of("P64", "v6.12")
    said = by_pdr(question, 4)
    assert said.verdict is Verdict.UNKNOWN
    assert "none of up to 4 steps" in said.reason


def test_a_premise_that_no_history_meets_is_vacuous_for_the_provers() -> None:
    prop, kernel = timed_by_id("P17H"), REVISIONS["v6.12"].kernel
    assert asked("k-induction", prop, kernel, 8).verdict is Verdict.VACUOUS
    assert asked("pdr", prop, kernel, 8).verdict is Verdict.VACUOUS
    said = asked("bmc", prop, kernel, 6)
    assert said.verdict is Verdict.BOUNDED
    assert "none of them has its premise" in said.reason


def test_an_ending_is_refuted_only_where_the_goal_is_nowhere_ahead() -> None:
    """A goal that is farther than was looked back is no refutation: it is looked further."""
    question, _ = walk_of("P52r", "v6.12")
    assert question.ending is not None
    before = question.ending.depth
    found = breaking(question, Unrolling(question.space), 8)
    assert found.history is None
    assert question.ending.depth > before
    shallow, _ = walk_of("P52r", "v6.12")
    assert nearest(Unrolling(shallow.space), shallow.broken, 8).history is not None


def test_a_cut_off_exploration_is_continued_by_unrolling(monkeypatch: pytest.MonkeyPatch) -> None:
    prop, kernel = timed_by_id("P60"), REVISIONS["v6.4"].kernel
    monkeypatch.setattr(prop.system, "most", 14)
    cut = explore(prop.system, kernel)
    assert not cut.closed
    assert all(not breaks(prop, kernel, state) for state in cut.states)
    found = Historian().decide(prop, kernel)
    assert found.verdict is Verdict.REFUTED
    assert len(found.trace.steps) == 4
    deep = Historian().decide(timed_by_id("P60i"), kernel)
    assert deep.verdict is Verdict.BOUNDED
    assert int(deep.reason.split()[5]) > cut.depth


def _chooses_plainly(_machine: Any, state: Any) -> Move:
    return Move(True, but(state, stop_flag=True)) if state.run == 1 else Move(False, state)


def test_a_step_that_chooses_with_plain_python_is_refused() -> None:
    """Negative: Python would take ``if`` for true, and read another system."""
    sly = TransitionSystem(
        "sly", LIFE.about, LIFE.record, LIFE.tasks, LIFE.start, steps=list(LIFE.steps)
    )
    sly.step(at="nowhere", who="nobody")(_chooses_plainly)
    space = Symbolic(sly, REVISIONS["v6.12"].kernel)
    with pytest.raises(Plain):
        space.relation(space.state("0"), space.state("1"))


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_is_read_symbolically(name: str) -> None:
    for kernel in ("v5.4", "v6.14"):
        space = Symbolic(SYSTEMS[name], REVISIONS[kernel].kernel)
        before, after = space.state("0"), space.state("1")
        solver = OnBits(space, Budget())
        solver.add(space.starts(before), space.relation(before, after))
        if solver.ask() == SAT:
            assert space.taken(solver.plain(before), solver.plain(after)) is not None


def test_every_step_is_taken_somewhere() -> None:
    """On a named kernel, or on one without some fix; what all refuse is declared and checked."""
    found = taken_steps(SYSTEMS, [revision.kernel for revision in REVISIONS.values()])
    assert errors(found + without_fixes(found)) == []


def test_a_dead_step_is_an_error_and_so_is_a_refusal_that_is_none() -> None:
    refused = next(iter(REFUSED))
    some = [
        TakenStep("vhost_worker", "v6.1", "the moon rises", never="it cannot"),
        TakenStep(refused[0], "v6.1", refused[1], history=(refused[1],)),
    ]
    assert dead(some) == [("vhost_worker", "the moon rises")]
    assert len(errors(some)) == 2


def test_a_steps_history_ends_with_it_and_runs() -> None:
    from checker.over_time.trace import rerun

    kernel = REVISIONS["v6.12"].kernel
    for one in taken_steps(["vhost_worker", "userns_sharing"], [kernel]):
        if not one.never:
            steps, _ = rerun(SYSTEMS[one.system], kernel, list(one.history))
            assert steps[-1].name == one.step


def test_an_engine_that_says_less_does_not_contradict() -> None:
    found = verify_histories(["P60"], ["v6.12", "v6.4"], jobs=1, engine="bmc", depth=5)
    bounded, refuted = ({one.kernel: one for one in found}[name] for name in ("v6.12", "v6.4"))
    assert (bounded.verdict, refuted.verdict) == (Verdict.BOUNDED, Verdict.REFUTED)
    assert not contradicts(bounded)
    assert not contradicts(refuted)
    explored = verify_histories(["P60"], ["v6.12"], jobs=1, engine="explore")
    assert explored[0].as_expected


SAYS = {
    "PROVED": {"REFUTED", "VACUOUS"},
    "VACUOUS": {"REFUTED", "PROVED"},
    "REFUTED": {"PROVED", "VACUOUS", "BOUNDED"},
    "BOUNDED": set(),
    "UNKNOWN": set(),
    "TIMEOUT": set(),
    "ERROR": {"PROVED", "VACUOUS", "BOUNDED", "REFUTED"},
}
"""What each answer contradicts, of what may be declared."""


@pytest.mark.parametrize("said", SAYS)
def test_a_bound_contradicts_nothing_and_a_history_contradicts_a_bound(said: str) -> None:
    (one,) = verify_histories(["P60"], ["v6.12"], jobs=1, engine="bmc", depth=1)
    for declared in SAYS["ERROR"]:
        result = replace(one, verdict=Verdict[said], expected=Verdict[declared])
        assert contradicts(result) is (declared in SAYS[said]), declared


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "command", "system", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_asks_one_engine() -> None:
    good = run("P05H", "-k", "v6.12", "--engine", "pdr")
    assert good.returncode == 0
    assert "decided by z3, and by the bit-blaster with minisat" in good.stdout
    less = run("P05H", "-k", "v6.12", "--engine", "bmc", "--depth", "3")
    assert less.returncode == 2
    assert "says less" in less.stdout
    assert "no history of up to 3 steps" in less.stdout
    assert run("P05H", "--depth", "3").returncode == 3


def test_the_command_shows_how_steps_are_reached() -> None:
    shown = run("--steps", "userns_sharing", "-k", "v6.12", "--format", "json")
    assert shown.returncode == 0
    entries = json.loads(shown.stdout)
    assert {"system", "kernel", "step"} <= set(entries[0])
    assert all(("never" in entry) != ("history" in entry) for entry in entries)
    assert "no system 'familie'; did you mean families?" in run("--steps", "familie").stderr


@pytest.mark.parametrize("width", [8, 16])
def test_the_sat_engine_subtracts_and_multiplies_as_z3_does(width: int) -> None:
    import z3

    space = Symbolic(SYSTEMS["threads"], REVISIONS["v6.12"].kernel)
    x, y = (open_word(name, width) for name in "xy")
    for left, right in ((3, 5), (250, 9), (2**width - 1, 2**width - 1), (0, 7)):
        for made in (x - y, x * y, x * 255, x - y - x):
            given = both(x == left, y == right)
            names = [in_z3(one) for one in (x, y)]
            known = [z3.BitVecVal(one, width) for one in (left, right)]
            plain = z3.substitute(in_z3(made), *zip(names, known, strict=True))
            value = z3.simplify(plain).as_long()
            solver = OnBits(space, Budget())
            assert solver.ask(given, made == value) == SAT
            assert solver.ask(given, made != value) == UNSAT


def test_every_kind_of_statement_was_asked_symbolically() -> None:
    asked_of = {prop.how for name in SYSTEMS for prop in properties_of(name)}
    assert asked_of == {how for how in How if not how.of_steps}


def test_what_holds_of_the_template_holds_of_the_state() -> None:
    """A predicate on plain states is read as the terms are, also where numbers wrap."""
    space = Symbolic(SYSTEMS["threads"], REVISIONS["v6.12"].kernel)
    lowest = SYSTEMS["threads"].record(threads=-(2**31), admitted=0)
    assert space.true(lambda state: state.threads - 1 == 2**31 - 1, lowest)
    assert not space.true(lambda state: no(state.threads - 1 == 2**31 - 1), lowest)


def test_the_peers_must_agree() -> None:
    """Negative: another count of states, or a bug at another depth, fails the comparison."""
    from bench.peers.__main__ import disagreements, table
    from bench.peers.others import _spins_answer, _tlcs_answer
    from bench.peers.ours import PeerRun, exploration, unrolled

    kernel = REVISIONS["v6.12"].kernel
    mine = exploration(kernel, 3)
    assert (mine.states, mine.said) == (343, "conserved")
    spin = _spins_answer("errors: 0\n 344 states, stored\n", 3, 0.1)
    assert disagreements([[spin, mine]], []) == []
    fewer = _tlcs_answer("No error has been found\n342 distinct states found", 3, 0.1)
    assert "states differ" in disagreements([[fewer, mine]], [])[0]
    bug = exploration(kernel, 3, wrong=2)
    found = unrolled(kernel, 3, 8, wrong=2)
    assert (bug.said, bug.depth, found.depth) == ("broken", 3, 3)
    late = PeerRun("TLC", "3", 1, 0.1, "broken", 4)
    assert disagreements([], [[bug, found]]) == []
    assert "not at one depth" in disagreements([], [[bug, late]])[0]
    assert "343 states" in table("tasks", [[mine]], ["3"])
