"""What C means by types, scopes, writes and macros: none of it is passed over."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("tree_sitter_c")

from model.words import FS, VM
from source.interpreter import UNREAD
from source.program import Program
from source.questions import PARTLY, UNREADABLE
from source.values import as_signed, word_of
from source.widths import shape_of
from tests.source.test_reader import KERNEL, Text, machine_for, returned


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("u8 low = clone_flags; return low;", 0x11),
        ("int low = clone_flags; return low == -1 ? 1 : 2;", 2),
        ("short low = 0x18000; return low;", -0x8000),
        ("return (u8)(clone_flags) & 0xf;", 1),
        ("return (int)0xffffffff;", -1),
        ("unsigned int all = -1; return all == 0xffffffff;", 1),
        ("bool some = 2; return some;", 1),
    ],
)
def test_a_type_holds_what_fits_in_it(body: str, told: int) -> None:
    assert returned(body, **{"request.flags": 0x311}) == told


def test_an_unknown_type_of_a_cast_is_said() -> None:
    machine, _ = machine_for("if ((kernfs_t)clone_flags) return -EPERM; return 0;")
    assert any("kernfs_t" in one.why for one in machine.statements.values())
    assert machine.trusted is False


def test_shapes() -> None:
    assert shape_of("unsigned long long") == (64, False)
    assert shape_of("const short int") == (16, True)
    assert shape_of("struct pid") is None


def test_an_inner_declaration_hides_the_outer_one() -> None:
    body = """
        int err = 1;
        { int err = 7; err = 8; }
        if (clone_flags & CLONE_VM) { long err; err = 9; }
        return err;"""
    assert returned(body, **{"request.flags": VM}) == 1


def test_every_write_counts() -> None:
    for write in (
        "WRITE_ONCE(tsk->exit_signal, 3);",
        "memset(&tsk->exit_signal, 0, sizeof(int)); tsk->exit_signal += 3;",
        "{ int *place = &tsk->exit_signal; *place = 3; }",
    ):
        assert returned(f"{write} return tsk->exit_signal;") == 3, write


def test_what_is_copied_over_in_part_has_no_value() -> None:
    machine, _ = machine_for("memcpy(&tsk->exit_signal, &tsk->flags, 2); return 0;")
    assert [one.kind for one in machine.statements.values()].count(UNREAD) == 1


def test_a_structure_written_through_a_pointer_is_not_passed_over() -> None:
    machine, _ = machine_for("*tsk = *current; return 0;")
    assert any(one.kind == UNREAD for one in machine.statements.values())


def in_file(before: str, body: str) -> tuple[int, bool]:
    """Return what a body returns below some text of its file, and whether all was read."""
    from model.call import Situation
    from model.predict import call_of
    from model.records import build
    from source.statements import Runner
    from source.values import Value

    head = "static int copy_files(u64 clone_flags, struct task_struct *tsk)"
    program = Program(Text({"kernel/fork.c": f"{before}\n{head}\n{{\n{body}\n}}\n"}))
    call = call_of(KERNEL, build(Situation, {"request.entry": 9, "request.flags": FS}))
    machine = Runner(program, call)
    function = program.function("copy_files")
    assert function is not None
    task = Value(program.handle("p"), False, "p")
    done = machine.run(function, [machine.load("args->flags"), task])
    word: Any = as_signed(word_of(done.value))
    return word, machine.trusted is True


def test_a_macro_of_the_file_wins_over_the_headers() -> None:
    body = "return (clone_flags & CLONE_FS) ? 5 : 6;"
    assert in_file("", body) == (5, True)
    assert in_file("#undef CLONE_FS\n#define CLONE_FS 0x100", body) == (6, True)
    assert in_file("#define capable(x) 1", "if (!capable(1)) return -EPERM; return 0;")[1] is False


def test_a_helper_of_the_same_file_is_read() -> None:
    helper = "static int checked(u64 flags)\n{\n\tif (flags & CLONE_FS)\n\t\treturn -EPERM;\n"
    helper += "\treturn 0;\n}\n"
    assert in_file(helper, "return checked(clone_flags);") == (-1, True)
    broken = helper.replace("return 0;", "return 0 +;")
    assert in_file(broken, "if (checked(clone_flags)) return -EINVAL; return 0;")[1] is False


def test_one_unreadable_function_does_not_end_the_report() -> None:
    from source.compare import Comparer
    from source.readings.every import BY_NAME

    text = "static int copy_fs(u64 clone_flags, struct task_struct *tsk)\n{\n\treturn 0 +;\n}\n"
    other = "static int copy_mm(u64 clone_flags, struct task_struct *tsk)\n{\n\tnew_hook();\n"
    other += "\tif (clone_flags & CLONE_FS)\n\t\treturn -EPERM;\n\treturn 0;\n}\n"
    comparer = Comparer(Program(Text({"kernel/fork.c": text + other})), KERNEL)
    unreadable = comparer.compare(BY_NAME["copy_fs"])
    assert unreadable.verdict == UNREADABLE
    assert "kernel/fork.c:3" in unreadable.reason
    hidden = comparer.compare(BY_NAME["copy_mm"])
    assert hidden.verdict == PARTLY
    assert hidden.hidden is not None
    assert hidden.exits == ()
    assert hidden.passed == ("kernel/fork.c:9", "kernel/fork.c:10")


def test_a_choice_without_its_middle_is_its_condition() -> None:
    assert returned("return (clone_flags & 0xff) ?: 7;", **{"request.flags": 0x105}) == 5
    assert returned("return (clone_flags & 0xff) ?: 7;", **{"request.flags": 0x100}) == 7
