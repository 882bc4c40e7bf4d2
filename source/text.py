"""Prepares C text for reading: comments and inactive ``#if`` arms become blanks.

Nothing moves: every line keeps its number, so that what is read can be shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

from checker.ground.problems import Problem
from source.configuration import DEFINED, UNDEFINED
from source.number import LONGEST, value_of

_QUIET = re.compile(
    r"/\*.*?(?:\*/|\Z)|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?", re.DOTALL
)
"""Comments and literals; one that is not closed ends with its line, or with the text."""



def _begins(name: str) -> str:
    """Return a pattern for a name that no letter stands before; its letters are sought first."""
    letters = re.escape(name)
    return rf"{letters}(?<!\w{letters})"


_ATTRIBUTES = re.compile(
    r"\b(?:__latent_entropy|__init|__net_init|__ref|noinline|__user|__rcu|__must_check|__cold|"
    r"__always_inline|__maybe_unused|__randomize_layout|asmlinkage|__sched)\b"
)
_SYSCALL = re.compile(r"^SYSCALL_DEFINE(\d)\(\s*(\w+)\s*((?:,[^()]*)?)\)", re.MULTILINE)
_ASSERTION = re.compile(_begins("BUILD_BUG_ON") + r"\((?:[^()]|\([^()]*\))*\)")
"""Compile-time assertions: they hold in every kernel that was built."""
_LOCKING = re.compile(r"__(?<!\w__)(?:acquires|releases|must_hold)\([^()]*\)")
_OF_TYPE = re.compile(r"(?<=, )struct(?= \w+, \w+\))")
"""The ``struct`` of ``container_of(pointer, struct type, member)``: a type is no expression."""
_ALLOCATED = re.compile(r"(?<=alloc_obj\()struct(?= \w+[,)])")
"""The ``struct`` of ``kzalloc_obj(struct type)``."""
_FREED = re.compile(r"\b(struct \w+ \*?\w+) __free\((\w+)\)")
"""A local variable that a function frees when its scope ends."""
FREED_BY = "freed_by_"
"""How the attribute begins that is written before its declaration instead."""
_ROUNDS = (
    (re.compile(_begins("do_each_subsys_mask") + r"\([^()]*\)"), "do"),
    (re.compile(_begins("while_each_subsys_mask") + r"\(\)"), "while (0)"),
    (re.compile(_begins("for_each_subsys") + r"\([^()]*\)"), "while (0)"),
)
"""Loops over the cgroup controllers: one round for those that have a hook, none over all."""
_STRUCT = re.compile(r"\bstruct\s+(\w+)\s*\{")
_DECLARED = re.compile(r"\(\s*\*\s*(\w+)\s*\)|\b(\w+)\s*(?:\[[^][]*\]\s*)*(?::\s*\d+\s*)?(?:,|$)")
_CALLED = re.compile(r"\b(\w+)\s*\(")
_BRACE = re.compile(r"\s*\{")

DEEPEST_MACRO = 8
"""How often macros of a file are followed to others of it."""

_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(\w+)([^\n]*)")


@dataclass
class Prepared:
    """Text in which functions can be found, and what was assumed on the way."""

    text: str
    assumed_undefined: dict[str, int] = field(default_factory=dict)
    """Symbols of ``#if`` lines that no configuration table knows, with their line."""

    conditionals: list[tuple[int, int, str]] = field(default_factory=list)
    """Each ``#if`` to its ``#endif``: their lines, and the text of the directives."""

    loops: list[tuple[int, str]] = field(default_factory=list)
    """Loops that are rewritten, each with its line and its text."""

    macros: list[tuple[int, str, str]] = field(default_factory=list)
    """Each active ``#define`` and ``#undef``: its line, its name, and the directive."""

    _known: dict[str, bool] = field(default_factory=dict)
    _begun: list[tuple[int, list[str]]] = field(default_factory=list)

    def noted(self, word: str, whole: str, line: int, stack: list[list[bool]]) -> None:
        """Note a directive: conditionals when they end, definitions where they are active."""
        if word in ("if", "ifdef", "ifndef"):
            self._begun.append((line, [whole]))
        elif word in ("elif", "else") and self._begun:
            self._begun[-1][1].append(whole)
        elif word == "endif" and self._begun:
            first, told = self._begun.pop()
            self.conditionals.append((first, line, " ".join(told)))
        elif word in ("define", "undef") and all(active for _, active in stack):
            name = re.match(r"[ \t]*#[ \t]*\w+[ \t]+(\w+)", whole)
            if name is not None:
                self.macros.append((line, name.group(1), whole))

    @cached_property
    def bodies(self) -> dict[str, str]:
        """Return the text of each function that is defined here, by name."""
        found: dict[str, str] = {}
        for match in _CALLED.finditer(self.text):
            brace = self._brace(match.end() - 1)
            end = None if brace is None else self.closing.get(brace)
            if end is not None:
                begin = _beginning(self.text, match.start())
                found.setdefault(match.group(1), self.text[begin:end])
        return found

    @cached_property
    def redefined(self) -> dict[str, str | None]:
        """Return what each macro of this file is in the end: its text, nothing if it takes some."""
        found: dict[str, str | None] = {}
        for _, name, text in self.macros:
            plain = re.match(r"[ \t]*#[ \t]*define[ \t]+\w+(?:[ \t]+(.*))?$", text)
            found[name] = (plain.group(1) or "") if plain else None
        return found

    @cached_property
    def structs(self) -> dict[str, dict[str, str]]:
        """Return the structures that are defined here: each field's declaration, by its name."""
        found: dict[str, dict[str, str]] = {}
        for match in _STRUCT.finditer(self.text):
            end = self.closing.get(match.end() - 1)
            if end is not None:
                found[match.group(1)] = _fields(self.text[match.end() : end - 1])
        return found

    def _brace(self, bracket: int) -> int | None:
        """Return where the brace is that follows what a bracket holds, if one does."""
        close = self.closing.get(bracket)
        brace = None if close is None else _BRACE.match(self.text, close)
        return None if brace is None else brace.end() - 1

    def macros_of(self, names: set[str]) -> list[tuple[str, int, str]]:
        """Return the directives about some names, and about those that they mention in turn."""
        wanted, found = set(names), dict[int, tuple[str, int, str]]()
        for _ in range(DEEPEST_MACRO):
            for line, name, text in self.macros:
                if name in wanted and line not in found:
                    found[line] = (name, line, text)
                    wanted |= set(re.findall(r"\w+", text))
        return [found[line] for line in sorted(found)]

    @cached_property
    def closing(self) -> dict[int, int]:
        """Return where each bracket of the text is closed."""
        return _closing(self.text)

    def has(self, name: str) -> bool:
        """Return whether a function of this name is defined."""
        if name not in self._known:
            self._known[name] = _definition(self, name) is not None
        return self._known[name]

    def function(self, name: str) -> tuple[str, int] | None:
        """Return a function's text and the number of its first line."""
        found = _definition(self, name)
        if found is None:
            return None
        begin, end = found
        return self.text[begin:end], self.text.count("\n", 0, begin) + 1


def _fields(body: str) -> dict[str, str]:
    """Return the declaration of each field in a structure's text, those of inner ones too."""
    found: dict[str, str] = {}
    for declaration in re.split(r"[;{}]", body):
        if len(declaration) < LONGEST:
            for match in _DECLARED.finditer(" ".join(declaration.split())):
                found.setdefault(match.group(1) or match.group(2), declaration)
    return found


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _instead(plain: str, match: re.Match[str]) -> str:
    """Return other text where some stands, with its lines."""
    return plain + _blank(match)[len(plain) :]


def decoded(raw: bytes, charset: str = "utf-8") -> str:
    """Return bytes as text; where the charset does not fit, each byte as a letter."""
    try:
        return raw.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return raw.decode("latin-1")


def without_comments(text: str) -> str:
    """Return text with its comments as blanks; no line moves."""

    def quiet(match: re.Match[str]) -> str:
        return match.group() if match.group()[0] in "\"'" else _blank(match)

    return _QUIET.sub(quiet, text)


@lru_cache(maxsize=64)
def prepared(text: str) -> Prepared:
    """Return text with comments, inactive arms and attributes blanked; made once of each text."""
    made = Prepared("")
    text = _active(without_comments(text), made)
    for quiet in (_ATTRIBUTES, _ASSERTION, _LOCKING, _OF_TYPE, _ALLOCATED):
        text = quiet.sub(_blank, text)
    text = _FREED.sub(rf"__attribute__(({FREED_BY}\2)) \1", text)
    for loop, plain in _ROUNDS:
        made.loops += [
            (text.count("\n", 0, one.start()) + 1, one.group()) for one in loop.finditer(text)
        ]
        text = loop.sub(partial(_instead, plain), text)
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
        line = lines[number]
        match = _DIRECTIVE.match(line)
        if match is None:
            kept.append(line if all(active for _, active in stack) else "")
            number += 1
            continue
        first = number + 1
        continued = [line]
        while continued[-1].endswith("\\") and number + 1 < len(lines):
            number += 1
            continued[-1] = continued[-1][:-1]
            continued.append(lines[number])
            kept.append("")
        kept.append("")
        number += 1
        whole = "".join(continued)
        match = _DIRECTIVE.match(whole) or match
        made.noted(match.group(1), whole, first, stack)
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
    if len(rest) > LONGEST:
        made.assumed_undefined.setdefault(f"{rest.strip()[:40]}...", line)
        return False
    for word in _WORDS.findall(rest.strip()):
        name = re.search(r"\(\s*(\w+)\s*\)|defined\s+(\w+)", word)
        if name:
            told.append(str(int(_defined(name.group(1) or name.group(2), made, line))))
        elif word in ("&&", "||", "!", "(", ")") or re.fullmatch(r"\d+", word, re.ASCII):
            told.append(word)
        elif word.isidentifier():
            told.append(str(int(_defined(word, made, line))))
        else:
            made.assumed_undefined.setdefault(rest.strip(), line)
            return False
    value = value_of(" ".join(told))
    if value is None:
        made.assumed_undefined.setdefault(rest.strip(), line)
    return bool(value)


def _definition(made: Prepared, name: str) -> tuple[int, int] | None:
    """Return where a function's definition begins and ends."""
    text = made.text
    for match in re.finditer(rf"{_begins(name)}\s*\(", text):
        close = made.closing.get(match.end() - 1)
        brace = None if close is None else _BRACE.match(text, close)
        if brace is None:
            continue
        end = made.closing.get(brace.end() - 1)
        if end is None:
            raise Problem(f"{name}: its braces do not match")
        return _beginning(text, match.start()), end
    return None


def _beginning(text: str, at: int) -> int:
    """Return where the declaration that leads to ``at`` begins; none is longer than LONGEST."""
    first = max(at - LONGEST, 0)
    before = max(text.rfind(mark, first, at) for mark in (";", "}", "{"))
    begin = before + 1 if before >= 0 else first
    while begin < at and text[begin].isspace():
        begin += 1
    return begin


_BRACKETS = re.compile(r"\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?|[(){}]")


def _closing(text: str) -> dict[int, int]:
    """Return, for each bracket that is closed, where: the position after its partner.

    Round and curly ones are paired on their own; those in literals are none.
    """
    found: dict[int, int] = {}
    open_ones: dict[str, list[int]] = {"(": [], "{": []}
    for match in _BRACKETS.finditer(text):
        bracket = match.group()
        if bracket in open_ones:
            open_ones[bracket].append(match.start())
        elif bracket in _PARTNER and open_ones[_PARTNER[bracket]]:
            found[open_ones[_PARTNER[bracket]].pop()] = match.end()
    return found


_PARTNER = {")": "(", "}": "{"}
