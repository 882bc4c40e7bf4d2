"""The modules of the page as one script: each in a function of its own, in the order they need.

They are plain ES modules: a browser, node and a type checker read them as they are.  One file
that is opened from disk cannot import others, so what a module exports is handed on instead.
"""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parent / "web"
FIRST = "main.js"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:const|function\*?|class)) (\w+)", re.MULTILINE)


class Unbundled(Exception):
    """A module that says something which is not joined here."""


def modules(first: str = FIRST) -> list[str]:
    """Return the names of the modules that one needs, and it last; each after what it imports."""
    found: list[str] = []

    def take(name: str, within: tuple[str, ...]) -> None:
        if name in within:
            raise Unbundled(f"{name} imports itself: {' -> '.join((*within, name))}")
        if name not in found:
            for _names, other in _IMPORT.findall(_text(name)):
                take(other, (*within, name))
            found.append(name)

    take(first, ())
    return found


def bundle(first: str = FIRST) -> str:
    """Return the script."""
    return "\n".join(map(_wrapped, modules(first)))


def _text(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def _wrapped(name: str) -> str:
    """Return a module as a function that returns what it exports, called at once."""
    text = _text(name)
    brought = _IMPORT.findall(text)
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub("", text))
    left = re.search(r"^(import|export)\b.*", body, re.MULTILINE) or re.search(
        r"^import .*\bas\b.*", text, re.MULTILINE
    )
    if left:
        raise Unbundled(f"{name}: {left[0]!r} is not joined: import {{ x }} from \"./y.js\" is")
    lines = [f"const {{{' '.join(names.split())}}} = {_name(other)};" for names, other in brought]
    exports = ", ".join(what for _kind, what in _EXPORT.findall(text))
    head = "\n".join(lines)
    return f"const {_name(name)} = (() => {{\n{head}\n{body}\nreturn {{ {exports} }};\n}})();"


def _name(module: str) -> str:
    return f"of_{module.removesuffix('.js')}"
