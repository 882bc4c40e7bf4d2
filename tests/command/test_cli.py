"""The command: bad input gets one clear line and the documented exit code."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checker.ground import problems
from command.cloneproof import VERBS

ROOT = Path(__file__).parents[2]


def run(*args: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "command", *args]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=ROOT, check=False
    )


def refused(*args: str, given: str = "", says: str) -> None:
    """The command fails with the usage code and one line that names the mend."""
    done = run(*args, given=given)
    assert done.returncode == problems.USAGE
    assert len(done.stderr.strip().splitlines()) == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "given", "says"),
    [
        (("verify", "P0x"), "", "unknown property 'P0x'"),
        (("show", "p02"), "", "did you mean P02?"),
        (("show", "V01,P02"), "", "each is a word of its own: V01 P02"),
        (("verfy", "P02"), "", "did you mean verify?"),
        (("verify", "-k", "v6.12 v6.1"), "", "several are joined by commas: v6.12,v6.1"),
        (("verify", "-k", "v6.13-rd"), "", "unknown kernel"),
        (("verify", "--format", "xml"), "", "xml"),
        (("frobnicate",), "", "frobnicate"),
        (("show", "P022"), "", "did you mean P"),
        (("explain", "no/such/file"), "", "cannot read"),
        (("predict", "no/such/file"), "", "cannot read"),
        (("predict", "clone CLONE_VM"), "", "a call is a line of JSON, or --entry"),
        (("predict", "--flags", "CLONE_VM"), "", "--flags and --set go with --entry"),
        (("predict", "{}", "--entry", "fork"), "", "give one"),
        (("predict", "--entry", "fork", "--set", "current.chrooted"), "", "PATH=VALUE"),
        (("predict", "--entry", "fork", "--set", "a.b=1", "--set", "a.b=2"), "", "given twice"),
        (("ask", "may a child leave its cgroup?"), "", "a question is a condition on one call"),
        (("predict",), "{", "line 1: it is not JSON"),
        (("predict",), "fork() = -1 EAGAIN", "`cloneproof why` takes those"),
        (("predict", "fork() = -1 EAGAIN"), "", "`cloneproof why` takes those"),
        (("why",), "", "there is nothing in it"),
        (("review", "mend.patch", "docs/review/tree"), "", "docs/review/tree is a tree: it stands"),
        (("predict",), '{"request": {"flags": "CLONE_NEWUSR"}}', "did you mean CLONE_NEWUSER"),
        (("predict",), '{"request": {"flag": 1}}', "unknown fact 'request.flag'"),
        (("predict",), '{"request": 7}', "must be an object"),
        (("predict",), '{"request": {"flags": -1}}', "must lie between"),
        (("predict",), '{"current": {"chrooted": 2}}', "true or false"),
        (("predict",), '{"kernel": "v9"}', "unknown kernel"),
        (
            ("predict",),
            '{"kernel": "v5.4", "request": {"entry": "create_io_thread"}}',
            "no such call",
        ),
        (("revisions", "v6"), "", "unknown kernel"),
        (("list", "P60"), "", "`show P60` tells of one"),
        (("why", "-bash: fork: retry: no more"), "", "Put -- before a line that begins with -"),
        (("why", "--nonsense"), "", "No such option"),
        (("verify", "P02", "-o", "/proc/no/such"), "", "cannot write"),
        (("verify", "P02", "--baseline", "pyproject.toml"), "", "pyproject.toml"),
        (("second-opinion", "P33t", "-k", "v6.13-rd"), "", "unknown kernel"),
        (("second-opinion", "P02", "-k", "v6.8"), "", "is not in the list"),
        (("second-opinion", "P33t", "-k", "v6.12"), "", "leave out -k"),
        (("second-opinion", "P33t", "--format", "json"), "", "reports are of single calls"),
        (("second-opinion", "P60"), "", "P60 is decided by exploration"),
        (("second-opinion", "--flags", "P33t"), "", "--flags is about flags of single calls"),
        (("second-opinion", "--flags", "P02", "--record", "x"), "", "leave out --record"),
        (("mutate", "--renew", "no/such/file"), "", "cannot read"),
        (("mutate", "--renew", "README.md"), "", "no place for the table"),
        (("conform", "--on", "6.1,nonsense"), "", "unknown kernel 'nonsense'"),
        (("conform", "--cases", "9", "--each", "9"), "", "give one of them"),
        (("conform", "--why", "9", "--format", "kcidb"), "", "does not go with --why"),
        (("races", "--on", "nonsense"), "", "unknown kernel 'nonsense'"),
        (("probe", "--on", "nonsense"), "", "unknown kernel 'nonsense'"),
    ],
)
def test_bad_input_is_one_line(args: tuple[str, ...], given: str, says: str) -> None:
    refused(*args, given=given, says=says)


def test_a_broken_counterexample_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"cloneproof": 1, "property": "P02", "kernel": "v6.1"}')
    refused("explain", str(bad), says="lacks 'call'")
    bad.write_bytes(b"\xfa\xfb")
    refused("explain", str(bad), says="not text in UTF-8")


def test_exit_codes_follow_the_verdicts() -> None:
    assert run("verify", "P02", "-k", "v6.12").returncode == problems.AS_EXPECTED


def test_a_saved_counterexample_is_told_again(tmp_path: Path) -> None:
    assert run("verify", "V01", "-k", "v6.1", "--save", str(tmp_path)).returncode == 0
    saved = tmp_path / "V01@v6.1.json"
    assert json.loads(saved.read_text())["smallest"] is True
    told = run("explain", str(saved))
    assert "kthreadd" in told.stdout
    assert "is broken by this call" in told.stdout
    elsewhere = run("explain", str(saved), "--kernel", "v6.12", "--format", "json")
    assert json.loads(elsewhere.stdout)["breaks"] is False


def test_predict_answers_line_by_line() -> None:
    request = {"entry": "clone", "flags": "CLONE_THREAD"}
    lines = json.dumps({"id": 1, "kernel": "v6.1", "request": request}) + '\n{"id": 2}\n'
    first, second = map(json.loads, run("predict", given=lines).stdout.splitlines())
    assert (first["errno"], first["rule"]) == ("EINVAL", "thread does not share signal handlers")
    assert (second["errno"], second["child"]["mm"]) == ("0", "copied")


def test_predict_accepts_what_its_schema_describes() -> None:
    import jsonschema

    schema = json.loads(run("predict", "--schema").stdout)
    line = {"kernel": "v6.1", "request": {"entry": "clone3", "flags": ["CLONE_VM", "CLONE_FS"]}}
    jsonschema.validate(line, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"request": {"entri": "fork"}}, schema)


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"set -o pipefail; {sys.executable} -m command list | head -c 1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stderr == ""
    assert done.returncode == problems.CLOSED_PIPE


def test_interruption_is_one_line() -> None:
    code = (
        "import command.cloneproof as c, checker.questions.run\n"
        "def stop(*a, **k): raise KeyboardInterrupt\n"
        "checker.questions.run.deciding = stop\n"
        "import sys; sys.argv = ['cloneproof', 'verify', 'P02']; c.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == problems.INTERRUPTED
    assert done.stderr.strip() == "cloneproof: interrupted"


@pytest.mark.parametrize("command", ["list", "show", "revisions", "--help"])
def test_listing_needs_no_solver(command: str) -> None:
    """list and show stay quick: z3 is not even imported."""
    code = (
        "import sys, command.cloneproof as c\n"
        f"sys.argv = ['cloneproof', '{command}'] + (['P02'] if '{command}' == 'show' else [])\n"
        "try: c.main()\nexcept SystemExit as e: code = e.code\n"
        "sys.exit(9 if 'z3' in sys.modules else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell: str) -> None:
    assert "_CLONEPROOF_COMPLETE" in run("completion", shell).stdout


def test_a_saved_history_is_told_by_the_same_verb(tmp_path: Path) -> None:
    assert run("verify", "P60", "-k", "v6.4", "--save", str(tmp_path)).returncode == 0
    saved, svg = tmp_path / "P60@v6.4.json", tmp_path / "p60.svg"
    told = run("explain", str(saved), "--svg", str(svg))
    assert "is broken by this history" in told.stdout
    assert svg.read_text().startswith("<svg")
    refused("explain", str(saved), "-k", "v6.12", says="cannot be taken there")


def test_calls_and_histories_are_named_alike() -> None:
    """What P02 says of histories is P02H, and the verb for histories alone knows both ids."""
    both = run("verify", "P02", "P02H", "-k", "v6.12", "--format", "json")
    assert [one["property"] for one in json.loads(both.stdout)["results"]] == ["P02", "P02H"]
    former = run("system", "P02", "-k", "v6.12", "--format", "json")
    assert [one["property"] for one in json.loads(former.stdout)["results"]] == ["P02H"]
    refused("verify", "P02H", "--only", "calls", says="unknown property of calls 'P02H'")
    assert "P02H, which once had this id" in run("show", "P02").stdout


@pytest.mark.parametrize(
    ("typed", "found"),
    [("show P6", {"P60", "P6A", "P6AH"}), ("verify P02", {"P02", "P02H"}),
     ("list --subject K", {"KVM"}), ("conform -k v6.1", {"v6.1", "v6.12"}),
     ("hist", {"histories"})],
)
def test_names_of_all_kinds_are_completed(typed: str, found: set[str]) -> None:
    words = typed.split()
    asked = {"COMP_WORDS": f"cloneproof {typed}", "COMP_CWORD": str(len(words))}
    done = subprocess.run(
        [sys.executable, "-c", "from command.__main__ import main; main()"],
        env={**os.environ, **asked, "_CLONEPROOF_COMPLETE": "bash_complete"},
        capture_output=True, text=True, cwd=ROOT, check=False,
    )
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} >= found


def test_lines_that_name_no_kernel_are_predicted_on_the_one_given() -> None:
    given = '{}\n{"kernel": "v5.4"}\n'
    answers = map(json.loads, run("predict", "-k", "v6.1", given=given).stdout.splitlines())
    assert [one["kernel"] for one in answers] == ["v6.1", "v5.4"]
    refused("predict", "-k", "v9", given=given, says="unknown kernel")


@pytest.mark.parametrize("verb", [name for verbs in VERBS.values() for name in verbs])
def test_each_verb_is_in_the_pages_for_people(verb: str) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    said = re.compile(rf"cloneproof {verb}\b|`{verb}\b")
    assert any(said.search(page.read_text(encoding="utf-8")) for page in pages)


def test_a_run_of_everything_is_one_screen_on_a_terminal_alone(tmp_path: Path) -> None:
    """A file, a pipe, another format and --full have every statement."""
    from command.verify import _style

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked: dict[str, object] = {"style": "table", "output": None, "full": False}
    with pytest.MonkeyPatch.context() as patch:
        assert _style(asked, whole=True) == "table"
        patch.setattr(sys, "stdout", Screen())
        assert _style(asked, whole=True) == "screen"
        assert _style(asked, whole=False) == "table"
        for other in ({"full": True}, {"output": str(tmp_path / "all")}, {"style": "json"}):
            assert _style({**asked, **other}, whole=True) in ("table", "json")


def test_any_kernel_is_verified_and_what_it_is_is_said() -> None:
    done = run("verify", "P02", "-k", "6.8.0-58-generic,v6.6", "--format", "json")
    assert done.returncode == problems.AS_EXPECTED
    told = json.loads(done.stdout)
    assert told["kernels"] == ["v6.6", "6.8.0-58-generic"]
    assert [one["expected"] for one in told["results"]] == ["PROVED", None]
    assert told["totals"]["undeclared"] == 1
    said = " ".join(done.stderr.split())
    assert "Ubuntu's v6.8" in said and "no verdict is declared" in said


def test_a_kernel_that_is_not_listed_saves_what_can_be_read_again(tmp_path: Path) -> None:
    run("verify", "V01", "-k", "v6.1+KILL_SEQ", "--save", str(tmp_path))
    (saved,) = tmp_path.glob("V01@*.json")
    again = json.loads(run("explain", str(saved), "--format", "json").stdout)
    assert again["kernel"] == "v6.1+KILL_SEQ" and again["breaks"]
    other = run("explain", str(saved), "-k", "6.1.0-32-amd64", "--format", "json")
    assert json.loads(other.stdout)["kernel"] == "6.1.0-32-amd64"


def test_what_is_kept_of_a_file_of_kernels_is_of_what_it_says_today(tmp_path: Path) -> None:
    mine, record = tmp_path / "mine.toml", {**os.environ, "CLONEPROOF_RECORD": str(tmp_path / "r")}
    words = [sys.executable, "-m", "command", "verify", "P70", "-k", f"{mine}:fleet", "--no-core"]
    said = []
    for more in ("", "with = ['KILL_SEQ', 'KILL_SEQ_OF_TARGET']\n"):
        mine.write_text(f"[[kernel]]\nname = 'fleet'\nbase = 'v6.1'\n{more}")
        done = subprocess.run(
            words, capture_output=True, text=True, cwd=ROOT, env=record, check=False
        )
        said.append("REFUTED fleet" in done.stdout)
    assert said == [True, False]


def test_a_call_spelled_by_options_is_the_call_of_the_same_line() -> None:
    """Entry point, flags, and facts of whatever depth, truths among them."""
    line = {"request": {"entry": "unshare", "flags": "CLONE_NEWUSER"},
            "current": {"chrooted": True, "cred": {"uid": 7}}}
    spelled = run("predict", "-k", "v6.6", "--entry", "unshare", "--flags", "CLONE_NEWUSER",
                  "--set", "current.chrooted=true", "--set", "current.cred.uid=7")
    assert "chrooted caller wants a user namespace" in spelled.stdout
    assert spelled.stdout == run("predict", "-k", "v6.6", json.dumps(line)).stdout
