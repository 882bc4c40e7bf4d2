"""Every rule that can give an errno is listed, and nothing else; what would work does."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checker.calls.documents import leaves_by_path
from checker.engines.sat import Answer
from checker.strace.facts import told
from checker.strace.lines import call_in
from checker.why.addresses import plain
from checker.why.answer import answer
from checker.why.asked import Asked, of_document, of_line, of_words
from checker.why.cases import decided_by
from checker.why.causes import causes
from checker.why.handed import HANDED, gives
from checker.why.opened import Opened, Undecided
from checker.why.outside import OUTSIDE, who_else
from checker.why.places import PLACES
from checker.why.steps import OF_MEMORY, PLACES_OF_STEPS
from checker.why.working import Around, refusing
from model.call import Situation
from model.kernel import Kernel
from model.node import INPUT, NUMBER
from model.predict import call_of, predict
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS
from model.rows import Rejection
from model.state import Fallible
from model.tables import tables
from model.wellformed import well_formed
from model.words import (
    NEWNET,
    NEWUSER,
    PARENT_SETTID,
    PIDFD,
    SIGCHLD,
    TASK_SIZE_MAX,
    Errno,
    Flag,
)
from tests.calls import kernels, situations

V6_12 = REVISIONS["v6.12"].kernel


def _asked(line: str) -> Asked:
    return of_line(told(call_in(line)))


def _names(line: str, kernel: str) -> list[str]:
    found = answer(_asked(line), REVISIONS[kernel].kernel)
    assert found.causes.complete
    return [cause.case.row.name for cause in found.causes.own]


@given(kernel=kernels, values=situations())
@settings(max_examples=150, deadline=None)
def test_no_call_is_refused_by_a_rule_that_is_not_listed(
    kernel: Kernel, values: dict[str, Any]
) -> None:
    """Of a call only its arguments are told: the rule that decided is among those listed."""
    start = build(Situation, values)
    assume(well_formed(kernel, start) and gives(call_of(kernel, start)))
    outcome: Any = predict(kernel, start)
    decided = decided_by(outcome)
    assume(decided is not None)
    assert decided is not None
    request = {path: getattr(start.request, path.removeprefix("request."))
               for path in leaves_by_path() if path.startswith("request.") and path.count(".") == 1}
    asked = Asked(Entry(values["request.entry"]), request, int(outcome.errno))
    found = causes(Opened(kernel, asked.facts()), int(outcome.errno))
    assert found.complete
    assert decided.row in [cause.case.row for cause in found.every]


def test_a_rule_that_is_left_out_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a list is complete is a question of its own: it does not follow from the list."""
    opened = Opened(V6_12, _asked("fork() = -1 EAGAIN (x)").facts())
    known = opened.cases(int(Errno.EAGAIN))
    for left_out in range(len(known)):
        some = known[:left_out] + known[left_out + 1 :]
        monkeypatch.setattr(opened, "cases", lambda _errno, some=some: some)
        possible = opened.asked(opened.constraint(known[left_out].first)).values is not None
        assert causes(opened, int(Errno.EAGAIN)).complete is not possible


@pytest.mark.parametrize(
    ("line", "kernel", "rules"),
    [
        ("vfork() = -1 EINVAL (x)", "v5.15", ["shared memory across time namespaces"]),
        ("unshare(CLONE_NEWUSER) = -1 ENOSPC (x)", "v6.6",
         ["user namespaces nest too deep", "too many user namespaces"]),
        ("clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = -1 EPERM (x)", "debian-6.12.117",
         ["debian forbids unprivileged user namespaces", "chrooted caller wants a user namespace",
          "creator is not mapped in its namespace"]),
        ("clone(child_stack=NULL, flags=CLONE_VM|CLONE_SIGHAND|CLONE_THREAD) = -1 EPERM (x)",
         "v6.12", []),
        ("clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = -1 EINVAL (x)", "v6.12", []),
        ("fork() = ? ERESTARTNOINTR (x)", "v6.12", ["signal is pending before the fork"]),
        ("clone3({flags=CLONE_VM|CLONE_PIDFD|CLONE_INTO_CGROUP, pidfd=0x7, exit_signal=SIGCHLD, "
         "stack=NULL, stack_size=0, cgroup=7}, 88) = -1 E2BIG (x)", "v5.4",
         ["bytes unknown to this kernel are not zero"]),
    ],
)
def test_the_rules_of_a_call(line: str, kernel: str, rules: list[str]) -> None:
    assert _names(line, kernel) == rules


def test_where_no_rule_gives_it_who_else_can_is_told() -> None:
    """A filter; what is not built; a library; and what the call says instead."""
    found = answer(_asked("clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = -1 EINVAL (x)"),
                   V6_12)
    assert "a kernel without CONFIG_USER_NS" in [one.who for one in found.others]
    given = {"request": {"entry": "clone", "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_THREAD"},
             "current": {"nsproxy": {"pid_for_children_is_active": False}}, "errno": "EAGAIN"}
    found = answer(of_document(given), V6_12)
    assert not found.causes.own and found.instead == [int(Errno.EINVAL)]
    assert "musl's pthread_create()" in [one.who for one in found.others]


def test_a_fact_that_is_known_rules_out_who_else() -> None:
    """Without a filter nobody filters."""
    line = "clone(child_stack=NULL, flags=CLONE_VM|CLONE_SIGHAND|CLONE_THREAD) = -1 EPERM (x)"
    asked = _asked(line)
    known = asked.with_facts({"current.seccomp_mode": 0}, {})
    for one, there in ((asked, True), (known, False)):
        who = [row.who for row in who_else(one, V6_12, 1, "EPERM", alone=True)]
        assert ("a seccomp filter" in who) is there


def test_ways_are_calls_that_no_fact_can_be_left_out_of() -> None:
    """Each is refused so, and without any of its facts it is not."""
    opened = Opened(V6_12, _asked("fork() = -1 EAGAIN (x)").facts())
    for cause in causes(opened, int(Errno.EAGAIN)).own:
        for call in cause.calls:
            assert _refused_by(call) is cause.case.row
            for path in call:
                fewer = {key: one for key, one in call.items() if key != path}
                if path in cause.ways[0]:
                    assert _refused_by(fewer) is not cause.case.row


def _refused_by(values: dict[str, Any]) -> Rejection | None:
    start = build(Situation, values)
    if not well_formed(V6_12, start):
        return None
    found = decided_by(predict(V6_12, start))
    return found.row if found else None


_ENDS = st.sampled_from([0, TASK_SIZE_MAX, 2**63, 2**64]).flatmap(
    lambda end: st.integers(max(0, end - 3), end + 3).map(lambda near: near % 2**64)
)


@given(kernel=kernels, end=_ENDS, size=st.sampled_from([0, 1, 16, 0x9000, 2**63]),
       tids=st.lists(st.sampled_from([0, 5, 6, 2**40]), min_size=4, max_size=4),
       usize=st.sampled_from([64, 68, 72, 80, 81, 88, 96]),
       cgroup=st.sampled_from([0, 1, 256, 2**31]))
@settings(max_examples=150, deadline=None)
def test_calls_that_a_log_takes_for_equal_are_refused_alike(
    *, kernel: Kernel, end: int, size: int, tids: list[int], usize: int, cgroup: int
) -> None:
    """Where addresses lie is forgotten as far as no rule asks for it."""
    pidfd, parent, child, set_tid = tids
    given = {"request.entry": int(Entry.CLONE3), "request.flags": PIDFD | PARENT_SETTID,
             "request.stack": (end - size) % 2**64, "request.stack_size": size,
             "request.usize": usize, "request.cgroup": cgroup, "request.set_tid": set_tid,
             "request.set_tid_size": 1, "request.tid0": 1, "request.pidfd": pidfd,
             "request.parent_tid": parent, "request.child_tid": child}
    told_ = [decided_by(predict(kernel, build(Situation, one))) for one in (given, plain(given))]
    assert [case and case.row for case in told_[:1]] == [case and case.row for case in told_[1:]]


@pytest.mark.parametrize("flags", [NEWNET | SIGCHLD, NEWUSER | int(Flag.FS), int(Flag.THREAD)])
def test_the_nearest_flags_are_all_there_are(flags: int) -> None:
    """No call with fewer flags changed is accepted, and as many changes as are listed are."""
    centre = {"request.entry": int(Entry.CLONE), "request.flags": flags}
    found = {one.flags for one in Around(V6_12, centre).only_flags()}
    bits = [int(flag) for flag in Flag if flag < 2**32]
    size = 1
    tried: set[int] = set()
    while not tried:
        moves = [sum(some) for some in combinations(bits, size)]
        tried = {move for move in moves if _accepted({**centre, "request.flags": flags ^ move})}
        size += 1
    assert found and found <= tried and (found == tried or len(found) == 4)


def _accepted(values: dict[str, Any]) -> bool:
    start = build(Situation, values)
    return bool(well_formed(V6_12, start)) and bool(predict(V6_12, start).errno == 0)


def test_every_rule_that_refuses_is_told() -> None:
    """Whichever comes first."""
    call = {"request.entry": int(Entry.CLONE),
            "request.flags": int(Flag.THREAD | Flag.NEWUSER | Flag.FS)}
    assert [row.name for row in refusing(V6_12, call)] == [
        "root directory is shared across user namespaces",
        "thread does not share signal handlers",
        "thread enters another pid or user namespace",
    ]


def test_what_is_known_wrongly_is_named() -> None:
    """Facts that cannot be together are told, not taken."""
    given = {"request": {"entry": "fork"}, "errno": "EAGAIN",
             "current": {"nsproxy": {"pid_for_children_is_active": False}, "pid_ns": {"level": 0}}}
    with pytest.raises(Exception, match="inits have their namespace does not hold"):
        answer(of_document(given), V6_12)


def test_a_place_is_declared_for_each_fact() -> None:
    """Arguments alone stand in the call."""
    facts = {path for path in leaves_by_path()
             if not (path.startswith("request.") and path.count(".") == 1)}
    assert set(PLACES) == facts and all(PLACES.values())


def test_a_place_is_declared_for_each_step_that_can_fail() -> None:
    handed = {one.step for one in HANDED}
    steps = [*handed, *PLACES_OF_STEPS, *OF_MEMORY]
    assert sorted(steps) == [step for step in Fallible if step is not Fallible.NONE]


def test_each_step_with_many_errors_has_those_of_its_c() -> None:
    """A row whose errno chance chooses reads one step, of which the errors are declared."""
    rows = [row for table in tables().values() for row in table.rows
            if isinstance(row, Rejection) and not isinstance(row.errno, int)]
    steps = {step for row in rows for step in _steps_of(row)}
    assert rows and steps == {one.step for one in HANDED}


def _steps_of(row: Rejection) -> set[Fallible]:
    from checker.readings.read_once import parts
    from checker.readings.space import space

    condition: Any = row.condition(space().call)
    found = set()
    for node in parts(condition, {}):
        if node.kind == "=" and {one.kind for one in node.operands} == {INPUT, NUMBER}:
            left, right = sorted(node.operands, key=lambda one: one.kind != INPUT)
            if left.name == "chance.fails":
                found.add(Fallible(right.numbers[0]))
    return found


def test_whoever_else_is_told_has_all_that_is_needed() -> None:
    """Who, where to look and where it was read; an errno that has a name."""
    for one in OUTSIDE:
        assert one.who and one.says and one.look and one.source and one.calls
        for error in one.errors:
            assert error in ("any", "0") or error in Errno.__members__


def test_an_owner_may_be_there_already() -> None:
    """The ioctl's own refusal, before any worker is made: the device says it, no rule does."""
    found = answer(of_words("vhost_set_owner", None, "EBUSY", []), V6_12)
    assert not found.causes.own
    assert "drivers/vhost/vhost.c:vhost_dev_set_owner" in found.others[0].source


def test_an_unknown_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that gives up ends the question: nothing is listed without it."""
    opened = Opened(V6_12, _asked("fork() = -1 EAGAIN (x)").facts())
    silent = Answer("unknown", reason="resource limit")
    monkeypatch.setattr(opened.engine, "ask", lambda *_: silent)
    with pytest.raises(Undecided, match="resource limit"):
        causes(opened, int(Errno.EAGAIN))
