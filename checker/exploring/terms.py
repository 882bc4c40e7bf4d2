"""A claim term by term: its premise and its conclusion as they are written, each part's value.

The statement is run once; the frame that returns the claim says what its names are, and its
source what the claim is made of.  Of a statement that does not write its claim down, the two halves
are all that is told.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from types import CodeType, FrameType
from typing import Any, TypeGuard

from model.errors import ErrorCode
from model.node import Term as Node
from properties.claim import Claim

JOINING = {"both": "all of", "either": "one of", "no": "not", "implies": "if so, then"}
"""What joins truths, as it is told."""
DEEPEST = 12
_NO_HELPERS = ("model", "builtins", "checker")
"""What the statements are written in: its functions are words, and are not looked into."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a claim: its text, its value, how its own parts are joined, and what it reads."""

    text: str
    value: Any
    joined: str = ""
    parts: tuple[Term, ...] = ()
    reads: tuple[tuple[str, Any], ...] = ()
    """The facts that it names, and what they are."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Both halves of a claim."""

    premise: Term
    conclusion: Term


class Promises:
    """What the conclusion of a statement promises, one by one: the parts of its outermost ``both``.

    Where that is not written down it is one promise, the conclusion.
    """

    def __init__(self, statement: Callable[..., Claim]) -> None:
        self._statement = statement
        self._written: dict[tuple[CodeType, int], list[CodeType]] = {}
        self.several = True
        """Whether there may be more than one: unknown before the first are told."""

    def values(self, *asked: Any) -> list[Any]:
        """Return whether each is kept; on plain values, or on symbolic ones."""
        claim, frames = _returning(_is_claim, self._statement, *asked)
        made = next((found for one in frames if (found := self._of(one))), [])
        self.several = len(made) > 1
        read = self.several and not any(one is None for one in made)
        return made if read else [claim.conclusion]

    def _of(self, frame: _Frame) -> list[Any]:
        where = frame.code, frame.line
        if where not in self._written:
            halves = _halves(frame)
            nodes = _parted(halves[1], _assigned(frame)) if halves else ()
            self._written[where] = [_compiled(node) for node in nodes]
        return [_evaluated(code, frame.names) for code in self._written[where]]


def _parted(node: ast.expr, meant: dict[str, ast.expr]) -> Iterator[ast.expr]:
    """Yield the parts of an expression that ``both`` joins."""
    inner = meant.get(node.id, node) if isinstance(node, ast.Name) else node
    joined = isinstance(inner, ast.Call) and ast.unparse(inner.func) == "both"
    if isinstance(inner, ast.Call) and joined and not any(map(_is_starred, inner.args)):
        for one in inner.args:
            yield from _parted(one, meant)
    else:
        yield node


def _is_starred(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred)


def _compiled(node: ast.expr) -> CodeType:
    return compile(ast.Expression(node), "<claim>", "eval")


def _evaluated(code: CodeType, names: dict[str, Any]) -> Any:
    try:
        return eval(code, dict(names))  # noqa: S307 - of a statement that just ran
    except Exception:  # noqa: BLE001 - what cannot be read again is told without a value
        return None


def _is_claim(value: Any) -> bool:
    return isinstance(value, Claim)


def terms_of(statement: Callable[..., Claim], *asked: Any) -> Terms:
    """Return a claim term by term: of a call and its outcome, or of a kernel and states."""
    claim, frames = _returning(_is_claim, statement, *asked)
    for frame in frames:
        written = _halves(frame)
        if written is not None:
            reader = _Reader(frame)
            premise, conclusion = (reader.term(one) for one in written)
            return Terms(_as_is(premise, claim.premise), _as_is(conclusion, claim.conclusion))
    whole = "premise", "conclusion"
    return Terms(*(Term(f"the {one}", getattr(claim, one)) for one in whole))


def _as_is(term: Term, value: Any) -> Term:
    """Return a half of a claim with its value; without parts that could not be read again."""
    return replace(term, value=value, parts=() if _unread(term) else term.parts)


def _unread(term: Term) -> bool:
    return term.value is None or any(map(_unread, term.parts))


@dataclass(frozen=True)
class _Frame:
    """Where a value was returned: the code, its line there, and all names."""

    code: CodeType
    line: int
    names: dict[str, Any]
    local: frozenset[str]


def _returning(
    wanted: Callable[[Any], bool], function: Callable[..., Any], *given: Any
) -> tuple[Any, list[_Frame]]:
    """Call a function; return what it does, and the frames that returned what is wanted."""
    frames: list[_Frame] = []

    def seen(frame: FrameType, event: str, value: Any) -> None:
        if event == "return" and wanted(value):
            local = dict(frame.f_locals)
            names = {**frame.f_globals, **local}
            frames.append(_Frame(frame.f_code, frame.f_lineno, names, frozenset(local)))

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        made = function(*given)
    finally:
        sys.setprofile(before)
    return made, frames


def _function(code: CodeType) -> tuple[ast.AST, int] | None:
    """Return the parsed function of some code, and by how much its lines are moved."""
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError, TypeError):
        return None
    return tree, first - 1


def _returned(frame: _Frame) -> ast.expr | None:
    """Return the expression that a frame returned."""
    found = _function(frame.code)
    if found is None:
        return None
    tree, moved = found
    for node in ast.walk(tree):
        if isinstance(node, ast.Return):
            last = node.end_lineno or node.lineno
            if node.lineno + moved <= frame.line <= last + moved:
                return node.value
    return None


def _halves(frame: _Frame) -> list[ast.expr] | None:
    """Return the two halves of the claim that a frame returned, as its source writes them."""
    called = _returned(frame)
    if not isinstance(called, ast.Call) or ast.unparse(called.func) != "Claim":
        return None
    halves = [*called.args, *(one.value for one in called.keywords)]
    return halves if len(halves) == 2 else None


class _Reader:
    """Reads parts of a claim where it was returned."""

    def __init__(self, frame: _Frame) -> None:
        self._frame = frame
        self._meant = _assigned(frame)

    def term(self, node: ast.expr, depth: int = 0) -> Term:
        """Return a part of the claim, with its own parts."""
        inner = node
        while isinstance(inner, ast.Name) and inner.id in self._meant and depth < DEEPEST:
            inner, depth = self._meant[inner.id], depth + 1
        value = self._value(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and depth < DEEPEST:
            if inner.func.id in JOINING:
                parts = tuple(self._parts(inner, depth + 1))
                return Term(_text(node), value, inner.func.id, parts)
            within = self._within(inner)
            if within is not None:
                frame, returned = within
                found = _Reader(frame).term(returned, depth + 1)
                return replace(found, text=_text(inner) if found.joined else found.text)
        return Term(_text(inner), value, reads=tuple(self._reads(inner)))

    def _within(self, call: ast.Call) -> tuple[_Frame, ast.expr] | None:
        """Return where a helper of the statements returns, and what; nothing for another call."""
        function = self._value(call.func)
        code = getattr(inspect.unwrap(function), "__code__", None) if function else None
        module = str(getattr(function, "__module__", ""))
        starred = any(isinstance(one, ast.Starred) for one in call.args)
        if code is None or module.partition(".")[0] in _NO_HELPERS or call.keywords or starred:
            return None
        given = [self._value(one) for one in call.args]
        _, frames = _returning(lambda _value: True, function, *given)
        frame = next((one for one in frames if one.code is code), None)
        returned = _returned(frame) if frame is not None else None
        return (frame, returned) if frame is not None and returned is not None else None

    def _parts(self, call: ast.Call, depth: int) -> Iterator[Term]:
        for given in call.args:
            if not isinstance(given, ast.Starred):
                yield self.term(given, depth)
                continue
            for place, value in enumerate(self._value(given.value), 1):
                yield Term(f"{_text(given.value)}, {place}", value)

    def _reads(self, node: ast.expr) -> Iterator[tuple[str, Any]]:
        """Yield the facts that a part names (``call.args.flags``), and what they are."""
        seen: set[str] = set()
        for one in (*_operands(node), *_chains(node)):
            text = ast.unparse(one)
            if text in seen:
                continue
            seen.add(text)
            value = self._value(one)
            if isinstance(value, int | Node | ErrorCode) and not isinstance(value, Enum):
                yield text, value

    def _value(self, node: ast.expr) -> Any:
        return None if _is_starred(node) else _evaluated(_compiled(node), self._frame.names)


def _operands(node: ast.expr) -> list[ast.expr]:
    """Return the numbers that are worked out on both sides of a comparison, or given to one."""
    given: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        given = [node.left, *node.comparators]
    elif _is_call(node):
        given = node.args
    return [one for one in given if _is_call(one) and ast.unparse(one.func) != "int"]


def _is_call(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call)


def _chains(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the outermost dotted names in an expression."""
    if isinstance(node, ast.Attribute):
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield node
            return
    for child in ast.iter_child_nodes(node):
        yield from _chains(child)


def _assigned(frame: _Frame) -> dict[str, ast.expr]:
    """Return what each local name of a function stands for, if it was given a value once."""
    found = _function(frame.code)
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(found[0]) if found else ():
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            _note(assigned, node.targets[0], node.value)
    return {
        name: given[0]
        for name, given in assigned.items()
        if len(given) == 1 and name in frame.local
    }


def _note(assigned: dict[str, list[ast.expr]], target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name):
        assigned.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, part in zip(target.elts, value.elts, strict=False):
            _note(assigned, one, part)


def _text(node: ast.expr) -> str:
    return " ".join(ast.unparse(node).split())
