"""What a kernel was built without: CONFIG_ options in its name, a .config file, /proc/config.gz.

``v6.12-CONFIG_USER_NS`` is v6.12 built without user namespaces.  In the model an option that is
left out is one of the kernel's patches, ``WITHOUT_USER_NS``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from checker.ground.json_text import short
from checker.ground.problems import Problem
from checker.ground.running import OF_RUNNING, configuration
from model.patch import Patch
from model.patches import BY_NAME, OPTIONS

LARGEST = 4 * 2**20
"""Bytes of the largest configuration that is read; a distribution's has some 300,000."""

_OPTION, _WITHOUT = "CONFIG_", "WITHOUT_"
_SET = re.compile(r"^(CONFIG_\w+)=[ym]\s*$", re.MULTILINE)
_LINE = re.compile(r"^(# )?CONFIG_\w+(=| is not set)", re.MULTILINE)

_open = {"options": False}


def leave_open() -> None:
    """Let solvers think of kernels without an option, in this process and those it forks.

    Before it is called all kernels have every option, which costs nothing.
    """
    _open["options"] = True


def are_open() -> bool:
    """Return whether solvers think of kernels without an option."""
    return _open["options"]


def is_option(text: str) -> bool:
    """Return whether a text is written as an option of a configuration."""
    return text.startswith(_OPTION)


def without(option: str) -> Patch:
    """Return what a kernel without ``CONFIG_…`` has; raise :class:`Problem` if nothing differs."""
    found = BY_NAME.get(_WITHOUT + option.removeprefix(_OPTION))
    if found is None:
        known = ", ".join(map(option_of, OPTIONS))
        raise Problem(f"{short(option)} changes nothing that is known here; these do: {known}")
    return found


def option_of(patch: Patch) -> str:
    """Return the option that is left out: ``CONFIG_USER_NS``."""
    return _OPTION + patch.name.removeprefix(_WITHOUT)


def as_suffix(out: Iterable[Patch]) -> str:
    """Return what follows a kernel's name to say what it was built without, in one order."""
    some = set(out)
    return "".join(f"-{option_of(one)}" for one in OPTIONS if one in some)


def with_what_falls(left_out: Iterable[Patch]) -> frozenset[Patch]:
    """Return what is left out, and the options that depend on it (Kconfig's ``depends on``)."""
    found = frozenset(left_out)
    return found | {needed for one in found for needed in one.requires if needed in OPTIONS}


def left_out(text: str, patches: frozenset[Patch]) -> frozenset[Patch]:
    """Return what a configuration's text leaves out of a kernel with these patches."""
    built = set(_SET.findall(text))
    absent = with_what_falls(one for one in OPTIONS if option_of(one) not in built)
    had = patches | absent
    return frozenset(one for one in absent if set(one.requires) <= had)


@cache
def read(path: Path) -> str:
    """Return the text of a configuration, packed by gzip or not.

    Raises :class:`Problem` for what cannot be read, is too large, or is no configuration.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise Problem(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    return _text(data, path)


def _text(data: bytes, path: Path) -> str:
    try:
        text = _unpacked(data).decode("utf-8", errors="replace")
    except (EOFError, zlib.error) as error:
        raise Problem(f"cannot read {path}: {error}") from None
    if len(text) > LARGEST:
        raise Problem(f"{path} is larger than {LARGEST >> 20} MiB: it is no configuration")
    if not _LINE.search(text):
        raise Problem(f"{path} is no kernel's configuration: no line says CONFIG_…=y")
    return text


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    text = unpacking.decompress(data, LARGEST + 1)
    if not unpacking.eof and len(text) <= LARGEST:
        raise EOFError("it is cut short")
    return text


def of_running(patches: frozenset[Patch]) -> frozenset[Patch]:
    """Return what the kernel that runs here was built without, as far as it says."""
    return as_told(configuration(), patches)


def as_told(packed: bytes, patches: frozenset[Patch]) -> frozenset[Patch]:
    """Return what a kernel's own /proc/config.gz leaves out of it; nothing where that is empty."""
    return left_out(_text(packed, OF_RUNNING), patches) if packed else frozenset()
