"""Changes of what a function does are found, at the changed line."""

import pytest

from source.review.judgement import DIFFERENT
from tests.source.review.versions import INCLUDE, judged

TEXT = """
int it(struct task *p, u64 flags, int n)
{
	struct args args = { .flags = flags, .signal = 17 };
	struct task *child;
	void *page;
	int ret = -EINVAL;
	int i;

	if ((flags & 0x300) == 0x300)
		return -EINVAL;
	if (n < 0 || n > 64)
		return -EPERM;
	page = kmalloc(4096);
	if (!page)
		return -ENOMEM;
	child = find(n);
	if (IS_ERR(child)) {
		ret = PTR_ERR(child);
		goto bad_page;
	}
	memset(&child->in, 0, sizeof(child->in));
	child->flags = p->flags & ~8u;
	child->small = n;
	lock(&p->lock);
	if (p->parent)
		get(p->parent);
	for (i = 0; i < n; i++) {
		ret = f(i);
		if (ret)
			goto bad_lock;
	}
	switch (args.signal) {
	case 0:
		child->on = false;
		break;
	default:
		child->on = n & 2;
	}
	args.stack = page;
	ret = make(&args);
	if (ret < 0)
		goto bad_lock;
	WRITE_ONCE(total, total + 1);
	unlock(&p->lock);
	put(child);
	return ret;

bad_lock:
	unlock(&p->lock);
	put(child);
bad_page:
	kfree(page);
	return ret;
}
"""

CHANGES = [
    ("(flags & 0x300) == 0x300", "(flags & 0x300) == 0x100"),
    ("(flags & 0x300) == 0x300", "(flags & 0x700) == 0x300"),
    ("n < 0 || n > 64", "n < 0 || n >= 64"),
    ("n < 0 || n > 64", "n < 0 && n > 64"),
    ("n < 0 || n > 64", "n > 64"),
    ("return -EPERM", "return -EINVAL"),
    ("kmalloc(4096)", "kmalloc(4095)"),
    ("if (!page)", "if (page)"),
    ("return -ENOMEM", "return 0"),
    ("IS_ERR(child)", "!child"),
    ("ret = PTR_ERR(child);", ";"),
    ("goto bad_page", "goto bad_lock"),
    ("memset(&child->in, 0, sizeof(child->in));", ";"),
    ("sizeof(child->in)", "sizeof(child)"),
    ("p->flags & ~8u", "p->flags & ~4u"),
    ("p->flags & ~8u", "p->flags"),
    ("child->small = n", "child->small = n + 256, child->pid = n"),
    ("lock(&p->lock);\n\tif", "lock(&child->lock);\n\tif"),
    ("lock(&p->lock);\n\tif", "if"),
    ("if (p->parent)\n\t\tget", "get"),
    ("get(p->parent)", "get(p)"),
    ("get(p->parent)", "put(p->parent)"),
    ("i = 0; i < n", "i = 1; i < n"),
    ("i = 0; i < n", "i = 0; i <= n"),
    ("ret = f(i)", "ret = g(i)"),
    ("if (ret)\n\t\t\tgoto bad_lock", "if (ret < 0)\n\t\t\tgoto bad_lock"),
    ("case 0:\n\t\tchild->on = false", "case 17:\n\t\tchild->on = false"),
    ("n & 2", "n & 3"),
    ("args.stack = page;", ""),
    ("ret = make", "make"),
    ("ret < 0", "ret <= 0"),
    ("ret < 0)\n\t\tgoto bad_lock", "ret < 0)\n\t\tgoto bad_page"),
    ("total + 1", "total + 2"),
    ("WRITE_ONCE(total, total + 1)", "total = total + 1"),
    ("\tunlock(&p->lock);\n\tput(child);\n\treturn", "\tput(child);\n\treturn"),
    ("unlock(&p->lock);\n\tput(child);\n\treturn", "put(child);\n\tunlock(&p->lock);\n\treturn"),
    ("put(child);\n\treturn", "put(child);\n\tput(child);\n\treturn"),
    ("put(child);\nbad_page", "put(p);\nbad_page"),
    ("kfree(page);\n\treturn", "return"),
]


def test_a_narrower_parameter_is_found():
    assert judged(TEXT, TEXT.replace("u64 flags", "u32 flags")).verdict == DIFFERENT


def test_a_first_value_that_nobody_reads_is_no_difference():
    new = TEXT.replace("int ret = -EINVAL;", "int ret = 0;")
    assert judged(TEXT, new).verdict != DIFFERENT


def _line(text: str, old: str) -> int:
    whole = INCLUDE + text
    return whole[: whole.index(old)].count("\n") + 1


@pytest.mark.parametrize("old, new", CHANGES)
def test_a_change_is_found_at_its_line(old, new):
    assert TEXT.count(old) == 1, old
    judgement = judged(TEXT, TEXT.replace(old, new))
    assert judgement.verdict == DIFFERENT, judgement
    first = _line(TEXT, old)
    lines = [(p.base and p.base.line, p.head and p.head.line) for p in judgement.partings]
    last = first + max(old.count("\n"), new.count("\n"))
    assert any(a and first <= a <= last or b and first <= b <= last for a, b in lines), (
        first,
        judgement.partings,
    )


def test_what_the_reading_and_the_comparison_assume_is_told() -> None:
    """Two things that are taken for granted and may be otherwise in a machine."""
    field = "int it(struct task *p) {{ if ({}) return 1; put(p); return 0; }}"
    one = judged(field.format("!&p->node"), field.format("!&p->node && p"))
    assert any("near the last address" in told for told in one.assumed)
    known = "int it(int a) {{ return __builtin_constant_p(a) ? f(a) : {}; }}"
    other = judged(known.format("g(a)"), known.format("g((a))"))
    assert any("__builtin_constant_p" in told for told in other.assumed)
    plain = judged("int it(int a) { return f(a); }", "int it(int a) { return f((a)); }")
    assert not any("constant_p" in told or "last address" in told for told in plain.assumed)
