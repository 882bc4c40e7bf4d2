"""Older trees are read by the names that things had then; no tree is needed."""

from __future__ import annotations

import pytest

pytest.importorskip("tree_sitter_c")

from source.contracts.uaccess import _size_of_clone_args
from source.program import Program
from source.statements import Runner
from source.tree import Changed
from tests.source.test_nearest import Nothing

OLD = "long _do_fork(struct kernel_clone_args *args)\n{\n\treturn 0;\n}\n"
NEW = OLD.replace("_do_fork", "kernel_clone")
FIELDS = ["flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls"]
CLONE_ARGS = f"struct clone_args {{\n{''.join(f'__aligned_u64 {one};' for one in FIELDS)}\n}};\n"


def program(**texts: str) -> Program:
    paths = {"fork": "kernel/fork.c", "sched": "include/uapi/linux/sched.h"}
    known = {paths[name]: text for name, text in texts.items()}
    return Program(Changed(Nothing("made"), known))


def test_a_function_is_found_by_the_name_that_it_had() -> None:
    old, new = program(fork=OLD), program(fork=NEW)
    assert old.function("kernel_clone") is not None
    assert (old.name_today("_do_fork"), new.name_today("_do_fork")) == ("kernel_clone", "_do_fork")


def test_the_size_of_clone_args_is_that_of_its_fields() -> None:
    class Machine:
        program = program(fork=NEW, sched=CLONE_ARGS)

    assert _size_of_clone_args(Machine()) == 64  # type: ignore[arg-type]


def test_limits_behind_the_counters_of_ucounts_are_the_limits() -> None:
    from source.expressions import _element

    class Machine:
        def __init__(self, first: int) -> None:
            self.program = type("P", (), {"constants": {"UCOUNT_RLIMIT_NPROC": first}})

    assert _element(Machine(8), "ucount_max", 9) == "rlimit_max[1]"  # type: ignore[arg-type]
    assert _element(Machine(8), "ucount_max", 7) == "ucount_max[7]"  # type: ignore[arg-type]
    assert _element(Machine(0), "ucount", 9) == "ucount[9]"  # type: ignore[arg-type]


def test_a_runner_knows_its_flags_parameter_where_pointers_were_merged() -> None:
    """A number that came by way of a place is narrowed as any: 32 bits of an unsigned long."""
    from checker.calls.kernel_names import revision_named
    from model.call import Situation
    from model.predict import call_of
    from model.records import build
    from source.values import Value

    start = build(Situation, {"system.long_is_32_bit": True})
    runner = Runner(program(fork=NEW), call_of(revision_named("v5.15").kernel, start))
    value = runner._narrowed("unsigned long", Value(1 << 32, False, "given->flags"))
    assert value.word == 0
