"""A call that is put together by hand, and what is told of it, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checker.calls.answer import parts, told
from checker.calls.documents import leaves_by_path
from checker.calls.filled import impossible
from checker.calls.kernel_names import kernel_named
from checker.calls.naming import number, spoken
from checker.ground.problems import Problem
from checker.why.cases import refusals
from checker.why.working import Around, Nearest
from model.call import Situation
from model.kernel import Kernel
from model.patches import BY_NAME
from model.predict import predict
from model.records import build
from model.request import Entry
from page.kernels import named_in
from page.kernels import patches as all_patches

FLAGS, ENTRY = "request.flags", "request.entry"


@dataclass
class Asked:
    """What is asked: a kernel, perhaps another beside it, and the facts that are not ordinary."""

    kernel: str = "v6.12"
    beside: str = ""
    values: dict[str, Any] = field(default_factory=lambda: {ENTRY: int(Entry.CLONE3)})

    @property
    def entry(self) -> Entry:
        """Return the entry point."""
        return Entry(int(self.values.get(ENTRY, Entry.FORK)))

    def set_fact(self, text: str) -> str:
        """Take ``path = value``, or ``path`` alone as ordinary; return its path.

        Raises :class:`Problem` for a fact that is none, or a value that it cannot have.
        """
        path, given, value = (part.strip() for part in text.partition("="))
        path = _path(path)
        leaf = leaves_by_path()[path]
        if given:
            self.values[path] = number(leaf, _plain(value))
        if not given or self.values[path] == leaf.default:
            self.values.pop(path, None)
        return path


def _plain(text: str) -> Any:
    """Return a text as JSON would have it: truths as such."""
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)


def _path(text: str) -> str:
    """Return the path of a fact by its end; raise :class:`Problem` for none or for several."""
    known = leaves_by_path()
    if text in known:
        return text
    found = [path for path in known if path.endswith(f".{text}")]
    if len(found) > 1:
        found = [path for path in found if not path.startswith("current.cred.")] or found
    if len(found) != 1:
        raise Problem(f"{text!r} is {'no fact' if not found else ', or '.join(found[:3])}")
    return found[0]


def matching(words: str) -> list[str]:
    """Return facts that have all words in their paths or meanings, with these."""
    asked = words.lower().split()
    return [
        f"{path}  ({leaf.doc})"
        for path, leaf in leaves_by_path().items()
        if asked and all(word in f"{path} {leaf.doc}".lower() for word in asked)
    ]


def facts_lines(asked: Asked) -> list[str]:
    """Return the facts that are given, flags and entry point apart."""
    known = leaves_by_path()
    return [
        f"{path} = {spoken(known[path], value)}  ({known[path].doc})"
        for path, value in asked.values.items() if path not in (ENTRY, FLAGS)
    ]


def answer_lines(asked: Asked) -> list[str]:
    """Return what a call comes to; raise :class:`Problem` for a kernel that is none."""
    kernel = kernel_named(asked.kernel)
    lines = [*_outcome(kernel, asked.values)]
    if asked.beside:
        other = kernel_named(asked.beside)
        lines += ["", f"on {asked.beside}:", *_outcome(other, asked.values)]
        lines += _differing(kernel, other, asked.values)
    return lines


def _outcome(kernel: Kernel, values: dict[str, Any]) -> list[str]:
    why = impossible(kernel, values)
    if why:
        return [why]
    outcome = predict(kernel, build(Situation, values))
    row = next((row for row, decides in outcome.hits if decides is True), None)
    if row is None:
        return ["success", *_fields(kernel, outcome)]
    head = told(outcome)
    lines = [f"-{head['errno']}: {row.name}", f"  Reason: {row.doc}", f"  At: {row.at}"]
    lines += [f"  Commit: {one}" for one in _commits(kernel, row)]
    if "inside" in head:
        lines.append(f"  Inside: copy_process() said -{head['inside']}")
    others = [one for one, refuses in refusals(outcome) if refuses is True and one is not row]
    if others:
        lines += ["", f"it would be refused by {len(others)} more:"]
        lines += [f"  {one.name} ({one.at})" for one in others]
    return lines


def _commits(kernel: Kernel, row: Any) -> list[str]:
    """Return the commits that a rule is there for, on a kernel that has them."""
    known = [all_patches()[place] for place in named_in(row.where)]
    mine = [one for one in known if kernel[BY_NAME[one["name"]]] is True]
    return [f"{one['name']} {one['commit']} {one['landed']}: {one['title']}" for one in mine]


def _fields(kernel: Kernel, outcome: Any) -> list[str]:
    """Return the fields in which what is left is not as the child of a plain fork()."""
    plain = told(predict(kernel, Situation()))["child"]
    lines = []
    for name, fields in ((name, told(outcome)[name]) for name, _record in parts(outcome)):
        shown = {
            path: value for path, value in fields.items()
            if name != "child" or plain[path] != value
        }
        unlike = ", unlike that of a plain fork()" if name == "child" else ""
        lines += ["", f"the {name}{unlike}:"]
        lines += [f"  {path} = {value}" for path, value in shown.items()] or ["  alike"]
    return lines


def _differing(kernel: Kernel, other: Kernel, values: dict[str, Any]) -> list[str]:
    """Return the fields that differ between two kernels on which a call succeeds."""
    if impossible(kernel, values) or impossible(other, values):
        return []
    found = [told(predict(one, build(Situation, values))) for one in (kernel, other)]
    lines = [
        f"  {name}.{path}: {value} here, {found[1][name][path]} there"
        for name, fields in found[0].items()
        if isinstance(fields, dict) and isinstance(found[1].get(name), dict)
        for path, value in fields.items()
        if found[1][name][path] != value
    ]
    return ["", "what differs:", *lines] if lines else []


def nearest(asked: Asked) -> list[Nearest]:
    """Return the nearest accepted calls, proved nearest; none for one that is accepted."""
    kernel = kernel_named(asked.kernel)
    if impossible(kernel, asked.values):
        return []
    if predict(kernel, build(Situation, asked.values)).errno == 0:
        return []
    return Around(kernel, asked.values).any_way()


def nearest_line(asked: Asked, one: Nearest) -> str:
    """Return what is changed in an accepted call."""
    known = leaves_by_path()
    paths = sorted({*one.values, *asked.values})
    changed = [
        f"{path} = {spoken(known[path], one.values.get(path, known[path].default))}"
        for path in paths
        if one.values.get(path, known[path].default) != asked.values.get(path, known[path].default)
    ]
    return "; ".join(changed)
