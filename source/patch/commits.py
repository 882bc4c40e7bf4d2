"""Commits of a git repository as patches between two of its trees."""

from __future__ import annotations

import subprocess
from pathlib import Path

from checker.ground.problems import Problem
from source.patch.apply import Applied
from source.patch.change import FileChange, Patch
from source.patch.diff import changes
from source.patch.mail import LARGEST
from source.patch.overlay import Patched
from source.text import decoded
from source.tree import Changed, GitTree

MOST_COMMITS = 200
"""Commits of one range that are looked at one by one."""

FAR_TOLD = "drivers but those in v*, sound, Documentation, tools, other architectures"
FAR = (
    ".",
    ":(exclude,glob)drivers/[!v]*/**",
    ":(exclude,glob)arch/[!x]*/**",
    *(f":(exclude){folder}" for folder in ("sound", "Documentation", "tools", "samples")),
)
"""What is looked at of a range whose diff is too large: task creation names nothing elsewhere."""


def is_range(word: str) -> bool:
    """Return whether a word of a command line is ``BASE..HEAD`` and no path."""
    base, dots, head = word.partition("..")
    return bool(dots and (base or head)) and "/.." not in f"/{word}" and not Path(word).exists()


class Range:
    """What ``BASE..HEAD`` means in a repository: the commits of HEAD that BASE does not have."""

    def __init__(self, repository: Path, word: str) -> None:
        base, _, head = word.partition("..")
        self.repository, self.word = repository, word
        self.head = self._commit(head.removeprefix(".") or "HEAD")
        self.base = self._git("merge-base", self._commit(base or "HEAD"), self.head).strip()

    @property
    def commits(self) -> list[str]:
        """Return the commits, oldest first, without merges; refuses more than MOST_COMMITS."""
        range_ = f"{self.base}..{self.head}"
        found = self._git("rev-list", "--reverse", "--no-merges", range_).split()
        if len(found) > MOST_COMMITS:
            said = f"{self.word} has {len(found):,} commits: at most {MOST_COMMITS} are read one by"
            raise Problem(f"{said} one; --series reads them as one change")
        return found

    def whole(self) -> Patched:
        """Return all that the range changes, as one patch."""
        return self._between(self.base, self.head, Patch(self.word, (), message=self.head))

    def single(self, commit: str) -> Patched:
        """Return what one commit changes."""
        subject = self._git("show", "--no-patch", "--format=%s", commit).strip()
        return self._between(f"{commit}^", commit, Patch(subject, (), message=commit))

    def _between(self, base: str, head: str, patch: Patch) -> Patched:
        raw, told = self._diff(base, head), ""
        if len(raw) > LARGEST:
            raw, told = self._diff(base, head, *FAR), f"left out, as the diff is large: {FAR_TOLD}"
        if len(raw) > LARGEST:
            said = f"{self.word} changes {len(raw):,} bytes of diff: at most {LARGEST:,} are read"
            raise Problem(said)
        files = changes(decoded(raw))
        before, after = GitTree(self.repository, base), GitTree(self.repository, head)
        done = tuple(_applied(change, before, after) for change in files)
        texts: dict[str, str | None] = {}
        for one in done:
            if not one.change.unread:
                texts |= {path: None for path in [one.change.old] if path is not None}
                texts |= {path: one.after for path in [one.change.new] if path is not None}
        made = Patch(patch.subject, files, message=patch.message)
        changed = Changed(before, texts, after.name)
        return Patched(
            made, before, changed, done, told=(told,) if told else (), whole=not told
        )

    def _diff(self, base: str, head: str, *pathspecs: str) -> bytes:
        how = ("diff", "--no-color", "--no-ext-diff", "--full-index", "-M", "-p")
        return self._run(*how, "--src-prefix=a/", "--dst-prefix=b/", base, head, "--", *pathspecs)

    def _commit(self, name: str) -> str:
        found = self._run("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}", check=False)
        if not found.strip() or name.startswith("-"):
            raise Problem(f"{self.repository} has no commit {name[:100]!r} (or is no repository)")
        return found.decode().strip()

    def _git(self, *words: str) -> str:
        return decoded(self._run(*words))

    def _run(self, *words: str, check: bool = True) -> bytes:
        command = ["git", "-C", str(self.repository), *words]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            raise Problem("git is not installed") from None
        if check and done.returncode != 0:
            said = decoded(done.stderr).strip().split("\n")[0][:200]
            raise Problem(f"git {words[0]} failed in {self.repository}: {said}")
        return done.stdout


def _applied(change: FileChange, before: GitTree, after: GitTree) -> Applied:
    """Return a file of two trees, with the lines that git's diff says went and came."""
    if change.unread:
        return Applied(change, None, None)
    return Applied(
        change,
        before.text(change.old) if change.old is not None else None,
        after.text(change.new) if change.new is not None else None,
        tuple(line for hunk in change.hunks for line in hunk.removed),
        tuple(line for hunk in change.hunks for line in hunk.added),
    )
