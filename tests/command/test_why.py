"""``cloneproof why``: what it takes, what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.entries import cloneproof

LINE = "clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = -1 ENOSPC (No space left on device)"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return what asks on v6.12 and returns the answer, held against the schema."""
    assert cloneproof("why", "--schema") == 0
    schema = json.loads(capsys.readouterr().out)

    def asked(*words: str) -> dict[str, Any]:
        assert cloneproof("why", *words, "-k", "v6.12", "--format", "json") == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        jsonschema.validate(found, schema)
        return found

    return asked


def _rules(found: dict[str, Any]) -> list[str]:
    return [one["rule"] for one in found["rules"]]


TOO_MANY = ["user namespaces nest too deep", "too many user namespaces"]


def test_the_same_call_in_every_form(ask: Ask, tmp_path: Path) -> None:
    """A line, a file, one in UTF-16 as Windows writes it, JSON, options."""
    file, wide = tmp_path / "line", tmp_path / "wide"
    file.write_text(LINE)
    wide.write_text(f"{LINE}\r\n", encoding="utf-16", newline="")
    call = {"request": {"entry": "clone", "flags": "CLONE_NEWUSER|SIGCHLD"}, "errno": "ENOSPC"}
    words = ["--entry", "clone", "--flags", "CLONE_NEWUSER|SIGCHLD", "--errno", "ENOSPC"]
    for form in ([LINE], [str(file)], [str(wide)], [json.dumps(call)], words):
        assert _rules(ask(*form)) == TOO_MANY


def test_a_counterexample_is_taken(ask: Ask, tmp_path: Path) -> None:
    """With its facts, and the errno that it comes to."""
    file = tmp_path / "V.json"
    call = {"request": {"entry": "fork"}, "current": {"signal": {"rlim_nproc": 0}}}
    file.write_text(json.dumps({"cloneproof": 1, "property": "P01", "kernel": "v6.12",
                                "call": call}))
    found = ask(str(file))
    assert (found["errno"], found["predicted"]) == ("EAGAIN", True)
    assert _rules(found)[0] == "child would exceed a process limit"


def test_a_log_counts_what_is_in_it(ask: Ask, tmp_path: Path) -> None:
    """Equal calls are one answer, wherever their stacks lie; a bad line does not end it."""
    thread = ("{pid} clone3({{flags=CLONE_VM|CLONE_SIGHAND|CLONE_THREAD, exit_signal=0, "
              "stack={stack:#x}, stack_size=0x9000}}, 88) = -1 EAGAIN (x)")
    lines = [thread.format(pid=pid, stack=0x7F0000000000 + pid * 4096) for pid in range(50)]
    lines += ["7 fork( <unfinished ...>", "8 read(3) = 1", "clone(", "9 fork() = 12",
              "7 <... fork resumed>) = -1 EAGAIN (x)", "5 vfork( <unfinished ...>"]
    file = tmp_path / "log"
    file.write_text("\n".join(lines))
    found = ask(str(file))
    assert [found[one] for one in ("lines", "calls", "failed", "succeeded", "unfinished",
                                   "others")] == [56, 53, 51, 1, 1, 1]
    assert [one["count"] for one in found["answers"]] == [50, 1]
    assert sum(found["unread"].values()) == 1


def test_of_many_ways_of_failing_the_most_frequent_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    file.write_text("fork() = -1 EAGAIN (x)\nvfork() = -1 EAGAIN (x)\nvfork() = -1 EAGAIN (x)\n")
    assert cloneproof("why", str(file), "-k", "v6.12", "--most", "1") == 2
    said = capsys.readouterr()
    assert "vfork() on v6.12" in said.out and "\nfork() on v6.12" not in said.out
    assert "1 more calls, that failed in 1 other ways" in said.err
    assert cloneproof("why", str(file), "-k", "v6.12") == 0


def test_success_tells_what_the_child_is(ask: Ask) -> None:
    found = ask("clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_NEWPID) = 7")
    assert found["left"]["child"]["mm"] == "shared"
    assert (found["left"]["child"]["pid_ns"], found["left"]["child"]["pid_level"]) == ("new", 1)


def test_calls_that_are_told_have_the_very_arguments(ask: Ask) -> None:
    """Where an address lies is forgotten while it is searched, and told all the same."""
    line = ("clone3({flags=CLONE_VM, exit_signal=SIGCHLD, stack=0x7f1234560000, "
            "stack_size=0x9000}, 88) = ")
    found = ask(line + "-1 EAGAIN (x)")
    for call in (found["rules"][0]["call"], found["working"]["by_facts"][0]["call"]):
        assert call["request"]["stack"] == 0x7F1234560000
    child = ask("clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_CHILD_SETTID, "
                "child_tidptr=0x7f0123) = 7")["left"]["child"]
    assert child["set_child_tid"] == 0x7F0123


def test_success_that_cannot_be_is_refused_by_proof(ask: Ask) -> None:
    found = ask("clone(child_stack=NULL, flags=CLONE_THREAD) = 7")
    assert found["left"] is None and found["instead"] == ["EINVAL"]
    assert [one["rule"] for one in found["working"]["refused_whoever_calls"]] == [
        "thread does not share signal handlers"
    ]


_CHILD = """
import ctypes, resource
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
libc.unshare(0x20000000)
hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
resource.setrlimit(resource.RLIMIT_NPROC, (4321, hard))
print(flush=True)
input()
"""


@pytest.fixture
def child() -> Iterator[int]:
    """Yield a process of its own with a limit and no_new_privs."""
    with subprocess.Popen([sys.executable, "-c", _CHILD], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_a_live_process_rules_out_what_does_not_fit(ask: Ask, child: int) -> None:
    """What was read is told with its place; what is ruled out with the facts that do it."""
    found = ask("fork() = -1 EAGAIN (x)", "--pid", str(child))
    given, places = found["given"], found["read_at"]
    assert given["current.signal.rlim_nproc"] == 4321
    assert given["current.no_new_privs"] is True
    assert places["current.signal.rlim_nproc"] == f"Max processes in /proc/{child}/limits"
    if os.geteuid() == 0:
        assert given["current.nsproxy.pid_for_children_is_active"] is False
    ruled = {one["rule"]: one["facts"] for one in found["ruled_out"]}
    assert ruled["deadline task forks without reset"] == {"current.deadline": False}
    assert "deadline task forks without reset" not in _rules(found)
    limited = "child would exceed a process limit"
    if os.geteuid() == 0 and given.get("current.real_cred.uid") == 0:
        assert ruled[limited] == {"current.real_cred.uid": 0}
    else:
        assert limited in _rules(found)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["what"], "'what' is neither a call as strace prints it nor a file"),
        (["clone(flags=CLONE_X) = 1"], "unknown name 'CLONE_X'"),
        ([LINE, "--entry", "fork"], "give one"),
        ([LINE, "--flags", "CLONE_VM"], "--flags goes with --entry"),
        (["--entry", "clone", "--flags", "CLONE_X"], "unknown flag 'CLONE_X'"),
        (["--entry", "clone", "--errno", "EFOO"], "'EFOO' is no errno"),
        (["--entry", "clone", "--set", "pid_max"], "PATH=VALUE"),
        (["--entry", "clone", "--set", "system.pid=3"], "unknown fact 'system.pid'"),
        (["--entry", "fork", "--pid", "4194305"], "there is no process 4194305"),
        (["--entry", "fork", "-k", "v9"], "v9"),
        (["{"], "is not JSON"),
        (["[1]("], "no call of clone"),
        (["bwrap: Creating new namespace failed: Operation not permitted"],
         "why --entry clone --flags 'CLONE_NEWUSER|CLONE_NEWNS|SIGCHLD' --errno EPERM`"),
        (["unshare: unshare failed: No space left on device"],
         "`cloneproof why --entry unshare --flags CLONE_NEWUSER --errno ENOSPC`"),
        (["runtime: failed to create new OS thread (have 11 already; errno=11)"],
         "CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM' --errno EAGAIN`"),
        (["fork/exec /bin/true: resource temporarily unavailable"], "--errno EAGAIN`"),
        (["podman: cannot clone: Operation not permitted"], "--errno EPERM` (if those were its"),
        (["java.lang.OutOfMemoryError: unable to create native thread"],
         "--entry pthread_create --errno EAGAIN`"),
        (["pthread_create failed: EAGAIN"], "--entry pthread_create --errno EAGAIN`, or take"),
        (["nsenter: reassociate to namespace 'ns/user' failed: Invalid argument"],
         "--entry setns --flags CLONE_NEWUSER --errno EINVAL`"),
        (['setting the network namespace "x" failed: Operation not permitted'],
         "--entry setns --flags CLONE_NEWNET --errno EPERM`"),
        (["libcrun: clone3: No space left on device"], "--entry clone3 --errno ENOSPC`"),
        (["clone(CLONE_NEWUSER|CLONE_NEWNET|SIGCHLD) failed: EUSERS"],
         "--entry clone --flags 'CLONE_NEWUSER|CLONE_NEWNET|SIGCHLD' --errno EUSERS`, or take"),
        (["pidfd_spawn: Operation not supported"],
         "clone3 --flags 'CLONE_VM|CLONE_VFORK|CLONE_PIDFD|CLONE_INTO_CGROUP' --errno EOPNOTSUPP`"),
        (["cgroup: fork rejected by pids controller in /a.slice"], "a.slice/pids.max"),
        (["what(): std::system_error: Resource temporarily unavailable"],
         "--entry pthread_create --errno EAGAIN`"),
        (["failed to spawn worker thread: Os { code: 11 }"], "--entry pthread_create --errno EA"),
        (["a.service: Failed at step NAMESPACE spawning /a: No space left on device"],
         "--entry unshare --flags CLONE_NEWNS --errno ENOSPC`"),
        (["unshare --mount: Operation not permitted"], "unshare --flags CLONE_NEWNS --errno EPERM"),
        (["sudo: unable to execute /a: Resource temporarily unavailable"],
         "--entry execve --errno EAGAIN`"),
        (["error: kvm run failed Cannot allocate memory"],
         "--entry kvm_run --errno ENOMEM`"),
        (["qemu: vhost VHOST_SET_OWNER failed: Cannot allocate memory (12)"],
         "--entry vhost_set_owner --errno ENOMEM`"),
        (["iou-wrk: create_io_thread failed -11"], "--entry create_io_thread --errno EAGAIN`"),
        (["sys_unshare(CLONE_NEWUSER) = -EPERM"],
         "--entry unshare --flags CLONE_NEWUSER --errno EPERM`"),
        (["unshare: write failed /proc/self/uid_map: Operation not permitted"],
         "unshare --flags CLONE_NEWUSER --errno 0` tells what leaves a namespace without power"),
        (["OSError: [Errno 12] Cannot allocate memory"], "that says ENOMEM, not of which call"),
        (["clone3() = -1 ENOSYS"], "why --entry clone3 --errno ERRNO`"),
        (["unshare(CLONE_NEWUSER) = -1"], "-1 alone does not say which error"),
        (["unshare(CLONE_NEWUSER) = -1 (Operation not permitted)"], "-1 alone does not say"),
        (["--entry", "execv", "--errno", "EAGAIN"], "did you mean execve?"),
        (["--entry", "create_io_thread", "-k", "v5.10"], "v5.10 has no create_io_thread()"),
        (["--entry", "unshare", "--flags", "clone_newuser"], "did you mean CLONE_NEWUSER?"),
        (["--entry", "unshare", "--flags", "CLONE_NEWUSER, CLONE_NEWNS"],
         "several are joined by |: CLONE_NEWUSER|CLONE_NEWNS"),
        (["fork", "-k", "rhel9"], "a distribution's is named as `uname -r` writes it there"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloneproof("why", *words) == 3
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


def test_a_call_by_its_name_alone_is_that_entry(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for words in (["fork"], ["fork()"], ["--entry", "fork"]):
        assert cloneproof("why", *words, "--errno", "EAGAIN", "-k", "v6.12") == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] == told[2]
    assert told[0].startswith("fork() on v6.12: EAGAIN")


def test_no_place_to_look_is_told_twice(capsys: pytest.CaptureFixture[str]) -> None:
    assert cloneproof("why", "unshare(CLONE_NEWUSER) = -1 EINVAL", "-k", "v6.6") == 0
    looks = capsys.readouterr().out.split("Look:")[1].split("At:")[0]
    parts = [" ".join(one.split()) for one in looks.split(";")]
    assert len(parts) > 1
    assert len(parts) == len(set(parts))


def test_no_kernel_is_the_running_one_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert cloneproof("why", LINE) == 0
    assert "no kernel was named, and this one runs here" in capsys.readouterr().out


@given(st.text(max_size=80), st.sampled_from([LINE, "{}", '{"request": {"entry": "clone3"}}']),
       st.integers(0, 60))
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_ends_otherwise_than_documented(
    capsys: pytest.CaptureFixture[str], text: str, line: str, place: int
) -> None:
    """Anything, and good lines with anything in them: an answer, or one line."""
    for words in ([text], [line[:place] + text + line[place:]]):
        code = cloneproof("why", "-k", "v6.12", "--", *words)
        said = capsys.readouterr().err
        assert code in (0, 3) and said.count("\n") == (code == 3), said


def test_a_filter_stands_before_each_call_of_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In JSON as the schema says, and in words; a filter that is none is one line."""
    log = tmp_path / "log"
    log.write_text("1 unshare(CLONE_NEWUSER) = -1 EPERM (x)\n"
                   "1 clone3({flags=0}, 88) = -1 ENOSYS (x)\n")
    asking = ["why", str(log), "-k", "v6.12", "--seccomp", "docker", "--format", "json"]
    assert cloneproof(*asking) == 0
    found = json.loads(capsys.readouterr().out)
    assert cloneproof("why", "--schema") == 0
    jsonschema.validate(found, json.loads(capsys.readouterr().out))
    assert [one["filter"]["answered"] for one in found["answers"]] == [True, True]
    assert cloneproof("why", LINE, "-k", "v6.12", "--seccomp", "no such file") == 3
    assert capsys.readouterr().err.count("\n") == 1
