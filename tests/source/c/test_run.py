"""What was read computes what the machine's compiler makes of the same text."""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from source.c.unit import Unit
from tests.source.c.reading import reader
from tests.source.review.plain import Side, World

GCC = shutil.which("gcc")
RUNS = 40

TEXT = Path(__file__).with_name("run.c").read_text()
READER = reader(TEXT)
HELPERS = frozenset({"sum", "up", "twice"})
NAMES = [name for name in READER.extents() if name not in HELPERS]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Return the functions, compiled."""
    if GCC is None:
        pytest.skip("no gcc here")
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "a.c").write_text(TEXT)
    words = ["-shared", "-fPIC", "-O0", "-w", "-fwrapv", "-fsigned-char", "-std=gnu11"]
    subprocess.run([GCC, *words, "-o", "a.so", "a.c"], cwd=folder, check=True)
    return ctypes.CDLL(str(Path(folder) / "a.so"))


def number(drawn: random.Random) -> int:
    """Return a small number, a large one or a large negative one."""
    return drawn.choice([drawn.randint(-9, 9), drawn.getrandbits(63), -drawn.getrandbits(40)])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_computes_the_same(name: str, library: ctypes.CDLL) -> None:
    body = READER.function(name)
    assert body is not None and body.troubles == ()
    compiled: Any = getattr(library, name)
    compiled.argtypes, compiled.restype = [ctypes.c_long, ctypes.c_long], ctypes.c_long
    drawn = random.Random(name)
    for _ in range(RUNS):
        a, b = number(drawn), number(drawn)
        side = Side(World(1), cast(Unit, READER), HELPERS)
        assert side.call(body, [a, b], 0) == compiled(a, b), (a, b)
