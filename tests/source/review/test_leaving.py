"""Local variables whose address leaves on some ways, and structures that are written whole."""

from __future__ import annotations

from source.review.judgement import DIFFERENT, OPEN, SAME
from tests.source.review.versions import judged

OUT = """
int take(int, struct task **);
int it(u64 flags)
{
    int number = -1;
    struct task *found = NULL;

    if (flags & 1) {
        number = take(1, &found);
        if (number < 0)
            return number;
    }
    f(3);
    if (found)
        h(number, found->pid);
    return 0;
}
"""


def test_a_call_writes_no_local_variable_that_it_was_not_given() -> None:
    """Only where the flag is set does anybody know where ``found`` is."""
    assert judged(OUT, OUT.replace("number = -1", "number")).verdict == SAME
    late = OUT.replace("f(3);", "if (!(flags & 1)) found = NULL; f(3);")
    assert judged(OUT, late).verdict == SAME


def test_a_local_variable_without_its_first_value_is_found() -> None:
    judgement = judged(OUT, OUT.replace("*found = NULL", "*found"))
    assert judgement.verdict == DIFFERENT
    assert "struct task *found" in judgement.partings[0].head.text


def test_what_left_on_some_ways_may_be_written_on_them() -> None:
    wrong = OUT.replace("if (found)\n", "if (found && (flags & 1))\n")
    assert judged(OUT, wrong).verdict == SAME
    for other in ("if (number >= 0)\n", "if (flags & 1)\n"):
        assert judged(OUT, OUT.replace("if (found)\n", other)).verdict != SAME
    stored = OUT.replace("f(3);", "found = NULL; f(3);")
    assert judged(stored, stored.replace("if (found)", "if (0)")).verdict != SAME


WHOLE = """
union word { int all; struct { u8 low, high; } part; };
struct spin { union word word; };
struct owner { struct spin one, two; };
void it(struct owner *p)
{
    f(1);
    p->one = (struct spin) { .word = { .all = 0 } };
    p->two = (struct spin) { .word = { .all = 0 } };
    f(2);
}
"""
ONE = "p->one = (struct spin) { .word = { .all = 0 } };"


def test_a_whole_structure_that_is_not_written_is_found_at_its_line() -> None:
    judgement = judged(WHOLE, WHOLE.replace(ONE, ""))
    assert judgement.verdict == DIFFERENT
    assert judgement.partings[0].what == "no longer writes p->one"
    assert judgement.partings[0].base.text == ONE


def test_a_structure_that_is_written_in_another_way_is_no_difference() -> None:
    """Nor never the same: what its parts hold is not followed."""
    two = "p->two" + ONE[6:]
    swapped = WHOLE.replace(ONE, "ONE").replace(two, ONE).replace("ONE", two)
    for other in (swapped, WHOLE.replace(ONE, "p->one.word.all = 0;"), WHOLE.replace(ONE, 2 * ONE)):
        assert judged(WHOLE, other).verdict == OPEN
