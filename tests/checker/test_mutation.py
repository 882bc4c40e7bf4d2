"""Who checks the checker's checker: what mutation calls noticed, equivalent or surviving is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from checker.ground.problems import Problem
from checker.mutation.asking import Remembering
from checker.mutation.at_hand import random_calls
from checker.mutation.baseline import Baseline, baseline
from checker.mutation.catalogue import of_calls
from checker.mutation.choosing import NONE
from checker.mutation.confirming import Noticed
from checker.mutation.early import _SHOWN_BY, EarlyKills, TriedMutants
from checker.mutation.explored import ReadOff
from checker.mutation.flipped import of_flips
from checker.mutation.flips import Flips, of_kernels
from checker.mutation.histories import Base, Trial, bases, fate, mutants_of
from checker.mutation.jobs import Selection
from checker.mutation.judge import ChoiceDisagrees, MutantJudge
from checker.mutation.kept import KeptVerdict, statements_on, timed
from checker.mutation.kernel import Mutated
from checker.mutation.known import KnownCalls, Tried
from checker.mutation.marks import broken_landmark
from checker.mutation.mutant import Mutant
from checker.mutation.outcomes import differ
from checker.mutation.premises import of_conditions, of_statements
from checker.mutation.reading import GraphReadings
from checker.mutation.report import END, MADE, Score, renewed, scores, survivors
from checker.mutation.roaming import roam, verdicts_of
from checker.mutation.sooner import with_kept_calls
from checker.mutation.source import variants
from checker.mutation.survivors import survivor
from checker.mutation.told import Fate, MutantFate
from checker.mutation.world import SeenStates, Unfit
from checker.over_time.decide import Historian
from checker.over_time.explore import explore
from checker.over_time.results import verify_histories
from checker.over_time.watched import Watched
from checker.questions.run import verify
from checker.readings.concrete import evaluate
from checker.readings.noted import Questions
from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.record.result import Result
from model import copy_process, setns
from model.algebra import Truth, both, either, when_word
from model.call import Call
from model.due import as_truth
from model.evaluate import Outcome
from model.kernel import Kernel
from model.over_time.accounts import ACCOUNTS
from model.over_time.cgroup_kill import SYSTEM as KILLING
from model.over_time.step import TransitionSystem
from model.over_time.ucounts_pins import SYSTEM as PINNING
from model.over_time.ucounts_references import SYSTEM as REFERENCES
from model.over_time.vhost_wake import SYSTEM as WAKING
from model.patch import ALWAYS
from model.patches import USERNS_FS_GUARD
from model.request import Entry
from model.revisions import REVISIONS
from model.rows import Rejection
from model.rules.flags import FLAGS
from model.state import Fallible
from model.words import Errno
from properties.catalogue import all_timed, by_id
from properties.claim import Claim, Subject, Verdict
from properties.over_time.claim import How

KERNELS = ["v5.4", "v6.1", "v6.12"]


@cache
def _results(*ids: str) -> list[Result]:
    return verify(list(ids), KERNELS, jobs=1, blame=False)


def _baseline(*ids: str) -> Baseline:
    return baseline(_results(*ids))


@cache
def _mutants() -> dict[str, Mutant]:
    return {mutant.name: mutant for mutant in of_calls()}


def _judged(ids: list[str], *names: str) -> MutantJudge:
    judge = MutantJudge([_mutants()[name] for name in names], _baseline(*ids))
    assert [prop.id for prop in judge.notice([by_id(one) for one in ids])] == ids
    return judge


FS_GUARD = "clone: root directory is shared across user namespaces: dropped"
SAME_ERRNO = "setns: descriptor is closed: after namespace is of another type"
HANDLERS = "clone: shared handlers without shared memory: dropped"
NO_MEMORY = "setns: nsproxy to join with cannot be allocated: fails with EAGAIN"


def test_a_dropped_guard_is_noticed_by_the_statement_that_needs_it() -> None:
    judge = _judged(["P01", "P02"], FS_GUARD)
    (kill,) = judge.kills.values()
    assert (kill.statement, kill.before, kill.after) == ("P02", Verdict.PROVED, Verdict.REFUTED)


def test_a_call_that_shows_a_mutant_is_tried_on_the_others_of_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, each = list[int](), MutantJudge.each

    def noting(self: MutantJudge, *wanted: Any) -> Iterator[tuple[int, Kernel, dict[str, Any]]]:
        for answer in each(self, *wanted):
            asked.append(answer[0])
            yield answer

    monkeypatch.setattr(MutantJudge, "each", noting)
    judge = _judged(["P02"], FS_GUARD, FS_GUARD.replace("dropped", "negated"), NO_MEMORY)
    assert set(judge.kills) == {1, 2} and len(asked) == 1


def _early(ids: list[str], *names: str) -> dict[int, Noticed]:
    mutants = [_mutants()[name] for name in names]
    return EarlyKills(mutants, [by_id(one) for one in ids], _baseline(*ids)).found()


def test_a_call_at_hand_notices_what_a_solver_would_have_to_be_asked_for() -> None:
    early = _early(["P01", "P02"], SAME_ERRNO, FS_GUARD)
    assert early == {1: Noticed("P02", early[1].kernel, Verdict.PROVED, Verdict.REFUTED)}


def test_what_columns_alone_say_of_a_call_at_hand_kills_no_mutant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(_SHOWN_BY, Verdict.REFUTED, (lambda *_asked: False, Verdict.PROVED))
    assert not _early(["P01", "P02"], FS_GUARD)


def test_every_change_that_columns_notice_on_a_call_at_hand_is_one_on_plain_values() -> None:
    """Tables with all mutants in them, read on columns, say of each call what plain values say."""
    prop = by_id("P02")
    known = [one.facts for one in _baseline("P02")["P02"]]
    kernels = [one.kernel for one in REVISIONS.values()]
    at_hand = random_calls(Subject.CREATE, known, kernels, 400)
    mutants = [one for one in _mutants().values() if one.of == "clone"][::40]
    some = [(place, np.arange(place, 400, len(mutants))) for place in range(len(mutants))]
    tried = TriedMutants(at_hand, some, mutants)
    met, kept = tried.claim(prop)
    assert 0 < met.sum() < 400
    for row in range(0, 400, 7):
        changed = Mutated(tried.kernel(row), mutants[tried.mutant[row]])
        plain = evaluate(prop, changed, tried.call(row))
        assert (bool(met[row]), bool(met[row] and not kept[row])) == (
            plain.witness,
            plain.violation,
        )


def test_an_empty_catalogue_notices_nothing() -> None:
    assert not _judged([], FS_GUARD, NO_MEMORY, SAME_ERRNO).kills


def test_swapping_two_refusals_that_never_meet_is_proved_equivalent() -> None:
    judge = _judged([], SAME_ERRNO)
    assert survivor(judge, 1) is None


def test_what_no_statement_looks_at_is_listed_with_its_smallest_call() -> None:
    left = survivor(_judged(["P02"], NO_MEMORY), 1)
    assert left is not None
    assert (left.before, left.after) == ({"errno": 12}, {"errno": 11})
    told = MutantFate(
        "rejections",
        "setns",
        "a row",
        "a change",
        Fate.SURVIVES,
        "",
        "",
        left.kernel,
        {"chance": {"fails": "create_nsproxy"}},
        left.before,
        left.after,
    )
    text = "\n".join(survivors([told]))
    assert "create_nsproxy" in text and "errno 12  ->  errno 11" in text


def _refuses_everything() -> Mutant:
    row = next(row for row in copy_process.TABLE if isinstance(row, Rejection))
    place = copy_process.TABLE.index(row)
    always_refused = replace(row, condition=lambda _call: True, where=ALWAYS)
    edits = {place: [always_refused]}
    return Mutant("rejections", "clone", row.name, "always", copy_process.TABLE, edits)


@pytest.mark.parametrize(
    ("prop", "before", "after"),
    [("P43t", Verdict.PROVED, Verdict.VACUOUS), ("P44", Verdict.REFUTED, Verdict.VACUOUS)],
)
def test_a_premise_or_a_counterexample_that_cannot_occur_any_more_is_noticed(
    prop: str, before: Verdict, after: Verdict
) -> None:
    judge = MutantJudge([_refuses_everything()], _baseline(prop))
    assert list(judge.notice([by_id(prop)]))
    assert (judge.kills[1].before, judge.kills[1].after) == (before, after)


class _Forgets(MutantJudge):
    """Takes a kernel on plain values for one without the mutant."""

    def under(self, _number: int, kernel: Kernel) -> Kernel:
        return kernel


@pytest.mark.parametrize(("judges", "killed"), [(MutantJudge, {1}), (_Forgets, set())])
def test_a_premise_that_a_mutant_meets_is_met_on_plain_values_too(
    judges: type[MutantJudge], killed: set[int]
) -> None:
    """Nothing is counted as noticed that only the terms say."""

    def never(call: Call, end: Outcome) -> Claim:
        return Claim(both(call.fails(Fallible.CREATE_NSPROXY), end.errno == Errno.EAGAIN), True)

    vacuous = replace(_baseline("D60")["D60"][0], verdict=Verdict.VACUOUS)
    judge = judges([_mutants()[NO_MEMORY]], {"D60": [vacuous]})
    list(judge.notice([replace(by_id("D60"), statement=never)]))
    assert judge.kills.keys() == killed
    assert judge.undecided == {1} - killed


def test_a_kept_call_that_is_not_the_least_stops_the_run() -> None:
    (least,) = [one for one in _baseline("D01")["D01"] if one.verdict is Verdict.REFUTED]
    larger = replace(least, facts=least.facts | {("current.real_cred.user_ns.nproc_max", 77)})
    judge = MutantJudge([_mutants()[HANDLERS]], {"D01": [larger]})
    left = MutantFate("rejections", "clone", "a row", "a change", Fate.SURVIVES)
    with pytest.raises(
        ChoiceDisagrees, match="less than the kept one breaks D01, without any mutant"
    ):
        with_kept_calls(judge, [by_id("D01")], [left])


def _refuses_fork() -> Mutant:
    """Return a mutant that refuses fork(), and nothing else, while credentials are overridden."""
    ((place, (always,)),) = _refuses_everything().edits.items()

    def fork(call: Call) -> Truth:
        return both(call.request.entry == int(Entry.FORK), call.current.overridden)

    edits = {place: [replace(always, condition=fork), copy_process.TABLE[place]]}
    return Mutant("rejections", "clone", "no fork", "always", copy_process.TABLE, edits)


@pytest.mark.parametrize(
    ("prop", "mutant", "by"),
    [
        ("P44", _refuses_fork, "P44 by another call"),
        ("D01", lambda: _mutants()[HANDLERS], "D01 by a lesser call"),
    ],
)
def test_another_least_call_is_noticed_by_the_kept_one(
    prop: str, mutant: Callable[[], Mutant], by: str
) -> None:
    judge = MutantJudge([mutant()], _baseline(prop))
    assert list(judge.notice([by_id(prop)])) and not judge.kills
    left = MutantFate("rejections", "clone", "a row", "a change", Fate.SURVIVES)
    (told,) = with_kept_calls(judge, [by_id(prop)], [left])
    assert (told.fate, told.by) == (Fate.KEPT, by)


def test_nothing_is_counted_where_a_verdict_is_wrong_to_begin_with() -> None:
    wrong = replace(_results("P02")[0], verdict=Verdict.REFUTED)
    with pytest.raises(Problem, match="without any mutant"):
        baseline([wrong])
    history = replace(wrong, property="P60")
    with pytest.raises(Problem, match="without any mutant"):
        timed([history])


def test_a_baseline_that_is_not_the_models_stops_the_run() -> None:
    refuted = [one for one in _results("P44") if one.verdict is Verdict.REFUTED]
    proved = [replace(one, verdict=Verdict.PROVED, expected=Verdict.PROVED) for one in refuted]
    judge = MutantJudge([_mutants()[SAME_ERRNO]], baseline(proved))
    with pytest.raises(ChoiceDisagrees):
        list(judge.notice([by_id(proved[0].property)]))


def test_without_a_mutant_chosen_every_table_is_as_it_was() -> None:
    judge = MutantJudge([m for m in of_calls() if m.of == "setns"], {})
    plain = RANGES[Subject.SETNS].outcome(space().call)
    apart = judge.engine.constraint(as_truth(differ(plain, judge.outcome(Subject.SETNS))))
    assert judge.engine.ask(apart, judge.engine.only(NONE)).status == "unsat"
    assert judge.engine.ask(apart).status == "sat"


def test_every_refusal_and_every_effect_has_mutants_of_its_own_name() -> None:
    rows = {(mutant.of, mutant.row) for mutant in of_calls()}
    assert all(("clone", row.name) in rows for row in FLAGS)
    assert all(("setns", effect.field) in rows for effect in setns.EFFECTS)
    assert max(Counter(mutant.name for mutant in of_calls()).values()) == 1


@pytest.mark.parametrize(
    ("room", "least"), [("rejections", 300), ("takings", 20), ("effects", 90), ("assumptions", 40)]
)
def test_rows_are_changed_inside_their_conditions_too(room: str, least: int) -> None:
    """A wrapper around what is declared must not hide its source from who changes it."""
    inside = ("without", "not by", "with ", "where not", "as if")
    changes = [one for one in of_calls() if one.room == room and one.change.startswith(inside)]
    assert len(changes) >= least


def test_a_step_of_several_tasks_is_changed_for_all_of_them() -> None:
    mutants = mutants_of(ACCOUNTS)
    assert len({name for one in mutants for name in one.moves if "forks" in name}) > 1
    assert any(len(one.moves) > 1 for one in mutants if one.change == "dropped")
    assert any(one.change.startswith("without") for one in mutants)


def _three(left: bool, right: bool, other: int) -> int:
    return int(when_word(8, both(left, either(right, False)), 1, 0)) | other


def test_a_variant_changes_one_part_and_keeps_the_rest() -> None:
    made = {one.change: one.function for one in variants(_three)}
    assert made["without left"](False, True, 2) == 3
    assert made["not by right"](True, True, 2) == 2
    assert made["as if not both(left, either(right, False))"](True, True, 2) == 2
    assert all(function(False, False, 0) in (0, 1) for function in made.values())


def test_a_patch_turned_round_is_noticed_by_its_statement_and_by_a_landmark() -> None:
    flips = [one for one in of_kernels() if one.name == "v6.1: USERNS_FS_GUARD: without"]
    judge = Flips(flips, _baseline("P02"))
    list(judge.notice([by_id("P02")]))
    assert judge.kills[1].kernel == "v6.1"
    assert broken_landmark([("v6.1", flips[0].kernel)]) is not None
    assert broken_landmark([("v6.1", REVISIONS["v6.1"].kernel)]) is None


def test_what_columns_alone_say_of_a_known_call_kills_no_flip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken_everywhere(self: KnownCalls, kernels: list[Kernel]) -> Iterator[Tried]:
        everywhere = np.ones((len(kernels), 1), dtype=bool)
        return iter([Tried(by_id("P02"), 0, everywhere, everywhere)])

    monkeypatch.setattr(KnownCalls, "on", broken_everywhere)
    changes = ("USERNS_FS_GUARD: without", "KILL_SEQ: with")
    flips = [one for one in of_kernels() if one.name in {f"v6.12: {one}" for one in changes}]
    assert len(flips) == 2
    judge = Flips(flips, _baseline("P02"))
    list(judge.notice([by_id("P02")]))
    assert [flips[number - 1].patch.name for number in judge.kills] == ["USERNS_FS_GUARD"]


def test_a_system_is_read_once_for_all_kernels_that_answer_alike_and_no_others() -> None:
    readings = GraphReadings([one.kernel for one in REVISIONS.values()])
    read = {name: readings.of(KILLING, one.kernel) for name, one in REVISIONS.items()}
    assert 1 < len({id(one) for one in read.values()}) < len(REVISIONS)
    anew = GraphReadings().of(KILLING, REVISIONS["v6.1"].kernel)
    assert (anew.kept, anew.size) == (read["v6.1"].kept, read["v6.1"].size)


def test_what_only_moves_a_kept_size_is_noticed_by_what_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checker.mutation.flipped.SYSTEMS", {"ucounts_references": REFERENCES})
    monkeypatch.setattr("checker.mutation.reading.statements_on", lambda _system: [])
    (flip,) = [one for one in of_kernels() if one.name == "series-4: UCOUNTS_RCUREF: with"]
    (told,) = of_flips([flip], {}, {})
    assert (told.fate, told.by.count("/")) == (Fate.KEPT, 4)


def test_a_history_that_is_declared_to_follow_a_patch_is_decided_anew_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checker.mutation.flipped.SYSTEMS", {"cgroup_kill": KILLING})
    monkeypatch.setattr("checker.mutation.reading.statements_on", lambda _system: [])
    monkeypatch.setattr("checker.mutation.flipped.broken_landmark", lambda _kernels: None)
    (flip,) = [one for one in of_kernels() if one.name == "v6.1: KILL_SEQ: with"]
    before, after = flip.revision.kernel, flip.kernel
    follows = [
        one for one in statements_on(KILLING) if one.expect.on(before) is not one.expect.on(after)
    ]
    kept = {(one.id, "v6.1"): KeptVerdict(one.expect.on(before)) for one in follows}
    (told,) = of_flips([flip], {}, kept)
    assert told.fate is Fate.NOTICED and told.by.startswith(follows[0].id)
    same = {(one.id, "v6.1"): KeptVerdict(one.expect.on(after)) for one in follows}
    (told,) = of_flips([flip], {}, same)
    assert told.fate is not Fate.NOTICED


def test_flips_leave_every_patch_with_what_it_requires() -> None:
    assert all(flip.kernel.admissible() is True for flip in of_kernels())


@cache
def _killing() -> tuple[list[MutantFate], int]:
    """Return what became of a system's mutants without its statements about steps."""
    invariants = (How.INVARIANT, How.ENDS)
    ids = [one.id for one in all_timed() if one.system is KILLING and one.how in invariants]
    known = timed(verify_histories(ids, KERNELS, jobs=1))
    asked = [one for one in bases(KILLING, known) if one.kept]
    return [fate(mutant, asked) for mutant in mutants_of(KILLING)], len(asked)


def test_a_step_that_is_needed_is_missed_and_an_idle_change_is_equivalent() -> None:
    told, asked = _killing()
    fates = {one.name: one.fate for one in told}
    assert asked > 1
    assert fates["cgroup_kill: the child enters its cgroup: dropped"] is Fate.NOTICED
    assert {Fate.NOTICED, Fate.KEPT, Fate.EQUIVALENT} <= set(fates.values())


def test_no_statement_of_histories_notices_nothing() -> None:
    asked = bases(KILLING, {})
    told = [fate(one, asked) for one in mutants_of(KILLING)[:6]]
    assert {one.fate for one in told} <= {Fate.KEPT, Fate.SURVIVES, Fate.EQUIVALENT}


def test_a_history_that_no_statement_notices_is_told_with_the_steps_that_lead_to_it() -> None:
    left = next(one for one in _killing()[0] if one.fate is Fate.KEPT)
    assert left.call["steps"] and left.before != left.after
    assert left.by.count("/") == 4


def _base(system: TransitionSystem) -> Base:
    """Return a system on v6.12, with what deciding its statements says of them."""
    kernel, props, historian = REVISIONS["v6.12"].kernel, statements_on(system), Historian()
    kept = {prop.id: KeptVerdict(historian.decide(prop, kernel).verdict) for prop in props}
    world = SeenStates(system, Watched(kernel), props)
    unbroken = [prop for prop in props if kept[prop.id].verdict is not Verdict.REFUTED]
    return Base(kernel, roam(world, system), kept, unbroken)


@pytest.mark.parametrize(("system", "one_in"), [(KILLING, 8), (WAKING, 1)])
def test_the_search_for_mutants_says_of_each_what_deciding_it_anew_says(
    system: TransitionSystem, one_in: int
) -> None:
    """What is remembered of states and steps from one mutant to the next changes no answer."""
    base = _base(system)
    for mutant in mutants_of(system)[::one_in]:
        changed, historian = mutant.changed(), Historian()
        trial = Trial(base, changed)
        try:
            said = trial.by_exploring()
        except Unfit:
            continue
        anew = {
            prop.id: historian.decide(replace(prop, system=changed), base.kernel).verdict
            for prop in base.world.statements.props
        }
        if said:
            name, before, _to, after = said.split()
            assert (base.kept[name].verdict.name, anew[name].name) == (before, after), mutant.name
            continue
        for prop, verdict in verdicts_of(trial.found):
            assert verdict in (None, anew[prop.id]), f"{mutant.name}: {prop.id}"


@pytest.mark.parametrize("system", [KILLING, WAKING])
def test_what_is_read_off_an_exploration_is_what_a_search_state_by_state_finds(
    system: TransitionSystem,
) -> None:
    kernel, props = REVISIONS["v6.12"].kernel, statements_on(system)
    plain = roam(SeenStates(system, Watched(kernel), props), system)
    explored, world = explore(system, kernel), SeenStates(system, Watched(kernel), props)
    ReadOff(explored).into(world, explored, kernel)
    asked = len(world.states)
    read = roam(world, system)
    assert read.size == plain.size and len(world.states) == asked
    assert [read.world.states[one] for one in read.states] == [
        plain.world.states[one] for one in plain.states
    ]
    assert (read.met, read.broken, read.undone) == (plain.met, plain.broken, plain.undone)
    assert read.reached == plain.reached


@pytest.mark.parametrize("wrong", ["_bits", "_led"])
def test_a_search_in_columns_that_says_otherwise_than_plain_values_is_refused(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_noted: Any, where: Any, _bit: int) -> Any:
        return np.zeros(len(where), dtype=object)

    def nowhere(world: SeenStates, _explored: Any, then: Any) -> list[int]:
        return [world.start] * len(then)

    if wrong == "_bits":
        monkeypatch.setattr("checker.mutation.explored._bits", nothing)
    else:
        monkeypatch.setattr("checker.mutation.explored.ReadOff._led", staticmethod(nowhere))
    prop = next(one for one in statements_on(KILLING) if one.how is How.EACH_STEP)
    known = {(prop.id, name): KeptVerdict(Verdict.PROVED) for name in REVISIONS}
    with pytest.raises(Problem, match="plain values say otherwise"):
        bases(KILLING, known)


def test_nothing_is_equivalent_where_the_search_was_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    idle = {one.name for one in _killing()[0] if one.fate is Fate.EQUIVALENT}
    monkeypatch.setattr(KILLING, "most", 5)
    cut_off = bases(KILLING, {})
    told = [fate(one, cut_off) for one in mutants_of(KILLING) if one.name in idle]
    assert told and {one.fate for one in told} == {Fate.UNDECIDED}
    assert any("undecided" in line for line in survivors(told))


def test_nor_is_a_patch_turned_round_whose_histories_were_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checker.mutation.flipped.SYSTEMS", {"ucounts_pins": PINNING})
    monkeypatch.setattr("checker.mutation.reading.statements_on", lambda _system: [])
    monkeypatch.setattr(PINNING, "most", 1)
    (flip,) = [one for one in of_kernels() if one.name == "v6.12: UCOUNTS_PIN_NS: without"]
    (told,) = of_flips([flip], {}, {})
    assert told.fate is Fate.UNDECIDED


def test_a_reading_is_not_shared_with_a_kernel_that_a_statement_tells_apart_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = replace(
        statements_on(KILLING)[0],
        how=How.INVARIANT,
        statement=lambda kernel, _state: Claim(True, kernel.name == "v6.12"),
    )
    monkeypatch.setattr("checker.mutation.reading.statements_on", lambda _system: [named])
    kernel = REVISIONS["v6.12"].kernel
    other = Kernel.of("another", kernel.patches())
    readings = GraphReadings([kernel, other])
    said = [readings.of(KILLING, one).kept[named.id].verdict for one in (kernel, other)]
    assert said == [Verdict.PROVED, Verdict.REFUTED]


def test_an_answer_is_taken_over_from_kernels_that_know_the_same_and_no_others() -> None:
    asked: list[int] = []

    def question(kernel: Kernel, fact: int) -> bool:
        asked.append(fact)
        return bool(kernel[USERNS_FS_GUARD]) and fact == 1

    questions, kernel = Questions(), REVISIONS["v6.12"].kernel
    said = [
        Remembering(one, questions).ask(question, fact)
        for one in (kernel, REVISIONS["v6.13"].kernel, kernel.but(USERNS_FS_GUARD, False))
        for fact in (1, 2)
    ]
    assert said == [True, False, True, False, False, False]
    assert asked == [1, 2, 1, 2]


def test_a_state_that_has_no_key_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    def keyless(_state: object) -> int:
        raise ValueError("no key")

    world = SeenStates(KILLING, Watched(REVISIONS["v6.12"].kernel), [])
    start = world.states[0]
    monkeypatch.setattr(KILLING, "same", keyless)
    other = replace(start, **{fields(start)[0].name: 1})
    for _ in range(2):
        with pytest.raises(ValueError, match="no key"):
            world.add(other)


def test_equivalent_mutants_are_not_counted_and_undecided_ones_count_as_surviving() -> None:
    about = ("effects", "clone", "a field", "a change")
    fates = [Fate.NOTICED, Fate.EQUIVALENT, Fate.UNDECIDED, Fate.SURVIVES]
    total = scores([MutantFate(*about, one) for one in fates])[-1]
    assert (total.counted, round(total.share(total.by_all), 2)) == (3, 0.33)


def test_a_sample_depends_on_the_seed_and_on_nothing_else() -> None:
    some = [one.name for one in Selection(one_in=50, seed=3).chosen(of_calls())]
    assert some == [one.name for one in Selection(one_in=50, seed=3).chosen(of_calls())]
    assert some != [one.name for one in Selection(one_in=50, seed=4).chosen(of_calls())]
    assert 20 < len(some) < 100


def test_the_table_in_a_document_is_made_anew_and_nothing_else() -> None:
    text = f"before\n{MADE}\nold\n{END}\nafter\n"
    assert renewed(text, "new") == f"before\n{MADE}\nnew\n{END}\nafter\n"
    with pytest.raises(Problem, match="no place for the table"):
        renewed("a document", "new")


def test_a_part_of_a_premise_that_a_proof_needs_is_noticed() -> None:
    told = list(of_statements([by_id("P41t"), by_id("P42")], _baseline("P41t", "P42")))
    assert told and {one.fate for one in told} <= set(Fate)
    assert any(one.by == "P41t PROVED -> REFUTED" for one in told)


def test_a_condition_that_statements_share_is_dropped_from_all_of_them_at_once() -> None:
    (told,) = of_conditions("flags are known".__eq__, _baseline("D29"))
    assert told.by == "D29 PROVED -> REFUTED"
    (left,) = of_conditions("flags are known".__eq__, {})
    assert left.fate is Fate.UNDECIDED, "no statement has it, so nothing was asked"
    assert not any("flags" in one.change for one in of_statements([by_id("D29")], _baseline("D29")))


def test_the_command_ends_red_when_too_little_is_noticed() -> None:
    from command.mutate import _code

    about = ("effects", "clone", "a field", "a change")

    def total(*fates: Fate) -> Score:
        return scores([MutantFate(*about, one) for one in fates])[-1]

    assert _code(total(Fate.NOTICED), 98) == 0
    assert _code(total(Fate.NOTICED, Fate.SURVIVES), 98) == 1
    assert _code(total(Fate.NOTICED, Fate.UNDECIDED), 98) == 2
    assert _code(total(), 98) != 0
