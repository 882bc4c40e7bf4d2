"""Counterexamples as small readable files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.calls.documents import from_document, to_document
from checker.calls.kernel_names import kernel_named
from checker.ground.json_text import load as load_json
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
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

    def document(self, call: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return it as JSON writes it; ``call`` is how its facts are written, if that is known."""
        made: dict[str, Any] = {
            "cloneproof": VERSION,
            "property": self.property,
            "kernel": self.kernel.name,
            "smallest": self.minimal,
            "call": call or to_document(self.values),
        }
        if self.kernel.name not in REVISIONS:
            made["patches"] = [p.name for p in PATCHES if self.kernel[p] is True]
        return made


def parse(document: Any) -> Counterexample:
    """Return the counterexample in a JSON document; raise :class:`Problem` if it is none."""
    if not isinstance(document, dict) or document.get("cloneproof") != VERSION:
        raise Problem('this is no counterexample: it lacks "cloneproof": 1')
    for key in ("property", "kernel", "call"):
        if key not in document:
            raise Problem(f"the counterexample lacks {key!r}")
    return Counterexample(
        property=str(document["property"]),
        kernel=kernel_of_document(document),
        values=from_document(document["call"]),
        minimal=bool(document.get("smallest", False)),
    )


def kernel_of_document(document: dict[str, Any]) -> Kernel:
    """Return the kernel of a saved call or trace: a named one, or the patches it lists."""
    if "patches" not in document:
        return kernel_named(str(document["kernel"]))
    names = document["patches"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Problem(f"patches must be a list of names, not {short(names)}")
    unknown = next((name for name in names if name not in BY_NAME), None)
    if unknown is not None:
        raise Problem(f"unknown patch {short(unknown)}{nearest(unknown, list(BY_NAME))}")
    return Kernel.of(str(document["kernel"]), (BY_NAME[name] for name in names))


def load(path: Path) -> Counterexample:
    """Return the counterexample saved in a file; raise :class:`Problem` if that fails."""
    return parse(load_json(path))
