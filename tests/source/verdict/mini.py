"""A tree with one file that a compiler takes alone, and patches to it."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

FORK = """\
#include <linux/bounds_of.h>

#define LIMIT 7
struct task { int flags; int *count; };
extern int allowed(int what);
static int table[] = { 1, 2, 3 };

static int helper(struct task *task, int flags)
{
	if (flags & 4)
		return -22;
	task->flags = flags;
	return 0;
}

int copy_process(struct task *task, int flags)
{
	int error = helper(task, flags);

	if (error || too_many(flags))
		return error;
	if (flags > LIMIT && !allowed(21))
		return -1;
#ifdef CONFIG_NOWHERE
	task->flags |= 1;
#endif
	return table[1];
}
"""
LIMITS = "#define HIGHEST 100\n"
HEADER = """\
#include <linux/limits_of.h>

#define MOST HIGHEST

struct unused { int one; };

static inline int too_many(int flags)
{
	return flags > MOST;
}
"""
MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n"
DRIVER = "int probe_it(void)\n{\n\treturn 0;\n}\n"
PAGE = "One.\n"
THREAD = """\
int copy_thread(int flags)
{
#ifdef __aarch64__
	return flags & 8;
#else
	return 0;
#endif
}
"""
FILES = {
    "kernel/fork.c": FORK,
    "include/linux/bounds_of.h": HEADER,
    "include/linux/limits_of.h": LIMITS,
    "Makefile": MAKEFILE,
    "drivers/x/x.c": DRIVER,
    "arch/arm64/kernel/process.c": THREAD,
    "Documentation/x.rst": PAGE,
}


def lay(folder: Path) -> Path:
    """Write the tree into a folder, and return that."""
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def diff(*edits: tuple[str, str], path: str = "kernel/fork.c", text: str = "") -> str:
    """Return a patch that puts other words for some, each of which stands once in a file."""
    before = after = text or FILES[path]
    for old, new in edits:
        assert after.count(old) == 1, old
        after = after.replace(old, new)
    lines = unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(lines)


def mail(subject: str, body: str) -> str:
    """Return a patch as a mail."""
    return (
        "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
        f"From: A <a@b>\nSubject: {subject}\nMessage-ID: <{abs(hash(body))}@b>\n\n"
        f"Because.\n---\n {body.count('@@') // 2} changes\n\n{body}-- \n2.43.0\n\n"
    )
