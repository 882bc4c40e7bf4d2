"""Generated cases kept beside the fetched kernels: they change only with the model."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from checker.ground.store import appears_whole, store
from kernels.cases.generate.all_cases import Generated, generate
from kernels.cases.lines import case_of, line_of
from kernels.machines.surroundings import Surroundings
from model.revisions import Revision

_ROOT = Path(__file__).resolve().parents[3]
_MAKERS = ("model", "kernels/cases", "kernels/machines/surroundings.py")
"""What decides which cases there are: folders and files, from the root of the repository."""


def _fingerprint(revision: Revision, machine: Surroundings) -> str:
    digest = hashlib.sha256(repr((revision.name, machine)).encode())
    for source in _sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> list[Path]:
    """Return the files that decide which cases there are."""
    makers = [_ROOT / name for name in _MAKERS]
    found = [[one] if one.is_file() else sorted(one.rglob("*.py")) for one in makers]
    return [source for group in found for source in group]


def cases_for(revision: Revision, machine: Surroundings) -> Generated:
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
