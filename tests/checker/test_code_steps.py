"""Code is read step by step as dis reads it, or else by dis itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType

import pytest

from checker.reads import steps as reading
from checker.reads.parts import OURS, codes
from properties.catalogue import all_statements


def every_code() -> Iterator[CodeType]:
    all_statements()
    for name, module in list(sys.modules.items()):
        for thing in list(vars(module).values()) if name.startswith(OURS) else ():
            if isinstance(thing, FunctionType):
                yield from codes(thing.__code__)


def wide() -> CodeType:
    """Return code with more names than one byte counts, in globals and in attributes."""
    lines = [f"g{n}.a{n}.b{n}(g0.a{n})" for n in range(300)]
    return compile("def many():\n " + "\n ".join(lines), "wide", "exec").co_consts[0]  # type: ignore[no-any-return]


def test_all_code_is_read_as_dis_reads_it() -> None:
    known = [*every_code(), wide()]
    assert len(known) > 3000
    for code in known:
        assert list(reading._read(code)) == list(reading._told(code))
    assert reading._understood()


def test_python_that_writes_names_otherwise_is_read_by_dis(monkeypatch: pytest.MonkeyPatch) -> None:
    shifted = {step: (kind, 1 - halved) for step, (kind, halved) in reading._READ.items()}
    monkeypatch.setattr(reading, "_READ", shifted)
    reading._understood.cache_clear()
    assert list(reading.steps(wide())) == list(reading._told(wide()))
    monkeypatch.undo()
    reading._understood.cache_clear()
