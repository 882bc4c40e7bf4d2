"""The calls of a pack that need no caller set up, in the styles of other test suites."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from textwrap import wrap

from kernels.pack.plain import Plain, plain_calls
from kernels.pack.trials import Trials
from model.kernel import Kernel

NAME = "clone_answers"
_OWN = Path(__file__).resolve().parent / "in_style"
_WIDTH, _LINE = 90, 100
_ORDER = ("nr", "err", "needs_root", "no_caps", "bad_args", "tail", "pidfd_of_itself", "has_pids",
          "flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size",
          "set_tid", "set_tid_size", "cgroup", "size", "pids", "file")
"""The members of struct call in their order, which C++ insists on."""


@dataclass(frozen=True, slots=True)
class Style:
    """A test suite's style: its files, how a call stands in its table, and how comments do."""

    files: dict[str, str]
    entry: Callable[[Plain], str]


def in_style(style: str, kernel: Kernel, found: Trials) -> dict[str, str]:
    """Return the files of a style, by name."""
    calls = plain_calls(kernel, found.tried)
    chosen = STYLES[style]
    table = "\n".join(chosen.entry(one) for one in calls)
    parts = {"about": _about(kernel, len(calls), found), "calls": _read("calls.c"), "table": table,
             "name": NAME}
    return {name: Template(_read(source)).substitute(parts)
            for name, source in chosen.files.items()}


def _read(name: str) -> str:
    return (_OWN / name).read_text(encoding="utf-8")


def _about(kernel: Kernel, count: int, found: Trials) -> str:
    text = (
        f"What {kernel.name} answers to {count} calls of clone, clone3, fork, vfork, unshare and "
        "setns that need no caller set up: each rule that refuses such a call, and each two that "
        f"compete. Written by cloneproof, whose pack has {len(found.tried)} calls, from callers "
        "that it sets up."
    )
    return "\n".join(f" * {line}" for line in wrap(text, _WIDTH - 3))


def _comment(one: Plain, indent: str) -> Iterator[str]:
    """Yield what a call shows as a comment."""
    lines = [line for text in one.shows for line in wrap(text, _WIDTH - 8)]
    if len(lines) == 1:
        yield f"{indent}/* {lines[0]} */"
        return
    yield f"{indent}/*"
    yield from (f"{indent} * {line}" for line in lines)
    yield f"{indent} */"


def _members(one: Plain, indent: str) -> Iterator[str]:
    """Yield the members that are not 0, in lines that are not too long."""
    members = {**one.members, **({"needs_root": "true"} if one.as_root else {})}
    for name in _ORDER:
        if name in members:
            further = f"{indent}\t" if "\t" in indent else f"{indent}    "
            room = _LINE - 7 * further.count("\t")
            yield from wrap(f".{name} = {members[name]},", room, initial_indent=indent,
                            subsequent_indent=further, break_long_words=False)


def _in_kselftest(one: Plain) -> str:
    lines = [*_comment(one, ""), f"FIXTURE_VARIANT_ADD(answer, {one.name})", "{", "\t.call = {"]
    lines += [*_members(one, "\t\t"), "\t},", "};", ""]
    return "\n".join(lines)


def _in_ltp(one: Plain) -> str:
    lines = [*_comment(one, "\t"), "\t{", f'\t\t"{one.name}",', "\t\t{"]
    return "\n".join([*lines, *_members(one, "\t\t\t"), "\t\t},", "\t},"])


def _in_gtest(one: Plain) -> str:
    lines = [*_comment(one, "    "), f'    {{"{one.name}",', "     {"]
    return "\n".join([*lines, *_members(one, "         "), "     }},"])


STYLES = {
    "kselftest": Style({f"{NAME}.c": "kselftest.c", "Makefile": "kselftest.mk"}, _in_kselftest),
    "ltp": Style({f"{NAME}01.c": "ltp.c"}, _in_ltp),
    "gtest": Style({f"{NAME}_test.cc": "gtest.cc"}, _in_gtest),
}
"""Test suites whose style is known."""
