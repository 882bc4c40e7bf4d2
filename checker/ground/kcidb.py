"""The frame of a record for KCIDB 5.3, the common database of kernel tests: whose, of what."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

ORIGIN = "cloneproof"
"""Who submits; another system puts its own name before its ids."""

VERSION = {"major": 5, "minor": 3}


def identity(*parts: str) -> str:
    """Return the id of what is named by its parts."""
    return f"{ORIGIN}:{'/'.join(parts)}"


def record(kernels: Iterable[str], how: str, tests: list[dict[str, Any]]) -> str:
    """Return a record as ``kcidb-io`` takes it: a checkout and one build (``how``) a kernel."""
    made = list(kernels)
    document = {
        "version": VERSION,
        "checkouts": [_checkout(name) for name in made],
        "builds": [_build(name, how) for name in made],
        "tests": tests,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def test(kernel: str, how: str, name: str, status: str, **more: Any) -> dict[str, Any]:
    """Return one test of a kernel: ``PASS``, ``FAIL``, ``ERROR`` or ``SKIP``."""
    return {
        "id": identity(kernel, name),
        "origin": ORIGIN,
        "build_id": identity(kernel, how),
        "path": f"{ORIGIN}.{name}",
        "status": status,
        **more,
    }


def _checkout(kernel: str) -> dict[str, Any]:
    return {"id": identity(kernel), "origin": ORIGIN, "git_commit_name": kernel, "valid": True}


def _build(kernel: str, how: str) -> dict[str, Any]:
    return {"id": identity(kernel, how), "origin": ORIGIN, "checkout_id": identity(kernel)}
