"""Holds a run against what is kept: nothing missing, doubled, added, gone or moved.

What a run must answer is computed from what was asked for, never from what came back.  A
*table* keeps one word of each result: its verdict, or whatever else should not change unseen.
Another table is one more :class:`Keeps` in :data:`CALLS` or :data:`HISTORIES`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cache

from checker.ground.files import write_together
from checker.ground.problems import Problem
from checker.record import sealed_tables
from checker.record.kept_words import KeptError, KeptTable, Key, read_kept, table_path
from checker.record.loaded import loaded_otherwise
from checker.record.ranges import KernelOrder, natural
from checker.record.result import EVERY_SET, Result
from model.revisions import REVISIONS
from reports.cores import cores
from reports.least import counterexamples, least, traces
from reports.states import SIZES, states
from reports.text import count
from reports.verdicts import verdicts
from reports.witnesses import witnesses


@dataclass(frozen=True, slots=True)
class Hint:
    """A file in ``reports/`` that tells the next run where to look first; never compared.

    ``render`` takes the results and the file's text so far.
    """

    file: str
    render: Callable[[list[Result], str], str]

    def renewed(self, results: list[Result]) -> str:
        """Return the text of the file after a run."""
        try:
            before = table_path(self.file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            before = ""
        return self.render(results, before)


@dataclass(frozen=True, slots=True)
class Keeps:
    """A kept table: its file in ``reports/``, the column of its words, and how it is made.

    ``word`` returns what is kept of a result, or nothing for one of which nothing is kept;
    ``line`` the name of the line that keeps what a property came to.  ``hints`` are renewed with
    the table.
    """

    file: str
    column: str
    word: Callable[[Result], str]
    render: Callable[[list[Result]], str]
    line: Callable[[str], str] = str
    hints: tuple[Hint, ...] = ()

    def pairs(self, asked: Iterable[Key]) -> tuple[Key, ...]:
        """Return the line and kernel of each property and kernel, each once."""
        known = list(asked)
        line = self.lines({name for name, _ in known})
        if all(name == told for name, told in line.items()):
            return tuple(dict.fromkeys(known))
        return tuple(dict.fromkeys([(line[name], kernel) for name, kernel in known]))

    def lines(self, names: Iterable[str]) -> dict[str, str]:
        """Return the line of each property."""
        return {name: self.line(name) for name in names}

    def read(self, only: Collection[str] | None = None) -> KeptTable:
        """Return what is kept, of some lines or of all.

        Raises :class:`Problem` for a table that is lost or damaged.
        """
        path = table_path(self.file)
        try:
            return read_kept(path.read_text(encoding="utf-8"), self.column, only)
        except OSError as error:
            reason = error.strerror or str(error)
        except (KeptError, UnicodeDecodeError) as error:
            reason = str(error)
        raise Problem(f"reports/{self.file} cannot be used: {reason}; --renew writes it anew")


def _verdict(result: Result) -> str:
    return result.verdict._value_


CALL_HINTS = (Hint("witnesses.md", witnesses), Hint("cores.md", cores))

CALLS = (
    Keeps("verdicts.md", "verdicts", _verdict, verdicts),
    Keeps("counterexamples.md", "least call", least, counterexamples, hints=CALL_HINTS),
)
"""The tables of single calls."""


@cache
def _system_of(identity: str) -> str:
    from properties.catalogue import timed_by_id

    return timed_by_id(identity).system.name


HISTORIES = (
    Keeps("histories.md", "verdicts", _verdict, verdicts),
    Keeps("traces.md", "shortest history", least, traces),
    Keeps("states.md", SIZES, lambda result: result.size, states, _system_of),
)
"""The tables of histories."""


@dataclass(frozen=True)
class MustAnswer:
    """What a run must answer: each property on each kernel.

    ``every_property`` and ``every_kernel`` say that none was named: what is kept of others
    is then lost.
    """

    pairs: tuple[Key, ...]
    every_property: bool
    every_kernel: bool

    @property
    def everything(self) -> bool:
        """Return whether the whole catalogue was asked for, on all kernels."""
        return self.every_property and self.every_kernel

    def lines(self, keeps: Keeps) -> set[str]:
        """Return the lines of a table that were asked for."""
        return {name for name, _ in keeps.pairs(self.pairs)}

    def concerns(self, keeps: Keeps) -> Callable[[Key], bool]:
        """Return whether a kept line and kernel lie in what was asked for, known today or not."""
        names = self.lines(keeps)
        kernels = {kernel for _, kernel in self.pairs}
        return lambda pair: (self.every_property or pair[0] in names) and (
            self.every_kernel or pair[1] in kernels
        )


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way in which a run is not what is kept, for one property on one kernel."""

    what: str
    property: str
    kernel: str


@dataclass
class _Troubles:
    found: list[Trouble] = field(default_factory=list)

    def add(self, what: str, pairs: Iterable[Key]) -> None:
        self.found += [Trouble(what, *pair) for pair in pairs]


def counted(asked: MustAnswer, results: list[Result]) -> list[Trouble]:
    """Return what was asked and not answered once, and what was answered unasked."""
    pairs = [(one.property, one.kernel) for one in results]
    found = _Troubles()
    if pairs and tuple(pairs) == asked.pairs:
        return found.found
    times = Counter(pairs)
    if not asked.pairs:
        found.add("nothing was asked", [("no property", "no kernel")])
    found.add("no verdict came back", (pair for pair in asked.pairs if not times[pair]))
    found.add("more than one verdict", (pair for pair, often in times.items() if often > 1))
    found.add("a verdict that nobody asked for", times.keys() - set(asked.pairs))
    return found.found


_KEPT = frozenset((*REVISIONS, EVERY_SET))


def compared(
    keeps: Keeps, kept: KeptTable, asked: MustAnswer, results: list[Result]
) -> list[Trouble]:
    """Return where a run and a kept table differ, as far as the run was asked.

    Of kernels that are not in the list nothing is kept.
    """
    found = _Troubles()
    line, word = keeps.lines({one.property for one in results}), keeps.word
    words = {(line[one.property], one.kernel): word(one) for one in results}
    if kept.words == {pair: said for pair, said in words.items() if said}:
        return found.found
    pairs = [pair for pair in keeps.pairs(asked.pairs) if pair[1] in _KEPT]
    for pair in pairs:
        new = words.get(pair)
        if new is not None and new != (old := kept.words.get(pair, "")):
            found.add(_moved(old, new), [pair])
    wanted = set(pairs)
    concerns = asked.concerns(keeps)
    lost = [pair for pair in kept.words if pair not in wanted and concerns(pair)]
    found.add("kept, and not decided any more", lost)
    return found.found


def _moved(old: str, new: str) -> str:
    if not old:
        return f"{new}, of which nothing is kept"
    return f"kept {old}, now {new}" if new else f"kept {old}, now nothing"


def told(troubles: list[Trouble]) -> list[str]:
    """Return one line per way and kernels, with the properties that it concerns."""
    order = KernelOrder(tuple(REVISIONS))
    kernels: dict[tuple[str, str], list[str]] = {}
    for one in troubles:
        kernels.setdefault((one.what, one.property), []).append(one.kernel)
    alike: dict[tuple[str, str], list[str]] = {}
    for (what, name), names in kernels.items():
        alike.setdefault((what, order.label(sorted(names, key=order.index))), []).append(name)
    return [f"{_few(names)} on {span}: {what}" for (what, span), names in alike.items()]


def _few(names: list[str]) -> str:
    ordered = sorted(set(names), key=natural)
    if len(ordered) <= 8:
        return ", ".join(ordered)
    return f"{count(len(ordered), 'property')} ({', '.join(ordered[:3])} …)"


def once(results: list[Result]) -> list[Result]:
    """Return the first result of each property and kernel: what a report can show."""
    return list({(one.property, one.kernel): one for one in reversed(results)}.values())[::-1]


def totals(asked: MustAnswer) -> str:
    """Return ``312 properties on 30 kernels, 8423 verdicts``: what a whole run must answer."""
    properties = len({name for name, _ in asked.pairs})
    kernels = len({kernel for _, kernel in asked.pairs} & set(REVISIONS))
    verdicts = count(len(asked.pairs), "verdict")
    return f"{count(properties, 'property')} on {count(kernels, 'kernel')}, {verdicts}"


@dataclass(frozen=True)
class Book:
    """The kept tables of a run, read before it begins; with ``renewing`` they are rewritten."""

    tables: tuple[Keeps, ...]
    asked: MustAnswer
    kept: tuple[KeptTable, ...]
    renewing: bool
    sources: str = ""
    """A digest of what verdicts are found with, as the run begins, if it renews."""

    @classmethod
    def opened(cls, tables: tuple[Keeps, ...], asked: MustAnswer, renewing: bool) -> Book:
        """Return the book of a run; raise :class:`Problem` where it cannot be kept."""
        if renewing and not asked.everything:
            raise Problem("--renew rewrites whole tables: name no property and no kernel")
        sources = sealed_tables.sources() if renewing else ""
        known = tuple(_read(one, asked, renewing) for one in tables)
        return cls(tables, asked, known, renewing, sources)

    def wrong(self, results: list[Result]) -> list[str]:
        """Return a line for each way in which the run is not what was asked and kept."""
        lines = told(counted(self.asked, results))
        return lines if self.renewing else lines + self.moved(results)

    def moved(self, results: list[Result]) -> list[str]:
        """Return a line for each way in which the run is not what is kept."""
        return [
            f"reports/{table.file}: {line}"
            for table, kept in zip(self.tables, self.kept, strict=True)
            for line in told(compared(table, kept, self.asked, results))
        ]

    def renew(self, results: list[Result]) -> list[str]:
        """Rewrite the tables, and return what changed in them, a line each."""
        lines = self.moved(results)
        texts = {one.file: one.render(results) for one in self.tables}
        texts |= {one.file: one.renewed(results) for table in self.tables for one in table.hints}
        write_together({table_path(file): text for file, text in texts.items()})
        if set(sealed_tables.TABLES) <= texts.keys():
            lines += self._sealed()
        return lines or ["nothing changed in the kept tables"]

    def _sealed(self) -> list[str]:
        """Say of which sources the tables are; return a line if that is not known."""
        if sealed_tables.sources() != self.sources or any(loaded_otherwise(sealed_tables.ROOMS)):
            return [f"reports/{sealed_tables.SEAL} is not renewed: files changed meanwhile"]
        write_together({table_path(sealed_tables.SEAL): sealed_tables.seal()})
        return []


def _read(table: Keeps, asked: MustAnswer, renewing: bool) -> KeptTable:
    try:
        return table.read(None if asked.every_property else asked.lines(table))
    except Problem:
        if renewing:
            return KeptTable()
        raise
