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
from checker.engines.gates import FALSE, INDEXED, RULES, TRUE, Bits, Gates
from checker.engines.nodes import NAMES
from checker.independent.printer import Printer

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
    "distinct": lambda v, w: v[0] != v[1],
    "bvnot": lambda v, w: ~v[0],
    "bvand": lambda v, w: v[0] & v[1],
    "bvor": lambda v, w: v[0] | v[1],
    "bvxor": lambda v, w: v[0] ^ v[1],
    "bvadd": lambda v, w: v[0] + v[1],
    "bvsub": lambda v, w: v[0] - v[1],
    "bvmul": lambda v, w: v[0] * v[1],
    "bvult": lambda v, w: v[0] < v[1],
    "bvugt": lambda v, w: v[0] > v[1],
    "bvule": lambda v, w: v[0] <= v[1],
    "bvuge": lambda v, w: v[0] >= v[1],
    "bvslt": lambda v, w: signed(v[0], w) < signed(v[1], w),
    "bvsgt": lambda v, w: signed(v[0], w) > signed(v[1], w),
    "bvsle": lambda v, w: signed(v[0], w) <= signed(v[1], w),
    "bvsge": lambda v, w: signed(v[0], w) >= signed(v[1], w),
    "concat": lambda v, w: v[0] << w | v[1],
}
"""What SMT-LIB says of operators on words, two of one width unless they take one."""

ON_TRUTHS: dict[str, tuple[int, Meaning]] = {
    "true": (0, lambda v, w: 1),
    "false": (0, lambda v, w: 0),
    "not": (1, lambda v, w: not v[0]),
    "and": (3, lambda v, w: all(v)),
    "or": (3, lambda v, w: any(v)),
    "=>": (2, lambda v, w: not v[0] or v[1]),
    "xor": (2, lambda v, w: v[0] != v[1]),
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
    assert {*SHARED, *ON_TRUTHS, *OTHERS} == set(RULES) == set(NAMES.values())


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("name", SHARED)
def test_an_operator_on_words_is_what_it_should_be_for_all_small_operands(
    name: str, width: int
) -> None:
    check(name, [width] * (1 if name == "bvnot" else 2), width, SHARED[name])


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
INPUTS = {w: [z3.BitVec(f"{letter}{w}", w) for letter in "abc"] for w in WIDTHS}
TRUTHS = [z3.Bool(letter) for letter in "pqr"]
COMPARE = [z3.ULT, z3.ULE, z3.UGT, z3.UGE, *(
    (lambda a, b: a < b), (lambda a, b: a <= b), (lambda a, b: a > b), (lambda a, b: a >= b),
    (lambda a, b: a == b), z3.Distinct,
)]
JOIN = [
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
        few = [*INPUTS[width], z3.BitVecVal(draw(NUMBERS), width)]
        return pick(draw, few)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return ~draw(words(width, depth - 1))
    if kind == 1:
        return z3.If(draw(truths(depth - 1)), *(draw(words(width, depth - 1)) for _ in range(2)))
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
        return z3.Extract(low + width - 1, low, term)
    grow = draw(st.sampled_from([z3.ZeroExt, z3.SignExt]))
    return grow(width - other, term) if other < width else term


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
        [z3.Not(left), z3.And(left, right), z3.Or(left, right), z3.Implies(left, right),
         z3.Xor(left, right), z3.If(left, right, z3.Not(right))],
    )


def by_z3(term: Any, facts: dict[str, int]) -> bool:
    inputs = [one for width in WIDTHS for one in INPUTS[width]]
    pairs = [(one, z3.BitVecVal(facts[str(one)], one.size())) for one in inputs]
    pairs += [(one, z3.BoolVal(bool(facts[str(one)]))) for one in TRUTHS]
    return bool(z3.is_true(z3.simplify(z3.substitute(term, *pairs))))


FACTS = st.fixed_dictionaries(
    {str(one): NUMBERS.map(lambda n, w=w: n % 2**w) for w in WIDTHS for one in INPUTS[w]}
    | {str(one): st.integers(0, 1) for one in TRUTHS}
)


def fixed_bits(inputs: dict[str, Bits], facts: dict[str, int]) -> Bits:
    return [
        bit if facts[name] >> place & 1 else -bit
        for name, bits in inputs.items()
        for place, bit in enumerate(bits)
    ]


@given(truths(4), FACTS)
def test_a_term_as_gates_is_what_z3_says_it_is(term: Any, facts: dict[str, int]) -> None:
    with Minisat22() as solver:
        blaster = Blaster(solver.add_clause)
        out = blaster.truth(term)
        fixed = fixed_bits(blaster.inputs, facts)
        wanted = out if by_z3(term, facts) else -out
        assert solver.solve(assumptions=[*fixed, wanted])
        assert not solver.solve(assumptions=[*fixed, -wanted])


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


def test_an_operator_that_is_unknown_is_refused() -> None:
    a, b = INPUTS[16][:2]
    two_widths = z3.And(z3.BitVec("x", 8) == 1, z3.BitVec("x", 9) == 1)
    for term in (a % b == a, z3.Int("i") == 3, two_widths):
        with pytest.raises(Unsupported):
            Blaster(lambda clause: None).truth(term)


def test_numbers_written_into_operators_are_those_of_smtlib() -> None:
    assert INDEXED == {"extract": 2, "zero_extend": 1, "sign_extend": 1}
