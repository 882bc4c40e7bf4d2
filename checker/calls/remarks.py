"""What an answer says beside the outcome: of a kernel that is not in the list, of facts that
mean nothing on it, of what was filled in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.calls.kernel_names import RUNNING, resolution
from model.kernel import Kernel
from model.patch import Every, Patch, Patches, Without
from model.read_where import FAILS, NO_STEP, STEP_WHERE, means_nothing, where_read
from model.revisions import REVISIONS
from model.state import Fallible

OVERRIDDEN = "current.overridden"
SHADOWED = "current.cred."
"""What the paths of facts begin with that only a call inside override_creds() reads."""


def of_kernel(name: str | None, default: str) -> list[str]:
    """Return what is to be said of the kernel of a line; ``None`` is that of one without."""
    asked = default if name is None else name
    if asked in REVISIONS:
        return []
    found = resolution(asked)
    unnamed = ["no kernel was named: the one that runs here"] if (name, default) == (
        None, RUNNING
    ) else []
    return [*unnamed, *([f"{found.name}: {found.told}"] if found.told else [])]


def of_facts(kernel: Kernel, values: dict[str, Any]) -> list[str]:
    """Return a sentence for each fact that is not as ordinary, and changes nothing here."""
    said = [_nothing(kernel, path, value) for path, value in _silent(kernel, values)]
    shadowed = [path for path in values if path.startswith(SHADOWED) and _differs(path, values)]
    if shadowed and not values.get(OVERRIDDEN):
        said.append(f"{', '.join(shadowed)}: read only where {OVERRIDDEN} is true; "
                    "else current.real_cred is what counts")
    return said


def _silent(kernel: Kernel, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, value in values.items():
        if _differs(path, values) and means_nothing(kernel, path, value):
            yield path, value


def _differs(path: str, values: dict[str, Any]) -> bool:
    return bool(values[path] != leaves_by_path()[path].default)


def _nothing(kernel: Kernel, path: str, value: Any) -> str:
    """Return that a fact means nothing on a kernel, and what would read it."""
    if path == FAILS:
        step = Fallible(value)
        what = f"{path} = {step.name.lower()} means nothing on {kernel.name}"
        rest = _since(kernel, STEP_WHERE[step]) if step not in NO_STEP else "no rule has it"
        return f"{what}: {rest}"
    read = where_read(path)
    assert read is not None
    instead = f"; {read.instead} is what counts" if read.instead else ""
    return f"{path} means nothing on {kernel.name}: {_since(kernel, read.where)}{instead}"


def _since(kernel: Kernel, where: Patches) -> str:
    """Return since when something is read that a kernel does not read, or until when."""
    if isinstance(where, Every):
        return _since(kernel, next(one for one in where.parts if not kernel.stands(one)))
    if isinstance(where, Patch):
        return f"it came with {where} ({_of(where)})"
    if isinstance(where, Without):
        return f"it went with {where.patch} ({_of(where.patch)})"
    return f"read with {where}"


def _of(patch: Patch) -> str:
    if patch.commit == "-":
        return patch.title
    return f"{patch.commit}, {patch.landed}"
