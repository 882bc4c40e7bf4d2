"""KTAP, the test output of the kernel's own tests: documents, and what may stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

VERSION = "KTAP version 1"


@dataclass(frozen=True, slots=True)
class KtapTest:
    """A test: its name, whether it passed, what is told of it, why it was skipped, its subtests.

    A test that did not pass was not skipped, whatever is said.
    """

    name: str
    fine: bool
    told: tuple[str, ...] = ()
    skipped: str = ""
    inner: tuple[KtapTest, ...] = ()


def document(tests: Iterable[KtapTest]) -> str:
    """Return tests as a KTAP document, without a newline at its end."""
    return "\n".join(_lines(tests))


def _lines(tests: Iterable[KtapTest]) -> Iterator[str]:
    """Yield tests as a KTAP document; subtests are indented by two blanks."""
    every = list(tests)
    yield VERSION
    yield f"1..{len(every)}"
    for number, test in enumerate(every, 1):
        if test.inner:
            yield from (f"  {line}" for line in _lines(test.inner))
        yield from (f"# {' '.join(line.split())}" for line in test.told)
        yield _end(number, test)


def _end(number: int, test: KtapTest) -> str:
    line = f"{'ok' if test.fine else 'not ok'} {number} {_plain(test.name)}"
    return f"{line} # SKIP {_plain(test.skipped)}" if test.skipped and test.fine else line


def _plain(text: str) -> str:
    """Return a text on one line, without what begins a directive."""
    return " ".join(text.replace("#", "").split())
