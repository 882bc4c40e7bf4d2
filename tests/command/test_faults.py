"""Whatever goes wrong: one clear line, a documented exit code, nothing left, never green."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from checker.engines import patient, sat
from checker.ground import problems
from checker.ground.files import FileError, check_writable, write_together
from checker.ground.pool import each
from checker.ground.problems import BROKEN, INTERNAL, UNANSWERED, USAGE
from checker.questions.run import verify
from command.cloneproof import VERBS
from properties.claim import Verdict
from reports.json_report import json_report, read_json
from tests.entries import cloneproof, ends

ROOT = Path(__file__).parents[2]
ENDED = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}


# ---- entries, run here


@pytest.fixture
def told(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Return a function that runs an entry, and returns its exit code and its one line."""

    def run(*words: str, entry: str = "") -> tuple[int, str]:
        if entry:
            monkeypatch.setattr(sys, "argv", [entry, *words])
            code = ends(import_module(entry).main, entry)
        else:
            code = cloneproof(*words)
        said = capfd.readouterr().err
        assert "Traceback" not in said
        return code, said

    return run


# ---- processes


def started(*args: str) -> subprocess.Popen[str]:
    """Start the command in a session of its own, so that what it leaves behind is found.

    It heeds every signal, also where these tests run under nohup.
    """
    return subprocess.Popen(
        ["env", "--default-signal", sys.executable, "-m", "command", *args],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )


def in_session(session: int) -> list[int]:
    """Return the processes of a session that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, *fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if state != "Z" and int(fields[2]) == session:
            found.append(int(stat.parent.name))
    return found


def ended(run: subprocess.Popen[str]) -> str:
    """Return what it said on standard error; it ended in time, and nothing of it is left."""
    _, said = run.communicate(timeout=10)
    deadline = time.monotonic() + 5
    while in_session(run.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert in_session(run.pid) == []
    assert "Traceback" not in said
    return said


def has_begun(run: subprocess.Popen[str]) -> None:
    """Wait until it handles SIGTERM: before that it is Python that starts, and not ours."""
    deadline = time.monotonic() + 20
    caught = 0
    while not caught & (1 << (signal.SIGTERM - 1)):
        assert time.monotonic() < deadline
        status = Path(f"/proc/{run.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        time.sleep(0.002)


def workers_of(run: subprocess.Popen[str]) -> list[int]:
    """Wait until it has two worker processes, and return them."""
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    deadline = time.monotonic() + 20
    while len(found := children.read_text().split()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return [int(one) for one in found]


@pytest.mark.parametrize("number", ENDED, ids=ENDED.values())
@pytest.mark.parametrize(
    ("verb", "delay"), [("verify", 0.0), ("verify", 0.05), ("verify", 1.0), ("system", 0.6)]
)
def test_a_signal_ends_a_run_at_any_moment(verb: str, delay: float, number: int) -> None:
    run = started(verb, "--jobs", "2")
    has_begun(run)
    time.sleep(delay)
    os.kill(run.pid, number)
    said = ended(run)
    assert said in (f"cloneproof: {ENDED[signal.Signals(number)]}\n", "")
    assert run.returncode in (128 + number, -number if not said else None)


def test_ctrl_c_in_a_terminal_reaches_workers_too_and_is_one_line() -> None:
    run = started("verify", "--jobs", "2")
    workers_of(run)
    os.killpg(run.pid, signal.SIGINT)
    assert ended(run) == "cloneproof: interrupted\n"
    assert run.returncode == problems.INTERRUPTED


def test_an_interrupt_that_z3_takes_for_itself_still_ends_the_run() -> None:
    code = (
        "import z3, os, signal, threading\n"
        "from checker.ground import signals\nfrom checker.over_time.budget import Budget\n"
        "signals.end_at_once('cloneproof')\n"
        "x, y = z3.BitVecs('x y', 40)\nsolver = z3.SolverFor('QF_BV')\n"
        "solver.add(x * y == 0x5beef12345, z3.URem(x * x, y) == 7, z3.UGT(x, 1), z3.UGT(y, 1))\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "Budget(2 * 10**9).check(solver)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (problems.INTERRUPTED, "cloneproof: interrupted\n")


@pytest.mark.parametrize("verb", ["verify", "system"])
@pytest.mark.parametrize("victims", [1, 2])
def test_a_killed_worker_ends_the_run(verb: str, victims: int) -> None:
    run = started(verb, "--jobs", "2")
    for worker in workers_of(run)[:victims]:
        os.kill(worker, signal.SIGKILL)
    said = ended(run)
    assert said.startswith("cloneproof: a worker process was killed")
    assert len(said.splitlines()) == 1
    assert run.returncode == UNANSWERED


@pytest.mark.parametrize("megabytes", [40, 60])
def test_memory_that_runs_out_is_no_traceback(megabytes: int) -> None:
    """Python meets the limit first, or the solver."""

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    done = subprocess.run(
        [sys.executable, "-m", "command", "verify", "P02", "-k", "v6.12"],
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=little,
    )
    assert done.returncode in (UNANSWERED, INTERNAL)
    assert len(done.stderr.splitlines()) == 1


# ---- solvers that lie


class Liar(sat.Minisat22):
    """A solver that says what it is told to, with a core and a model to go with it."""

    says: Callable[[int, bool], bool | None] = staticmethod(lambda _count, truth: truth)
    count = 0

    def solve_limited(self, **options: Any) -> bool | None:
        type(self).count += 1
        self.assumed = options["assumptions"]
        self.truth = super().solve_limited(**options)
        return self.says(self.count, self.truth)

    def get_core(self) -> Any:
        return self.assumed if self.truth else super().get_core()

    def get_model(self) -> Any:
        return super().get_model() if self.truth else list(range(1, self.nof_vars() + 1))


@pytest.fixture(scope="module", autouse=True)
def encoded() -> None:
    """Workers inherit what is encoded once here, and no solver that another test has asked."""
    from checker.questions.decide import decider
    from checker.readings.space import space

    decider.cache_clear()
    assert space().well_formed is not None


def lying(monkeypatch: pytest.MonkeyPatch, says: Callable[[int, bool], Any]) -> Any:
    monkeypatch.setattr(Liar, "says", staticmethod(says))
    monkeypatch.setattr(sat, "Minisat22", Liar)
    results = verify(["P03", "V01t"], ["v6.12"], blame=False)
    assert [one.expected for one in results] == [Verdict.PROVED] * 2
    return {one.verdict for one in results}, results[0].reason


def test_a_solver_that_does_not_lie_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lying(monkeypatch, lambda _count, truth: truth)[0] == {Verdict.PROVED}


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (lambda _count, _truth: False, "of a call that exists the solver says unsat"),
        (lambda _count, _truth: True, "not true in the solver's model"),
        (lambda count, truth: truth and count < 2, "of a call that exists"),
        (lambda _count, truth: not truth, ""),
    ],
    ids=["always unsat", "always sat", "unsat after a while", "the opposite"],
)
def test_a_solver_that_lies_is_caught(
    says: Callable[[int, bool], bool], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts, reason = lying(monkeypatch, says)
    assert verdicts == {Verdict.ERROR}
    assert why in reason


def test_a_solver_that_knows_nothing_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = sat.Answer("unknown", reason="nobody knows")
    monkeypatch.setattr(sat.Sat, "ask", lambda *_: unknown)
    assert {one.verdict for one in verify(["P03"], ["v6.12"])} == {Verdict.UNKNOWN}


def test_assumptions_that_contradict_each_other_prove_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    init = sat.Sat.__init__

    def contradicting(self: sat.Sat, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        self._solver.add_clause([7])
        self._solver.add_clause([-7])

    monkeypatch.setattr(sat.Sat, "__init__", contradicting)
    found = verify(["P03"], ["v6.12"], blame=False)
    assert {one.verdict for one in found} == {Verdict.ERROR}
    assert "contradict each other" in found[0].reason


def test_a_second_engine_that_always_says_unsat_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sat.Sat, "_sat", lambda *_: None)
    monkeypatch.setattr(patient.z3.Solver, "check", lambda *_: patient.z3.unsat)
    assert {one.verdict for one in verify(["P03"], ["v6.12"])} == {Verdict.ERROR}


@pytest.mark.parametrize("engine", ["bmc", "k-induction"])
def test_a_solver_of_histories_that_lies_is_caught(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checker.over_time import solving
    from checker.over_time.results import verify_histories

    monkeypatch.setattr(Liar, "says", staticmethod(lambda _count, _truth: False))
    monkeypatch.setattr(solving, "Minisat22", Liar)
    found = verify_histories(["P60"], ["v6.12"], engine=engine, depth=3)
    assert {one.verdict for one in found} == {Verdict.ERROR}
    assert "contradicts itself" in found[0].reason


def test_an_error_of_the_engine_is_never_green() -> None:
    from dataclasses import replace

    from command.settle import code

    result = verify(["P03"], ["v6.12"], blame=False)[0]
    assert code([result]) == problems.AS_EXPECTED
    wrong = replace(result, verdict=Verdict.ERROR, expected=Verdict.ERROR)
    assert code([wrong]) == INTERNAL


def test_a_solver_that_raises_is_one_line(
    monkeypatch: pytest.MonkeyPatch, told: Callable[..., tuple[int, str]]
) -> None:
    def raises(_count: int, _truth: bool) -> bool:
        raise RuntimeError("it broke")

    monkeypatch.setattr(Liar, "says", staticmethod(raises))
    monkeypatch.setattr(sat, "Minisat22", Liar)
    code, said = told("verify", "P03", "-k", "v6.12")
    assert (code, "it broke" in said) == (INTERNAL, True)


# ---- the clock


def test_a_clock_that_runs_back_leaves_a_record_that_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from checker.over_time.results import verify_histories

    moments = iter(range(10**6, 0, -60))
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(moments)))
    found = [*verify(["P03"], ["v6.12"]), *verify_histories(["P60"], ["v6.12"])]
    assert [one.seconds for one in read_json(json_report(found)).results] == [0, 0]


# ---- files


def test_files_that_belong_together_change_together_or_not_at_all(tmp_path: Path) -> None:
    one, other, old = tmp_path / "1", tmp_path / "2", tmp_path / "old"
    for path in (one, other, old):
        path.write_text("before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(FileError, match="cannot write .*2: File too large"):
            write_together({one: "now", other: "x" * 10**6}, lambda: [old])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        ("1", "2", "old"), "before"
    )
    write_together({one: "now", other: "now"}, lambda: [old, one])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        ("1", "2"), "now"
    )


def test_two_runs_in_one_folder_never_mix(tmp_path: Path) -> None:
    def write_often(who: str) -> None:
        for _ in range(12):
            write_together({tmp_path / str(number): who for number in range(20)})

    assert len(list(each(write_often, ["one", "another"], jobs=2))) == 2
    assert len(os.listdir(tmp_path)) == 20
    assert len({path.read_text() for path in tmp_path.iterdir()}) == 1


def test_what_a_killed_run_left_is_swept_away_by_a_later_one(tmp_path: Path) -> None:
    left, fresh = tmp_path / ".report.dead", tmp_path / ".report.alive"
    left.write_text("half")
    fresh.write_text("half")
    os.utime(left, (0, 0))
    write_together({tmp_path / "new": "text"})
    assert {path.name for path in tmp_path.iterdir()} == {".report.alive", "new"}


def test_what_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, told: Callable[..., tuple[int, str]]
) -> None:
    (tmp_path / "file").write_text("")
    begun = time.monotonic()
    for target in ("/proc/none/here", str(tmp_path / "file" / "below")):
        for option in ("--save", "--record", "--output"):
            for verb in ("verify", "system"):
                assert told(verb, option, target)[0] == USAGE
    assert time.monotonic() - begun < 10
    check_writable(tmp_path / "file")
    assert os.listdir(tmp_path) == ["file"]


# ---- the table: verbs and faults


EVERY_VERB = [name for verbs in VERBS.values() for name in verbs]


@pytest.mark.parametrize("verb", EVERY_VERB)
def test_every_verb_refuses_what_it_does_not_know(
    verb: str, told: Callable[..., tuple[int, str]]
) -> None:
    for words in (("--frobnicate",), ("no such thing",) * 4):
        code, said = told(verb, *words)
        assert code in (USAGE, UNANSWERED)
        assert len(said.splitlines()) <= 1
    assert told(verb, "--frobnicate")[1]


@pytest.mark.parametrize("verb", ["explain", "trace", "replay", "reproduce", "predict"])
@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\0", '{"cloneproof": 1, "call": {}}'])
def test_every_verb_refuses_a_broken_file(
    verb: str, text: str, tmp_path: Path, told: Callable[..., tuple[int, str]]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(text)
    code, said = told(verb, str(bad))
    if (verb, text) in (("predict", ""), ("predict", "{}")):
        assert code == problems.AS_EXPECTED
    else:
        assert (code, len(said.splitlines())) == (USAGE, 1)


@pytest.mark.parametrize("verb", EVERY_VERB)
def test_every_verb_is_told_with_an_example(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloneproof(verb, "--help") == problems.AS_EXPECTED
    assert re.search(rf"Examples?:\n.*cloneproof {verb}", capsys.readouterr().out, re.S)


def test_the_benchmarks_refuse_wrong_usage(told: Callable[..., tuple[int, str]]) -> None:
    code, said = told("--frobnicate", entry="bench.peers.__main__")
    assert (code, len(said.splitlines())) == (USAGE, 1)


@pytest.fixture
def no_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("CLONEPROOF_KERNELS", str(tmp_path))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("conform --on 6.1", UNANSWERED),
        ("conform", UNANSWERED),
        (f"source {ROOT}@HEAD", USAGE),
        ("fetch 6.1", USAGE),
        ("fetch 6.1 --source", USAGE),
        ("claim", UNANSWERED),
        ("histories --walks 1", UNANSWERED),
        ("races --seconds 1", UNANSWERED),
        ("replay --all --only histories", UNANSWERED),
        ("probe", USAGE),
    ],
)
@pytest.mark.usefixtures("no_tools")
def test_a_missing_tool_is_named(
    line: str, code: int, told: Callable[..., tuple[int, str]]
) -> None:
    found, said = told(*line.split())
    assert found == code
    assert len(said.splitlines()) <= 1


def shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line.replace("cloneproof", f"{sys.executable} -m command")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("cloneproof list >&-", "standard output is closed"),
        ("cloneproof list >/dev/full", "No space left on device"),
        ("cloneproof predict <&-", "standard input is closed"),
        ("echo {} | cloneproof predict >/dev/full", "No space left on device"),
    ],
)
def test_streams_that_are_closed_or_full(line: str, says: str) -> None:
    done = shell(line)
    assert (done.returncode, len(done.stderr.splitlines())) == (USAGE, 1)
    assert says in done.stderr


def test_closed_standard_error_does_no_harm() -> None:
    assert shell("cloneproof list 2>&-").returncode == problems.AS_EXPECTED
    assert shell("cloneproof show P999 2>&-").returncode == USAGE


def test_a_command_that_returns_no_exit_code_is_a_failure(
    told: Callable[..., tuple[int, str]],
) -> None:
    assert ends(lambda: None) == INTERNAL
    assert ends(lambda: BROKEN) == BROKEN


def test_a_damaged_cache_of_cases_is_not_used(tmp_path: Path) -> None:
    from kernels.cases.generate.all_cases import Generated
    from kernels.cases.generate.kept import _kept, _written

    kept = tmp_path / "cases.json"
    kept.write_text(_written(Generated(left_out=7)))
    found = _kept(kept)
    assert found is not None
    assert found.left_out == 7
    for damaged in (kept.read_text()[:-3], "", json.dumps({"cases": []}), "\n{}"):
        kept.write_text(damaged)
        assert _kept(kept) is None
