"""Parses one function with tree-sitter into plain nodes, and counts its exits a second way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from checker.ground.problems import Problem

_SKIPPED = ("comment",)

LONGEST = 200_000
"""Characters of the longest function that is read; copy_process() has about 25,000."""

DEEPEST = 120
"""Levels of the deepest syntax tree that is read; copy_process() has about 30."""


@dataclass(frozen=True, slots=True, eq=False)
class SyntaxNode:
    """A node of C: its kind, text, line, and children by field name and in order."""

    kind: str
    text: str
    line: int
    kids: tuple[SyntaxNode, ...]
    fields: dict[str, SyntaxNode]

    def __getitem__(self, name: str) -> SyntaxNode:
        return self.fields[name]

    def get(self, name: str) -> SyntaxNode | None:
        """Return a field's node, if there."""
        return self.fields.get(name)

    def walk(self) -> Any:
        """Yield this node and all below."""
        yield self
        for kid in self.kids:
            yield from kid.walk()

    @property
    def plain(self) -> str:
        """Return the text on one line."""
        return _on_one_line(self.text)


@lru_cache(maxsize=16384)
def _on_one_line(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Function:
    """A parsed function: its name, file, parameters (type, name), result type and body."""

    name: str
    path: str
    line: int
    parameters: tuple[tuple[str, str], ...]
    body: SyntaxNode
    returns: str = ""
    labels: dict[str, int] = field(default_factory=dict)
    """The line of each label."""
    indices: frozenset[str] = frozenset()
    """The names by which arrays are indexed."""


@lru_cache(maxsize=1)
def _parser() -> Any:
    try:
        import tree_sitter_c
        from tree_sitter import Language, Parser
    except ImportError:
        raise Problem("reading C needs tree-sitter: pip install 'cloneproof[source]'") from None
    return Parser(Language(tree_sitter_c.language()))


def _node(found: Any, first: int) -> SyntaxNode:
    kids, named = [], {}
    for index, child in enumerate(found.children):
        if child.type in _SKIPPED:
            continue
        made = _node(child, first)
        if child.is_named:
            kids.append(made)
        name = found.field_name_for_child(index)
        if name and name not in named:
            named[name] = made
    text = found.text.decode()
    return SyntaxNode(found.type, text, found.start_point[0] + first, tuple(kids), named)


@lru_cache(maxsize=1024)
def parse_function(text: str, first: int, path: str, name: str) -> Function:
    """Return a function parsed from its own text, or raise with the line that resists.

    Both trees of a patch have most functions: each is parsed once.
    """
    if len(text) > LONGEST:
        raise Problem(f"{path}:{first}: {name}() has {len(text):,} characters: it is not read")
    tree = _parser().parse(text.encode())
    if _deeper_than(tree, DEEPEST):
        raise Problem(f"{path}:{first}: {name}() is nested deeper than {DEEPEST} levels")
    bad = _first_error(tree.root_node)
    if bad is not None:
        line = bad.start_point[0] + first
        raise Problem(f"{path}:{line}: {name}() cannot be parsed here")
    root = _node(tree.root_node, first)
    definition = next((kid for kid in root.kids if kid.kind == "function_definition"), None)
    if definition is None:
        raise Problem(f"{path}:{first}: {name}() is no function definition")
    body = definition["body"]
    _count_exits(text, body, f"{path}:{first}: {name}()")
    declarator = next(node for node in definition.walk() if node.kind == "function_declarator")
    pointer = "*" if definition["declarator"].kind == "pointer_declarator" else ""
    returns = f"{definition['type'].text}{pointer}"
    labels = {
        node["label"].text: node.line for node in body.walk() if node.kind == "labeled_statement"
    }
    indices = frozenset(
        one.text
        for node in body.walk()
        if node.kind == "subscript_expression"
        for one in node["index"].walk()
        if one.kind == "identifier"
    )
    return Function(name, path, first, _parameters(declarator), body, returns, labels, indices)


def _deeper_than(tree: Any, most: int) -> bool:
    """Return whether a syntax tree has more levels than that; walked without recursion."""
    cursor, depth = tree.walk(), 0
    while True:
        if cursor.goto_first_child():
            depth += 1
            if depth > most:
                return True
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return False
            depth -= 1


def _first_error(node: Any) -> Any:
    if not node.has_error:
        return None
    if node.is_error or node.is_missing:
        return node
    for child in node.children:
        found = _first_error(child)
        if found is not None:
            return found
    return node


def _count_exits(text: str, body: SyntaxNode, place: str) -> None:
    """Insist that the parser saw every ``return`` and ``goto`` that the plain text has."""
    plain = re.sub(r"\"(?:\\.|[^\"\\])*\"", '""', text)
    for word in ("return", "goto"):
        written = len(re.findall(rf"\b{word}\b", plain))
        seen = sum(node.kind == f"{word}_statement" for node in body.walk())
        if written != seen:
            raise Problem(f"{place}: {written} {word} in the text, {seen} after parsing")


def _parameters(declarator: SyntaxNode) -> tuple[tuple[str, str], ...]:
    found = []
    for node in declarator["parameters"].kids:
        if node.kind != "parameter_declaration":
            continue
        names = [one.text for one in node.walk() if one.kind == "identifier"]
        kind = node["type"].text if node.get("type") else ""
        pointer = "*" if "*" in node.text else ""
        if names:
            found.append((f"{kind}{pointer}", names[0]))
    return tuple(found)
