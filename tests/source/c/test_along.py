"""An edit that is parsed along with its file reads as if it were read alone, or is left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

pytest.importorskip("clang.cindex")

from source.c.along import along
from source.c.beside import Beside, read_along
from source.c.edits import Edits
from source.c.given import Given
from source.c.reader import Reader, read
from tests.source.c.reading import ARGUMENTS

TEXT = """\
struct own { int a[4]; };
int there[3];
#define SYSCALL_DEFINE1(name, type, first) \\
\tstatic long __do_sys_##name(type first); \\
\tlong __se_sys_##name(long first) { return __do_sys_##name((type)first); } \\
\tstatic long __do_sys_##name(type first)
#define __releases(x)

static int one(struct own *p)
{
\tstatic int kept;

\treturn p->a[0] + kept++;
}
EXPORT_SYMBOL(one);

/* Named here. */
int
two(struct own *p) __releases(p)
{
\treturn one(p) + sizeof(*p) + there[0];
}

static const char *named(int how)
{
\tchar own[sizeof(__func__)];

\treturn how ? __func__ : named(sizeof(own));
}

SYSCALL_DEFINE1(hear, int, a)
{
\treturn a;
}

int late;

static int last(void)
{
\treturn late;
}
"""
ARGUED = [*ARGUMENTS, "-DEXPORT_SYMBOL(x)="]
_FOLDER = TemporaryDirectory(prefix="cloneproof-test-")
GIVEN = Given(Path(_FOLDER.name).resolve(), "a.c", ARGUED, {"a.c": TEXT})

EDITS = {
    "lines more": TEXT.replace("\treturn p->a[0]", "\tif (p)\n\t\treturn 1;\n\treturn p->a[0]"),
    "lines less": TEXT.replace("\n\treturn p->a[0] + kept++;", "\treturn kept;"),
    "a name on a line of its own": TEXT.replace("return one(p)", "return\n\t\t1 + one(p)"),
    "its own name": TEXT.replace("how ?", "!how ?"),
    "a comment": TEXT.replace("\treturn how", "\t/* as it is */\n\treturn how"),
    "a system call": TEXT.replace("return a;", "return a + 1;"),
    "all of them": TEXT.replace("\treturn ", "\treturn 0 + ").replace("0 + how", "!how"),
    "the last": TEXT.replace("return late", "if (late)\n\t\treturn 3;\n\treturn late"),
    "options": TEXT.replace("return a;", "return a + 1;\n#ifdef NOWHERE\n\treturn 3;\n#endif\n"),
}

LEFT = {
    "nothing": TEXT,
    "a variable": TEXT.replace("there[3]", "there[4]"),
    "how it is declared": TEXT.replace("*named(int how)", "*named(long how)"),
    "a macro in it": TEXT.replace("\treturn a;", "#define late 3\n\treturn a;"),
    "a function more": TEXT.replace("int late", "int more(void)\n{\n\treturn 0;\n}\n\nint late"),
    "an error": TEXT.replace("return a;", "return a + nothing;"),
    "what is declared later": TEXT.replace("return a;", "return a + late;"),
    "a comment that is not closed": TEXT.replace("return a;", "return a; /*"),
    "a body that ends early": TEXT.replace("return a;", "return a; } int b; int c(void) {"),
    "how often was counted": TEXT.replace("return late", "return late + __COUNTER__"),
    "no line after it": TEXT.replace("++;\n}\n", "+3;\n}\nstatic int x;\n"),
    "a name that the macros make": TEXT.replace("return a;", "return a + hea$;"),
}


def told(one: Reader | Beside) -> list[object]:
    """Return all that is told of the file."""
    extents = one.extents()
    names = [*extents, "__se_sys_hear", "no_such"]
    bodies = [one.function(name) for name in names]
    keys = [one.digest(name) for name in names]
    more = [one.record("struct own"), one.variable("there"), one.declared(), one.variables()]
    lines = repr(bodies)
    return [extents, bodies, keys, lines, more, one.absent(), one.told_errors(), one.skipped()]


def both(text: str) -> tuple[Reader, Beside] | None:
    """Return the file and an edit of it, read at once, if that can be."""
    found = along(GIVEN, text)
    return None if found is None else read_along(found)


def edited(text: str) -> Given:
    """Return what is parsed of an edit that is read alone."""
    return replace(GIVEN, texts={"a.c": text})


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_is_read_along_reads_as_if_it_were_read_alone(edit: str) -> None:
    found = both(EDITS[edit])
    assert found is not None
    assert told(found[1]) == told(read(edited(EDITS[edit])))
    assert told(found[0]) == told(read(GIVEN))


@pytest.mark.parametrize("edit", LEFT)
def test_what_may_read_otherwise_elsewhere_is_not_taken_along(edit: str) -> None:
    assert both(LEFT[edit]) is None
    edits = Edits()
    base = edits.begin(GIVEN, LEFT[edit])
    other = edits.read(edited(LEFT[edit]), GIVEN, lambda: base, ahead=True)
    assert told(other) == told(read(edited(LEFT[edit])))
    assert told(base) == told(read(GIVEN))


def test_only_the_edit_that_was_taken_along_is_answered_by_it() -> None:
    edits, (one, other) = Edits(), [EDITS[name] for name in ("a system call", "lines more")]
    base = edits.begin(GIVEN, one)
    assert isinstance(edits.read(edited(one), GIVEN, lambda: base, ahead=True), Beside)
    found = edits.read(edited(other), GIVEN, lambda: base, ahead=True)
    assert isinstance(found, Reader) and told(found) == told(read(edited(other)))
