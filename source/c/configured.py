"""``generated/autoconf.h`` from a configuration: the tree's own, or the one that comes along."""

from __future__ import annotations

import re
from pathlib import Path

from source.configuration import DEFINED, UNDEFINED

_BUILT_IN = Path(__file__).with_name("x86_64.config")
_SET = re.compile(r"^CONFIG_(\w+)=(.*)$", re.MULTILINE)
_PREFIX = "CONFIG_"


def from_dot_config(text: str) -> dict[str, str]:
    """Return the symbols that a ``.config`` sets, each with its value (``y``, ``m``, …)."""
    return dict(_SET.findall(text))


def built_in() -> dict[str, str]:
    """Return the symbols of the configuration that comes along, as the tables here amend it."""
    lines = _BUILT_IN.read_text().splitlines()
    words = (word for line in lines if not line.startswith("#") for word in line.split())
    parts = (word.partition("=") for word in words)
    found = {name: value or "y" for name, _, value in parts}
    found |= {each.removeprefix(_PREFIX): "y" for each in DEFINED if each.startswith(_PREFIX)}
    off = {each.removeprefix(_PREFIX) for each in UNDEFINED}
    return {name: value for name, value in found.items() if name not in off}


def autoconf(symbols: dict[str, str]) -> str:
    """Return the header's text for some symbols."""
    return "".join(_line(name, value) for name, value in sorted(symbols.items()))


def _line(name: str, value: str) -> str:
    if value == "n":
        return ""
    if value in ("y", "m"):
        return f"#define CONFIG_{name}{'_MODULE' if value == 'm' else ''} 1\n"
    return f"#define CONFIG_{name} {value}\n"
