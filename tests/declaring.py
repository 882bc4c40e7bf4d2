"""What a test declares is forgotten after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from properties.catalogue import all_statements
from properties.claim import STATED


@contextmanager
def forgotten_afterwards() -> Iterator[None]:
    all_statements()  # what is loaded meanwhile would be forgotten, too
    before = dict(STATED)
    try:
        yield
    finally:
        STATED.clear()
        STATED.update(before)
