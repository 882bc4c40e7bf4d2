"""What the reading lacks is a trouble: statements are counted by cursors, nodes and words."""

from __future__ import annotations

from collections import Counter

import pytest

from source.c.census import Census, census, differences, fewer, nodes
from source.c.functions import READERS
from source.c.ir import Block, CType, Expression, FunctionBody, Goto, Return
from source.c.library import Cursor, children
from source.c.lowering import Lowering
from source.c.printed import Printed
from tests.source.c.reading import function, reader

BODY = "int f(int a) { if (a) return 1; for (;;) { if (a++ > 9) goto out; } out: return g(a); }"
TEXT = f"int g(int); {BODY}"


def counts() -> tuple[Census, FunctionBody, Printed]:
    """Return the three counts of one function."""
    parsed = reader(TEXT)
    at = next(each for each in children(parsed.parsed.cursor) if each.spelling == "f")
    body = parsed.function("f")
    assert body is not None
    return census(children(at)), body, Printed(BODY)


def test_the_three_counts_agree() -> None:
    shown, body, text = counts()
    assert body.troubles == ()
    assert differences(shown, Census(), nodes(body.body), 0, text) == []


@pytest.mark.parametrize("word", ["return", "goto", "if", "for"])
def test_what_the_cursors_lack_is_told(word: str) -> None:
    shown, body, text = counts()
    shown.counts[word] -= 1
    assert any(word in each for each in differences(shown, Census(), nodes(body.body), 0, text))


def test_what_the_nodes_lack_is_told() -> None:
    shown, _, text = counts()
    cut = Block((Return(), Goto("out")))
    told = differences(shown, Census(), nodes(cut), 0, text)
    assert any("'return' are shown" in each for each in told)
    assert any("calls are shown" in each for each in told)


def test_an_exit_of_the_text_that_was_not_read_is_told() -> None:
    assert fewer(Counter({"return": 2}), Counter({"return": 1})) != []
    assert fewer(Counter({"return": 1}), Counter({"return": 2})) == []


def test_an_error_inside_a_function_is_its_trouble_and_no_others() -> None:
    text = "int f(int a) {\n return a + unknown;\n}\nint g(int a) { return a; }"
    assert any("unknown" in each for each in function(text).troubles)
    assert function(text, "g").troubles == ()


@pytest.mark.parametrize(
    "text",
    [
        "struct s { unknown_t n; };\nint f(struct s *p) { return p->n; }",
        "unknown_t v;\nint f(int a) { return v = a; }",
        "unknown_t g(int a);\nint f(int a) { return g(a); }",
    ],
)
def test_what_rests_on_a_wrong_declaration_is_a_trouble(text: str) -> None:
    assert function(text).troubles != ()


def test_an_expression_that_nobody_looked_at_is_a_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_alone(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
        return low.expression(children(at)[0])

    monkeypatch.setitem(READERS.expressions, "BINARY_OPERATOR", first_alone)
    told = function("int f(int a, int b) { return a + b; }").troubles
    assert any("were not looked at" in each for each in told)


def test_words_in_texts_and_comments_are_not_counted() -> None:
    body = function('void p(char *); int f(void) { p("return goto if"); /* return */ return 0; }')
    assert body.troubles == ()


def test_what_only_the_operand_of_sizeof_holds_is_no_trouble() -> None:
    body = function("int f(int a) { return sizeof(({ if (a) a = 1; a; })); }")
    assert body.troubles == () and "If(" not in repr(body)
