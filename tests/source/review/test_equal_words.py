"""What the kernel's own words make equal is equal, and what is nearly so is not."""

from __future__ import annotations

import pytest

pytest.importorskip("clang.cindex")

from source.review.judgement import DIFFERENT, SAME
from tests.source.review.versions import judged

COUNTERS = (
    "long atomic_long_sub_return(long i, long *v); long atomic_long_add_return(long i, long *v);\n"
    "void atomic_inc(int *v); void atomic_add(int i, int *v);\n"
    "long it(long v, long *a, int *b) {{ atomic_{}; return atomic_long_{}; }}\n"
)

FD = """
struct fd { unsigned long word; };
struct fd fdget(unsigned int fd);
void fput(struct task *);
static inline bool fd_empty(struct fd f) { return unlikely(!f.word); }
static inline struct task *fd_file(struct fd f) { return (struct task *)(f.word & ~3UL); }
static inline void fdput(struct fd fd) { if (unlikely(fd.word & 1)) fput(fd_file(fd)); }
static inline void class_fd_destructor(struct fd *p) { struct fd _T = *p; fdput(_T); }
static inline struct fd class_fd_constructor(int fd) { struct fd t = fdget(fd); return t; }
"""
BY_HAND = """
int it(int fd, int flags)
{
    struct fd f = fdget(fd);
    int err = 0;
    if (fd_empty(f))
        return -EINVAL;
    err = g(flags);
    if (err)
        goto out;
    err = h(flags, 1);
out:
    fdput(f);
    return err;
}
"""
BY_SCOPE = BY_HAND.replace("    fdput(f);\n", "").replace(
    "struct fd f = fdget(fd)",
    "struct fd f __attribute__((cleanup(class_fd_destructor))) = class_fd_constructor(fd)",
)


def test_to_subtract_is_to_add_the_negative() -> None:
    base = COUNTERS.format("inc(b)", "sub_return(v, a)")
    assert judged(base, COUNTERS.format("add(1, b)", "add_return(-v, a)")).verdict == SAME
    for inc, sub in (("add(1, b)", "add_return(v, a)"), ("add(2, b)", "add_return(-v, a)")):
        assert judged(base, COUNTERS.format(inc, sub)).verdict == DIFFERENT


RETURNED = (
    "int atomic_dec_and_test(int *v); int atomic_sub_return(int i, int *v);\n"
    "int atomic_fetch_add(int i, int *v); int atomic_fetch_inc_relaxed(int *v);\n"
    "void atomic_inc(int *v); int atomic_fetch_sub_release(int i, int *v);\n"
    "int it(int *v) {{ {} }}\n"
)


def test_what_adds_alike_is_one_addition_whatever_it_returns_of_it() -> None:
    ways = ("!atomic_sub_return(1, v)", "atomic_fetch_add(-1, v) == 1", "atomic_dec_and_test(v)")
    tested = [RETURNED.format(f"return f({way} ? 2 : 3);") for way in ways]
    assert [judged(tested[0], other).verdict for other in tested[1:]] == [SAME, SAME]
    counted = RETURNED.format("atomic_inc(v); return 0;")
    fetched = "int old = atomic_fetch_inc_relaxed(v); {} return 0;"
    assert judged(counted, RETURNED.format(fetched.format(""))).verdict == SAME
    judgement = judged(counted, RETURNED.format(fetched.format("if (!old) f(1);")))
    assert [each.what for each in judgement.partings] == ["now calls f(1)"]
    late = RETURNED.format("return f(atomic_fetch_sub_release(1, v) == 1 ? 2 : 3);")
    assert judged(tested[0], late).verdict == DIFFERENT


def test_what_a_scope_puts_is_what_a_label_puts() -> None:
    assert judged(FD + BY_HAND, FD + BY_SCOPE).verdict == SAME
    late = BY_HAND.replace("        goto out;", "        return err;")
    assert judged(FD + BY_SCOPE, FD + late).verdict == DIFFERENT


def test_a_descriptor_without_a_file_has_no_flags() -> None:
    head = (
        "unsigned long __fdget(unsigned int fd); void fput(void *);\n"
        "void it(int fd) {{ unsigned long v = __fdget(fd); {}\n"
        "if (v & 1) fput((void *)(v & ~3)); }}\n"
    )
    assert judged(head.format(""), head.format("if (!(v & ~3)) return;")).verdict == SAME
    assert judged(head.format(""), head.format("if (!(v & ~7)) return;")).verdict == DIFFERENT


INSIDE = """
static inline void hold(struct task *t) {{ if (t) get(t); }}
static int prepare(struct task *t) {{ int n = f(1); if (n < 0) return n; hold(t); return n; }}
int it(struct task *t) {{ {} put(t); return n; }}
"""


def test_what_stands_in_a_helper_or_beside_it_is_read_alike() -> None:
    """A call that one side makes in a function of its own is no more on one side alone."""
    base = INSIDE.format("int n = prepare(t); if (n < 0) return n;")
    head = INSIDE.format("int n = f(1); if (n < 0) return n; hold(t);")
    assert judged(base, head).verdict == SAME
    without = INSIDE.format("int n = f(1); if (n < 0) return n;")
    assert judged(base, without).verdict == DIFFERENT


ERRORS = """
struct task *open(int);
static int put_off(struct task **made, int n)
{
    struct task *found = open(n);
    if (IS_ERR(found)) {
        g(1);
        return PTR_ERR(found);
    }
    *made = found;
    return n & 7;
}
"""
BY_HELPER = """
int it(int n)
{
    struct task *made = NULL;
    int ret = put_off(&made, n);
    if (ret < 0)
        return ret;
    return f(ret);
}
"""
IN_PLACE = """
int it(int n)
{
    struct task *found = open(n);
    if (IS_ERR(found)) {
        g(1);
        return PTR_ERR(found);
    }
    return f(n & 7);
}
"""


def test_the_number_of_an_error_pointer_is_below_0() -> None:
    assert judged(ERRORS + BY_HELPER, ERRORS + IN_PLACE).verdict == SAME
    other = ERRORS.replace("IS_ERR(found)", "!found")
    assert (
        judged(other + BY_HELPER, other + IN_PLACE.replace("IS_ERR(found)", "!found")).verdict
        != SAME
    )


def test_a_field_that_becomes_a_bit_field_is_the_same_for_what_fits_it() -> None:
    """That nobody keeps more there is taken so, and said."""
    whole = "struct s { u64 a; int one; int b; }; int m(struct s *);\n"
    bits = "struct s { u64 a; u32 one : 1; int b; }; int m(struct s *);\n"
    text = (
        "int it(int n) { struct s s = { .a = n, .one = 1 }; return m(&s) + (s.one ? f(1) : g(1)); }"
    )
    judgement = judged(whole + text, bits + text)
    assert judgement.verdict == SAME
    assert "struct s.one holds on both sides what fits the narrower one" in judgement.assumed
    assert judged(whole + text, bits + text.replace("one = 1", "one = 0")).verdict == DIFFERENT


@pytest.mark.parametrize("asked", ["ask()", "READ_ONCE(p->on)"])
def test_what_says_yes_or_no_is_kept_as_it_is(asked) -> None:
    text = "bool ask(void); int it(struct task *p) {{ if ({}) return f(1); return 0; }}"
    kept = text.format(f"({{ bool made = {asked}; made; }})")
    assert judged(text.format(asked), kept).verdict == SAME
