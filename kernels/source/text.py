"""Prepares C text for reading: comments and inactive ``#if`` arms become blanks.

Nothing moves: every line keeps its number, so that what is read can be shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from checker.problems import Problem
from kernels.source.configuration import DEFINED, UNDEFINED

_QUIET = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_ATTRIBUTES = re.compile(
    r"\b(?:__latent_entropy|__init|__ref|noinline|__user|__rcu|__must_check|__cold|"
    r"__always_inline|__maybe_unused|__randomize_layout|asmlinkage|__sched)\b"
)
_SYSCALL = re.compile(r"^SYSCALL_DEFINE(\d)\(\s*(\w+)\s*((?:,[^()]*)?)\)", re.MULTILINE)
_ASSERTION = re.compile(r"\bBUILD_BUG_ON\((?:[^()]|\([^()]*\))*\)")
"""Compile-time assertions: they hold in every kernel that was built."""
_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(\w+)([^\n]*)")


@dataclass
class Prepared:
    """Text in which functions can be found, and what was assumed on the way."""

    text: str
    assumed_undefined: dict[str, int] = field(default_factory=dict)
    """Symbols of ``#if`` lines that no configuration table knows, with their line."""

    _known: dict[str, bool] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Return whether a function of this name is defined."""
        if name not in self._known:
            self._known[name] = _definition(self.text, name) is not None
        return self._known[name]

    def function(self, name: str) -> tuple[str, int] | None:
        """Return a function's text and the number of its first line."""
        found = _definition(self.text, name)
        if found is None:
            return None
        begin, end = found
        return self.text[begin:end], self.text.count("\n", 0, begin) + 1


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _without_comments(text: str) -> str:
    def quiet(match: re.Match[str]) -> str:
        return match.group() if match.group()[0] in "\"'" else _blank(match)

    return _QUIET.sub(quiet, text)


def prepared(text: str) -> Prepared:
    """Return text with comments, inactive arms and attributes blanked."""
    made = Prepared("")
    text = _active(_without_comments(text), made)
    text = _ASSERTION.sub(_blank, _ATTRIBUTES.sub(_blank, text))
    made.text = _SYSCALL.sub(_entry_point, text)
    return made


def _entry_point(match: re.Match[str]) -> str:
    """Rewrite ``SYSCALL_DEFINE2(name, type, a, type, b)`` as ``long sys_name(type a, type b)``."""
    words = [word.strip() for word in match.group(3).split(",")[1:]]
    pairs = [f"{kind} {name}" for kind, name in zip(words[::2], words[1::2], strict=False)]
    made = f"long sys_{match.group(2)}({', '.join(pairs) or 'void'})"
    return made + "\n" * match.group().count("\n")


def _active(text: str, made: Prepared) -> str:
    """Return the text with directives and the arms they switch off blanked."""
    lines = text.split("\n")
    stack: list[list[bool]] = []  # per #if: [an arm was taken, this arm is active]
    kept = []
    number = 0
    while number < len(lines):
        line, whole = lines[number], lines[number]
        match = _DIRECTIVE.match(line)
        if match is None:
            kept.append(line if all(active for _, active in stack) else "")
            number += 1
            continue
        first = number + 1
        while whole.endswith("\\") and number + 1 < len(lines):
            number += 1
            whole = whole[:-1] + lines[number]
            kept.append("")
        kept.append("")
        number += 1
        match = _DIRECTIVE.match(whole) or match
        _directive(match.group(1), match.group(2), stack, made, first)
    if stack:
        raise Problem("an #if has no #endif")
    return "\n".join(kept)


def _directive(word: str, rest: str, stack: list[list[bool]], made: Prepared, line: int) -> None:
    if word in ("if", "ifdef", "ifndef"):
        if word != "if":
            name = rest.split(maxsplit=1)[0] if rest.split() else ""
            truth = _defined(name, made, line) is (word == "ifdef")
        else:
            truth = _evaluated(rest, made, line)
        stack.append([truth, truth])
    elif word in ("elif", "else", "endif"):
        if not stack:
            raise Problem(f"line {line}: #{word} without #if")
        if word == "endif":
            stack.pop()
            return
        taken = stack[-1][0]
        truth = not taken and (word == "else" or _evaluated(rest, made, line))
        stack[-1] = [taken or truth, truth]


def _defined(name: str, made: Prepared, line: int) -> bool:
    if name in DEFINED:
        return True
    if name not in UNDEFINED:
        made.assumed_undefined.setdefault(name, line)
    return False


_WORDS = re.compile(
    r"\s*(defined\s*\(\s*\w+\s*\)|defined\s+\w+|IS_(?:ENABLED|BUILTIN|MODULE)\s*\(\s*\w+\s*\)"
    r"|\w+|&&|\|\||[!()]|[<>=]=?|.)"
)


def _evaluated(rest: str, made: Prepared, line: int) -> bool:
    """Evaluate ``#if``: symbols joined by ``&& || !``; anything else counts as false."""
    told = []
    for word in _WORDS.findall(rest.strip()):
        name = re.search(r"\(\s*(\w+)\s*\)|defined\s+(\w+)", word)
        if name:
            told.append(str(_defined(name.group(1) or name.group(2), made, line)))
        elif word in ("&&", "||", "!"):
            told.append({"&&": "and", "||": "or", "!": "not"}[word])
        elif word in ("(", ")"):
            told.append(word)
        elif word.isdigit():
            told.append(str(int(word) != 0))
        elif word.isidentifier():
            told.append(str(_defined(word, made, line)))
        else:
            made.assumed_undefined.setdefault(rest.strip(), line)
            return False
    try:
        return bool(eval(" ".join(told), {"__builtins__": {}}))  # noqa: S307 - True/False/and/or
    except SyntaxError:
        made.assumed_undefined.setdefault(rest.strip(), line)
        return False


def _definition(text: str, name: str) -> tuple[int, int] | None:
    """Return where a function's definition begins and ends."""
    for match in re.finditer(rf"\b{re.escape(name)}\s*\(", text):
        close = _matching(text, match.end() - 1, "(", ")")
        if close is None:
            continue
        brace = re.compile(r"\s*\{").match(text, close)
        if brace is None:
            continue
        end = _matching(text, brace.end() - 1, "{", "}")
        if end is None:
            raise Problem(f"{name}: its braces do not match")
        return _beginning(text, match.start()), end
    return None


def _beginning(text: str, at: int) -> int:
    """Return where the declaration that leads to ``at`` begins."""
    before = max(text.rfind(mark, 0, at) for mark in (";", "}", "{"))
    begin = before + 1
    while begin < at and text[begin].isspace():
        begin += 1
    return begin


def _matching(text: str, at: int, left: str, right: str) -> int | None:
    """Return the position after the bracket that closes the one at ``at``."""
    depth = 0
    for match in re.compile(
        rf"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[{re.escape(left + right)}]"
    ).finditer(text, at):
        if match.group() == left:
            depth += 1
        elif match.group() == right:
            depth -= 1
            if depth == 0:
                return match.end()
    return None
