"""JSON from outside, read in one way: strict, bounded, and with one line for what is wrong."""

from __future__ import annotations

import codecs
import io
import json
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from checker.ground.problems import Problem

LARGEST = 256 * 2**20
"""Bytes of the largest file that is read; the record of a whole run has about 20 million."""

DIGITS = 400
"""Digits of the longest number that is read; a fact has at most 20."""

SHOWN = 60
"""Characters of a value from outside that a message repeats."""


def short(value: Any) -> str:
    """Return a value from outside as a message may show it: a long one is cut."""
    if isinstance(value, int) and value.bit_length() > 4 * SHOWN:
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, str) and len(value) > SHOWN:
        value = value[: 2 * SHOWN]
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"this {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def decoded(text: str, name: str) -> Any:
    """Return the JSON value of a text; raise :class:`Problem` naming what is wrong.

    Refused beside what is no JSON: a name given twice, NaN and infinities, numbers of more
    digits than Python reads, deeper nesting than it follows.  A byte order mark is skipped.
    """
    try:
        return json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError:
        raise Problem(f"{name} is nested too deeply to be read") from None
    except ValueError as error:
        raise Problem(f"{name} is not JSON: {error}") from None


def read_text(path: Path, errors: str = "strict") -> str:
    """Return the text of a file; raise :class:`Problem` where it cannot be read.

    ``errors`` says, as Python does, what becomes of bytes that are no text.
    """
    try:
        if path.is_file() and path.stat().st_size > LARGEST:
            raise Problem(f"{path} is larger than {LARGEST >> 20} MiB: it is not read")
        return text_of(path.read_bytes(), errors)
    except UnicodeDecodeError:
        raise Problem(f"{path} is not text in UTF-8") from None
    except (OSError, ValueError) as error:
        about = getattr(error, "strerror", None) or error
        raise Problem(f"cannot read {path}: {about}") from None


def text_of(data: bytes, errors: str = "strict") -> str:
    """Return bytes as text: in UTF-8, or in UTF-16 where their byte order mark says so.

    Raises :class:`UnicodeDecodeError` for what is no text, unless ``errors`` says otherwise.
    """
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if wide else "utf-8-sig", errors)
    return io.StringIO(text, newline=None).read()


def load(path: Path) -> Any:
    """Return the JSON value in a file; raise :class:`Problem` naming what is wrong."""
    return decoded(read_text(path), str(path))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{short(twice)} is given twice")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _no_constant(short(digits))


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(f"a number of {len(digits)} digits is none of a fact")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
