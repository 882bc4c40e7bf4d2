"""Lines speak the kernel's own words, and what they leave out or do not know is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checker.calls.answer import answer
from checker.calls.documents import from_document, leaves_by_path, to_document
from checker.calls.kernel_words import words_of
from checker.calls.naming import names_of, number
from checker.calls.schemas import answer_schema, line_schema
from checker.ground.problems import Problem
from model.records import Leaf
from model.words import CAP_FULL_SET, RLIM_INFINITY
from tests.calls import situations


def told(**line: Any) -> dict[str, Any]:
    return answer({"kernel": "v6.12", **line})


@pytest.mark.parametrize(
    ("path", "said", "value"),
    [
        ("current.cgroup.pids_max", "max", 2**62),
        ("request.cgroup_target.group.pids_max", "max", 2**62),
        ("current.signal.rlim_nproc", "RLIM_INFINITY", RLIM_INFINITY),
        ("current.signal.rlim_nproc", "unlimited", RLIM_INFINITY),
        ("current.signal.rlim_nproc", "0x10", 16),
        ("current.real_cred.user_ns.nproc_max", "unlimited", 2**63 - 1),
        ("request.exit_signal", "SIGCHLD", 17),
        ("current.signal.leader_exit_signal", "SIGKILL", 9),
        ("request.flags", "CLONE_VM|SIGCHLD", 0x100 | 17),
        ("request.flags", "CLONE_VM|SIGKILL", 0x100 | 9),
        ("current.real_cred.cap_effective", "CAP_KILL|CAP_SYS_ADMIN", 1 << 5 | 1 << 21),
        ("current.real_cred.cap_effective", "000001ffffffffff", CAP_FULL_SET),
        ("current.sighand.ignored", "0000000000001000", 1 << 12),
        ("current.seccomp_mode", "SECCOMP_MODE_FILTER", 2),
        ("current.pid_ns.user_ns_reach", "outside", 0),
        ("request.usize", "CLONE_ARGS_SIZE_VER0", 64),
        ("request.stack", "NULL", 0),
        ("system.unprivileged_userns_clone", 0, False),
        ("current.chrooted", 1, True),
        ("current.real_cred.uid", "root", 0),
    ],
)
def test_the_kernels_own_words(path: str, said: Any, value: int) -> None:
    assert number(leaves_by_path()[path], said) == value


@pytest.mark.parametrize(
    ("path", "said", "says"),
    [
        ("current.cgroup.pids_max", "maximum", "a number, or max"),
        ("request.exit_signal", "SIGCHILD", "did you mean SIGCHLD?"),
        ("system.max_threads", "many", "a number, in hex with 0x"),
        ("current.chrooted", 2, "true or false"),
    ],
)
def test_a_word_that_is_none_names_those_that_are(path: str, said: Any, says: str) -> None:
    with pytest.raises(Problem) as raised:
        number(leaves_by_path()[path], said)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("current.RLIMIT_NPROC", "did you mean current.signal.rlim_nproc?"),
        ("system.max_user_namespaces", "did you mean system.user_namespaces.max?"),
        ("system.max_time_namespaces", "did you mean system.time_namespaces.max?"),
        ("current.uid", "did you mean current.real_cred.uid?"),
        ("system.apparmor_restrict_unprivileged_userns", "security modules are no facts"),
        ("current.seccomp_filter", "comes before the call"),
        ("current.zombie", "nearest in meaning: request.target.exited"),
        ("request.flgas", "did you mean request.flags?"),
        ("current.zzz", "--schema"),
    ],
)
def test_an_unknown_fact_is_told_by_what_it_means(path: str, says: str) -> None:
    document: Any = 1
    for part in reversed(path.split(".")):
        document = {part: document}
    with pytest.raises(Problem) as raised:
        from_document(document)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("kernel", "line", "says"),
    [
        ("v6.6", {"system": {"unprivileged_userns_clone": 0}}, "it came with DEBIAN_USERNS_SYSCTL"),
        ("v6.12", {"current": {"real_cred": {"ucounts": {"user_processes": 9}}}}, "went with UCOU"),
        ("v5.10", {"current": {"real_cred": {"ucounts": {"nproc": 9}}}}, "user_processes is what"),
        ("v5.10", {"chance": {"fails": "security_create_user_ns"}}, "7cd4c5c2101c, v6.1"),
        ("v6.12", {"chance": {"fails": "vhost_xarray"}}, "no rule has it"),
        ("v6.12", {"current": {"cred": {"euid": 4}}}, "current.overridden is true"),
        ("v6.12", {"current": {"signal": {"nr_threads": 4}}}, "mm_users is taken as 4"),
        ("6.8.0-58-generic", {}, "Ubuntu's v6.8: which backports it has is not known"),
    ],
)
def test_what_is_to_be_said_stands_in_the_answer(
    kernel: str, line: dict[str, Any], says: str
) -> None:
    assert any(says in note for note in answer({"kernel": kernel, **line})["notes"])


def test_of_facts_that_matter_nothing_is_said() -> None:
    assert "notes" not in told(current={"real_cred": {"ucounts": {"nproc": 9}}})
    assert "notes" not in told(system={"unprivileged_userns_clone": True})
    assert "notes" not in told(current={"overridden": True, "cred": {"euid": 4}})
    debian = {"kernel": "debian-6.12.117", "system": {"unprivileged_userns_clone": 0}}
    assert "notes" not in answer(debian)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            {"current": {"nsproxy": {"pid_for_children_is_active": False}}},
            "set current.pid_ns.level = 1",
        ),
        (
            {"current": {"pid_ns": {"child_reaper": False}}},
            "set current.nsproxy.pid_for_children_is_active = false and current.pid_ns.level = 1",
        ),
        (
            {"current": {"real_cred": {"user_ns": {"nproc_max": 4}}}},
            "set current.real_cred.user_ns.level = 1",
        ),
        ({"current": {"mm_users": 0}}, "with current.mm_users = 0"),
        ({"kernel": "v5.4", "request": {"entry": "create_io_thread"}}, "it does on v5.14"),
    ],
)
def test_what_must_hold_together_names_what_to_set(line: dict[str, Any], says: str) -> None:
    with pytest.raises(Problem) as raised:
        told(**line)
    assert str(raised.value).startswith("no such call: ") and says in str(raised.value)


LINE, ANSWER = Draft202012Validator(line_schema()), Draft202012Validator(answer_schema())


def fits(leaf: Leaf, said: Any) -> bool:
    document: Any = said
    for part in reversed(leaf.path.split(".")):
        document = {part: document}
    return LINE.is_valid(document)


@settings(max_examples=30)
@given(situations(), st.sampled_from(["v5.4", "v6.8", "v7.1", "6.1.0-32-amd64"]))
def test_lines_and_answers_are_as_their_schemas_say(facts: dict[str, Any], kernel: str) -> None:
    line = {"kernel": kernel, **to_document(facts)}
    LINE.validate(line)
    try:
        ANSWER.validate(answer(line))
    except Problem as problem:
        ANSWER.validate({"line": 1, "error": str(problem)})


@pytest.mark.parametrize("leaf", leaves_by_path().values(), ids=lambda leaf: leaf.path)
def test_the_schema_lists_what_is_taken(leaf: Leaf) -> None:
    """Every word that is taken fits, and what does not fit is not taken."""
    words = [*words_of(leaf), *names_of(leaf), leaf.default]
    sets = ["CLONE_VM|SIGCHLD", "CAP_KILL|SYS_ADMIN", "all but KILL|STOP", "PF_KTHREAD|0x10",
            "0000000000001000", "none", "all", ["CLONE_VM", 256]]
    odd = ["", "?", "CLONE_NO", "max", "unlimited", -1, 2**64, 1.5, None, {}, "0x1f", "09", True, 1]
    for said in words:
        assert number(leaf, said) is not None and fits(leaf, said)
    for said in [*sets, *odd]:
        try:
            number(leaf, said)
        except Problem:
            taken = False
        else:
            taken = True
        if isinstance(said, str) and said.isalnum() and said[:1].isdigit():
            assert fits(leaf, said) or not taken  # a schema does not bound a text's number
        else:
            assert fits(leaf, said) == taken, (said, taken)


def test_a_refused_worker_names_the_rule_that_refused_it() -> None:
    broke = {"signal": {"rlim_nproc": 0}}
    worker = told(request={"entry": "vhost_set_owner"}, current=broke)
    task = told(request={"entry": "vhost_task_create"}, current=broke)
    assert (worker["errno"], worker["inside"]) == ("ENOMEM", task["errno"])
    assert (worker["rule"], worker["at"]) == (task["rule"], task["at"])
    owned = told(request={"entry": "vhost_set_owner", "has_owner": True})
    assert owned["rule"] == "device has an owner already" and "inside" not in owned
