"""Faults behind many checks, in later rounds of a loop, and such that are seen far from their
line: each is found, and told at the line that was changed."""

from __future__ import annotations

import pytest

from source.review.judgement import DIFFERENT, SAME, Judgement
from tests.source.review.versions import INCLUDE, judged

CHECKS = "\n".join(f"\tret = f({at});\n\tif (ret)\n\t\tgoto bad;" for at in range(30))
LONG = f"""
int it(struct task *p, int n, u64 flags)
{{
	void *page;
	int ret;

	if (flags & 0x300 && n > 1)
		return -EINVAL;
	page = kmalloc(8);
	if (!page)
		return -ENOMEM;
{CHECKS}
	if (flags & 0x200) {{
		ret = g(n);
		if (ret < 0)
			goto bad;
		put(p);
	}}
	return h(n, 1);
bad:
	kfree(page);
	return ret;
}}
"""

ROUNDS = """
struct ns { int level; struct ns *up; struct task *owner; };
int may(struct task *);
struct made { int level; struct { int number; struct ns *in; } at[]; };
int it(struct ns *ns, int *wanted, unsigned long count)
{
	struct made *made;
	struct ns *in = ns;
	int ret = -EINVAL, i;

	if (count > ns->level + 1)
		return -EINVAL;
	made = kmalloc(sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->level = ns->level;
	for (i = ns->level; i >= 0; i--) {
		int number = 0;

		if (count) {
			number = wanted[ns->level - i];
			if (number < 1 || number >= total)
				goto bad;
			if (!may(in->owner))
				goto bad;
			count--;
		}
		lock(NULL);
		if (number)
			number = h(number, number + 1);
		else
			number = g(1);
		unlock(NULL);
		if (number < 0) {
			ret = number;
			goto bad;
		}
		made->at[i].number = number;
		made->at[i].in = in;
		in = in->up;
	}
	return 0;
bad:
	while (++i <= ns->level)
		f(made->at[i].number);
	kfree(made);
	return ret;
}
"""

UNION = """
struct cred { int count; union { int non_rcu; void *rcu; }; struct task *user; };
int it(struct cred *p, int n)
{
	p->non_rcu = 0;
	get(p->user);
	put(p->user);
	return f(n);
}
"""

TWICE = """
static void set(struct task *p)
{
	get(p);
	p->flags = 0;
}









int it(struct task *p, int n)
{
	put(p);
	set(p);
	note("set");
	return f(n);
}
"""

FAULTS: dict[str, tuple[str, str, str]] = {
    "behind many checks": (LONG, "ret < 0", "ret < 1"),
    "a jump from behind many checks": (
        LONG,
        "ret < 0)\n\t\t\tgoto bad",
        "ret < 0)\n\t\t\treturn ret",
    ),
    "in the second round": (ROUNDS, "may(in->owner)", "may(ns->owner)"),
    "behind a write to a union": (UNION, "p->non_rcu = 0;\n\tget(p->user);", ";\n\t;"),
    "a parameter's type": (LONG, "int n,", "u8 n,"),
    "a variable's type": (LONG, "int ret;", "u8 ret;"),
    "a call doubled": (TWICE, "set(p);\n\tnote", "set(p);\n\tset(p);\n\tnote"),
    "a value that a loop returns": (
        "int it(int n)\n{\n\twhile (f(n))\n\t\tif (g(n))\n\t\t\treturn 1;\n\treturn 0;\n}",
        "return 1",
        "return 2",
    ),
    "another variable": (
        "int it(int n, int k)\n{\n\tint ret = 0;\n\n\tk = f(k);\n\tif (n)\n\t\tret = -EPERM;\n"
        '\tnote("a", k);\n' + 12 * "\n" + "\treturn ret;\n}",
        "ret = -EPERM",
        "k = -EPERM",
    ),
}


def lines(judgement: Judgement) -> list[int]:
    return [p.line for one in judgement.partings for p in (one.base, one.head) if p is not None]


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_told_at_its_line(kind: str) -> None:
    text, old, new = FAULTS[kind]
    assert text.count(old) == 1
    judgement = judged(text, text.replace(old, new))
    assert judgement.verdict == DIFFERENT, judgement
    whole = INCLUDE + text
    first = whole[: whole.index(old)].count("\n") + 1
    near = range(first - 1, first + max(old.count("\n"), new.count("\n")) + 2)
    assert set(lines(judgement)) & set(near), (first, judgement.partings)


def test_each_of_many_edits_is_told_at_its_line() -> None:
    """What is found first hides none of the others, however far they are."""
    edits = {f"ret = f({at});": f"ret = f({at} + 50);" for at in range(0, 30, 5)}
    head = LONG
    for old, new in (edits | {"\t\tput(p);": "\t\tput(p); take(p->parent);"}).items():
        head = head.replace(old, new)
    helper = "static inline void take(struct task *p) { if (p) get(p); }"
    judgement = judged(helper + LONG, helper + head)
    assert judgement.verdict == DIFFERENT
    changed = zip((INCLUDE + LONG).split("\n"), (INCLUDE + head).split("\n"), strict=True)
    wanted = {at for at, (one, two) in enumerate(changed, 1) if one != two}
    assert len(wanted) == 7 and wanted <= set(lines(judgement)), judgement.partings


def test_what_is_written_on_both_sides_of_a_new_call_is_no_difference() -> None:
    base = "void it(struct task *p) { p->pid = 1; p->flags = 2; p->clock = 3; h(1, 2); }"
    judgement = judged(base, base.replace("p->flags", "f(1); p->flags"))
    assert [each.what for each in judgement.partings] == ["now calls f(1)"]
    moved = base.replace("p->clock = 3; h(1, 2);", "h(1, 2); p->clock = 3;")
    assert judged(base, moved).verdict == DIFFERENT


def test_runs_that_do_not_end_part_only_where_both_did_something() -> None:
    """One that is cut off has not left out what it would have done next."""
    one = "int it(int n) { while (n) { f(n); n = n + 1; } return g(1); }"
    two = "int it(int n) { for (;;) { if (!n) break; f(n); n = 1 + n; } return g(1); }"
    assert judged(one, two).verdict != DIFFERENT


def test_a_field_that_shares_its_memory_is_no_difference_by_itself() -> None:
    head = UNION.replace("p->non_rcu = 0;", "p->rcu = NULL;")
    assert judged(UNION, head).verdict != DIFFERENT
    for byte, verdict in ((0, SAME), (1, DIFFERENT)):
        filled = f"memset(&p->non_rcu, {byte}, sizeof(p->non_rcu));"
        assert judged(UNION, UNION.replace("p->non_rcu = 0;", filled)).verdict == verdict
