"""Where control goes unsaid: the labels that gotos lead to, and what is freed as scopes end."""

from __future__ import annotations

from collections.abc import Collection

from source.syntax import SyntaxNode
from source.text import FREED_BY


def labels_of(kids: tuple[SyntaxNode, ...]) -> dict[str, int]:
    """Return the labels that stand in a block itself, each with the number of its statement."""
    found: dict[str, int] = {}
    for index, kid in enumerate(kids):
        one = kid
        while one.kind == "labeled_statement":
            found[one["label"].text] = index
            one = one.kids[-1]
    return found


def enter(node: SyntaxNode, wanted: Collection[str]) -> bool:
    """Return whether a statement has one of these labels inside."""
    return bool(wanted) and any(
        one.kind == "labeled_statement" and one["label"].text in wanted for one in node.walk()
    )


def freed_by(declaration: SyntaxNode) -> str:
    """Return the function that frees a local variable at its scope's end; nothing for most."""
    for one in declaration.kids:
        if one.kind == "attribute_specifier" and FREED_BY in one.text:
            return one.text.partition(FREED_BY)[2].rstrip(")")
    return ""
