"""What is due where: a truth or a number, in one of the readings."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from model.algebra import is_column
from model.mistake import Mistake, here, place_of, told
from model.terms import Truth, TruthTerm, WordTerm

R = TypeVar("R")


def _kind(column: Any) -> str:
    """Return of what kind numpy says that a column is."""
    kind: str = column.dtype.kind
    return kind


def is_truth(value: Any) -> bool:
    """Return whether a value is a truth in one of the readings."""
    if isinstance(value, bool):
        return True
    if is_column(value):
        return _kind(value) == "b"
    return isinstance(value, TruthTerm)


def is_word(value: Any) -> bool:
    """Return whether a value is a number in one of the readings."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    if is_column(value):
        return _kind(value) != "b"
    return isinstance(value, WordTerm) or hasattr(value, "term")


def as_truth(value: Any) -> Truth:
    """Return a truth, plain or open; raise :class:`Mistake` for anything else."""
    if isinstance(value, bool | TruthTerm):
        return value
    raise Mistake(f"{here() or 'somewhere'}: a truth is due, not {told(value)}")


def truth(value: Any, function: Callable[..., Any], what: str) -> Any:
    """Return a truth; raise :class:`Mistake` with the place of who gave something else."""
    if value is True or value is False or is_truth(value):
        return value
    raise Mistake(f"{place_of(function)}: {what} must be a truth, not {told(value)}")


def fits(value: Any, kind: type[Any], function: Callable[..., Any]) -> None:
    """Raise :class:`Mistake` unless a field's value is of its kind, in one of the readings."""
    if not (is_truth(value) if kind is bool else is_word(value)):
        due = "truth" if kind is bool else "number"
        msg = f"the field that {function.__name__}() decides is a {due}, not {told(value)}"
        raise Mistake(f"{place_of(function)}: {msg}")


def gives_a_truth(function: Callable[..., R]) -> Callable[..., R]:
    """Return a function that raises :class:`Mistake` where its answer is no truth."""

    @wraps(function)
    def given(*facts: Any) -> R:
        value = function(*facts)
        if value is True or value is False:
            return value
        checked: R = truth(value, function, f"what {function.__name__}() returns")
        return checked

    return given


_BARE: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()


def bare(function: Callable[..., R]) -> Callable[..., R]:
    """Return what :func:`gives` made a function of, for who checks the type of its answer."""
    return _BARE.get(function, function)


def gives(kind: type[Any], function: Callable[..., R]) -> Callable[..., R]:
    """Return a function that raises :class:`Mistake` where its answer is of another type."""

    @wraps(function)
    def given(*facts: Any) -> R:
        value = function(*facts)
        if not isinstance(value, kind):
            msg = f"{function.__name__}() must return a {kind.__name__}, not {told(value)}"
            raise Mistake(f"{place_of(function)}: {msg}")
        return value

    _BARE[given] = function
    return given
