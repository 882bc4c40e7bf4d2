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
    kept = folder / "cases.json"
    if kept.exists():
        return _read(kept)
    for stale in store().glob(f"cases-{revision.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    found = generate(revision, machine)
    with appears_whole(folder) as scratch:
        (scratch / "cases.json").write_text(_written(found))
    return found


def _written(found: Generated) -> str:
    return json.dumps(
        {
            "cases": [[line_of(case), source] for case, source in found.cases.items()],
            "reachable": found.reachable,
            "never": found.never,
            "left_out": found.left_out,
        }
    )


def _read(kept: Path) -> Generated:
    document = json.loads(kept.read_text())
    return Generated(
        cases={case_of(line): source for line, source in document["cases"]},
        reachable=[(entry, row) for entry, row in document["reachable"]],
        never=[(entry, row, reason) for entry, row, reason in document["never"]],
        left_out=document["left_out"],
    )
