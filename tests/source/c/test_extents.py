"""A function counts as unchanged by its text only where nothing else can change its meaning."""

from __future__ import annotations

import pytest

from source.c.extents import Written, compared

TEXT = """#define N 1
int f(void)
{
	return N;
}

int g(void)
{
	return N + 1;
}
"""
EXTENTS = {"f": (2, 5), "g": (7, 10)}


def same(text: str, extents: dict[str, tuple[int, int]] = EXTENTS) -> frozenset[str]:
    """Return the functions that are unchanged in another text."""
    return compared(Written(TEXT, EXTENTS), Written(text, extents)).same


def test_a_function_that_alone_changed_leaves_the_others_unchanged() -> None:
    assert same(TEXT) == {"f", "g"}
    assert same(TEXT.replace("return N;", "return 2;")) == {"g"}
    longer = TEXT.replace("return N;", "return\n#ifdef X\n2;\n#else\n3;\n#endif")
    assert same(longer, {"f": (2, 10), "g": (12, 15)}) == {"g"}


@pytest.mark.parametrize(
    ("text", "extents"),
    [
        (TEXT.replace("define N 1", "define N 2"), EXTENTS),
        (TEXT.replace("return N;", "return 2;\n#define N 3"), {"f": (2, 6), "g": (8, 11)}),
        (TEXT.replace("return N;", "return 2;\n# undef N"), {"f": (2, 6), "g": (8, 11)}),
        (TEXT.replace("return N;", "return 2;\n#if 0"), {"f": (2, 6), "g": (8, 11)}),
        (TEXT.replace("return N;", '_Pragma("pack(1)") return 2;'), EXTENTS),
        (TEXT.replace("int g", "int h"), {"f": (2, 5), "h": (7, 10)}),
    ],
    ids=["outside", "define", "undef", "open", "pragma", "renamed"],
)
def test_what_may_change_what_follows_leaves_none_unchanged(
    text: str, extents: dict[str, tuple[int, int]]
) -> None:
    assert same(text, extents) == frozenset()
