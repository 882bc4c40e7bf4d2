"""Debian's kernel trees against the model; skipped where none is unpacked (make source)."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

pytest.importorskip("tree_sitter_c")

from click.testing import CliRunner

from checker.engines.sat import Answer
from command.source import drift as drift_command
from command.source import source as source_command
from model.revisions import REVISIONS
from properties.catalogue import all_properties
from properties.claim import Verdict
from source.check import check
from source.compare import Comparer
from source.drift import drift
from source.interpreter import READ, UNREAD
from source.lines import fingerprints, rule_lines, stored
from source.nearest import compare_all, nearest
from source.program import READ_IN_TURN, Program
from source.questions import AGREE, BALANCED, BUT_FOR, DIFFERENT, OPEN
from source.readings.every import BY_NAME
from source.readings.new_namespaces import NEW_NAMESPACES
from source.report.report import coverage
from source.report.sarif import sarif
from source.report.table import table
from source.semantics import NotFollowed, TreeJudge
from source.tree import Beside, Changed, Tree
from source.trees import known_trees

TREES = known_trees()
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EACH = pytest.mark.parametrize("line", sorted(TREES) or [None])
GUARD = "if ((clone_flags & (CLONE_NEWUSER|CLONE_FS)) == (CLONE_NEWUSER|CLONE_FS))"
FORK, CRED = "kernel/fork.c", "kernel/cred.c"
SHARED = 'kdebug("share_creds('


def tree(line: str | None) -> tuple[Tree, str]:
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    return TREES[line]


def text(base: Tree) -> str:
    found = base.text(FORK)
    assert found is not None
    return found


def one_changed(base: Tree, path: str, old: str, new: str) -> Tree:
    """Return a tree with one place of one file changed."""
    whole = base.text(path)
    assert whole is not None and whole.count(old) == 1
    return Changed(base, {path: whole.replace(old, new)})


@cache
def report(line: str | None) -> Any:
    base, like = tree(line)
    return check(base, REVISIONS[like])


@EACH
def test_every_function_means_what_the_model_says(line: str | None) -> None:
    found = report(line)
    assert [one.reading for one in found.match.comparisons if one.verdict not in AGREE] == []
    # prepare_nsset() keeps the new cred where copy_fs_struct() fails, and so does the model
    kept = {"setns": f"{BUT_FOR}cred"}
    laddered = {one.reading: one.balance for one in found.match.comparisons if one.balance}
    # 6.1 has no unmount of the queues where a step after mq_init_ns() fails; 6.12 has it
    leaks = line == "6.1"
    assert laddered["copy_ipcs"].startswith("its mount of queues is kept on") is leaks
    laddered |= {"copy_ipcs": BALANCED}
    assert laddered == {name: kept.get(name, BALANCED) for name in laddered}
    assert kept.items() < laddered.items()
    assert table(found).count(f"    ladder {BUT_FOR}cred\n") == 1
    assert found.numbers == []
    new = {one.name for one in NEW_NAMESPACES}
    old = [one for one in found.match.comparisons if one.reading not in new]
    early = {pair.split(" before ")[1] for one in old for pair in one.order}
    # put_nsset() sees no flags where copy_fs_struct() fails, and keeps the cred; where a later step
    # fails it puts the cred, which is older, before the temporary fs
    assert early == {"cred", "fs"} | ({"files"} if line == "6.12" else set())


@EACH
def test_a_solver_that_denies_everything_proves_nothing_equal(
    line: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, like = tree(line)
    monkeypatch.setattr("checker.engines.sat.Sat.ask", lambda *_: Answer("unsat"))
    compared = Comparer(Program(base), REVISIONS[like].kernel).compare(BY_NAME["sys_clone"])
    assert compared.verdict == OPEN


@EACH
def test_statements_on_modelled_state_are_translated(line: str | None) -> None:
    kinds = coverage(report(line))
    assert kinds[READ] >= 0.95 * (kinds[READ] + kinds[UNREAD])


@EACH
def test_every_function_of_the_list_is_read(line: str | None) -> None:
    base, _ = tree(line)
    program = Program(base)
    missing = {name for names in READ_IN_TURN.values() for name in names} - {
        name for names in READ_IN_TURN.values() for name in names if program.reads(name)
    }
    gone = {"legacy_clone_args_valid", "vhost_task_create"}
    later = {"copy_exec_state", "need_futex_hash_allocate_default", "pidns_is_ancestor"}
    later |= {"cgroup_fork_child_lock", "cgroup_fork_child_unlock", "preinit_net"}
    assert missing <= gone | later


@EACH
def test_verdicts_on_the_source_are_those_on_the_model(line: str | None) -> None:
    base, like = tree(line)
    found = check(base, REVISIONS[like], properties=True)
    assert len(found.decided) > 200
    assert [one.prop.id for one in found.decided if not one.as_expected] == []


WORKER = {"6.1": "p->flags |= PF_IO_WORKER;", "6.12": "p->flags |= PF_USER_WORKER;"}
EXIT_SIGNAL = "p->exit_signal = args->exit_signal;"


def decided(changed: Tree, like: str, name: str) -> Verdict:
    """Return the verdict on one property by what a tree says."""
    judge = TreeJudge(Comparer(Program(changed), REVISIONS[like].kernel))
    return judge.decide(next(one for one in all_properties() if one.id == name)).verdict


@EACH
def test_a_tree_whose_workers_lose_their_flag_throttles_them(line: str | None) -> None:
    base, like = tree(line)
    assert decided(base, like, "P6B") is Verdict.PROVED
    assert decided(one_changed(base, FORK, WORKER[line or ""], ";"), like, "P6B") is Verdict.REFUTED


@EACH
def test_a_property_of_what_is_not_read_is_not_decided(line: str | None) -> None:
    base, like = tree(line)
    with pytest.raises(NotFollowed, match=r"Child\.autokill"):
        decided(base, like, "C42")
    with pytest.raises(NotFollowed, match=r"Unshared\.rules_its_old_user_ns"):
        decided(base, like, "U09")
    assert decided(base, like, "D87") is Verdict.PROVED
    changed = one_changed(base, FORK, EXIT_SIGNAL, "p->exit_signal = some_signal();")
    assert decided(changed, like, "D87") is Verdict.UNKNOWN


@EACH
def test_without_its_guard_the_tree_has_cve_2013_1858(line: str | None) -> None:
    base, like = tree(line)
    assert text(base).count(GUARD) == 1
    changed = Changed(base, {FORK: text(base).replace(GUARD, "if (0)")})
    found = check(changed, REVISIONS[like])
    broken = {one.prop.id: one for one in found.decided if not one.as_expected}
    assert broken["P02"].verdict is Verdict.REFUTED
    assert broken["P02"].rule == "root directory is shared across user namespaces"
    assert broken["P02"].values["request.flags"] == 0x10000200
    told = table(found)
    assert "missing: root directory is shared across user namespaces" in told
    assert "expected after kernel/fork.c:" in told
    assert max(map(len, told.splitlines())) <= 100
    lines = [
        one["locations"][0]["physicalLocation"]["region"]["startLine"]
        for one in json.loads(sarif(found))["runs"][0]["results"]
    ]
    assert all(number > 0 for number in lines)


@EACH
def test_the_nearest_kernel_is_found(line: str | None) -> None:
    base, like = tree(line)
    match = nearest(Program(base))
    assert match.revision.name == like
    assert match.differing == []


def test_a_patch_that_settles_a_difference_is_named() -> None:
    base, like = tree("6.12" if "6.12" in TREES else None)
    old, new = (
        "if (clone_flags & CLONE_DETACHED)",
        "if (clone_flags & (CLONE_DETACHED|CLONE_THREAD))",
    )
    match = nearest(Program(Changed(base, {FORK: text(base).replace(old, new)})))
    assert match.revision.name == like
    assert match.explained == {"copy_process": ["without PIDFD_THREAD"]}


@EACH
def test_kept_fingerprints_are_current(line: str | None) -> None:
    base, like = tree(line)
    comparer = Comparer(Program(base), REVISIONS[like].kernel)
    assert fingerprints(rule_lines(comparer)) == stored()[like]


def test_drift_between_both_trees() -> None:
    if len(TREES) < 2:
        tree(None)
    (before, one), (after, other) = TREES["6.1"], TREES["6.12"]
    found = drift(before, after, (REVISIONS[one], REVISIONS[other]))
    kinds = {moved.rule: moved.kind for moved in found.moved}
    assert kinds["copy_process: shared memory across time namespaces"] == "removed"
    assert kinds["copy_process: pidfd with detached"] == "reworded"
    assert {meaning.function for meaning in found.meanings} == {
        "copy_process",
        "kernel_thread",
        "create_io_thread",
        "sys_setns",  # fs/namespace.c:mntns_install looks at the caller's own fs->users on 6.12
    }


@pytest.mark.skipif(not LONG, reason="PROFILE=long")
@EACH
def test_a_tree_does_not_drift_from_itself(line: str | None) -> None:
    base, like = tree(line)
    found = drift(base, base, (REVISIONS[like], REVISIONS[like]))
    assert (found.moved, found.meanings, found.only) == ([], [], [])


@EACH
def test_a_leak_on_an_error_path_is_found(line: str | None) -> None:
    base, like = tree(line)
    lost = text(base).replace("\t__cleanup_sighand(p->sighand);", "\t;", 1)
    found = {
        one.reading: one
        for one in compare_all(Program(Changed(base, {FORK: lost})), REVISIONS[like])
    }
    assert found["copy_process"].balance.startswith("sighand is kept")


@EACH
def test_fields_are_counted_that_all_their_readings_found_equal(line: str | None) -> None:
    found = report(line)
    assert [len(one.compared) for one in found.fields] == [57, 21, 18]
    assert [set(one.left_out) for one in found.fields] == [{"autokill"}, set(), set()]
    comparisons = [
        replace(one, verdict=DIFFERENT, compared=()) if one.reading == "copy_process" else one
        for one in found.match.comparisons
    ]
    child, *others = replace(found, match=replace(found.match, comparisons=comparisons)).fields
    assert child.compared == ("reports_to_tracer", "parent_tid_stored", "vfork_wait")
    assert child.left_out["files"] == "copy_process did not find it equal here"
    assert others == found.fields[1:]


@EACH
def test_a_reference_taken_once_too_often_is_found(line: str | None) -> None:
    base, like = tree(line)
    changed = one_changed(base, CRED, SHARED, f"get_cred(p->cred); {SHARED}")
    found = Comparer(Program(changed), REVISIONS[like].kernel).compare(BY_NAME["copy_process"])
    assert found.balance.startswith("second reference on the cred is taken while it is held")
    assert not found.in_balance


@EACH
def test_a_new_call_is_listed_not_passed_over(line: str | None) -> None:
    base, like = tree(line)
    hook = "\tretval = new_hook(p);\n\tif (retval)\n\t\tgoto bad_fork_free;\n"
    where = "\tretval = copy_creds(p, clone_flags);"
    changed = Changed(base, {FORK: text(base).replace(where, hook + where)})
    found = {one.reading: one for one in compare_all(Program(changed), REVISIONS[like])}
    assert found["copy_process"].verdict == "not fully compared"
    assert any("new_hook" in one.why for one in found["copy_process"].unread)


@EACH
def test_a_function_that_is_gone_is_said_to_be(line: str | None) -> None:
    base, like = tree(line)
    changed = Changed(base, {FORK: text(base).replace("copy_sighand(", "copy_handlers(")})
    found = {one.reading: one for one in compare_all(Program(changed), REVISIONS[like])}
    assert found["copy_sighand"].verdict == "missing"
    assert "copy_sighand()" in found["copy_sighand"].reason


@EACH
def test_a_file_alone_is_read_beside_a_tree(line: str | None) -> None:
    base, like = tree(line)
    file = getattr(base, "root") / FORK  # noqa: B009 - a Folder
    match = nearest(Program(Beside(file, FORK, base)))
    assert (match.revision.name, match.differing) == (like, [])


@EACH
def test_a_file_alone_lets_no_verdict_carry_over(line: str | None) -> None:
    """What its other functions come to was never asked."""
    base, like = tree(line)
    file = str(getattr(base, "root") / "kernel/nsproxy.c")  # noqa: B009 - a Folder
    done = CliRunner().invoke(source_command, [file, "-k", like], standalone_mode=False)
    assert done.return_value == 0
    assert done.output.splitlines()[-1].startswith("1 of 29 functions were compared: no verdict")
    assert "ksys_unshare was not run here" in " ".join(done.output.split())


@EACH
def test_the_command_line(line: str | None) -> None:
    base, like = tree(line)
    root = str(getattr(base, "root"))  # noqa: B009 - a Folder
    runner = CliRunner()
    plain = runner.invoke(source_command, [root, "-k", like], standalone_mode=False)
    leaks = line == "6.1"
    assert plain.return_value == int(leaks)
    if leaks:
        assert "copy_ipcs: the same\n  ladder: its mount of queues is kept on" in plain.output
    else:
        assert "every function that is read is proved equal" in plain.output
        assert "but not what is said of autokill" in plain.output.splitlines()[-1]
    as_json = runner.invoke(
        source_command, [root, "-k", like, "--format", "json"], standalone_mode=False
    )
    assert json.loads(as_json.output)["agrees"] is not leaks
    kept = runner.invoke(drift_command, [like, root], standalone_mode=False)
    assert kept.return_value == 0
