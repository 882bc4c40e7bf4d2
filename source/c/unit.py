"""A file of a kernel tree as functions: what the review reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from checker.ground.problems import Problem
from source.c.architecture import Building
from source.c.arguments import arguments
from source.c.built import Built, built
from source.c.child import EDIT, FILE
from source.c.extents import Compared, Written, compared
from source.c.ir import FunctionBody, Record
from source.c.laid import Laid, laid
from source.c.worker import Worker
from source.tree import Tree

TRIES = 3
"""How often the process may fail before no new one is begun."""

ROUNDS = 6
"""How often a file is parsed anew because a header that it includes had to be made."""

_MOST = 12

_PLAIN = Building()


class Functions(Mapping[str, FunctionBody]):
    """The functions that a file defines, each read when it is asked for."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def __getitem__(self, name: str) -> FunctionBody:
        body = self._unit.function(name) if name in self._unit.names else None
        if body is None:
            raise KeyError(name)
        return body

    def __contains__(self, name: object) -> bool:
        return name in self._unit.names

    def __iter__(self) -> Iterator[str]:
        return iter(self._unit.names)

    def __len__(self) -> int:
        return len(self._unit.names)


class Unit:
    """A file of a tree, read with its headers by a process.

    Parsing begins at once and is waited for by the first question.  Every question may raise
    ``Problem`` where the compiler's library failed on the file.  An edit of a file that is read
    (``of``) is held by that one's process, one edit at a time, and what the file's headers hold
    is asked of the file where they read the same.  Where it is known, the edit's text is given
    with the file (``ahead``): both are parsed at once if that can be.
    """

    def __init__(
        self,
        tree: Tree,
        path: str,
        building: Building = _PLAIN,
        of: Unit | None = None,
        ahead: str | None = None,
    ) -> None:
        self.tree, self.path = tree, path
        self._laid: Laid = laid(tree, path)
        self._built: Built = built(tree, self._laid.root, building)
        self._known: dict[tuple[str, str], Any] = {}
        self._absent: list[str] = []
        self._failures: list[Problem] = []
        self._of, self._ahead = of, ahead
        self._edit: Unit | None = None
        self._begin()

    def _begin(self) -> None:
        self._waiting = True
        if self._of is None:
            self._worker = Worker(self.path)
        elif self._of.closed:
            self._of._begin()
        self._parse()

    def _parse(self) -> None:
        root, makes = self._laid.root, self._built
        words = arguments(root, self.path, makes)
        if self._of is not None:
            self._worker, self._of._edit = self._of._worker, self
        which = FILE if self._of is None else EDIT
        said = str(root), self.path, words, self._laid.texts
        self._worker.post("parse", which, said, self._ahead)

    def _wait(self) -> None:
        for _ in range(ROUNDS if self._waiting else 0):
            self._absent = self._answer("absent")
            if not self._made(self._absent):
                break
            self._parse()
        self._waiting = False

    @property
    def closed(self) -> bool:
        """Return whether nothing holds the file now: then another question begins anew."""
        if self._of is None:
            return self._worker.closed
        return self._worker.closed or self._of._edit is not self

    def _answer(self, question: str, *given: object) -> Any:
        return self._worker.ask("ask", FILE if self._of is None else EDIT, question, *given)

    def _made(self, absent: list[str]) -> bool:
        beside = self.path.rpartition("/")[0]
        new = [self._built.make(self.tree, name, beside) for name in absent]
        return any(new)

    def _ask(self, question: str, *given: object) -> Any:
        if len(self._failures) >= TRIES:
            raise self._failures[-1]
        try:
            if self.closed:
                self._begin()
            self._wait()
            return self._answer(question, *given)
        except Problem as problem:
            self._failures.append(problem)
            self._worker.close()
            raise

    @property
    def functions(self) -> Mapping[str, FunctionBody]:
        """Return the functions of the file by name; ``sys_clone3`` is a system call's."""
        return Functions(self)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of the functions that the file itself defines, in order."""
        return tuple(self.extents)

    @cached_property
    def extents(self) -> dict[str, tuple[int, int]]:
        """Return the first and the last line of each function that the file itself defines."""
        found: dict[str, tuple[int, int]] = self._ask("extents")
        return found

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the variables that the file itself defines, macros' too."""
        return tuple(self._ask("variables"))

    @cached_property
    def skipped(self) -> tuple[tuple[int, int], ...]:
        """Return the lines of the file that its ``#if`` left out, as ranges."""
        return tuple(self._ask("skipped"))

    def _about(self, question: str, sort: str, name: str) -> Any:
        """Return what is told of a function, record or variable; what headers hold is shared."""
        if (question, name) not in self._known:
            of = self._of
            if of is not None and self._shares and name not in self._own[sort] | of._own[sort]:
                self._known[question, name] = of._about(question, sort, name)
            else:
                found = self._ask(question, name)
                self._known[question, name] = (
                    self._doubted(found) if question == "function" and found else found
                )
        return self._known[question, name]

    @cached_property
    def _shares(self) -> bool:
        assert self._of is not None
        return self._laid.gone == self._of._laid.gone and bool(self._ask("shares"))

    @cached_property
    def _own(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = self._ask("declared")
        return found

    def function(self, name: str) -> FunctionBody | None:
        """Return a function of the file or of its headers, or ``None`` where none is defined."""
        found: FunctionBody | None = self._about("function", "function", name)
        return found

    def _doubted(self, body: FunctionBody) -> FunctionBody:
        doubts = tuple(f"{name} is not at hand" for name in self.missing)
        return replace(body, troubles=(*body.troubles, *doubts[:_MOST])) if doubts else body

    def unchanged(self, name: str) -> bool:
        """Return whether a function reads as before the edit for its text alone.

        That is one of a header that is shared, or one whose text is the same, where functions
        without directives are all that changed.
        """
        of = self._of
        if of is None or not self._shares:
            return False
        if name not in self._own["function"] | of._own["function"]:
            return True
        return name in self._texts.same

    @cached_property
    def _texts(self) -> Compared:
        assert self._of is not None
        sides = (self._of, self)
        return compared(*(Written(one.tree.text(one.path) or "", one.extents) for one in sides))

    def record(self, name: str) -> Record | None:
        """Return ``struct x`` or ``union x`` as it is laid out, or ``None`` if it is not known."""
        found: Record | None = self._about("record", "record", name)
        return found

    def digest(self, name: str) -> str | None:
        """Return a key that two functions share if they read the same, lines aside."""
        found: str | None = self._about("digest", "function", name)
        return found

    def variable(self, name: str) -> str | None:
        """Return a key of a variable's type and initialiser, or ``None`` if it is not known."""
        found: str | None = self._about("variable", "variable", name)
        return found

    @cached_property
    def included(self) -> frozenset[str]:
        """Return the paths of the tree's headers that were read."""
        return frozenset(name for name in self._included if not name.startswith("/"))

    @cached_property
    def _included(self) -> list[str]:
        found: list[str] = self._ask("included")
        return found

    @cached_property
    def assumed(self) -> tuple[str, ...]:
        """Return which headers were borrowed or made, a sentence each."""
        return self._built.told(self._included)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Return the headers of the tree that were asked for and are not at hand."""
        gone = [name for name in self._laid.gone if name in self.included]
        return (*self._absent, *self._built.missing(self._included), *gone)

    @cached_property
    def troubles(self) -> tuple[str, ...]:
        """Return the compiler's errors in the file and its headers, wherever they stand."""
        return tuple(self._ask("told_errors"))

    def close(self) -> None:
        """End the process; what was read stays, and another question begins a new one.

        Of an edit the process is that of the file, and stays.
        """
        if self._of is None:
            self._worker.close()


def unit(
    tree: Tree,
    path: str,
    building: Building = _PLAIN,
    of: Unit | None = None,
    ahead: str | None = None,
) -> Unit:
    """Return a file of a tree, read; raises ``Problem`` where there is no such file.

    ``building`` says for what it is compiled; ``of`` is the file before an edit, ``ahead`` the
    text of the edit that is to be asked for.
    """
    if find_spec("clang") is None:
        raise Problem("reading C needs libclang: pip install 'cloneproof[source]'")
    if tree.text(path) is None:
        raise Problem(f"{tree.name} has no {path}")
    return Unit(tree, path, building, of, ahead)
