"""The step from term to gate: every gate and every operator against what SMT-LIB says it is."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st
from pysat.solvers import Minisat22

from checker.certificates.encode import encode
from checker.certificates.script import read_script, text_of
from checker.engines.blast import Blaster, Unsupported
from checker.engines.from_z3 import from_z3
from checker.engines.gates import FALSE, INDEXED, RULES, TRUE, Bits, Gates, constant
from checker.engines.in_z3 import in_z3
from checker.engines.late import LateBlaster
from checker.engines.sat import Sat
from checker.independent.printer import Printer
from checker.readings.put import put
from model.algebra import (
    at_most,
    below,
    both,
    complement,
    either,
    implies,
    no,
    same,
    when,
    widened,
)
from model.node import INT
from model.terms import extract, number, open_truth, open_word

LITERALS = (TRUE, FALSE, 2, -2, 3, -3, 4, -4)
"""Every way in which an operand of a gate can be a constant, an input, or its negation."""


class Circuit:
    """Clauses with a solver: what follows for an output once the inputs are fixed."""

    def __init__(self, inputs: int) -> None:
        self.solver = Minisat22()
        self.gates = Gates(self.solver.add_clause)
        self.inputs = [self.gates.fresh() for _ in range(inputs)]

    def only(self, fixed: Bits, outputs: Bits) -> int | None:
        """Return the one number that the outputs can be; ``None`` if there are others."""
        assert self.solver.solve(assumptions=fixed)
        true = set(self.solver.get_model()) | {TRUE}
        found = [bit in true for bit in outputs]
        for bit, value in zip(outputs, found, strict=True):
            if self.solver.solve(assumptions=[*fixed, -bit if value else bit]):
                return None
        return sum(1 << place for place, value in enumerate(found) if value)


def assignments(inputs: Bits) -> Iterator[dict[int, bool]]:
    for values in product((False, True), repeat=len(inputs)):
        yield {TRUE: True, **dict(zip(inputs, values, strict=True))}


def value(literal: int, of: dict[int, bool]) -> bool:
    return of[abs(literal)] is (literal > 0)


GATES: dict[str, tuple[int, Callable[..., bool]]] = {
    "both": (2, lambda a, b: a and b),
    "either": (2, lambda a, b: a or b),
    "differ": (2, lambda a, b: a is not b),
    "choose": (3, lambda a, b, c: b if a else c),
    "most": (3, lambda *some: sum(some) > 1),
    "all": (3, lambda *some: all(some)),
    "any": (3, lambda *some: any(some)),
}


@pytest.mark.parametrize("name", GATES)
def test_a_gate_is_its_truth_table_whatever_its_operands_are(name: str) -> None:
    count, meaning = GATES[name]
    for operands in product(LITERALS, repeat=count):
        circuit = Circuit(3)
        gate = getattr(circuit.gates, name)
        out = gate(list(operands)) if name in ("all", "any") else gate(*operands)
        for of in assignments(circuit.inputs):
            fixed = [bit if of[bit] else -bit for bit in circuit.inputs]
            wanted = meaning(*(value(one, of) for one in operands))
            assert circuit.only(fixed, [out]) == wanted, operands


def signed(number: int, width: int) -> int:
    return number - (1 << width) if number >> (width - 1) else number


Meaning = Callable[[list[int], int], int]
SHARED: dict[str, Meaning] = {
    "=": lambda v, w: v[0] == v[1],
    "bvand": lambda v, w: v[0] & v[1],
    "bvor": lambda v, w: v[0] | v[1],
    "bvxor": lambda v, w: v[0] ^ v[1],
    "bvadd": lambda v, w: v[0] + v[1],
    "bvsub": lambda v, w: v[0] - v[1],
    "bvmul": lambda v, w: v[0] * v[1],
    "bvult": lambda v, w: v[0] < v[1],
    "bvslt": lambda v, w: signed(v[0], w) < signed(v[1], w),
    "concat": lambda v, w: v[0] << w | v[1],
}
"""What SMT-LIB says of operators on words, two of one width unless they take one."""

ON_TRUTHS: dict[str, tuple[int, Meaning]] = {
    "not": (1, lambda v, w: not v[0]),
    "and": (3, lambda v, w: all(v)),
    "or": (3, lambda v, w: any(v)),
}
OTHERS = {"ite", "extract", "zero_extend", "sign_extend"}


def check(name: str, widths: list[int], width: int, meaning: Meaning, numbers: Any = ()) -> None:
    circuit = Circuit(sum(widths))
    bits, operands = iter(circuit.inputs), []
    for one in widths:
        operands.append([next(bits) for _ in range(one)])
    out = RULES[name](circuit.gates, operands, numbers)
    for values in product(*(range(1 << one) for one in widths)):
        fixed = [
            bit if number >> place & 1 else -bit
            for number, word in zip(values, operands, strict=True)
            for place, bit in enumerate(word)
        ]
        wanted = int(meaning(list(values), width)) & ((1 << len(out)) - 1)
        assert circuit.only(fixed, out) == wanted, (name, width, values)


def test_no_operator_is_left_out() -> None:
    assert {*SHARED, *ON_TRUTHS, *OTHERS} == set(RULES)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("name", SHARED)
def test_an_operator_on_words_is_what_it_should_be_for_all_small_operands(
    name: str, width: int
) -> None:
    check(name, [width, width], width, SHARED[name])


@pytest.mark.parametrize("name", ["bvult", "bvslt"])
def test_a_comparison_with_a_number_is_what_it_should_be_for_each_number_and_operand(
    name: str,
) -> None:
    """Bits of a number go run by run; this is every pattern of runs of 5 bits."""
    width = 5
    for number_, left in product(range(1 << width), (True, False)):
        circuit, known = Circuit(width), constant(number_, width)
        operands = [known, circuit.inputs] if left else [circuit.inputs, known]
        out = RULES[name](circuit.gates, operands, ())
        for other in range(1 << width):
            bits = enumerate(circuit.inputs)
            fixed = [bit if other >> place & 1 else -bit for place, bit in bits]
            values = [number_, other] if left else [other, number_]
            assert circuit.only(fixed, out) == SHARED[name](values, width), values


@pytest.mark.parametrize("name", ON_TRUTHS)
def test_an_operator_on_truths_is_what_it_should_be(name: str) -> None:
    count, meaning = ON_TRUTHS[name]
    check(name, [1] * count, 1, meaning)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_operators_with_numbers_and_choices_are_what_they_should_be(width: int) -> None:
    check("ite", [1, width, width], width, lambda v, w: v[1] if v[0] else v[2])
    for more in range(4):
        check("zero_extend", [width], width, lambda v, w: v[0], (more,))
        check("sign_extend", [width], width, lambda v, w: signed(v[0], w), (more,))
    for high in range(width):
        for low in range(high + 1):
            check("extract", [width], width, lambda v, w, low=low: v[0] >> low, (high, low))


# ---- at full width ------------------------------------------------------------------------

WIDTHS = (16, 32, 64)
INPUTS = {w: [open_word(f"{letter}{w}", w) for letter in "abc"] for w in WIDTHS}
TRUTHS = [open_truth(letter) for letter in "pqr"]
COMPARE: list[Any] = [
    below, at_most, (lambda a, b: a < b), (lambda a, b: a <= b), (lambda a, b: a > b),
    (lambda a, b: a >= b), (lambda a, b: a == b), (lambda a, b: a != b),
]
JOIN: list[Any] = [
    (lambda a, b: a & b), (lambda a, b: a | b), (lambda a, b: a ^ b),
    (lambda a, b: a + b), (lambda a, b: a - b), (lambda a, b: a * b),
]
NUMBERS = st.one_of(st.integers(0, 4), st.integers(0, 2**64 - 1), st.sampled_from([2**63, 2**31]))


def pick(draw: Any, some: list[Any]) -> Any:
    """Draw one of some terms or operators; terms cannot be looked up, as Hypothesis does."""
    return some[draw(st.integers(0, len(some) - 1))]


@st.composite
def words(draw: Any, width: int, depth: int) -> Any:
    """Return a random term of a width."""
    if depth == 0:
        few = [*INPUTS[width], number(draw(NUMBERS) % 2**width, width)]
        return pick(draw, few)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return complement(draw(words(width, depth - 1)), width)
    if kind == 1:
        return when(draw(truths(depth - 1)), *(draw(words(width, depth - 1)) for _ in range(2)))
    if kind == 2:
        return draw(resized(width, depth - 1))
    join = draw(st.sampled_from(JOIN))
    return join(draw(words(width, depth - 1)), draw(words(width, depth - 1)))


@st.composite
def resized(draw: Any, width: int, depth: int) -> Any:
    """Return a word of a width, made from one of another."""
    other = draw(st.sampled_from(WIDTHS))
    term = draw(words(other, depth))
    if other > width:
        low = draw(st.integers(0, other - width))
        return extract(term, low + width - 1, low)
    if other == width:
        places = draw(st.integers(0, width))
        return term << places if draw(st.booleans()) else term >> places
    return widened(term, width, signed=draw(st.booleans()))


@st.composite
def truths(draw: Any, depth: int) -> Any:
    """Return a random truth."""
    if depth == 0:
        return pick(draw, TRUTHS)
    if draw(st.booleans()):
        width = draw(st.sampled_from(WIDTHS))
        compare = draw(st.sampled_from(COMPARE))
        return compare(draw(words(width, depth - 1)), draw(words(width, depth - 1)))
    left, right = draw(truths(depth - 1)), draw(truths(depth - 1))
    return pick(
        draw,
        [no(left), both(left, right), either(left, right), implies(left, right),
         same(left, right), no(same(left, right)), when(left, right, no(right))],
    )


ALL = [*(one for width in WIDTHS for one in INPUTS[width]), *TRUTHS]


def by_z3(term: Any, facts: dict[str, int]) -> bool:
    """Return what z3 says that a term, ours or its own, comes to."""
    known = [
        z3.BitVecVal(facts[one.name], one.width) if one.width else z3.BoolVal(bool(facts[one.name]))
        for one in ALL
    ]
    own = term if z3.is_expr(term) else in_z3(term)
    pairs = zip(map(in_z3, ALL), known, strict=True)
    return bool(z3.is_true(z3.simplify(z3.substitute(own, *pairs))))


def plainly(term: Any, facts: dict[str, int]) -> Any:
    """Return what a term comes to where its inputs are put in."""
    known = [
        number(facts[one.name], one.width) if one.width else bool(facts[one.name]) for one in ALL
    ]
    return put(term, ALL, known)


FACTS = st.fixed_dictionaries(
    {one.name: NUMBERS.map(lambda n, w=w: n % 2**w) for w in WIDTHS for one in INPUTS[w]}
    | {one.name: st.integers(0, 1) for one in TRUTHS}
)


def fixed_bits(inputs: dict[str, Bits], facts: dict[str, int]) -> Bits:
    return [
        bit if facts[name] >> place & 1 else -bit
        for name, bits in inputs.items()
        for place, bit in enumerate(bits)
    ]


@given(truths(4), FACTS)
def test_a_term_is_to_z3_and_as_gates_what_it_is_with_its_inputs_put_in(
    term: Any, facts: dict[str, int]
) -> None:
    assert plainly(term, facts) is by_z3(term, facts)
    assert from_z3(in_z3(term)) is term
    with Minisat22() as solver:
        blaster = Blaster(solver.add_clause)
        out = blaster.truth(term)
        fixed = fixed_bits(blaster.inputs, facts)
        wanted = out if by_z3(term, facts) else -out
        assert solver.solve(assumptions=[*fixed, wanted])
        assert not solver.solve(assumptions=[*fixed, -wanted])


@given(truths(4))
def test_what_is_put_off_is_said_before_an_answer_stands(term: Any) -> None:
    """What cannot be while comparisons are open cannot be; what they come to is what z3 says."""
    by_z3_alone = z3.Solver()
    by_z3_alone.add(in_z3(term))
    possible = by_z3_alone.check() == z3.sat
    with Minisat22() as solver:
        late = LateBlaster(solver.add_clause)
        out = late.truth(term)
        assert solver.solve(assumptions=[out]) or not possible
        late.settle()
        assert solver.solve(assumptions=[out]) is possible
        assert not late.settle()
    engine = Sat([], blaster=LateBlaster)
    assert engine.ask(engine.constraint(term)).status == ("sat" if possible else "unsat")


def roughly_impossible(term: Any) -> bool:
    with Minisat22() as solver:
        late = LateBlaster(solver.add_clause)
        return not solver.solve(assumptions=[late.truth(term)])


def test_a_comparison_that_is_put_off_is_one_and_the_same_wherever_it_stands() -> None:
    a, b, c = INPUTS[16]
    less = below(a + b, c)
    assert roughly_impossible(both(less, no(less)))
    assert not roughly_impossible(both(less, below(c, a + b)))  # it cannot be, but roughly it might
    assert not roughly_impossible(less)
    assert roughly_impossible(both(below(a, number(4, 16)), below(number(9, 16), a)))


def test_an_operator_that_is_not_known_is_put_off_for_another_solver() -> None:
    """Here the sum that a comparison is made of: nothing is said of it, before or after."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delitem(RULES, "bvadd")
        a, b, c = INPUTS[16]
        engine = Sat([], blaster=LateBlaster)
        asked = engine.constraint(below(a + b, c))
        assert [engine.attempt(engine.quick, asked) for _ in range(2)] == [None, None]


@given(truths(3), FACTS)
def test_the_text_of_a_term_means_the_term_to_z3_and_to_the_encoder(
    term: Any, facts: dict[str, int]
) -> None:
    printer = Printer()
    printer.ask(term)
    text = text_of(printer.script)
    (back,) = z3.parse_smt2_string(text)
    assert by_z3(back, facts) == by_z3(term, facts)
    script = read_script(text)
    with Minisat22() as solver:
        encoded = encode(script, solver.add_clause)
        (out,) = encoded.questions
        fixed = fixed_bits(encoded.inputs, facts)
        wanted = out if by_z3(term, facts) else -out
        assert solver.solve(assumptions=[*fixed, wanted])
        assert not solver.solve(assumptions=[*fixed, -wanted])


def test_what_cannot_be_encoded_is_refused() -> None:
    x, y = z3.BitVecs("x y", 8)
    with pytest.raises(Unsupported):
        from_z3(x % y == x)
    two_widths = both(open_word("x", 8) == 1, open_word("x", 9) == 1)
    for term in (open_word("i", INT) == 3, two_widths):
        with pytest.raises(Unsupported):
            Blaster(lambda clause: None).truth(term)


def test_what_z3_simplifies_is_read_back() -> None:
    x, y = z3.BitVecs("x y", 8)
    p, i = z3.Bool("p"), z3.Int("i")
    for made in (
        z3.UGE(x, y), z3.ULE(x, y), z3.UGT(x, y), x >= y, x > y, x <= y, ~x == -y,
        z3.Xor(p, x == y), z3.Distinct(x, y), z3.Distinct(x, y, x + 1),
        z3.Implies(p, i * 3 - 2 >= -i),
        z3.Extract(3, 0, x + y + 3) == 4, z3.If(p, i, -i) > 3,
        z3.SignExt(4, x) == z3.Concat(z3.Extract(3, 0, y), y),
    ):
        for term in (made, z3.simplify(made)):
            solver = z3.Solver()
            solver.add(in_z3(from_z3(term)) != made)
            assert solver.check() == z3.unsat, term


def test_numbers_written_into_operators_are_those_of_smtlib() -> None:
    assert INDEXED == {"extract": 2, "zero_extend": 1, "sign_extend": 1}
