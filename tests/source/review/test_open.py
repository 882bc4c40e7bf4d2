"""What is not understood is left open: never the same, never a difference that is made up."""

import sys
from contextlib import closing
from dataclasses import replace

import pytest

from source.review.judge import judge_bodies
from source.review.judgement import DIFFERENT, OPEN, SAME
from tests.source.review.versions import judged, units

LEFT_OPEN: dict[str, tuple[str, str]] = {
    "asm in other words": (
        'void it(int *p) { asm volatile("incl %0" : "+m"(*p)); }',
        'void it(int *p) { asm volatile("addl $1, %0" : "+m"(*p)); }',
    ),
    "a table that is not the same": (
        "static const int t[2] = { 1, 2 }; int it(int a) { return f(t[a & 1]); }",
        "static const int t[2] = { 1, 3 }; int it(int a) { return f(t[a & 1]) + 0; }",
    ),
    "bytes of a structure copied in another order": (
        "void it(struct task *p, struct task *q) { *p = *q; p->pid = 1; }",
        "void it(struct task *p, struct task *q) { p->pid = 1; *p = *q; }",
    ),
    "a jump into a loop": (
        "int it(int a) { goto in; while (f(a)) { g(1); in: g(a); } return 0; }",
        "int it(int a) { goto in; while (f(a)) { g(1); in: g(a + 0); } return 0; }",
    ),
}


@pytest.mark.parametrize("kind", LEFT_OPEN)
def test_what_is_not_followed_is_left_open(kind):
    assert judged(*LEFT_OPEN[kind]).verdict == OPEN


NEVER_THE_SAME: dict[str, tuple[str, str]] = {
    "a write by a pointer that may point there": (
        "int it(struct task *p, int *q) { p->pid = 1; *q = 2; return p->pid; }",
        "int it(struct task *p, int *q) { *q = 2; p->pid = 1; return p->pid; }",
    ),
    "a field that is another one": (
        "struct s { int a; int b; }; int it(struct s *p) { return p->a; }",
        "struct s { int b; int c; }; int it(struct s *p) { return p->c; }",
    ),
    "a field in the place of one that is wider": (
        "struct s { long a; int b; }; int it(struct s *p) { return f(p->a > 70000); }",
        "struct s { short c; int b; }; int it(struct s *p) { return f(p->c > 70000); }",
    ),
    "a field that is narrower": (
        "struct s { long a; int b; }; int it(struct s *p) { return f(p->a > 70000); }",
        "struct s { short a; int b; }; int it(struct s *p) { return f(p->a > 70000); }",
    ),
    "a bit field that is given more than it holds": (
        "struct s { int a; int b; }; int it(int n) { struct s s = { .b = n }; return f(s.b); }",
        "struct s { int a; int b : 1; }; int it(int n) { struct s s = { .b = n }; return f(s.b); }",
    ),
    "a bit field that is given another value": (
        "struct s { int a; int b; }; int m(void *); int it(void) { struct s s = { .b = 2 }; "
        "return m(&s); }",
        "struct s { int a; u32 b : 1; }; int m(void *); int it(void) { struct s s = { .b = 1 }; "
        "return m(&s); }",
    ),
    "members of a union": (
        "union u { int a; short b; }; int it(union u *p) { p->a = 5; p->b = 6; return p->a; }",
        "union u { int a; short b; }; int it(union u *p) { p->b = 6; p->a = 5; return p->a; }",
    ),
    "a local that a call may write": (
        "int it(u64 x) { struct args a = { .flags = x }; make(&a); return a.signal; }",
        "int it(u64 x) { struct args a = { .flags = x }; make(&a); return 0; }",
    ),
    "a cleanup that a goto leaves": (
        "int it(struct task *p) { { guard(&p->lock); if (f(1)) goto out; } g(1); out: return 0; }",
        "int it(struct task *p) { lock(&p->lock); if (f(1)) goto out; unlock(&p->lock); g(1); "
        "out: return 0; }",
    ),
    "a helper that is not the same": (
        "static int two(int a) { return f(a) + 1; } int it(int a) { return two(a); }",
        "static int two(int a) { return f(a) + 2; } int it(int a) { return two(a); }",
    ),
    "the sign of a comparison": (
        "int it(int a, int b) { return a < b ? f(1) : 0; }",
        "int it(int a, unsigned int b) { return a < b ? f(1) : 0; }",
    ),
}


@pytest.mark.parametrize("kind", NEVER_THE_SAME)
def test_what_may_differ_is_never_the_same(kind):
    assert judged(*NEVER_THE_SAME[kind]).verdict != SAME


def test_of_two_faults_the_first_does_not_hide_the_second():
    base = "int it(struct task *p) { get(p); if (f(1)) return -EINVAL; lock(&p->lock); return 0; }"
    head = "int it(struct task *p) { put(p); if (f(1)) return -EPERM; lock(&p->lock); return 0; }"
    judgement = judged(base, head)
    told = " ".join(p.what for p in judgement.partings)
    assert judgement.verdict == DIFFERENT
    assert "put(p)" in told and "-EPERM" in told


def test_a_judgement_leaves_the_bound_of_recursion_as_it_was():
    before = sys.getrecursionlimit()
    judged("int it(int a) { return f(a); }", "int it(int a) { return g(a); }")
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("side", [0, 1])
def test_of_what_was_not_read_in_full_nothing_is_proved(side, tmp_path):
    text = "int it(int a) { return f(a); }"
    one, two = units(text, text, str(tmp_path))
    with closing(one), closing(two):
        bodies = [unit.function("it") for unit in (one, two)]
        assert judge_bodies(*bodies, one, two).verdict == SAME
        bodies[side] = replace(bodies[side], troubles=("a goto that the reading has not",))
        judgement = judge_bodies(*bodies, one, two)
    assert judgement.verdict == OPEN
    assert [each.text for each in judgement.open_at] == ["a goto that the reading has not"]


INTO_A_BLOCK = """
int it(struct task *p, int n)
{
    void *page = kmalloc(8);
    if (!page) {
fail:
        put(p);
        return -ENOMEM;
    }
    if (f(n)) {
        kfree(page);
        goto fail;
    }
    return g(n);
}
"""


def test_a_jump_back_into_a_block_that_leaves_is_followed() -> None:
    by_hand = INTO_A_BLOCK.replace("goto fail", "put(p); return -ENOMEM")
    assert judged(INTO_A_BLOCK, by_hand.replace("fail:", "")).verdict == SAME
    without = by_hand.replace("put(p); return", "return").replace("fail:", "")
    assert judged(INTO_A_BLOCK, without).verdict == DIFFERENT
    goes_on = INTO_A_BLOCK.replace("return -ENOMEM;", "n = 2;")
    assert judged(goes_on, goes_on.replace("n = 2", "n = 3")).verdict != SAME
    inside = goes_on.replace("if (!page) {", "while (!page) {").replace("n = 2;", "break;")
    assert (
        judged(inside, inside.replace("f(n)", "f((n))").replace("put(p)", "get(p)")).verdict != SAME
    )
