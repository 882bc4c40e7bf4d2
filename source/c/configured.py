"""``generated/autoconf.h`` from a configuration: the tree's own, or the one that comes along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from source.c.architecture import X86_64, Architecture
from source.configuration import DEFINED

_SET = re.compile(r"^CONFIG_(\w+)=(.*)$", re.MULTILINE)
_PREFIX = "CONFIG_"


def from_dot_config(text: str) -> dict[str, str]:
    """Return the symbols that a ``.config`` sets, each with its value (``y``, ``m``, …)."""
    return dict(_SET.findall(text))


def _ordered(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def _listed(of: Architecture) -> Iterator[tuple[tuple[str, ...], str, str]]:
    releases: tuple[str, ...] = ()
    for line in Path(__file__).with_name(f"{of.name}.config").read_text().splitlines():
        if line.startswith("["):
            releases = tuple(line.strip("[]").split())
        elif not line.startswith("#"):
            for word in line.split():
                name, _, value = word.partition("=")
                yield releases, name, value or "y"


def _neighbours(release: str, known: set[str]) -> set[str]:
    if not release:
        return {max(known, key=_ordered)}
    older = [each for each in known if _ordered(each) <= _ordered(release)]
    newer = [each for each in known if _ordered(each) >= _ordered(release)]
    return {*sorted(older, key=_ordered)[-1:], *sorted(newer, key=_ordered)[:1]}


def built_in(release: str, of: Architecture = X86_64) -> dict[str, str]:
    """Return what is on in a release (``6.12``) by the configuration that comes along.

    Of a release that it does not name, what is on in the next older or the next newer one.
    """
    listed = list(_listed(of))
    near = _neighbours(release, {each for releases, _, _ in listed for each in releases})
    found = {name: value for releases, name, value in listed if near & {*releases}}
    tables = {each.removeprefix(_PREFIX): "y" for each in DEFINED if each.startswith(_PREFIX)}
    return found | tables if of is X86_64 else found


def autoconf(symbols: dict[str, str]) -> str:
    """Return the header's text for some symbols."""
    return "".join(_line(name, value) for name, value in sorted(symbols.items()))


def _line(name: str, value: str) -> str:
    if value == "n":
        return ""
    if value in ("y", "m"):
        return f"#define CONFIG_{name}{'_MODULE' if value == 'm' else ''} 1\n"
    return f"#define CONFIG_{name} {value}\n"
