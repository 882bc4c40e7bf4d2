"""Which files are read whole, and which along what a statement names.

The forms of rules, steps and statements, all that decides, and whatever is not listed here is in
the digest of every verdict with its whole text.  Rows, effects, systems and statements are many
and each verdict reads few of them: those are followed.
"""

from __future__ import annotations

from functools import cache

from checker.record.sources import Tree, digest

FOLLOWED = (
    "model/copy_process.py",
    "model/effects/",
    "model/entries.py",
    "model/new_namespaces.py",
    "model/over_time/",
    "model/patches.py",
    "model/revisions.py",
    "model/rules/",
    "model/setns.py",
    "model/ucounts.py",
    "model/unshare.py",
    "model/vhost.py",
    "model/wellformed.py",
    "properties/",
)
FORMS = (
    "model/over_time/questions.py",
    "model/over_time/step.py",
    "properties/claim.py",
    "properties/over_time/claim.py",
)
"""Files among those that say how the others are written."""

_DECIDING = ("checker/", "model/", "properties/")
_UNREAD = (
    "model/complete.py",
    "properties/catalogue.py",
    "properties/complete.py",
    "properties/landmarks/",
    "properties/nouns.py",
)
"""What is looked at beside the verdicts, and anew in each run: that nothing is forgotten, and the
landmarks.  No verdict is found with it."""


def is_followed(path: str) -> bool:
    """Return whether a file is read along what is named in it."""
    return path.startswith(FOLLOWED) and path not in FORMS


def whole_texts(tree: Tree) -> str:
    """Return a digest of the files that every verdict rests on with their whole text."""
    read = [
        part
        for path, text in tree.files.items()
        if path.startswith(_DECIDING) and not path.startswith(_UNREAD) and not is_followed(path)
        for part in (path, text)
    ]
    return digest(*read)


def beside_statements(tree: Tree) -> str:
    """Return a digest of all files but those that are read along what a statement names alone.

    Of those a run shows no more than the verdicts, what these rest on, and what breaks them.
    """
    read = [part for path, text in tree.files.items()
            if not is_followed(path) or path.startswith(_UNREAD) for part in (path, text)]
    return digest(*read)


def texts(tree: Tree, folder: str) -> str:
    """Return a digest of the files of a folder with their whole text."""
    return digest(*(part for path, text in tree.files.items() if path.startswith(folder)
                    for part in (path, text)))


@cache
def is_followed_module(name: str) -> bool:
    """Return whether a module's functions are followed as all that can be known of them."""
    return is_followed(f"{name.replace('.', '/')}.py")
