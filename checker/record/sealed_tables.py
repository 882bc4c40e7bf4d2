"""Are the kept tables of single calls what the run of these very sources came to?

``make report`` writes a digest of the sources that say what a verdict is, and of the tables, beside
these.  Where it is another, for whatever reason, the tables are hints, which nobody believes.
"""

from __future__ import annotations

from functools import cache

from checker.record.kept_words import listed, table_path
from checker.record.sources import digest, tree

TABLES = ("verdicts.md", "counterexamples.md", "witnesses.md", "cores.md")
"""What is sealed."""

SEAL = "seal.md"
"""Where the digest is kept."""

ROOMS = (
    "model",
    "properties",
    *(f"checker/{room}" for room in (
        "calls", "engines", "ground", "questions", "readings", "record", "smallest",
    )),
)
"""What a verdict of a call is found with: all that :mod:`checker.questions` imports."""

_HEAD = """# What the kept tables of single calls are of

Written by make; do not edit.  A digest of the sources that say what a verdict is, and of the
tables.  Where it is another, the tables are hints.

"""


def sources() -> str:
    """Return a digest of the sources that say what a verdict is; ``OSError`` if one is lost."""
    return digest(*(part for one in tree(ROOMS).files.items() for part in one))


def seal() -> str:
    """Return the text of the file that says what the tables are of; ``OSError`` without them."""
    texts = [table_path(name).read_text(encoding="utf-8") for name in TABLES]
    return f"{_HEAD}- {digest(sources(), *texts)}\n"


@cache
def are_of_these_sources() -> bool:
    """Return whether the tables are what a run of the sources, as they now stand, came to."""
    try:
        kept = table_path(SEAL).read_text(encoding="utf-8")
        return listed(kept) == listed(seal()) != []
    except (OSError, UnicodeDecodeError):
        return False
