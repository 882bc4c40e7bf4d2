"""Counterexamples as small readable files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.documents import from_document, to_document
from checker.problems import Problem, nearest
from model.kernel import Kernel
from model.patches import BY_NAME, PATCHES
from model.revisions import REVISIONS

VERSION = 1


@dataclass(frozen=True)
class Counterexample:
    """A call that breaks a property: the kernel, and the facts that are not default."""

    property: str
    kernel: Kernel
    values: dict[str, Any]
    minimal: bool

    def document(self) -> dict[str, Any]:
        """Return it as JSON writes it."""
        made: dict[str, Any] = {
            "cloneproof": VERSION,
            "property": self.property,
            "kernel": self.kernel.name,
            "smallest": self.minimal,
            "call": to_document(self.values),
        }
        if self.kernel.name not in REVISIONS:
            made["patches"] = [p.name for p in PATCHES if self.kernel[p] is True]
        return made


def kernel_named(name: str) -> Kernel:
    """Return a kernel by its name; raise :class:`Problem` for an unknown one."""
    if name in REVISIONS:
        return REVISIONS[name].kernel
    hint = nearest(name, list(REVISIONS)) or "; `cloneproof revisions` lists them"
    raise Problem(f"unknown kernel {name!r}{hint}")


def parse(document: Any) -> Counterexample:
    """Return the counterexample in a JSON document; raise :class:`Problem` if it is none."""
    if not isinstance(document, dict) or document.get("cloneproof") != VERSION:
        raise Problem('this is no counterexample: it lacks "cloneproof": 1')
    for key in ("property", "kernel", "call"):
        if key not in document:
            raise Problem(f"the counterexample lacks {key!r}")
    return Counterexample(
        property=str(document["property"]),
        kernel=_kernel(document),
        values=from_document(document["call"]),
        minimal=bool(document.get("smallest", False)),
    )


def _kernel(document: dict[str, Any]) -> Kernel:
    if "patches" not in document:
        return kernel_named(str(document["kernel"]))
    unknown = [name for name in document["patches"] if name not in BY_NAME]
    if unknown:
        raise Problem(f"unknown patch {unknown[0]!r}{nearest(str(unknown[0]), list(BY_NAME))}")
    return Kernel.of(str(document["kernel"]), (BY_NAME[name] for name in document["patches"]))


def load(path: Path) -> Counterexample:
    """Return the counterexample saved in a file; raise :class:`Problem` if that fails."""
    try:
        return parse(json.loads(path.read_text()))
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is not JSON: {error}") from None
