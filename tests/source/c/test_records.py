"""Records, variables and the keys by which two readings are held against each other."""

from __future__ import annotations

from source.c.ir import CType
from tests.source.c.reading import reader

RECORD = """
struct s {
	int a;
	union { long u; struct { char v, w; }; };
	struct { int x; } in[2];
	unsigned b : 3, c : 5;
};
typedef struct { int n; } named;
"""


def places(name: str, text: str = RECORD) -> dict[str, tuple[int, int]]:
    """Return where the fields of a record begin and how wide they are, in bits."""
    found = reader(text).record(name)
    assert found is not None
    return {each.name: (each.at, each.bits) for each in found.fields}


def test_unnamed_parts_stand_among_the_records_own_fields() -> None:
    assert places("struct s") == {
        "a": (0, 32),
        "u": (64, 64),
        "v": (64, 8),
        "w": (72, 8),
        "in": (128, 64),
        "b": (192, 3),
        "c": (195, 5),
    }


def test_an_unnamed_record_is_named_by_its_field_or_its_typedef() -> None:
    assert places("struct s::in") == {"x": (0, 32)}
    assert places("named") == {"n": (0, 32)}
    body = reader(f"{RECORD} int f(struct s *p) {{ return p->in[1].x; }}").function("f")
    assert "record='struct s::in'" in repr(body) and "unnamed" not in repr(body)


def test_a_record_that_is_only_declared_is_none() -> None:
    assert reader("struct s; struct s *p;").record("struct s") is None


def key(text: str, name: str = "f") -> str | None:
    """Return a function's key."""
    return reader(text).digest(name)


USE = "int f(struct s *p) { return p->a; }"


def test_the_key_leaves_lines_names_and_growth_out() -> None:
    one = key("struct s { int a; }; " + USE)
    assert one == key("struct s { int a; long new; };\n\n" + USE.replace("p", "q"))


def test_the_key_holds_what_means_something_else() -> None:
    one = key("struct s { int a; }; " + USE)
    assert one != key("struct s { unsigned a; }; " + USE)
    assert one != key("struct s { int a; }; " + USE.replace("p->a", "p->a + 1"))


def test_the_key_holds_a_records_size_where_it_matters() -> None:
    for use in ("return sizeof(*p);", "return (p + 1) != p;", "p++; return !p;", "return p[1].a;"):
        text = f"int f(struct s *p) {{ {use} }}"
        assert key("struct s { int a; }; " + text) != key("struct s { int a, b; }; " + text)


def test_what_is_not_understood_is_told_apart_by_the_whole_function() -> None:
    text = "int f(int a) { return M; }"
    one, other = (f"#define M (int)({number} + a)\n{text}" for number in ("1.5", "2.5"))
    assert key(one) != key(other)


def test_a_variables_key_holds_its_type_and_its_value() -> None:
    texts = ("int n = 3;", "int n = 1 + 2 + 1;", "long n = 3;", "int n;")
    assert len({reader(text).variable("n") for text in texts}) == 4
    assert reader("int\nn = 3;").variable("n") == reader(texts[0]).variable("n")
    assert reader(texts[0]).variable("m") is None


def test_names_that_macros_count_are_counted_anew() -> None:
    unique = (
        "#define P(a, b) P_(a, b)\n#define P_(a, b) a##b\n#define N P(__UNIQUE_ID_x, __COUNTER__)\n"
    )
    text = "int f(int a) { int N = a; return 0; } static int N = 1; static int N = 2;"
    later = f"{unique} int g = __COUNTER__; {text}"
    assert key(unique + text) == key(later)
    assert reader(later).variables() == ["g", "__UNIQUE_ID_x#1", "__UNIQUE_ID_x#2"]


def test_types_are_spelled_without_const_and_typedefs() -> None:
    body = reader("typedef const char *name; int f(name n, volatile int *v) { return *n + *v; }")
    found = body.function("f")
    assert found is not None
    first, second = (each.type for each in found.parameters)
    assert first == CType("pointer", 64, False, "char *")
    assert second == CType("pointer", 64, False, "volatile int *")
