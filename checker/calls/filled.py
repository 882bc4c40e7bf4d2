"""What follows from facts that a line gives: filled in, and told; what does not follow, named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.calls.naming import spoken
from model.call import Situation
from model.kernel import Kernel
from model.records import BOOL, Leaf, build
from model.revisions import REVISIONS
from model.wellformed import ASSUMPTIONS, Assumption

Values = dict[str, Any]

_THREADS = "current.signal.nr_threads"
_HANDLERS = "current.sighand.count"
_MEMORY = "current.mm_users"


def filled(values: Values) -> tuple[Values, list[str]]:
    """Return the facts of a line with what follows from them, and a sentence for each of those.

    Nothing is filled in that the line gives.
    """
    made, said = dict(values), []
    threads = values.get(_THREADS, 1)
    for path in (_HANDLERS, _MEMORY):
        least = max(threads, made.get(_HANDLERS, 1))
        shared = path != _MEMORY or values.get("current.mm", True)
        if path not in values and least > 1 and shared:
            made[path] = least
            said.append(f"{path} is taken as {least}: threads share it")
    return made, said


def impossible(kernel: Kernel, values: Values) -> str:
    """Return why a call cannot be made from these facts, and which to set; nothing if it can."""
    start = build(Situation, values)
    broken = [one for one in ASSUMPTIONS if not one(kernel, start)]
    if not broken:
        return ""
    what = broken[0].__name__.replace("_", " ")
    return f"no such call: {what} does not hold{_mend(kernel, values, broken[0])}"


def _mend(kernel: Kernel, values: Values, broken: Assumption) -> str:
    """Return the fewest facts that would make it a call, or what contradicts it, or where it is."""
    read = [path for path in _reads(kernel, broken) if path in leaves_by_path()]
    open_ = [path for path in read if path not in values]
    for count in (1, 2):
        for some in combinations(open_, count):
            found = _values_that_do(kernel, values, some)
            if found is not None:
                return f": set {' and '.join(_told(path, value) for path, value in found.items())}"
    others = [name for name, one in REVISIONS.items() if _holds(one.kernel, values)]
    if others:
        return f" on {kernel.name}; it does on {', '.join(others[:2])}"
    given = [path for path in read if path in values]
    return f" with {' and '.join(_told(path, values[path]) for path in given)}" if given else ""


def _told(path: str, value: Any) -> str:
    said = spoken(leaves_by_path()[path], value)
    return f"{path} = {str(said).lower() if isinstance(said, bool) else said}"


def _values_that_do(kernel: Kernel, values: Values, some: Iterable[str]) -> Values | None:
    """Return values of some facts with which the call can be made; ``None`` for none tried."""
    known = leaves_by_path()
    chosen = list(some)
    for trial in product(*(_candidates(known[path], values) for path in chosen)):
        more = dict(zip(chosen, trial, strict=True))
        if _holds(kernel, {**values, **more}):
            return more
    return None


def _holds(kernel: Kernel, values: Mapping[str, Any]) -> bool:
    start = build(Situation, dict(values))
    return all(assumption(kernel, start) for assumption in ASSUMPTIONS)


def _candidates(leaf: Leaf, values: Values) -> list[Any]:
    """Return values of a fact that are worth a try: small ones, and those of others."""
    if leaf.width == BOOL:
        return [not leaf.default]
    high = 2 ** (leaf.width - leaf.signed) - 1 if leaf.most is None else leaf.most
    numbers = [value for value in values.values() if type(value) is int]
    return sorted(value for value in {0, 1, 2, *numbers} - {leaf.default} if 0 <= value <= high)


def _reads(kernel: Kernel, assumption: Assumption) -> Iterator[str]:
    """Yield the paths of the facts that an assumption reads on a kernel."""
    from model.node import INPUT, Term
    from model.terms import open_truth, open_word

    constants = {
        path: open_truth(path) if leaf.width == BOOL else open_word(path, leaf.width)
        for path, leaf in leaves_by_path().items()
    }
    open_: list[Any] = [assumption(kernel, build(Situation, constants))]
    seen: set[int] = set()
    names = set()
    while open_:
        term = open_.pop()
        if isinstance(term, Term) and id(term) not in seen:
            seen.add(id(term))
            open_ += term.operands
            if term.kind == INPUT:
                names.add(term.name)
    yield from (path for path in leaves_by_path() if path in names)
