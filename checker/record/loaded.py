"""Is what is loaded what the files say?  Python takes a compiled file for current by its second."""

from __future__ import annotations

import marshal
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from checker.record.sources import ROOMS, ROOT

_HEAD = struct.Struct("<4sIII")
"""What a compiled file begins with: its format, flags, and the source's second and size."""

_UNCHECKED = 1
"""The flags of a compiled file that Python takes for current whatever the source says."""


def loaded_otherwise(rooms: tuple[str, ...] = ROOMS) -> Iterator[str]:
    """Yield each file of the rooms that says something else than what was loaded of it.

    A file may be changed after it was compiled, and keep its length and its second (in that very
    second, or set back to it), or be compiled so that Python asks no more.  What was compiled in a
    later second than that of the last change, which nobody can set back, is not compared.
    """
    folders = tuple(f"{ROOT}/{room}/" for room in rooms)
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if not file.startswith(folders):
            continue
        compiled = getattr(getattr(module, "__spec__", None), "cached", None)
        if compiled and os.path.exists(compiled) and _differs(file, compiled):
            yield file


def _differs(file: str, compiled: str) -> bool:
    known = os.stat(file)
    with open(compiled, "rb", buffering=0) as data:
        head = data.read(_HEAD.size)
        _format, flags, second, size = _HEAD.unpack(head.ljust(_HEAD.size, b"\0"))
        current = (flags, second, size) == (0, int(known.st_mtime) & 0xFFFFFFFF, known.st_size)
        if flags != _UNCHECKED and not current:
            return False
        if int(known.st_ctime) < int(os.fstat(data.fileno()).st_mtime):
            return False
        code = marshal.loads(data.readall())
    return bool(code != compile(Path(file).read_bytes(), file, "exec", dont_inherit=True))
