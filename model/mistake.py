"""Mistakes in what is declared, told with the file and the line where they are.

A rule, effect, property or step says nothing if its ``return`` is missing, if it gives a number
where a truth is due (:mod:`model.due`), or if it decides with plain Python (``if``, ``and``,
``in``, a dictionary) what is open in the symbolic reading.  All of that is refused, in every
reading.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import unwrap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_ROOT = Path(__file__).parent.parent
_READERS = {"bench", "checker", "command", "kernels", "page", "reports", "source"}
"""The packages that read what is declared: what they do wrong is nobody else's mistake."""
_TOOLS = {"numpy"} | sys.stdlib_module_names
_HOMES = {"model", "properties", *_READERS}
_NOTE = "at "
_FORMS = {
    "model.algebra", "model.errors", "model.evaluate", "model.kernel", "model.mistake",
    "model.patch", "model.records", "model.rows", "model.over_time.step", "model.due",
    "model.node", "model.over_time.world", "model.terms", "properties.claim",
    "properties.over_time.claim",
}
"""The modules that say how rules, steps and properties are declared: nor theirs."""


class Mistake(Exception):
    """Something declared that cannot be read as it stands; the text begins with its place."""


class Plain(Mistake):
    """Something open was decided with plain Python; says where."""


INSTEAD = "use both(), either(), no(), when() and == of model.algebra"


def place(file: str, line: int) -> str:
    """Return ``model/rules/flags.py:57``, as seen from the project's folder."""
    path = Path(file)
    return f"{path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path}:{line}"


def place_of(function: Callable[..., Any]) -> str:
    """Return where a function is written, or nothing if it is not Python."""
    code: CodeType | None = getattr(unwrap(function), "__code__", None)
    return place(code.co_filename, code.co_firstlineno) if code else ""


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _only_serves(frame: FrameType) -> bool:
    """Return whether code is a tool in the hands of its caller."""
    generated = frame.f_code.co_filename.startswith("<")
    return generated or _module(frame) in _FORMS or _module(frame).partition(".")[0] in _TOOLS


def _is_declared(frame: FrameType) -> bool:
    return not (_only_serves(frame) or _module(frame).partition(".")[0] in _READERS)


def here() -> str:
    """Return the place in what is declared that led here; nothing if a reader's code did."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _only_serves(frame):
        frame = frame.f_back
    if frame is None or not _is_declared(frame):
        return ""
    return place(frame.f_code.co_filename, frame.f_lineno)


def raised_at(error: BaseException) -> str:
    """Return the innermost place, among what is declared, that an error came from, or nothing."""
    noted = [note for note in getattr(error, "__notes__", ()) if note.startswith(_NOTE)]
    if noted:
        return str(noted[0].removeprefix(_NOTE))
    found, step = "", error.__traceback__
    while step is not None:
        if _is_declared(step.tb_frame):
            found = place(step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next
    return found


def unloadable(error: BaseException) -> str:
    """Return the place of a declaration that cannot be loaded, or nothing: a name that is missing.

    A missing package of others is none of ours.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return place(error.filename, error.lineno or 0)
    if isinstance(error, ImportError):
        ours = (error.name or "").partition(".")[0] in _HOMES
        return raised_at(error) if ours else ""
    frame: FrameType | None = None
    at, step = 0, error.__traceback__
    while step is not None:
        frame, at = (step.tb_frame, step.tb_lineno) if _is_declared(step.tb_frame) else (frame, at)
        step = step.tb_next
    loading = frame is not None and frame.f_code.co_name == "<module>"
    return place(frame.f_code.co_filename, at) if frame is not None and loading else ""


def with_its_place(error: BaseException) -> BaseException:
    """Return an error that keeps its place where it loses its traceback."""
    where = raised_at(error)
    if where:
        error.add_note(_NOTE + where)
    return error


def told(value: Any) -> str:
    """Return what a wrong value is, shortly."""
    if value is None:
        return "nothing (is a `return` missing?)"
    return f"{str(value)[:60]!r}, of type {type(value).__name__}"


def plainly(what: str, shown: str) -> Exception:
    """Return the error that plain Python does something with what is open, and where."""
    where = here()
    message = f"plain Python {what} {shown[:60]!r}, which is open in the symbolic reading"
    if not where:
        return AssertionError(f"the checker itself: {message}")
    return Plain(f"{where}: {message}: {INSTEAD}")
