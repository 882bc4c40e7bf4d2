"""Small texts of C, read without a kernel."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

pytest.importorskip("clang.cindex")

from source.c.given import Given
from source.c.ir import Expression, FunctionBody, Return
from source.c.reader import Reader, read

_FOLDER = TemporaryDirectory(prefix="cloneproof-test-")
ARGUMENTS = ["-nostdinc", "-std=gnu11", "-m64", "-w", "-fms-extensions"]


def reader(text: str) -> Reader:
    """Return a text, parsed."""
    return read(Given(Path(_FOLDER.name).resolve(), "a.c", ARGUMENTS, {"a.c": text}))


def function(text: str, name: str = "f") -> FunctionBody:
    """Return a function of a text."""
    found = reader(text).function(name)
    assert found is not None
    return found


def value(expression: str, before: str = "", parameters: str = "int a, int b") -> Expression:
    """Return an expression as it is read where a function returns it."""
    body = function(f"{before}\nlong f({parameters}) {{ return {expression}; }}")
    assert body.troubles == ()
    last = body.body.body[-1]
    assert isinstance(last, Return) and last.value is not None
    return last.value
