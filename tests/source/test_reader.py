"""The C reader itself, on small snippets of our own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from model.due import as_truth

pytest.importorskip("tree_sitter_c")

from checker.ground.problems import Problem
from checker.readings.put import put
from model.algebra import when_word
from model.call import Situation
from model.predict import call_of
from model.records import build
from model.revisions import REVISIONS
from model.terms import open_truth
from model.words import FILES, FS, THREAD, VM
from source.compare import last_turn
from source.constants import Constants
from source.interpreter import UNREAD, Interpreter
from source.program import Program
from source.statements import Runner
from source.syntax import parse_function
from source.text import prepared
from source.tree import Tree, tree_at
from source.values import Value, as_signed, errno_of, truth_of, word_of

KERNEL = REVISIONS["debian-6.12.117"].kernel


class Text(Tree):
    """A tree of files given as text."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__("snippet")
        self.files = files

    def _raw(self, path: str) -> bytes | None:
        text = self.files.get(path)
        return None if text is None else text.encode()


def machine_for(body: str, name: str = "copy_files", **values: Any) -> tuple[Interpreter, Any]:
    """Return a run of a function with a body of our own on a concrete call."""
    text = f"static int {name}(u64 clone_flags, struct task_struct *tsk)\n{{\n{body}\n}}\n"
    program = Program(Text({"kernel/fork.c": text}))
    call = call_of(KERNEL, build(Situation, {"request.entry": 9, **values}))
    machine = Runner(program, call)
    machine.ordered = True
    function = program.function(name)
    assert function is not None
    task = Value(program.handle("p"), False, "p")
    return machine, machine.run(function, [machine.load("args->flags"), task])


def returned(body: str, **values: Any) -> int:
    """Return what a body returns on a call."""
    word: int = as_signed(word_of(machine_for(body, **values)[1].value))
    return word


def test_the_first_guard_that_holds_wins() -> None:
    body = """
        if ((clone_flags & (CLONE_VM|CLONE_FS)) == (CLONE_VM|CLONE_FS)) return -EINVAL;
        if (clone_flags & CLONE_VM) return -EPERM;
        return 7;"""
    assert returned(body, **{"request.flags": VM | FS}) == -22
    assert returned(body, **{"request.flags": VM}) == -1
    assert returned(body, **{"request.flags": FS}) == 7


def test_gotos_fall_through_their_ladder() -> None:
    body = """
        int err = 0;
        err = -ENOMEM;
        if (clone_flags & CLONE_VM)
            goto second;
        err = 1;
        if (clone_flags & CLONE_FS)
            goto first;
        return 5;
    first:
        err += 10;
    second:
        err += 100;
        return err;"""
    assert returned(body, **{"request.flags": VM}) == -12 + 100
    assert returned(body, **{"request.flags": FS}) == 111
    assert returned(body) == 5


def test_states_of_two_branches_meet() -> None:
    body = """
        int a = 1;
        if (clone_flags & CLONE_VM) { a = 2; } else if (clone_flags & CLONE_FS) { a = 3; }
        return a;"""
    assert [returned(body, **{"request.flags": f}) for f in (VM, FS, FILES)] == [2, 3, 1]


def test_loops_over_constants_are_unrolled() -> None:
    body = """
        int i, sum = 0;
        for (i = 0; i < 5; i++) { if (i == 3) continue_marker = 1; sum += i; }
        while (sum > 7) { sum -= 1; if (sum == 9) break; }
        return sum;"""
    assert returned(body) == 9


def test_the_two_readings_of_c_agree() -> None:
    from checker.engines.sat import Sat
    from checker.readings.space import as_truth, space

    body = """
        int err = -EAGAIN;
        if ((clone_flags & CLONE_THREAD) && !(clone_flags & CLONE_VM)) return -EINVAL;
        if (current->files == NULL || clone_flags & CLONE_FILES) goto out;
        err = clone_flags & CLONE_FS ? 0 : -EPERM;
    out:
        return err;"""
    text = f"static int copy_files(u64 clone_flags, struct task_struct *tsk)\n{{\n{body}\n}}\n"
    program = Program(Text({"kernel/fork.c": text}))
    machine = Runner(program, call_of(KERNEL, space().start))
    function = program.function("copy_files")
    assert function is not None
    done = machine.run(function, [machine.load("args->flags"), Value(1, False, "p")])
    errno = errno_of(word_of(done.value))
    entry = space().constants["request.entry"]
    flags = space().constants["request.flags"]
    files = space().constants["current.files"]
    engine = Sat([])
    for flag in (0, FS, FILES, THREAD, THREAD | VM, THREAD | FS):
        for there in (True, False):
            given = {"request.flags": flag, "current.files": there}
            expected = max(0, -returned(body, **given))
            asked = (entry == 9, flags == flag, files == there, errno != expected)
            answer = engine.ask(*(engine.constraint(as_truth(one)) for one in asked))
            assert answer.status == "unsat", given


def test_what_is_not_taken_but_given_back_is_seen() -> None:
    machine, _ = machine_for("mmput(tsk->mm); return -EINVAL;")
    assert machine.state["twice:mm"].truth is True
    machine, _ = machine_for("mmget(tsk->mm); return -EINVAL;")
    assert machine.state["held:mm"].truth is True


def test_what_cannot_be_read_is_listed_with_its_line() -> None:
    machine, _ = machine_for("if (some_new_hook(tsk))\n    return -EPERM;\nreturn 0;")
    unread = [one for one in machine.statements.values() if one.kind == UNREAD]
    assert {(one.line, one.text) for one in unread} == {
        (3, "(some_new_hook(tsk))"),
        (4, "return -EPERM;"),
    }
    assert machine.trusted is False


@pytest.mark.parametrize(
    "body",
    [
        "again:\n if (clone_flags) goto again;\n return 0;",
        "int i;\n if (clone_flags) goto in;\n for (i = 0; i < 2; i++) { in:\n i++; }\n return 0;",
        "{ up:\n clone_flags = 0; }\n if (clone_flags) goto up;\n if (1) goto up;\n return 0;",
    ],
    ids=["endless", "into a loop", "into a block that has ended"],
)
def test_a_goto_that_is_not_followed_is_told(body: str) -> None:
    """Whoever jumps there is lost: nothing may be proved of the rest as if nobody had."""
    machine, _ = machine_for(body, **{"request.flags": VM})
    unread = [one.text for one in machine.statements.values() if one.kind == UNREAD]
    assert unread and all(one.startswith("goto ") for one in unread)
    assert machine.trusted is False


def test_a_goto_leads_back_in_its_block() -> None:
    body = """
        int tries = 0;
    again:
        tries += 1;
        if (tries < 3 && (clone_flags & CLONE_VM))
            goto again;
        return tries;"""
    assert [returned(body, **{"request.flags": flags}) for flags in (VM, FS)] == [3, 1]


_INTO_A_BRANCH = """
        int err = 1;
        if (clone_flags & CLONE_VM)
            goto undo;
        err = 2;
        if (clone_flags & CLONE_FS) {
            err = 3;
    undo:
            err += 10;
        }
        return err;"""


def test_a_goto_leads_into_a_branch() -> None:
    flags = (VM, FS, VM | FS, FILES)
    assert [returned(_INTO_A_BRANCH, **{"request.flags": one}) for one in flags] == [11, 13, 11, 2]


def test_who_jumps_into_a_branch_is_told_from_who_comes_by_its_condition() -> None:
    """On all calls at once, too: what meets after the branch does not mix."""
    text = f"static int copy_files(u64 clone_flags)\n{{{_INTO_A_BRANCH}\n}}\n"
    program = Program(Text({"kernel/fork.c": text}))
    function = program.function("copy_files")
    assert function is not None
    machine = Runner(program, call_of(KERNEL, build(Situation, {"request.entry": 9})))
    told = [open_truth("vm"), open_truth("fs")]
    word = when_word(64, told[0], VM, 0) | when_word(64, told[1], FS, 0)
    found = word_of(machine.run(function, [Value(word, False)]).value)
    for flags, expected in (([1, 0], 11), ([0, 1], 13), ([1, 1], 11), ([0, 0], 2)):
        assert put(found == expected, told, [bool(flag) for flag in flags]) is True


def test_arrays_and_pointers_into_them() -> None:
    body = """
        int ids[4] = {}, sum = 0, i;
        struct upid *upid;
        for (i = 3; i >= 0; i--) {
            if (i == 1)
                continue;
            ids[i] = 1;
        }
        for (i = 0; i < 4; i++)
            sum += ids[i];
        for (upid = tsk->numbers + 2; upid >= tsk->numbers; --upid)
            upid->nr = sum;
        do {
            if (clone_flags & CLONE_VM)
                break;
            sum += 10;
        } while (0);
        return sum + tsk->numbers[1].nr;"""
    assert [returned(body, **{"request.flags": flags}) for flags in (VM, FS)] == [6, 16]


_WALK = """
        struct mount *q = tsk->some_mounts;
        int err = 3, seen = 0;
        while (q) {
            q->some_owner = tsk;
            if (q == tsk->some_root)
                seen = 1;
            q = next_mnt(q, tsk->some_mounts);
            BODY
        }"""


def walk(inside: str, then: str) -> tuple[bool, Any]:
    """Return whether a loop over who knows how many mounts is read, and what its function comes to.

    What is written in its rounds is not known after them.
    """
    machine, done = machine_for(_WALK.replace("BODY", inside) + then)
    return machine.trusted is True, done.value


def test_a_loop_that_touches_nothing_modelled_is_passed_over() -> None:
    assert walk("break;", "return err;") == (True, Value(3, True))
    read, came_to = walk("err = 5;", "return err;")
    assert came_to.unknown
    for inside in ("return -EPERM;", "goto out;", "tsk->flags = 0;", "some_new_hook(q);"):
        assert not walk(inside, "out:\nreturn err;")[0], inside


def test_what_is_freed_as_a_scope_ends_is_given_back() -> None:
    body = """
        struct fs_struct *fs __free(free_fs_struct) = NULL;
        fs = copy_fs_struct(current->fs);
        if (clone_flags & CLONE_VM)
            return -EINVAL;
        LAST"""
    kept = "current->fs = no_free_ptr(fs);\nreturn 0;"
    for last, flags, held in ((kept, 0, True), (kept, VM, False), ("return 0;", 0, False)):
        machine, _ = machine_for(body.replace("LAST", last), **{"request.flags": flags})
        assert machine.state["held:fs"].truth is held
        assert machine.trusted is True


def test_what_is_freed_by_who_knows_whom_is_told() -> None:
    machine, _ = machine_for("struct fs_struct *fs __free(some_free) = tsk->fs;\nreturn 0;")
    assert machine.trusted is False


def test_inactive_arms_are_blank_and_lines_stay() -> None:
    text = "#ifdef CONFIG_KEYS\nint a;\n#else\nint b;\n#endif\n#if 0\nint c;\n#endif\nint d;\n"
    found = prepared(text).text
    assert found.splitlines() == ["", "int a;", "", "", "", "", "", "", "int d;"]
    assert prepared("#ifdef CONFIG_UNHEARD_OF\n#endif\n").assumed_undefined == {
        "CONFIG_UNHEARD_OF": 1
    }


@pytest.mark.parametrize("text", ["#endif\n", "#if 1\nint a;\n", "#else\n"])
def test_tangled_directives_are_one_clear_line(text: str) -> None:
    with pytest.raises(Problem):
        prepared(text)


def test_system_calls_become_functions() -> None:
    text = "SYSCALL_DEFINE2(clone3, struct clone_args __user *, uargs,\n\tsize_t, size)\n{\n}\n"
    found = prepared(text).function("sys_clone3")
    assert found is not None
    function = parse_function(*found, "f.c", "sys_clone3")
    assert [name for _, name in function.parameters] == ["uargs", "size"]


def test_a_function_with_an_error_is_refused_with_its_line() -> None:
    with pytest.raises(Problem, match=r"kernel/fork.c:\d+: copy_files\(\) cannot be parsed"):
        machine_for("if (clone_flags ==) return 0;")


def test_numbers_come_from_the_trees_headers() -> None:
    header = "#define CLONE_VM 0x00000200 /* moved */\nenum { UCOUNT_RLIMIT_NPROC, NEXT = 7, AND };"
    constants = Constants(Text({"include/uapi/linux/sched.h": header}))
    assert (constants["CLONE_VM"], constants["NEXT"], constants["AND"]) == (0x200, 7, 8)
    assert ("CLONE_VM", 0x200, 0x100) in constants.disagreements()
    assert constants["CLONE_FS"] == FS
    assert "CLONE_FS" in constants.borrowed


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\0\1\2", "zero bytes"),
        (b"int main(void) { return 0; }\n", "defines none of"),
        (b"\n" * 10_000_000, "are not read"),
        (b"#if 1\nint copy_process(int a) { return 0; }\n", "no #endif"),
    ],
)
def test_unreadable_files_are_one_clear_line(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "fork.c"
    file.write_bytes(content)
    with pytest.raises(Problem, match=told) as problem:
        tree_at(str(file))
    assert "\n" not in str(problem.value)


def test_unreadable_places_are_one_clear_line(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none", f"{tmp_path}@v1"):
        with pytest.raises(Problem):
            tree_at(str(place))


def test_a_git_tree_is_read_at_its_revision(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", tmp_path, *who, *words], check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "kernel").mkdir()
    for number in ("1", "2"):
        (tmp_path / "kernel/fork.c").write_text(f"int copy_fs(int a) {{ return {number}; }}\n")
        git("add", ".")
        git("commit", "-qm", number)
        git("tag", f"v{number}")
    texts = [tree_at(f"{tmp_path}@v{number}").text("kernel/fork.c") for number in (1, 2)]
    assert [f"return {number}" in (text or "") for number, text in zip((1, 2), texts, strict=True)]
    with pytest.raises(Problem, match="no revision"):
        tree_at(f"{tmp_path}@v3")


def test_a_lone_file_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from source.check import check
    from source.report.document import as_json
    from source.report.sarif import sarif
    from source.report.table import table

    monkeypatch.setenv("CLONEPROOF_SOURCES", str(tmp_path / "none"))
    file = tmp_path / "fork.c"
    file.write_text(
        "static int copy_process(struct pid *pid, int trace, int node,\n"
        "\tstruct kernel_clone_args *args)\n{\n"
        "\tif (args->flags & CLONE_VM)\n\t\treturn ERR_PTR(-EPERM);\n"
        "\treturn unheard_of(args);\n}\n"
    )
    found = check(tree_at(str(file)), REVISIONS["v6.12"])
    assert not found.agrees
    assert "C gives EPERM" in table(found)
    document = json.loads(as_json(found))
    assert document["functions"][0]["verdict"] == "different"
    assert document["not_translated"][0]["line"] == 6
    log = json.loads(sarif(found))
    assert log["version"] == "2.1.0"
    result = log["runs"][0]["results"][0]
    assert {"ruleId", "level", "message", "locations"} <= set(result)
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "kernel/fork.c"
    assert place["region"]["startLine"] == 5


def test_a_run_ends_where_the_function_that_was_asked_for_does() -> None:
    """Not where one does that is run afterwards, to see what was left."""
    machine, _ = machine_for("return 0;\n}\nstatic int later(void)\n{\n\treturn 1;")
    later = machine.program.readable("later", "kernel/fork.c")
    assert later is not None
    machine.run(later, [])
    end = last_turn(machine)
    assert end is not None and end.function == "copy_files"


def test_the_order_of_taking_belongs_to_a_path() -> None:
    """Where one path gives a resource back and takes it anew, it is the later one there alone."""
    machine, _ = machine_for("return 0;")
    anew, early = open_truth("anew"), "order:first before second"

    def renewed() -> None:
        machine.give("first")
        machine.state.pop(early)
        machine.take("first")

    machine.take("first")
    machine.take("second")
    machine.apart(anew, renewed, lambda: None)
    machine.give("first")
    told = as_truth(truth_of(machine.load(early)))
    assert [put(told, [anew], [truth]) for truth in (True, False)] == [False, True]


def test_what_is_taken_where_it_is_held_is_noted_and_stays_where_it_was() -> None:
    machine, _ = machine_for("return 0;")
    more = open_truth("more")
    machine.take("first")
    machine.take("second")
    machine.take("first", more)
    assert machine.state["again:first"].truth is more
    machine.give("first")
    assert machine.state["order:first before second"].truth is True
