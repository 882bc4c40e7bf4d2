"""Build small kernels to boot under QEMU, whole or without options, from Debian's sources.

A kernel is named by a line of Debian's and what is left out: ``6.12-CONFIG_USER_NS-CONFIG_KEYS``.
Kconfig starts from nothing but ``tiny.config``; what it answers is held against what was asked.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checker.ground.json_text import short
from checker.ground.problems import UNANSWERED, Problem
from checker.ground.store import store
from kernels.machines.fetch import StoredKernel, fetch_tree, stored, unpack

PREFIX = "built-"
"""How the kernels that are built here are called: ``built-6.12-CONFIG_USER_NS``."""

LOCAL = "+deb-built-amd64"
"""What such a kernel's ``uname -r`` ends with if its source is Debian's."""

FALLS = {
    "CONFIG_NAMESPACES": (
        *("CONFIG_UTS_NS", "CONFIG_TIME_NS", "CONFIG_IPC_NS", "CONFIG_USER_NS", "CONFIG_PID_NS"),
        "CONFIG_NET_NS",
    ),
    "CONFIG_CGROUPS": ("CONFIG_CGROUP_PIDS", "CONFIG_CGROUP_FREEZER", "CONFIG_MEMCG"),
    "CONFIG_NET": ("CONFIG_NET_NS", "CONFIG_UNIX"),
}
"""What cannot be without an option (Kconfig's ``depends on``), of what is asked for."""

_NAME = re.compile(r"(\d+\.\d+)((?:-CONFIG_\w+)*)")
_SET = re.compile(r"^(CONFIG_\w+)=y$", re.MULTILINE)
_WHOLE = Path(__file__).with_name("tiny.config")


class NotBuilt(Problem):
    """A kernel cannot be built; the message is one line."""


class NotHere(NotBuilt):
    """None can be built here: something is not installed."""

    code = UNANSWERED


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kernel to build: a line of Debian's kernels, and the options that are left out."""

    line: str
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what it is called where kernels run."""
        return PREFIX + "-".join([self.line, *self.left_out])


def wanted(name: str) -> Wanted:
    """Return the kernel of a name; raise :class:`NotBuilt` for one that is none."""
    found = _NAME.fullmatch(name.removeprefix(PREFIX))
    if not found:
        raise NotBuilt(f"{short(name)} is no kernel to build: 6.12, or 6.12-CONFIG_USER_NS")
    options = tuple(found[2].split("-")[1:])
    for option in options:
        if option not in options_asked():
            raise NotBuilt(f"{short(option)} is not in {_WHOLE.name}: it is left out anyway")
    return Wanted(found[1], options)


def options_asked() -> list[str]:
    """Return all options that a whole kernel is built with."""
    return _SET.findall(_WHOLE.read_text())


def with_what_falls(left_out: tuple[str, ...]) -> set[str]:
    """Return the options that are left out, and those that cannot be without them."""
    return {*left_out, *(one for option in left_out for one in FALLS.get(option, ()))}


def configuration(left_out: tuple[str, ...], local: str) -> str:
    """Return what Kconfig is asked for."""
    text = _WHOLE.read_text() + f'CONFIG_LOCALVERSION="{local}"\n'
    for option in sorted(with_what_falls(left_out)):
        text = text.replace(f"{option}=y\n", f"# {option} is not set\n")
    return text


def otherwise(left_out: tuple[str, ...], answered: str) -> list[str]:
    """Return the options that Kconfig answered otherwise than it was asked."""
    out, built = with_what_falls(left_out), set(_SET.findall(answered))
    return [one for one in options_asked() if (one in built) is (one in out)]


TOOLS = ("make", "gcc", "ld", "flex", "bison", "bc", "nice", "tar", "xz")


def lacking() -> list[str]:
    """Return what a kernel's Makefile calls and is not installed here."""
    tools = [tool for tool in TOOLS if not shutil.which(tool)]
    return tools or ([] if _compiles("#include <libelf.h>") else ["libelf-dev"])


def _compiles(text: str) -> bool:
    done = subprocess.run(
        ["gcc", "-E", "-"], input=text, text=True, capture_output=True, check=False
    )
    return done.returncode == 0


def build(name: str, tree: Path | None = None, jobs: int = 0) -> tuple[StoredKernel, float]:
    """Return a kernel, built now unless it is here, and the seconds that took.

    ``tree`` is a source of one's own, in place of Debian's.  Raises :class:`NotBuilt`.
    """
    begun = time.monotonic()
    asked = wanted(name)
    if lacking():
        raise NotHere(f"{asked.name}: skipped, not built: install {', '.join(lacking())}")
    source, version = (tree, str(tree)) if tree else fetch_tree(asked.line)
    text = configuration(asked.left_out, "" if tree else LOCAL)
    package = f"{version} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    here = None if tree else stored(asked.name)
    if here is None or here.package != package:
        with _alone(asked.line) as folder:
            image = _made(source, folder, asked, text, jobs or os.cpu_count() or 1)
            release = (folder / "include/config/kernel.release").read_text().strip()
            here = unpack(image, None, asked.name, package, release)
    return here, round(time.monotonic() - begun, 1)


@contextmanager
def _alone(line: str) -> Iterator[Path]:
    """Hold the folder in which kernels of a line are built: what one leaves the next builds on.

    Of a build that was ended in its midst nothing is used: files of it may be cut short.
    """
    folder = store() / f"building-{line}"
    with (store() / f"{folder.name}.held").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NotBuilt(f"somebody else builds a kernel of {line} now") from None
        mark = folder / "under-way"
        if mark.exists():
            shutil.rmtree(folder)
        folder.mkdir(exist_ok=True)
        mark.touch()
        try:
            yield folder
        except NotBuilt:  # make takes back what it could not finish
            mark.unlink()
            raise
        mark.unlink()


def _made(source: Path, folder: Path, asked: Wanted, text: str, jobs: int) -> Path:
    """Return the image that make builds in a folder."""
    (folder / "asked").write_text(text)
    make = ["make", "-s", "-C", str(source), f"O={folder}", "ARCH=x86_64"]
    _run([*make, f"KCONFIG_ALLCONFIG={folder / 'asked'}", "allnoconfig"])
    wrong = otherwise(asked.left_out, (folder / ".config").read_text())
    if wrong:
        raise NotBuilt(f"{asked.name}: Kconfig answers otherwise for {', '.join(wrong)}")
    _run(["nice", "-n", "10", *make, f"-j{jobs}", "bzImage"])
    return folder / "arch/x86/boot/bzImage"


_OURS = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
"""What a make that runs us would tell the kernel's."""


def _run(command: list[str]) -> None:
    env = {name: value for name, value in os.environ.items() if name not in _OURS}
    try:
        code, said = _ended(command, env)
    except FileNotFoundError as missing:
        raise NotBuilt(f"{missing.filename} is not installed") from missing
    if code:
        raise NotBuilt(f"make {command[-1]}: {_complaint(said.splitlines())}")


def _complaint(lines: list[str]) -> str:
    """Return what a compiler or linker complains of; else what comes before make gives up."""
    said = [line.strip() for line in lines if line.strip()]
    before = list(itertools.takewhile(lambda line: "***" not in line, said))
    told = [line for line in before if re.search(r"error:|not found|undefined", line)]
    return (told or before[-1:] or said or ["no message"])[0]


def _ended(command: list[str], env: dict[str, str]) -> tuple[int, str]:
    """Return a command's exit code and its complaints; none of its jobs goes on without us."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, errors="replace", env=env, start_new_session=True,
    ) as made:
        try:
            said = made.communicate()[1]
            return made.returncode, said
        except BaseException:
            os.killpg(made.pid, signal.SIGKILL)
            raise
