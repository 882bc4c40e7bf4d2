"""Proof: whether two ends can differ, asked of a solver in one question with a budget."""

from __future__ import annotations

from typing import Any

import z3

from source.review.arithmetic import Arithmetic
from source.review.terms import HISTORY, RECORD, TRUTH, Term, address_number, width_of

BUDGET = 15_000_000
"""The solver's own units of work for one question: a busy machine changes no verdict."""

EQUAL, APART, UNKNOWN = "equal", "apart", "unknown"

Formula = Any


class Translation:
    """Terms as formulas of quantifier-free bit vectors with uninterpreted functions and arrays.

    With ``apart`` every free term is a variable of its own, which is weaker but quick.
    """

    def __init__(self, terms: Arithmetic, apart: bool = False) -> None:
        self.terms = terms
        self.apart = apart
        self.context = z3.Context()
        self.free: dict[Term, Formula] = {}
        self._done: dict[Term, Formula] = {}
        self._history = z3.DeclareSort("History", self.context)
        self._record = z3.DeclareSort("Record", self.context)
        self._functions: dict[tuple[object, ...], Formula] = {}
        self._classes: dict[str, dict[str, int]] = {}

    def sort(self, sort: int) -> Formula:
        """A sort of terms as the solver's."""
        if sort == TRUTH:
            return z3.BoolSort(self.context)
        if sort == HISTORY:
            return self._history
        if sort == RECORD:
            return self._record
        if sort < -1000 or sort == -998:
            width = width_of(sort)
            cell = self.sort(width)
            return z3.ArraySort(z3.BitVecSort(64, self.context), cell)
        return z3.BitVecSort(sort, self.context)

    def prepare(self, *terms: Term) -> None:
        """Notes which memory each call is given anywhere, so that equal calls are one function."""
        waiting, seen = list(terms), set(terms)
        while waiting:
            term = waiting.pop()
            if term.op == "call":
                name, count, classes = term.payload
                kept = self._classes.setdefault(name, {})
                for each, memory in zip(classes, term.args[count + 1 :], strict=True):
                    kept[each] = memory.sort
            for arg in term.args:
                if arg not in seen:
                    seen.add(arg)
                    waiting.append(arg)

    def formula(self, term: Term) -> Formula:
        """A term as a formula."""
        found = self._done.get(term)
        if found is None:
            found = self._done[term] = self._formula(term)
        return found

    def _apply(self, key: tuple[object, ...], args: list[Formula], sort: Formula) -> Formula:
        if not args:
            return z3.Const(str(len(self._functions)) + repr(key), sort)
        if key not in self._functions:
            name = f"f{len(self._functions)}"
            self._functions[key] = z3.Function(name, *(a.sort() for a in args), sort)
        return self._functions[key](*args)

    def _formula(self, t: Term) -> Formula:
        if self.apart and t.sort >= 0 and t.op in _FREE:
            self.free[t] = z3.Const(f"t{t.id}", self.sort(t.sort))
            return self.free[t]
        match t.op:
            case "true" | "false":
                return z3.BoolVal(t.op == "true", self.context)
            case "const":
                return z3.BitVecVal(t.value, t.sort, self.context)
            case "ite":
                test, then, other = (self.formula(a) for a in t.args)
                return z3.If(test, then, other)
            case "object" | "global" | "text":
                return z3.BitVecVal(address_number(t), 64, self.context)
            case "call":
                return self._call(t)
            case "memory":
                return self._memory(str(t.payload), t.args[0], t.sort)
            case "store":
                return z3.Store(*(self.formula(a) for a in t.args))
            case "select":
                return self._select(t)
            case _ if t.op in _FREE or t.op in ("zero", "record") or t.sort == HISTORY:
                return self._uninterpreted(t)
            case _:
                return self._computed(t, [self.formula(a) for a in t.args])

    def _select(self, t: Term) -> Formula:
        self.free[t] = z3.Select(*(self.formula(a) for a in t.args))
        return self.free[t]

    def _uninterpreted(self, t: Term) -> Formula:
        args = [self.formula(a) for a in t.args]
        key = (t.op, t.payload, t.sort, tuple(str(a.sort()) for a in args))
        if not args:
            found = z3.Const(f"v{t.id}", self.sort(t.sort))
        else:
            found = self._apply(key, args, self.sort(t.sort))
        if t.op in _FREE and t.sort > 0:
            self.free[t] = found
        return found

    def _memory(self, name: str, history: Term, sort: int) -> Formula:
        return self._apply(("memory", name, sort), [self.formula(history)], self.sort(sort))

    def _call(self, t: Term) -> Formula:
        name, count, classes = t.payload
        args = [
            z3.BitVecVal(a.id, 64, self.context) if a.sort == HISTORY and at else self.formula(a)
            for at, a in enumerate(t.args[: count + 1])
        ]
        given = dict(zip(classes, t.args[count + 1 :], strict=True))
        every = self._classes.get(name, {})
        for each in sorted(every):
            memory = given.get(each)
            if memory is not None:
                args.append(self.formula(memory))
            else:
                args.append(self._before(each, t.args[0], every[each]))
        key = ("call", name, count, tuple(str(a.sort()) for a in args))
        return self._apply(key, args, self._history)

    def _before(self, name: str, history: Term, sort: int) -> Formula:
        """The memory of a class that was not written since the last step that might have."""
        if history.op == "ite":
            test, then, other = history.args
            return z3.If(
                self.formula(test), self._before(name, then, sort), self._before(name, other, sort)
            )
        if history.op == "call" and str(history.payload[0]) in ("read once", "write once"):
            return self._before(name, history.args[0], sort)
        return self._memory(name, history, sort)

    def _computed(self, t: Term, a: list[Formula]) -> Formula:
        match t.op:
            case "eq":
                return a[0] == a[1]
            case "ult":
                return z3.ULT(*a)
            case "slt":
                return a[0] < a[1]
            case "sum":
                factors, offset = t.payload
                total = z3.BitVecVal(offset, t.sort, self.context)
                for factor, part in zip(factors, a, strict=True):
                    total = total + (part if factor == 1 else part * factor)
                return total
            case "mul":
                return a[0] * a[1]
            case "and" | "or" | "xor":
                return _chain(t.op, a)
            case "zext":
                return z3.ZeroExt(t.sort - t.args[0].sort, a[0])
            case "sext":
                return z3.SignExt(t.sort - t.args[0].sort, a[0])
            case "cut":
                return z3.Extract(t.sort - 1, 0, a[0])
            case "field address":
                return self._field(t, a[0])
            case _:
                return _BINARY[t.op](a[0], a[1])

    def _field(self, t: Term, base: Formula) -> Formula:
        record, name, offset = t.payload
        if offset is not None:
            return base + z3.BitVecVal(offset, 64, self.context)
        return base + z3.Const(f"offset {record}.{name}", self.sort(64))


def _chain(op: str, args: list[Formula]) -> Formula:
    found = args[0]
    for arg in args[1:]:
        found = found & arg if op == "and" else found | arg if op == "or" else found ^ arg
    return found


_BINARY = {
    "shl": lambda a, b: a << b,
    "lshr": z3.LShR,
    "ashr": lambda a, b: a >> b,
    "udiv": z3.UDiv,
    "sdiv": lambda a, b: a / b,
    "urem": z3.URem,
    "srem": z3.SRem,
}

_FREE = frozenset(
    {"var", "result", "output", "part", "select"}
    | {f"odd {n}" for n in ("read", "record", "as", "size", "convert")}
    | {f"odd {n}" for n in ("unary", "binary", "count", "asm")}
)


def ask(translation: Translation, formulas: list[Formula], budget: int) -> tuple[str, Any]:
    """Whether formulas can all hold: EQUAL if not, APART with a model, else UNKNOWN."""
    solver = z3.Solver(ctx=translation.context)
    solver.set("rlimit", budget)
    solver.add(*formulas)
    answer = solver.check()
    if answer == z3.unsat:
        return EQUAL, None
    if answer == z3.sat:
        return APART, solver.model()
    return UNKNOWN, None


def compare(terms: Arithmetic, base: Term, head: Term, budget: int = BUDGET) -> tuple[str, Any]:
    """Whether two ends are equal on all inputs; with ``APART`` the translation and a model."""
    if base is head:
        return EQUAL, None
    translation = Translation(terms)
    translation.prepare(base, head)
    apart = translation.formula(base) != translation.formula(head)
    answer, model = ask(translation, [apart], budget)
    return answer, (translation, model)
