"""A proof of conservation is one of the statement that is written down, and tells its grounds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from checker.over_time import agreed as solvers
from checker.over_time import ways as ways_of_a_call
from checker.over_time.decide import Historian
from checker.over_time.explore import explore
from checker.over_time.finding import TimedFinding
from checker.over_time.ways import ways
from model import copy_process
from model.algebra import both, either, implies, no, signed_below
from model.call import Situation
from model.copy_process import CHARGE
from model.effects import every
from model.evaluate import Outcome
from model.kernel import Kernel
from model.mistake import Mistake
from model.over_time import accounts, charges, ledger, thread_groups, user_namespaces
from model.over_time.commit import Key
from model.over_time.ledger import UcountsElement
from model.over_time.user_namespaces import NESTED
from model.predict import predict
from model.request import Entry as EntryPoint
from model.request import Request
from model.revisions import REVISIONS
from model.rows import takes
from model.state import Chance, Fallible
from properties.catalogue import timed_by_id
from properties.claim import STATED, Claim, Verdict, holds
from properties.over_time.claim import conserved
from properties.over_time.forkers import FORKERS
from properties.over_time.ledger import ASSUMED
from tests.declaring import forgotten_afterwards

IDS = ("P21H", "P23", "P24", "P23u")


@pytest.fixture(autouse=True)
def _undeclared_afterwards() -> Iterator[None]:
    with forgotten_afterwards():
        yield


def anew(name: str) -> Kernel:
    """Return a kernel that has not looked at any table yet."""
    return Kernel.of(name, REVISIONS[name].patches)


def decided(prop: Any, name: str = "v6.12") -> TimedFinding:
    """Return what is found anew, of the model as it is now."""
    return Historian().decide(prop, anew(name))


@cache
def historian() -> Historian:
    """Return one for the model as it should be, which explores once."""
    return Historian()


def of(statement: Callable[[Any, Any], Claim], **more: Any) -> TimedFinding:
    """Return what is said of a statement on states of ``user_namespaces``."""
    declared = conserved(f"T{len(STATED)}", of=NESTED, source="a test", expect=holds(), **more)
    return historian().decide(declared(statement), REVISIONS["v6.12"].kernel)


@pytest.fixture
def few_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """Explore no further than to what is near, where the ledger is what is tried."""
    monkeypatch.setattr(NESTED, "most", 60)
    monkeypatch.setattr(accounts.ACCOUNTS, "most", 60)


def no_count_is_ever_above_three(_kernel: Any, state: Any) -> Claim:
    return Claim(
        True, both(*(no(signed_below(3, one)) for one in user_namespaces.CHARGES.numbers(state)))
    )


def test_what_only_few_tasks_do_not_break_is_bounded_and_says_of_how_many() -> None:
    found = of(no_count_is_ever_above_three)
    assert found.verdict is Verdict.BOUNDED
    assert "for up to 3 tasks of 2 users in 2 user namespaces" in found.reason
    assert "does not follow from what the ledger keeps" in found.reason


def test_a_premise_that_no_state_has_is_vacuous() -> None:
    assert of(lambda _kernel, _state: Claim(False, False)).verdict is Verdict.VACUOUS
    assert of(lambda _kernel, _state: Claim(False, True)).verdict is Verdict.VACUOUS


def test_a_premise_that_only_more_tasks_could_have_leaves_it_open() -> None:
    found = of(
        lambda _kernel, state: Claim(state.n00 == 5, user_namespaces.CHARGES.are_true(state))
    )
    assert found.verdict is Verdict.UNKNOWN
    assert "its premise was not met by up to 3 tasks" in found.reason


def test_what_the_start_breaks_is_refuted_by_the_start() -> None:
    found = of(lambda _kernel, _state: Claim(True, False))
    assert found.verdict is Verdict.REFUTED
    assert found.trace is not None
    assert found.trace.steps == []


@pytest.mark.usefixtures("few_states")
def test_a_start_that_lacks_a_charge_is_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: every step keeps it, the base case does not."""
    begins = NESTED.start
    monkeypatch.setattr(NESTED, "start", lambda machine: replace(begins(machine), n00=2))
    found = decided(timed_by_id("P23"))
    assert found.verdict is Verdict.REFUTED
    assert found.trace is not None
    assert found.trace.steps == []


@pytest.mark.usefixtures("few_states")
def test_the_ledger_has_a_base_case(monkeypatch: pytest.MonkeyPatch) -> None:
    uncharged = {"root's, at boot": UcountsElement(count=0, tasks=1)}
    monkeypatch.setattr(ledger, "histories_begin", lambda: uncharged)
    for name in IDS:
        found = decided(timed_by_id(name))
        assert found.verdict is Verdict.BOUNDED, name
        assert "where histories begin, root's, at boot breaks the invariant" in found.reason


def test_statements_about_each_of_the_tasks_are_statements_about_any_task() -> None:
    """By the lemma for each of the three, which stand for any three of any number."""

    def ucounts_are_the_real_uids(_kernel: Any, state: Any) -> Claim:
        tasks = user_namespaces.members(state)
        charged = (both(one.key_ns == one.ns, one.key_uid == one.uid) for one in tasks)
        pairs = zip(tasks, charged, strict=True)
        return Claim(True, both(*(either(one.life == 0, is_own) for one, is_own in pairs)))

    assert of(ucounts_are_the_real_uids).verdict is Verdict.PROVED

    def root_is_never_outnumbered(_kernel: Any, state: Any) -> Claim:
        lives = [no(member.life == 0) for member in user_namespaces.members(state)]
        return Claim(both(*lives), no(signed_below(state.n00 + state.n01 + state.n10, 1)))

    assert of(root_is_never_outnumbered).verdict is not Verdict.PROVED


def test_a_premise_helps_the_proof_and_is_met_by_a_history() -> None:
    def who_has_tasks_has_a_count(_kernel: Any, state: Any) -> Claim:
        tasks = user_namespaces.CHARGES.charged(state, "n01")
        return Claim(signed_below(1, tasks), signed_below(1, state.n01))

    found = of(who_has_tasks_has_a_count)
    assert found.verdict is Verdict.PROVED
    assert found.witness is not None
    assert found.witness.states[-1].n01 == 2


def _twice(monkeypatch: pytest.MonkeyPatch) -> None:
    again = [takes(CHARGE, at="nowhere") if r.name == f"takes {CHARGE}" else None
             for r in copy_process.TABLE]
    table = [row for pair in zip(copy_process.TABLE, again, strict=True) for row in pair if row]
    _put(monkeypatch, copy_process.TABLE, table)


def _put(monkeypatch: pytest.MonkeyPatch, old: list[Any], new: list[Any]) -> None:
    """Change a list of the model in place, as everybody holds it."""
    kept = list(old)
    old[:] = new
    monkeypatch.setattr(_Back, "todo", [*_Back.todo, lambda: old.__setitem__(slice(None), kept)])


class _Back:
    todo: list[Callable[[], None]] = []


@pytest.fixture(autouse=True)
def _unchanged_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield
    for undo in reversed(_Back.todo):
        undo()


@pytest.mark.usefixtures("few_states")
@pytest.mark.parametrize("name", ["P23", "P23u", "P23g"])
def test_children_that_are_charged_twice_are_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a history, as the systems charge what the single call says; P21H stays true of them."""
    _twice(monkeypatch)
    assert decided(timed_by_id(name)).verdict is Verdict.REFUTED


@pytest.mark.usefixtures("few_states")
def test_what_takes_long_to_show_of_children_charged_twice_is_not_proved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The ledger sees it at once, where the search does not come as far as a history."""
    _twice(monkeypatch)
    monkeypatch.setattr("checker.over_time.explore.FURTHER", 1)
    found = decided(timed_by_id("P24"))
    assert found.verdict is Verdict.BOUNDED
    assert "a creating call breaks the invariant" in found.reason


def _flipped(monkeypatch: pytest.MonkeyPatch, value: Callable[[Any], Any]) -> None:
    effects = [
        replace(one, value=value) if one.field == "charged_uid" else one for one in every.EFFECTS
    ]
    _put(monkeypatch, every.EFFECTS, effects)


@pytest.mark.usefixtures("few_states")
@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("kernel", ["v5.10", "v6.12"])
def test_children_that_are_charged_to_the_wrong_user_are_found(
    name: str, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _flipped(monkeypatch, lambda call: call.cred.euid)
    found = decided(timed_by_id(name), kernel)
    assert found.verdict is Verdict.BOUNDED
    assert "a creating call breaks the invariant" in found.reason


@pytest.mark.usefixtures("few_states")
def test_a_child_charged_to_its_real_uid_is_the_wrong_one_from_v5_14_to_v5_16(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a user namespace of its own: set_cred_ucounts() took the effective one."""
    _flipped(monkeypatch, lambda call: call.cred.uid)
    assert decided(timed_by_id("P21H"), "v5.15").verdict is Verdict.BOUNDED
    assert decided(timed_by_id("P21H"), "v6.12").verdict is Verdict.PROVED


@pytest.mark.usefixtures("few_states")
@pytest.mark.parametrize("units", [0, 2])
def test_a_reaped_task_takes_exactly_its_charge_along(
    units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (ledger, charges, thread_groups):
        monkeypatch.setattr(module, "release_takes", lambda _kernel: units)
    for name in ("P23", "P23u", "P23g"):
        assert decided(timed_by_id(name)).verdict is Verdict.REFUTED, name
    expected = Verdict.PROVED if units == 0 else Verdict.REFUTED
    assert decided(timed_by_id("P21H")).verdict is expected


@pytest.mark.usefixtures("few_states")
@pytest.mark.parametrize("call", [ledger.CREATION, ledger.COMMIT, ledger.EXIT, ledger.RELEASE])
def test_each_kind_of_call_is_needed_for_the_proof(
    call: ledger.LedgerCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: one that keeps a unit for itself is no longer any number's proof."""
    def greedy(kernel: Any, facts: Any) -> list[ledger.HalfStep]:
        return [*call.halves(kernel, facts), ledger.HalfStep("a unit is kept", count=1)]

    calls = tuple(replace(c, halves=greedy) if c is call else c for c in user_namespaces.VIEW.calls)
    wrong = replace(user_namespaces.VIEW, calls=calls)
    monkeypatch.setitem(_views(), "user_namespaces", wrong)
    found = decided(timed_by_id("P23"))
    assert found.verdict is Verdict.BOUNDED
    assert f"{call.name} breaks the invariant at 'it is done'" in found.reason


def _views() -> Any:
    from properties.over_time.ledger import VIEWS

    return VIEWS


@pytest.mark.usefixtures("few_states")
@pytest.mark.parametrize("label", ["bad_fork_cleanup_count", "bad_fork_cleanup_policy"])
@pytest.mark.parametrize("units", [0, 2])
def test_a_ladder_gives_back_the_one_unit_whatever_fails(
    label: str, units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ladder = copy_process.LADDERS["copy_process"]
    given = next(back for _, gives in ladder for back in gives if back.resource == CHARGE)
    if units == 0 and label != "bad_fork_cleanup_count":
        pytest.skip("nothing is given back there")
    changed = [
        (name, ([g for g in gives if g is not given] if units == 0 else [*gives, given])
         if name == label else gives)
        for name, gives in ladder
    ]
    _put(monkeypatch, ladder, changed)
    for name in ("P23", "P21H")[: 1 + (units == 2)]:
        assert decided(timed_by_id(name)).verdict is not Verdict.PROVED, (name, label)


def test_charges_are_numbers() -> None:
    def units(**chance: Any) -> tuple[Any, Any]:
        start = Situation(Request(entry=int(EntryPoint.FORK)), chance=Chance(**chance))
        outcome = predict(REVISIONS["v6.12"].kernel, start)
        assert isinstance(outcome, Outcome)
        found = outcome.units(CHARGE)
        return found.taken, found.returned

    assert units() == (1, 0)
    assert units(fails=int(Fallible.DUP_TASK_STRUCT)) == (0, 0)
    assert units(fails=int(Fallible.COPY_FS_STRUCT)) == (1, 1)


@pytest.mark.parametrize("kernel", ["v5.10", "v5.14", "v6.12"])
def test_every_step_of_the_explored_systems_is_a_way_of_the_ledger(kernel: str) -> None:
    """So what the ledger proves of any number is about the same steps."""
    where = anew(kernel)
    for system, view in ((NESTED, user_namespaces.VIEW), (accounts.ACCOUNTS, accounts.VIEW)):
        ends = {(0, 0)} | {_end(way) for call in view.calls for way in _ways(where, call)}
        found = explore(system, where, most=400)
        for state in found.states[::3]:
            for step in system.steps_on(found.machine):
                move = step.move(found.machine, state)
                if move.when:
                    assert _added(view, state, move.then) <= ends, step.name


def _ways(kernel: Kernel, call: ledger.LedgerCall) -> Any:
    lemma = ledger.ucounts_are_those_of_the_real_uid
    return ways(kernel, call, lemma).known


def _end(way: Any) -> tuple[int, int]:
    return sum(half.count for half in way.halves), sum(half.tasks for half in way.halves)


def _added(view: ledger.LedgerView, before: Any, after: Any) -> set[tuple[Any, Any]]:
    pairs = zip(view.entries(before), view.entries(after), strict=True)
    return {(new.count - old.count, new.tasks - old.tasks) for old, new in pairs}


def test_a_proof_tells_each_thing_that_it_assumes() -> None:
    for name in IDS:
        told = historian().decide(timed_by_id(name), REVISIONS["v6.12"].kernel).rests_on
        assert all(str(one) in told for one in ASSUMED)
        assert all(one.because in str(one) for one in ASSUMED)


def test_a_system_that_does_not_show_the_ledger_cannot_declare_a_conserved_property() -> None:
    with pytest.raises(Mistake, match="forkers does not show the ledger"):
        conserved("T", of=FORKERS, source="a test", expect=holds())


def test_an_invariant_that_implies_too_little_proves_nothing() -> None:
    """Negative: the statement has to follow."""
    def nothing(_kernel: Any, _entry: Any) -> bool:
        return True

    def counts_are_true(_kernel: Any, state: Any) -> Claim:
        return Claim(True, user_namespaces.CHARGES.are_true(state))

    found = of(counts_are_true, each=nothing)
    assert found.verdict is Verdict.BOUNDED
    assert "does not follow" in found.reason


def test_an_invariant_that_no_step_keeps_proves_nothing() -> None:
    def few(_kernel: Any, entry: Any) -> Any:
        return no(signed_below(3, entry.count))

    found = of(no_count_is_ever_above_three, each=few)
    assert found.verdict is Verdict.BOUNDED
    assert "a creating call breaks the invariant at 'copy_creds() charges" in found.reason


@pytest.mark.usefixtures("few_states")
@pytest.mark.parametrize("solver", ["by_sat", "by_cvc5"])
def test_a_second_solver_that_contradicts_is_an_error(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, solver, lambda _terms: "sat")
    found = decided(timed_by_id("P21H"))
    assert found.verdict is Verdict.ERROR
    assert "two solvers contradict each other: z3 says unsat" in found.reason


@pytest.mark.usefixtures("few_states")
@pytest.mark.parametrize("solver", ["by_sat", "by_cvc5"])
def test_a_second_solver_that_gives_up_leaves_it_open(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, solver, lambda _terms: "unknown")
    found = decided(timed_by_id("P21H"))
    assert found.verdict is Verdict.UNKNOWN
    assert "gave up" in found.reason


def test_the_lemma_is_kept_by_whoever_makes_a_credential() -> None:
    """A key that is not the real uid's loses it, where the real uid is the key."""
    canonical = ledger.ucounts_are_those_of_the_real_uid
    for name, kept in (("v5.15", True), ("v6.12", False)):
        task = ledger.Identity(1, 2, 0, Key(0, 2))
        assert canonical(anew(name), task) is kept


def test_a_premise_of_a_lemma_is_no_way_out() -> None:
    """Negative: an invariant that only speaks of what never is does not imply the statement."""
    def if_negative(_kernel: Any, entry: Any) -> Any:
        return implies(signed_below(entry.count, -5), entry.count == entry.tasks)

    def never_negative(_kernel: Any, state: Any) -> Claim:
        return Claim(True, no(signed_below(state.n00, 0)))

    assert of(never_negative, each=if_negative).verdict is Verdict.BOUNDED


def test_a_way_that_was_not_found_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lists the ways of a call has to be told that there is no other."""
    every = ways_of_a_call._one_by_one
    monkeypatch.setattr(ways_of_a_call, "_KNOWN", {})
    monkeypatch.setattr(ways_of_a_call, "_one_by_one", lambda told: list(every(told))[:-1])
    with pytest.raises(solvers.SolversDisagree):
        ways(anew("v6.12"), ledger.EXIT, ledger.ucounts_are_those_of_the_real_uid)
