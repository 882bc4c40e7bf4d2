"""Text that is made to hurt ends in one clear line, or is read, within seconds."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.ground.problems import Problem
from source.constants import Constants
from source.number import value_of
from source.program import Program
from source.syntax import parse_function
from source.text import prepared
from source.tree import Changed, Folder
from source.watched import unvouched

SECONDS = 10
MANY = 100_000


def within_bounds(read: Callable[[], object]) -> None:
    """Reading ends within seconds, well or with a Problem."""
    begun = time.monotonic()
    try:
        read()
    except Problem as problem:
        assert len(str(problem)) < 1_000
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        '"\\' * MANY,
        "/* * " * MANY,
        "'\\" * MANY,
        "{" * MANY,
        "(" * MANY,
        "copy_process(" * MANY,
        "copy_process(){" * MANY,
        "copy_process" + " " * MANY,
        "#if A\n" * MANY,
        "#if defined(A) (B)\n#endif\n",
        "#if defined(A) && " + "defined(A) && " * MANY + "1\n#endif\n",
        "#if " + "(" * MANY + "\n#endif\n",
        "#if A \\\n" + "\\\n" * MANY + "\n#endif\n",
        "#define A \\\n" * MANY,
        "enum" + " " * MANY,
        "BUILD_BUG_ON(" * MANY,
        "SYSCALL_DEFINE2(a, " * MANY,
        "int copy_process(void)\n" * MANY,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_text_is_prepared_in_bounded_time(text: str) -> None:
    within_bounds(lambda: prepared(text).function("copy_process"))


@pytest.mark.parametrize(
    "text",
    [
        "f(){}" * MANY,
        "struct s {" * MANY,
        "struct s {int a;};" * MANY,
        f"struct s {{{'a ' * MANY}}}",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_declared_is_found_in_bounded_time(text: str) -> None:
    made = prepared(text)
    within_bounds(lambda: (made.bodies, made.structs))


def test_a_function_of_very_many_statements_is_told_so() -> None:
    body = "a = 1;" * 30_000
    text = f"static int copy_fs(u64 clone_flags, struct task_struct *tsk) {{{body}}}"
    program = Program(Changed(Folder(Path("none")), {"kernel/fork.c": text}))
    function = program.function("copy_fs")
    assert function is not None
    within_bounds(lambda: unvouched(program, function, "v6.12"))
    assert "30,0" in unvouched(program, function, "v6.12")[0].told


@pytest.mark.parametrize(
    "body",
    [
        "return " + "(" * MANY + "1" + ")" * MANY + ";",
        "return " + "1 + " * 40_000 + "1;",
        "{" * 5_000 + "}" * 5_000,
        "if (a) " * 5_000 + ";",
        "return 0;" * MANY,
    ],
    ids=lambda text: text[:12],
)
def test_a_function_is_parsed_in_bounded_time(body: str) -> None:
    text = f"int copy_process(void)\n{{ {body} }}"
    within_bounds(lambda: parse_function(text, 1, "kernel/fork.c", "copy_process"))


@pytest.mark.parametrize(
    "header",
    [
        "#define PF_KTHREAD 9**9**9",
        "#define PF_KTHREAD 1<<9999999999",
        "#define PF_KTHREAD 1>>-1",
        "#define PF_KTHREAD 08",
        f"#define PF_KTHREAD {'9' * 5_000}",
        f"#define PF_KTHREAD {'(' * MANY}1",
        f"#define PF_KTHREAD {'~' * 1_900}1",
        "\n".join(f"#define A{n} A{n + 1}" for n in range(MANY)) + "\n#define PF_KTHREAD A0",
        "#define PF_KTHREAD PF_KTHREAD + PF_KTHREAD",
        "\n".join(f"#define A{n} A{n + 1}*A{n + 1}" for n in range(100)) + "\n#define PF_KTHREAD A0"
        "\n#define A100 0xffffffff",
        "enum {" + ",".join(f"A{n}" for n in range(MANY)) + ", PF_KTHREAD }",
    ],
    ids=lambda text: text[:40],
)
def test_a_macro_costs_no_more_than_its_text(tmp_path: Path, header: str) -> None:
    tree = Changed(Folder(tmp_path), {"include/linux/sched.h": header})
    within_bounds(lambda: Constants(tree)["PF_KTHREAD"])


def test_calls_that_multiply_are_not_followed_for_ever(tmp_path: Path) -> None:
    """Each function calls the next ten times: 10**6 statements within a few lines."""
    from model.call import Situation
    from model.predict import call_of
    from model.revisions import REVISIONS
    from source.statements import Runner

    names = ["kernel_clone", "copy_process", "copy_files", "copy_fs", "copy_mm", "unshare_fs"]
    functions = [
        f"static int {name}(int a)\n{{ {f'{after}(a); ' * 10} return 0; }}\n"
        for name, after in zip(names, [*names[1:], "unshare_fd"], strict=True)
    ]
    last = "static int unshare_fd(int a)\n{ a = 1; return 0; }\n"
    tree = Changed(Folder(tmp_path), {"kernel/fork.c": "".join([*functions, last])})
    program = Program(tree)
    first = program.function("kernel_clone")
    assert first is not None
    machine = Runner(program, call_of(REVISIONS["v6.12"].kernel, Situation()))
    with pytest.raises(Problem, match="statements"):
        machine.run(first, [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 << 4 | 2", 18),
        ("~0 & 0xffUL", 255),
        ("(1 + 2) * 3 - 4", 5),
        ("1 ? 2 : 3", 2),
        ("!1 || 2 > 1 && 3 != 3", 0),
        ("010", 8),
        ("08", None),
        ("1 2", None),
        ("", None),
        ("(1", None),
        ("1 << 128", None),
    ],
)
def test_a_constant_expression_has_the_value_that_c_gives_it(text: str, value: int | None) -> None:
    assert value_of(text) == value
