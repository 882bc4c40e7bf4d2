"""The trees that are measured: this one, and a release beside it."""

from __future__ import annotations

import compileall
import contextlib
import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from checker.ground.problems import Problem

ROOT = Path(__file__).resolve().parent.parent
RELEASED = "04e0fb4"
"""The commit of the last release."""


@dataclass(frozen=True)
class Tree:
    """A checkout of this project, and what it is called in tables."""

    name: str
    root: Path

    @cached_property
    def command(self) -> tuple[str, ...]:
        """Return how its command is started, whatever is installed."""
        scripts = tomllib.loads((self.root / "pyproject.toml").read_text())["project"]["scripts"]
        module, _, function = scripts["cloneproof"].partition(":")
        start = f"import sys; sys.argv[0] = 'cloneproof'; from {module} import {function} as main"
        return (sys.executable, "-c", f"{start}; sys.exit(main())")

    @property
    def has_one_verify(self) -> bool:
        """Return whether ``verify`` decides histories, too; before, ``system`` did."""
        return (self.root / "command").is_dir()


HERE = Tree("here", ROOT)


class LeftOut(Problem):
    """Something cannot be measured; the text says why, in one line."""


@contextlib.contextmanager
def released(commit: str) -> Iterator[Tree]:
    """Check a commit out into a folder of its own; raise :class:`LeftOut` if it is not at hand."""
    name = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    packed = _git("archive", "--format=tar", name.decode().strip())
    with tempfile.TemporaryDirectory(prefix="cloneproof-bench-") as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(folder, filter="data")
        compileall.compile_dir(folder, quiet=2)  # this tree's are there, too
        yield Tree(commit, Path(folder))


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=True)
    except FileNotFoundError:
        raise LeftOut("git is not installed") from None
    except subprocess.CalledProcessError as failed:
        said = " ".join(failed.stderr.decode(errors="replace").split())
        raise LeftOut(said or "no such commit here (a shallow clone has only the last)") from None
    return done.stdout
