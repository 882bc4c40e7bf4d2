"""Variants of a small function of the model, made from its source: one part changed each.

A function of the model is an expression over ``both``, ``either``, ``when`` and a few others.
A variant is compiled from its syntax tree with one part dropped, replaced or turned around,
so that it reads in every way the function itself can be read.
"""

from __future__ import annotations

import ast
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from inspect import unwrap
from typing import Any, TypeVar

from model.algebra import at_most, below, has, has_any, no, signed_below

N = TypeVar("N", bound=ast.AST)
_HELPERS = {
    "_no": no,
    "_at_most": at_most,
    "_below": below,
    "_has": has,
    "_has_any": has_any,
    "_signed_at_most": lambda left, right: no(signed_below(right, left)),
}
_TWISTED = {
    "below": "_at_most",
    "at_most": "_below",
    "signed_below": "_signed_at_most",
    "has": "_has_any",
    "has_any": "_has",
}
"""What a comparison may be taken for: its neighbour at the boundary, all of for any of."""

_CHOICES = {"when": 0, "when_word": 1}
"""Functions that choose, and which argument decides."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A changed function, and what was changed in it."""

    change: str
    function: Callable[..., Any]


def variants(function: Callable[..., Any]) -> Iterator[Variant]:
    """Yield every variant of a function; none if its source cannot be had."""
    function = unwrap(function)
    tree = _tree(function)
    if tree is None:
        return
    for change, changed in _changes(tree):
        yield Variant(change, _compiled(function, changed))


@lru_cache(maxsize=64)
def _module(path: str) -> ast.Module:
    with open(path, encoding="utf-8") as file:
        return ast.parse(file.read())


def _tree(function: Callable[..., Any]) -> ast.FunctionDef | None:
    """Return the syntax tree of a function, without its decorators and annotations."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_name == "<lambda>":
        return None
    for node in ast.walk(_module(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first == code.co_firstlineno:
                return _bare(_copied(node))
    return None


def _bare(tree: ast.FunctionDef) -> ast.FunctionDef:
    tree.decorator_list, tree.returns = [], None
    for argument in ast.walk(tree.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:]
    return tree


def _changes(tree: ast.FunctionDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield (what changed, the tree with one part changed)."""
    apart = _in_one_reading_only(tree)
    for place, node in enumerate(ast.walk(tree)):
        if node not in apart:
            for change, new in _others(node):
                yield change, _with(tree, place, new)


def _in_one_reading_only(tree: ast.FunctionDef) -> set[ast.AST]:
    """Return the parts that only plain values reach, or only terms: a change there means less."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp) and "isinstance" in ast.unparse(node.test):
            found.update(ast.walk(node))
    return found


def _with(tree: ast.FunctionDef, place: int, new: ast.expr) -> ast.FunctionDef:
    """Return a copy whose node at a place of the walk is another."""
    changed = _copied(tree)
    old = next(node for at, node in enumerate(ast.walk(changed)) if at == place)
    return ast.fix_missing_locations(_Replaced(old, new).visit(changed))  # type: ignore[no-any-return]


def _copied(node: N) -> N:
    """Return a copy with all its parts: what pickling does in a fourth of the time of copying."""
    copied: N = pickle.loads(pickle.dumps(node, pickle.HIGHEST_PROTOCOL))  # noqa: S301
    return copied


class _Replaced(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)


def _others(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what may stand instead of a part, each with its description."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _of_call(node, node.func.id)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        for kept in (node.left, node.right):
            yield f"with {_said(kept)} alone of {_said(node)}", kept


def _of_call(node: ast.Call, name: str) -> Iterator[tuple[str, ast.expr]]:
    if name in ("both", "either") and len(node.args) > 1:
        yield from _without_one(node)
    elif name in _CHOICES:
        yield from _chosen_otherwise(node, _CHOICES[name])
    elif name in _TWISTED and _may_twist(node, name):
        changed = _copied(node)
        changed.func = ast.Name(_TWISTED[name], ast.Load())
        yield f"{_TWISTED[name].strip('_')} for {name} in {_said(node)}", changed


def _may_twist(node: ast.Call, name: str) -> bool:
    """Return whether a mask has several bits, as far as can be read."""
    several = isinstance(node.args[-1], ast.BinOp) and isinstance(node.args[-1].op, ast.BitOr)
    return several or name not in ("has", "has_any")


def _without_one(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    said = "without" if ast.unparse(node.func) == "both" else "not by"
    for place, gone in enumerate(node.args):
        changed = _copied(node)
        del changed.args[place]
        yield f"{said} {_said(gone)}", changed


def _chosen_otherwise(node: ast.Call, place: int) -> Iterator[tuple[str, ast.expr]]:
    said = _said(node.args[place])
    turned = ast.Call(ast.Name("_no", ast.Load()), [_copied(node.args[place])], [])
    for change, condition in (
        (f"where not {said}", turned),
        (f"as if {said}", ast.Constant(True)),
        (f"as if not {said}", ast.Constant(False)),
    ):
        changed = _copied(node)
        changed.args[place] = condition
        yield change, changed


def _said(node: ast.expr) -> str:
    return ast.unparse(node).replace("call.", "").replace("words.", "")


def _compiled(function: Any, tree: ast.FunctionDef) -> Callable[..., Any]:
    """Return the tree as a function with the globals and the closure of the original."""
    code = function.__code__
    held = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    names = [*held, *_HELPERS]
    made = ast.FunctionDef(
        name="_made",
        args=ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, []),
        body=[tree, ast.Return(ast.Name(tree.name, ast.Load()))],
        decorator_list=[],
    )
    module = ast.fix_missing_locations(ast.Module([made], []))
    space: dict[str, Any] = {}
    exec(compile(module, code.co_filename, "exec"), function.__globals__, space)  # noqa: S102
    variant = space["_made"](*(cell.cell_contents for cell in held.values()), *_HELPERS.values())
    variant.__defaults__, variant.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    changed: Callable[..., Any] = variant
    return changed
