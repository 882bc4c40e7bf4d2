"""Where an edit moves what sets a variable past the test that asks it, both sources are told."""

from source.review.judgement import DIFFERENT
from tests.source.review.versions import judged

BOUND = """
int it(int n)
{
	int ret = 0;
	int i;

	for (i = 0; i < n; i++) {
		int max = f(i);
		int new = g(i);

		if (new > max)
			ret = new;
	}
	return ret;
}
"""
LATER = (
    BOUND.replace("\t\tint max = f(i);\n", "")
    .replace("int ret = 0;", "int ret = 0;\n\tint max = 99;")
    .replace("ret = new;\n", "ret = new;\n\t\tmax = f(i);\n")
)
ASKS = "asks new > max of another max"


def _asked(base: str, head: str) -> list[tuple[str, str]]:
    made = judged(base, head)
    assert made.verdict == DIFFERENT
    return [(one.before, one.after) for one in made.partings if one.what == ASKS]


def test_a_bound_that_is_set_a_round_later_is_told() -> None:
    before = "asks it of max = f(i)"
    after = "asks it of max = 99, and of max = f(i) of the round before"
    assert _asked(BOUND, LATER) == [(before, after)]


def test_a_bound_that_is_set_to_something_new_is_not_said_to_be_moved() -> None:
    assert _asked(BOUND, BOUND.replace("max = f(i)", "max = h(i, 1)")) == []


def test_a_test_that_is_dropped_with_what_it_asks_is_not_taken_for_the_next() -> None:
    ask = "\terr = a + {};\n\tif (err > 5)\n\t\tf({});\n"
    text = (
        "int it(int a)\n{\n\tint err;\n\n"
        + ask.format(1, 1)
        + ask.format(2, 2)
        + "\treturn 0;\n}\n"
    )
    made = judged(text, text.replace(ask.format(1, 1), ""))
    assert made.verdict == DIFFERENT
    assert not any(one.what.startswith("asks") for one in made.partings)


def test_what_is_asked_hides_no_other_edit() -> None:
    """A difference at each edit comes first: a report shows few."""
    made = judged(BOUND, LATER.replace("int i;\n", "int i;\n\n\tif (n == 5)\n\t\treturn 7;\n"))
    told = [one.what for one in made.partings]
    assert ASKS in told
    assert any("returns 7" in what for what in told[: told.index(ASKS)])
