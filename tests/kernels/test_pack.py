"""Conformance packs: nothing is left out, and a kernel that answers otherwise is told by rules."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

from kernels.cases.case import Case
from kernels.cases.generate.coverage import MISSING
from kernels.cases.outcomes import predicted, standing
from kernels.machines import live
from kernels.machines.place import revision_for
from kernels.pack.folder import files
from kernels.pack.needs import caps_needed, needs
from kernels.pack.table import table
from kernels.pack.trials import MACHINE, Trials, competes, shallow, trials
from model import words
from model.kernel import Kernel
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS

V612, V61 = REVISIONS["v6.12"].kernel, REVISIONS["v6.1"].kernel
PASS, FAIL, SKIP = 0, 1, 4
STRICT = ("-static", "-Wall", "-Wextra", "-Werror")
GUARDS = ("-fno-stack-protector", "-fcf-protection=none", "-fno-pie", "-no-pie")


@cache
def _tried(kernel: Kernel, *entries: Entry) -> Trials:
    return trials(kernel, entries)


@pytest.mark.parametrize("entry", [Entry.FORK, Entry.SETNS])
def test_each_rule_is_tried_or_told_with_a_reason(entry: Entry) -> None:
    found = _tried(V612, entry)
    decide = {one.refusals[0].rule[0] for one in found.tried if one.refusals}
    told = {one.rule[0]: one.why for one in found.untried}
    assert decide.isdisjoint(told)
    assert decide | set(told) == {row.name for row in standing(V612, entry)}
    assert decide and all(told.values()) and MISSING not in told.values()


def test_of_two_faults_the_answer_tells_which_came_first() -> None:
    found = _tried(V612, Entry.SETNS).tried
    pairs = [one for one in found if competes(one)]
    assert len(pairs) > 20
    for one in pairs:
        assert len(one.refusals) > 1
        assert one.errno == int(predicted(V612, one.case, MACHINE).errno)
    assert [one for one in found if not one.refusals], "no call that succeeds"


def test_a_caller_is_no_deeper_than_the_rules_ask() -> None:
    """Each level of namespaces costs a real kernel dear; the same rules refuse without them."""
    threads = {"call__entry": int(Entry.CLONE), "call__flags": words.THREAD | 17}
    idle = _case(**threads, caller__userns=9, caller__pid_level=2)
    assert shallow(V612, idle) == _case(**threads)
    unmapped = {"call__entry": int(Entry.CLONE), "call__flags": words.NEWUSER | 17}
    inside = _case(**unmapped, caller__userns=9, caller__no_uid_map=True)
    assert shallow(V612, inside).caller.userns == 1, "who is unmapped is in a user namespace"
    deepest = _case(**unmapped, caller__userns=33)
    assert shallow(V612, deepest) == deepest


def _case(**values: int | bool) -> Case:
    return build(Case, {name.replace("__", "."): value for name, value in values.items()})


def test_what_a_call_needs_of_a_machine_is_what_changes_its_answer() -> None:
    unshare = {"call__entry": int(Entry.UNSHARE), "call__flags": words.NEWUTS}
    assert caps_needed(V612, _case(**unshare)) == words.CAP_SYS_ADMIN
    assert caps_needed(V612, _case(**unshare, caller__has_caps=True)) == 0
    fork = _case(call__entry=int(Entry.FORK))
    assert (caps_needed(V612, fork), list(needs(V612, fork))) == (0, [])
    inside = _case(call__entry=int(Entry.FORK), caller__userns=1)
    assert list(needs(V612, inside)) == ["NEEDS_USERNS"]
    full = _case(call__entry=int(Entry.FORK), caller__no_threads_left=True)
    assert list(needs(V612, full)) == ["NEEDS_SYSCTLS"]


# ---- compiled and run


@pytest.fixture(scope="module")
def compiler() -> str:
    found = shutil.which("gcc")
    if platform.machine() != "x86_64" or not found:
        pytest.skip("needs gcc on x86-64")
    return found


def _built(
    compiler: str, folder: Path, told: str, instead: Mapping[str, str] = MappingProxyType({})
) -> Path:
    for name, text in {**files(told), **instead}.items():
        (folder / name).write_text(text, encoding="utf-8")
    units = sorted(map(str, folder.glob("*.c")))
    made = subprocess.run([compiler, *STRICT, *GUARDS, "-o", str(folder / "pack"), *units],
                          capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder / "pack"


def _lines(text: str) -> list[str]:
    """Return the results of KTAP, after its version and plan were found right."""
    lines = text.splitlines()
    assert lines[0] == "KTAP version 1"
    results = [line for line in lines if re.match(r"(not )?ok ", line)]
    assert lines[1] == f"1..{len(results)}"
    for number, line in enumerate(results, 1):
        assert re.match(rf"(not )?ok {number} - \w", line)
    return results


def _run(pack: Path, *words_: str, user: int | None = None) -> tuple[int, str]:
    done = subprocess.run([str(pack), *words_], capture_output=True, text=True, check=False,
                          user=user, cwd="/")
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def real() -> Kernel:
    reason = live.can_run()
    if reason:
        pytest.skip(reason)
    return revision_for(platform.release())[0].kernel


@pytest.mark.parametrize("of", ["own", "v6.1"])
def test_exactly_the_known_differences_are_told(
    of: str, compiler: str, real: Kernel, tmp_path: Path
) -> None:
    kernel = real if of == "own" else V61
    found = _tried(kernel, Entry.VFORK)
    code, text = _run(_built(compiler, tmp_path, table(kernel, found)))
    results = _lines(text)
    differ = [
        one.errno != int(predicted(real, one.case, MACHINE).errno) for one in found.tried
    ]
    told = [
        (line.startswith("not ok"), other, line)
        for line, other in zip(results, differ, strict=False) if " # SKIP " not in line
    ]
    assert [one for one in told if one[0] != one[1]] == []
    assert len(told) > len(found.tried) / 2
    assert code == (FAIL if any(other for _not, other, _line in told) else PASS)
    assert ("every answer was as expected" in text) == (code == PASS)


def test_a_planted_difference_is_named_by_its_rule(
    compiler: str, real: Kernel, tmp_path: Path
) -> None:
    """The table says of one rule another errno, and of a plain call that it is refused."""
    found = _tried(real, Entry.VFORK)
    tried = list(found.tried)
    place = next(n for n, one in enumerate(tried)
                 if one.refusals and one.refusals[0].rule[0] == "deadline task forks without reset")
    wrong = replace(tried[place].refusals[0], errno=13)
    tried[place] = replace(tried[place], refusals=(wrong,))
    plain = next(n for n, one in enumerate(tried) if not one.refusals)
    tried[plain] = replace(tried[plain], refusals=(wrong,))
    told = table(real, Trials(tried, found.untried))
    code, text = _run(_built(compiler, tmp_path, told))
    broken = [line for line in _lines(text) if line.startswith("not ok")]
    assert code == FAIL and len(broken) == 2
    assert all("deadline task forks without reset (EACCES," in line for line in broken)
    end = text[text.index("# rules that this kernel lacks"):]
    assert "(the call succeeds): 1\n" in end.partition("#   ")[0]
    assert "rules that it has with another errno, or others in their place: 1\n" in end
    assert re.search(r"deadline task forks without reset \(EACCES, \S+\): EAGAIN", end)


def test_who_cannot_try_says_so_of_each_test(compiler: str, tmp_path: Path) -> None:
    """Without root nothing is tried, and nothing passes."""
    if os.geteuid() != 0:
        pytest.skip("needs root to leave it")
    pack = _built(compiler, tmp_path, table(V612, _tried(V612, Entry.VFORK)))
    with tempfile.TemporaryDirectory() as public:
        Path(public).chmod(0o755)
        code, text = _run(Path(shutil.copy(pack, public)), user=65534)
    assert code == SKIP
    assert all(" # SKIP " in line for line in _lines(text))
    assert "# SKIP needs root" in text
    assert "# nothing could be tried\n" in text and "as expected" not in text


def test_chosen_tests_are_those_with_the_word(
    compiler: str, real: Kernel, tmp_path: Path
) -> None:
    pack = _built(compiler, tmp_path, table(real, _tried(real, Entry.VFORK)))
    _code, text = _run(pack, "deadline")
    assert _lines(text) and all("deadline" in line for line in _lines(text))
    assert _run(pack, "--nonsense")[0] == 64


def test_a_run_that_breaks_off_is_no_pass(
    compiler: str, real: Kernel, tmp_path: Path
) -> None:
    """The driver is killed from within: its tests are not told, and the end says so."""
    told = files(table(real, _tried(real, Entry.VFORK)))
    dies = told["pack.c"].replace("look_at_machine(uid_base);", "__builtin_trap();")
    assert dies != told["pack.c"]
    pack = _built(compiler, tmp_path, told["table.c"], {"pack.c": dies})
    code, text = _run(pack)
    assert code == 3 and text.endswith("Bail out! the driver died\n")
