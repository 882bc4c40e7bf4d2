"""Certificates: what they claim is checked without a solver, and nothing can be changed in them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.certificates import claims
from checker.certificates.check import Rejected, checked, main, opened, told
from checker.certificates.claims import CertifiedClaim
from checker.certificates.rup import Derived, Refused, check_steps
from checker.certificates.second import check_again
from checker.certificates.write import NotProved
from checker.ground.problems import BROKEN as EXIT_BROKEN
from checker.ground.problems import USAGE, Problem
from checker.independent import certify
from checker.independent.obligations import BROKEN, PREMISE, Obligation, expected, to_refute
from checker.independent.printer import Printer
from model.algebra import below, both
from model.revisions import REVISIONS
from model.terms import open_word
from properties.catalogue import all_properties, by_id
from properties.claim import Verdict

VACUOUS = next(one for one in all_properties() if Verdict.VACUOUS in expected(one))
FEW = [by_id("P02"), VACUOUS]


def real() -> list[certify.Source]:
    return [certify.source("calls", list(to_refute(FEW)))]


def small() -> list[certify.Source]:
    """Return three facts of arithmetic, whose proofs have a few hundred steps."""
    x, y = open_word("x", 12), open_word("y", 12)
    sums = {
        "sums commute": x + y != y + x,
        "three times is thrice": both(x * 3 != x + x + x, below(y, x)),
        "no sum is smaller than both parts": both(
            below(x, 2048), below(y, 2048), below(x + y, x)
        ),
    }
    printer, asked = Printer(), []
    for number, (sentence, term) in enumerate(sums.items()):
        printer.ask(term)
        asked.append(CertifiedClaim(f"A{number}", "PROVED", "numbers", sentence, ("v6.1", "v6.12")))
    return [certify.Source("calls", printer.script, asked)]


@contextmanager
def about(*sources: Callable[[], list[certify.Source]]) -> Iterator[None]:
    usual, certify.SOURCES = certify.SOURCES, sources
    try:
        yield
    finally:
        certify.SOURCES = usual


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates") / "certificate"
    with about(small):
        list(certify.certify(folder, jobs=1))
    return folder


def test_proofs_of_the_catalogue_are_accepted_by_both_checkers(tmp_path: Path) -> None:
    with about(real):
        list(certify.certify(tmp_path / "real", jobs=1))
        part = checked(opened(tmp_path / "real"), "calls")
        check_again(part)
        assert certify.compare(opened(tmp_path / "real")).startswith(f"all {len(part.goals)} ")
    assert told(part).startswith(f"calls: {len(part.goals)} claims (")
    assert {goal.claim.verdict for goal in part.goals} == {"PROVED", "VACUOUS"}


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return a copy that may be changed."""
    return Path(shutil.copytree(made, tmp_path / "certificate"))


def test_a_step_that_dratify_finds_no_reason_for_is_rejected(made: Path) -> None:
    part = checked(opened(made), "calls")
    check_again(part)
    with pytest.raises(Rejected, match="dratify"):
        check_again(replace(part, steps=[*part.steps, Derived(10**6, (-2,), ())]))


def test_a_certificate_is_checked_without_solver_model_or_property(made: Path) -> None:
    program = (
        "import sys; from checker.certificates.check import main; code = main(sys.argv[1:]);"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'z3', 'pysat', 'model', 'properties', 'cdclkit', 'dratify', 'bitwuzla'}));"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(made)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_proof_of_single_calls_is_to_be_certified() -> None:
    asked = list(to_refute(all_properties()))
    for verdict, asks in ((Verdict.PROVED, BROKEN), (Verdict.VACUOUS, PREMISE)):
        wanted = {
            (prop.id, name)
            for prop in all_properties()
            for name in ([*REVISIONS] if prop.of_patch is None else ["every set of patches"])
            if (prop.expect.on(REVISIONS[name].kernel) if name in REVISIONS
                else prop.expect.inside) is verdict
        }
        covered = [(o.prop.id, name) for o in asked if o.asks == asks for name in o.kernels]
        assert sorted(covered) == sorted(wanted)


Change = Callable[[Path], Any]


def lines_of(file: str, change: Callable[[list[str]], Any]) -> Change:
    def changed(folder: Path) -> None:
        path = folder / "calls" / file
        lines = path.read_text().splitlines()
        lines = change(lines) or lines
        path.write_text("\n".join(lines) + "\n")

    return changed


def index(change: Callable[[Any, list[Any]], Any]) -> Change:
    def changed(folder: Path) -> None:
        path = folder / claims.INDEX
        found = json.loads(path.read_text())
        change(found, found["parts"]["calls"])
        path.write_text(json.dumps(found))

    return changed


def swap(goals: list[Any], key: str) -> None:
    goals[0][key], goals[-1][key] = goals[-1][key], goals[0][key]


def at_goal(change: Callable[[list[str]], Any]) -> Change:
    """Change the words of the step that ends the first claim's proof."""

    def changed(folder: Path) -> None:
        step = json.loads((folder / claims.INDEX).read_text())["parts"]["calls"][0]["step"]
        path = folder / "calls" / claims.PROOF
        lines = [line.split() for line in path.read_text().splitlines()]
        change(next(line for line in lines if line[0] == str(step)))
        path.write_text("\n".join(" ".join(line) for line in lines) + "\n")

    return changed


def one_clause_more(folder: Path) -> None:
    """Add the clause that nothing holds at the end, with all steps numbered on."""
    formula, proof = (folder / "calls" / file for file in (claims.FORMULA, claims.PROOF))
    lines = formula.read_text().splitlines()
    last = len(lines) - 1
    formula.write_text("\n".join([*lines, "0"]) + "\n")
    words = [line.split() for line in proof.read_text().splitlines()]
    for line in words:
        hints = line.index("0") + 1
        line[0] = str(int(line[0]) + 1)
        line[hints:-1] = [str(int(one) + (int(one) > last)) for one in line[hints:-1]]
    proof.write_text("\n".join(map(" ".join, words)) + "\n")
    index(lambda _all, goals: [one.update(step=one["step"] + 1) for one in goals])(folder)


def other_operator(lines: list[str]) -> list[str]:
    return [line.replace("(and ", "(or ", 1) if "(and " in line else line for line in lines]


CHANGES: dict[str, Change] = {
    "a clause is dropped": lines_of(claims.FORMULA, lambda lines: lines.pop(40)),
    "a clause is added": lines_of(claims.FORMULA, lambda lines: lines.insert(40, "7 0")),
    "a clause is shortened": lines_of(
        claims.FORMULA, lambda lines: lines.__setitem__(40, lines[40].partition(" ")[2])
    ),
    "a clause is added at the end": one_clause_more,
    "a literal of a clause is flipped": lines_of(
        claims.FORMULA, lambda lines: lines.__setitem__(40, "-" + lines[40].lstrip("-"))
        if not lines[40].startswith("-") else lines.__setitem__(40, lines[40][1:])
    ),
    "a step is dropped": lines_of(claims.PROOF, lambda lines: lines.pop(0)),
    "a step comes too early": lines_of(claims.PROOF, lambda lines: lines[::-1]),
    "a literal of a step is flipped": at_goal(
        lambda words: words.__setitem__(1, str(-int(words[1])))
    ),
    "a goal is weakened": at_goal(lambda words: words.insert(1, "-2")),
    "a goal loses what it follows from": at_goal(lambda words: words.pop(-2)),
    "a goal follows from nothing": at_goal(lambda words: words.__setitem__(slice(3, -1), [])),
    "a proof is cut off": lines_of(claims.PROOF, lambda lines: lines[: len(lines) // 2]),
    "a line is cut off": lines_of(
        claims.PROOF, lambda lines: lines.__setitem__(-1, lines[-1][: len(lines[-1]) // 2])
    ),
    "an obligation is weakened": lines_of(claims.SCRIPT, other_operator),
    "an obligation is missing": lines_of(claims.SCRIPT, lambda lines: lines.pop()),
    "an obligation is asked twice": lines_of(claims.SCRIPT, lambda lines: lines.append(lines[-1])),
    "two properties are swapped": index(lambda _all, goals: swap(goals, "property")),
    "two digests are swapped": index(lambda _all, goals: swap(goals, "sha256")),
    "two steps are swapped": index(lambda _all, goals: swap(goals, "step")),
    "two claims are swapped": index(lambda _all, goals: goals.reverse()),
    "a verdict is changed": index(lambda _all, goals: goals[0].update(verdict="VACUOUS")),
    "a kernel is added": index(lambda _all, goals: goals[0]["kernels"].append("v9.9")),
    "a sentence is changed": index(lambda _all, goals: goals[0].update(sentence="all is well")),
    "a claim is dropped": index(lambda _all, goals: goals.pop()),
    "all claims are dropped": index(lambda all_, _goals: all_["parts"].clear()),
    "a step does not exist": index(lambda _all, goals: goals[0].update(step=10**30)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_certificate_is_rejected(folder: Path, name: str) -> None:
    CHANGES[name](folder)
    assert main([str(folder)]) == EXIT_BROKEN


LARGE, NINE = f"(_ bv{'9' * 9999} 8)", "(_ bv1 9)"
BYTE, WIDE = "(_ BitVec 8)", "(_ BitVec 256)"
HOSTILE: dict[str, Change] = {
    "a word as wide as memory": lines_of(
        claims.SCRIPT, lambda lines: lines.insert(1, "(declare-const |w| (_ BitVec 99999999999))")
    ),
    "a number of many digits": lines_of(
        claims.SCRIPT,
        lambda lines: lines.insert(1, f"(define-fun x () {BYTE} (bvadd {LARGE} {LARGE}))"),
    ),
    "nesting": lines_of(claims.SCRIPT, lambda lines: lines.insert(1, "(" * 50_000)),
    "products of products": lines_of(
        claims.SCRIPT,
        lambda lines: lines[:1]
        + [f"(declare-const |w| {WIDE})", f"(define-fun p0 () {WIDE} (bvmul |w| |w|))"]
        + [f"(define-fun p{n} () {WIDE} (bvmul p{n - 1} |w|))" for n in range(1, 4000)]
        + lines[1:],
    ),
    "a word of the wrong width": lines_of(
        claims.SCRIPT,
        lambda lines: lines.insert(1, f"(define-fun x () {BYTE} (bvadd {NINE} {NINE}))"),
    ),
    "an operator that is none": lines_of(
        claims.SCRIPT, lambda lines: lines.insert(1, "(define-fun x () Bool (rm true))")
    ),
    "a step about a huge clause": lines_of(claims.PROOF, lambda lines: lines.insert(0, "9" * 5000)),
    "no number": lines_of(claims.PROOF, lambda lines: lines.insert(0, "one 0 0")),
    "a clause without end": lines_of(claims.FORMULA, lambda lines: lines.insert(2, "1 2")),
    "binary": lambda folder: (folder / "calls" / claims.PROOF).write_bytes(b"\xff\x00" * 99),
    "no proof": lambda folder: (folder / "calls" / claims.PROOF).unlink(),
    "no index": lambda folder: (folder / claims.INDEX).unlink(),
    "an index that is none": lambda folder: (folder / claims.INDEX).write_text("[1]"),
    "an index cut off": lambda folder: (folder / claims.INDEX).write_text('{"format": "clo'),
    "a part elsewhere": index(lambda all_, goals: all_["parts"].update({"../calls": goals})),
    "kernels that are no list": index(lambda _all, goals: goals[0].update(kernels="v6.1")),
    "a claim that is a number": index(lambda _all, goals: goals.__setitem__(0, 7)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_certificate_is_refused_at_once(folder: Path, name: str) -> None:
    HOSTILE[name](folder)
    assert main([str(folder)]) in (EXIT_BROKEN, USAGE)


SAME = (claims.INDEX, f"calls/{claims.SCRIPT}", f"calls/{claims.FORMULA}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*SAME, f"calls/{claims.PROOF}"]), st.floats(0, 1), st.binary(max_size=3))
def test_whatever_byte_is_changed_no_other_claim_is_accepted(
    made: Path, tmp_path: Path, file: str, where: float, byte: bytes
) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(made, folder, dirs_exist_ok=True)
    old = (made / file).read_bytes()
    place = int(where * (len(old) - 1))
    (folder / file).write_bytes(old[:place] + byte + old[place + 1 :])
    code = main([str(folder)])
    assert code in (0, EXIT_BROKEN, USAGE)
    if code == 0:
        assert opened(folder).parts == opened(made).parts


def test_a_certificate_of_other_statements_is_not_that_of_the_tree(made: Path) -> None:
    found = opened(made)
    with about(small):
        assert certify.compare(found).startswith("all 3 claims")
    with about(), pytest.raises(Rejected, match="not declared"):
        certify.compare(found)
    with about(lambda: weaker(small())), pytest.raises(Rejected, match="A1 .* not certified"):
        certify.compare(found)


def weaker(sources: list[certify.Source]) -> list[certify.Source]:
    """Return a part whose second question is the first one's."""
    questions = sources[0].script.questions
    questions[1] = questions[0]
    return sources


def test_what_is_not_proved_is_not_certified(tmp_path: Path) -> None:
    false = Obligation(by_id("V01"), (REVISIONS["v6.1"],), BROKEN)
    with about(lambda: [certify.source("calls", [false])]), pytest.raises(NotProved, match="V01"):
        list(certify.certify(tmp_path / "certificate", jobs=1))
    assert not (tmp_path / "certificate").exists()


def test_a_folder_of_other_things_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(Problem, match="is no certificate"):
        list(certify.certify(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


FORMULA = [(1, 2), (-1, 2), (1, -2), (-1, -2, 3)]


@pytest.mark.parametrize(
    ("clause", "hints"),
    [((2, 7), (1, 2)), ((1, 2), (1,)), ((3,), (5, 6, 4)), ((1, 3), (5, 3))],
)
def test_a_step_that_follows_is_accepted(clause: tuple[int, ...], hints: tuple[int, ...]) -> None:
    steps = [Derived(5, (2,), (1, 2)), Derived(6, (1,), (5, 3)), Derived(7, clause, hints)]
    assert check_steps(FORMULA, steps)[7] == clause


@pytest.mark.parametrize(
    "step",
    [
        Derived(5, (), (1, 2)),
        Derived(5, (-3,), (1, 2, 3, 4)),
        Derived(5, (2,), ()),
        Derived(5, (2,), (5,)),
        Derived(5, (2,), (0,)),
        Derived(5, (2,), (-1,)),
        Derived(4, (2,), (1, 2)),
        Derived(5, (3,), (4,)),
    ],
)
def test_a_step_that_does_not_follow_is_refused(step: Derived) -> None:
    with pytest.raises(Refused):
        check_steps(FORMULA, [step])


@pytest.mark.parametrize("first", [(1, 2), (2, 1)])
def test_a_clause_that_leaves_a_choice_decides_nothing(first: tuple[int, int]) -> None:
    one, other = first
    with pytest.raises(Refused, match="leaves a choice"):
        check_steps([first, (-one, 3), (-other, 4), (-3,)], [Derived(5, (), (1, 2, 4))])
