"""Generated cases kept beside the fetched kernels: they change only with the model."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from checker.store import appears_whole, store
from kernels.generate import Generated, generate
from kernels.lines import case_of, line_of
from kernels.machine import Machine
from model.revisions import Revision

_HERE = Path(__file__).parent
_ROOT = _HERE.parent
_MAKERS = (
    *("case.py", "lines.py", "knobs.py", "possible.py", "prepared.py", "prepared_target.py"),
    *("machine.py", "outcomes.py", "coverage.py"),
    *("generate.py", "generate_rows.py", "generate_effects.py", "generate_grid.py"),
    *("generate_random.py", "nondeterminism.py"),
)


def _fingerprint(revision: Revision, machine: Machine) -> str:
    digest = hashlib.sha256(repr((revision.name, machine)).encode())
    for source in (*sorted((_ROOT / "model").rglob("*.py")), *map(_HERE.joinpath, _MAKERS)):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def cases_for(revision: Revision, machine: Machine) -> Generated:
    """Return the cases for a kernel, generated now unless nothing has changed since."""
    folder = store() / f"cases-{revision.name}-{_fingerprint(revision, machine)}"
    kept = _kept(folder / "cases.json")
    if kept is not None:
        return kept
    for stale in store().glob(f"cases-{revision.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    found = generate(revision, machine)
    with appears_whole(folder) as scratch:
        (scratch / "cases.json").write_text(_written(found))
    return found


def _written(found: Generated) -> str:
    """Return a line with the digest of the rest, and the cases: what is damaged is not used."""
    text = json.dumps(
        {
            "cases": [[line_of(case), source] for case, source in found.cases.items()],
            "reachable": found.reachable,
            "never": found.never,
            "left_out": found.left_out,
        }
    )
    return f"{_digest(text)}\n{text}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _kept(path: Path) -> Generated | None:
    """Return what was kept; nothing if it is not there, or not what was written."""
    try:
        digest, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if digest != _digest(text):
        return None
    document = json.loads(text)
    return Generated(
        cases={case_of(line): source for line, source in document["cases"]},
        reachable=[(entry, row) for entry, row in document["reachable"]],
        never=[(entry, row, reason) for entry, row, reason in document["never"]],
        left_out=document["left_out"],
    )
