"""Watches the text of what is read: what the model cannot judge must be as people have read it.

The comparison proves what it knows: errnos, the facts of a record, the ladders' resources.  A
statement that writes to something else, a call that touches nothing modelled, an argument that a
contract does not look at: of all this it says nothing, and a fault there is not "the same".  So
each function is also told as a list of items, one per statement in its order, and the list has
to be one that is kept (``watched.json``): of a tree whose every statement was read by people when
``facts/`` and ``contracts/`` were written.  What is not, is told by its line.

Only plain checks are free to change (:func:`_is_check`): a condition without calls, casts and
arithmetic that leads to an exit.  On which calls they refuse, and with what, is what is proved.
No C is kept: an item is a name and a hash.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checker.ground.problems import Problem
from source.constants import HEADERS
from source.program import PLACE, Program
from source.syntax import Function, SyntaxNode

KEPT = Path(__file__).with_name("watched.json")

MOST_ITEMS = 3_000
"""Items of a function that are compared with those that are kept; copy_process() has 480."""

MOST = 12
"""Differences that are told of one function; how many more there are is said."""

WHOLE = frozenset(("kernel_clone_args", "clone_args"))
"""Structures of which a field that nobody knows matters wherever they are handed on."""

STRUCTS = (
    *sorted(WHOLE),
    "task_struct",
    "signal_struct",
    "sighand_struct",
    "cred",
    "nsproxy",
    "nsset",
    "fs_struct",
    "user_namespace",
    "ucounts",
    "pid",
    "upid",
    "pid_namespace",
)
"""Structures whose fields have to be declared as they were."""

SHOWN = 50
"""Characters of a statement that a report shows."""

_SHOWN_WITH = ("if", "while", "for", "do", "switch", "return", "case")
"""Items whose name says little without their text."""

_DIRECTIVE = re.compile(r"#\s*(?:else|endif).*|\s+")
_RESTS = ("number ", "type of ", "body of ")
"""Items that a function has because it mentions a name: as they are elsewhere, they are known."""

_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\w+|\S")
_TRANSPARENT = ("likely", "unlikely", "IS_ERR")
_PLAIN = ("identifier", "null", "true", "false", "number_literal")
_ERRNOS = ("ret", "retval", "err", "error", "res", "result", "rc", "r")
_JOINING = ("&&", "||", "==", "!=", "&", "|")


@dataclass(frozen=True)
class Item:
    """A statement as it is watched: its name, its name with a hash, and where it stands."""

    name: str
    key: str
    line: int
    shown: str = ""
    """Its text, as far as a report shows it."""


@dataclass(frozen=True)
class Unvouched:
    """A statement that is not as in any tree that was read, or that is missing here."""

    path: str
    function: str
    line: int
    told: str


def digest(text: str) -> str:
    """Return the hash of a text of C, whatever its spaces and line breaks."""
    return hashlib.sha256(" ".join(_TOKEN.findall(text)).encode()).hexdigest()[:8]


def _item(name: str, text: str, line: int) -> Item:
    plain = " ".join(text.split())
    plain = f"if {plain}" if name == "if" else plain
    shown = plain if len(plain) <= SHOWN else f"{plain[:SHOWN]}..."
    return Item(name, f"{name} {digest(text)}", line, shown if name in _SHOWN_WITH else "")


def items(program: Program, function: Function) -> list[Item]:
    """Return what is watched of a function: its statements in order, then what they rest on."""
    head = f"{function.returns} {function.parameters}"
    told = [_item("the list of its parameters", head, function.line), *_statements(function.body)]
    return [*_without_repeats(told), *_context(program, function)]


def _without_repeats(told: list[Item]) -> Iterator[Item]:
    """Yield items; checks next to each other that leave by the same way are one."""
    before = ""
    for one in told:
        if not (one.name.startswith("check") and one.key == before):
            yield one
        before = one.key


def _statements(node: SyntaxNode) -> Iterator[Item]:
    """Yield the items of a statement and of those inside it."""
    if node.kind == "compound_statement":
        for kid in node.kids:
            yield from _statements(kid)
    elif node.kind == "labeled_statement":
        yield _item(f"label {node['label'].text}", "", node.line)
        for kid in node.kids[1:]:
            yield from _statements(kid)
    elif node.kind == "if_statement":
        yield from _branch(node)
    elif node.kind == "expression_statement" and _sets_errno(node):
        return
    elif (body := node.get("body")) is not None:
        head = node.text.replace(body.text, "", 1)
        yield _item(node.kind.removesuffix("_statement"), head, node.line)
        yield from _statements(body)
        yield _item("end", "", node.line)
    elif node.kind == "case_statement":
        yield from _case(node)
    elif node.text != ";":
        yield _item(_name(node), node.text, node.line)


def _case(node: SyntaxNode) -> Iterator[Item]:
    value = node.get("value")
    yield _item("case", value.text if value else "default", node.line)
    for kid in node.kids:
        if kid is not value:
            yield from _statements(kid)


def _branch(node: SyntaxNode) -> Iterator[Item]:
    leaving = _is_check(node)
    if leaving:
        yield _item(f"check, {leaving}", "", node.line)
        return
    yield _item("if", node["condition"].text, node.line)
    yield from _statements(node["consequence"])
    otherwise = node.get("alternative")
    if otherwise is not None:
        yield _item("else", "", otherwise.line)
        for kid in otherwise.kids:
            yield from _statements(kid)
    yield _item("end", "", node.line)


def _is_check(node: SyntaxNode) -> str:
    """Return by which way a plain check leaves; nothing if a statement is no such check."""
    if node.get("alternative") is not None or not _is_plain(node["condition"]):
        return ""
    inner = node["consequence"]
    *before, last = inner.kids if inner.kind == "compound_statement" else (inner,)
    if not all(_sets_errno(one) for one in before):
        return ""
    if last.kind == "goto_statement":
        return f"goto {last['label'].text}"
    if last.kind == "return_statement" and last.kids and _is_errno(last.kids[0]):
        return "return"
    return ""


def _is_plain(node: SyntaxNode) -> bool:
    """Return whether a condition has no effect, and no conversion, that could be misread."""
    if node.kind in _PLAIN:
        return True
    if node.kind == "parenthesized_expression":
        return _is_plain(node.kids[-1])
    if node.kind == "field_expression":
        return _is_plain(node["argument"])
    if node.kind == "unary_expression":
        return node["operator"].text == "!" and _is_plain(node["argument"])
    if node.kind == "binary_expression":
        sides = _is_plain(node["left"]) and _is_plain(node["right"])
        return node["operator"].text in _JOINING and sides
    if node.kind == "call_expression" and node["function"].text in _TRANSPARENT:
        return all(_is_plain(one) for one in node["arguments"].kids)
    return False


def _is_errno(node: SyntaxNode) -> bool:
    return re.fullmatch(r"-\s*E[A-Z0-9]+|ERR_PTR\(-\s*E[A-Z0-9]+\)", node.text) is not None


def _sets_errno(node: SyntaxNode) -> bool:
    """Return whether a statement is ``name = -ESOMETHING;``."""
    if node.kind != "expression_statement" or not node.kids:
        return False
    inner = node.kids[0]
    return (
        inner.kind == "assignment_expression"
        and inner["left"].text in _ERRNOS
        and inner["operator"].text == "="
        and _is_errno(inner["right"])
    )


def _name(node: SyntaxNode) -> str:
    """Return how a statement is called in a report: what it calls, writes or declares."""
    inner = node.kids[0] if node.kids else node
    if node.kind == "expression_statement":
        if inner.kind == "call_expression":
            return f"{inner['function'].text}()"
        if inner.kind == "assignment_expression":
            return f"{inner['left'].plain} {inner['operator'].text}"
        return inner.plain
    if node.kind == "declaration":
        names = (one for one in node.walk() if one.kind == "identifier")
        return f"declaration of {next(names).text}" if node.kids else "declaration"
    if node.kind == "goto_statement":
        return f"goto {node['label'].text}"
    return node.kind.removesuffix("_statement")


def _context(program: Program, function: Function) -> Iterator[Item]:
    """Yield what a function's statements rest on: conditionals, macros, numbers, bodies."""
    file = program.file(function.path)
    if file is None:
        return
    last = function.line + function.body.text.count("\n") + len(function.parameters) + 3
    for begin, end, text in file.conditionals:
        if begin <= last and end >= function.line:
            yield _item(_DIRECTIVE.sub(" ", text).strip()[:SHOWN] or "#if", text, begin)
    for line, text in file.loops:
        if function.line <= line <= last:
            yield _item("loop over controllers", text, line)
    names = _names(function)
    yield from _fields(program, function, names)
    for name, line, text in file.macros_of(names):
        yield _item(f"macro {name}", text, line)
    for path in HEADERS:
        header = program.file(path)
        for name, _, text in header.macros_of(names) if header is not None else ():
            if program.constants[name] is None:
                yield _item(f"macro {name}", text, function.line)
    for name in sorted(names):
        value = program.constants[name]
        if value is not None:
            yield _item(f"number {name}", str(value), function.line)
        body = program.unread_body(function.path, name)
        if body is not None:
            yield _item(f"body of {name}()", body, function.line)


def _fields(program: Program, function: Function, names: set[str]) -> Iterator[Item]:
    """Yield the declarations of the fields that are used, and every field of what a call fills."""
    for struct in sorted(WHOLE & names):
        for name in program.declared(struct):
            yield _item(f"field {name} of struct {struct}", "", function.line)
    for struct in STRUCTS:
        for name, text in program.declared(struct).items():
            if name in names:
                yield _item(f"type of {name} in struct {struct}", text, function.line)


def _names(function: Function) -> set[str]:
    kinds = ("identifier", "field_identifier", "type_identifier")
    taken = {word for kind, _ in function.parameters for word in re.findall(r"\w+", kind)}
    return taken | {one.text for one in function.body.walk() if one.kind in kinds}


@cache
def kept() -> dict[str, list[tuple[frozenset[str], tuple[str, ...]]]]:
    """Return, per function, the lists that are kept and the kernels that each was read from."""
    try:
        told = json.loads(KEPT.read_text())
        names = told["items"]
        return {
            function: [
                (frozenset(one["kernels"]), tuple(names[index] for index in one["items"]))
                for one in lists
            ]
            for function, lists in told["functions"].items()
        }
    except (OSError, ValueError, LookupError, TypeError) as why:
        raise Problem(f"{KEPT}: {why}; nothing can be vouched for without it") from None


@cache
def _known_keys() -> frozenset[str]:
    """Return every item of every list that is kept."""
    return frozenset(key for lists in kept().values() for _, keys in lists for key in keys)


def listed(programs: dict[str, Program]) -> str:
    """Return what is to be kept of trees that people have read, by the kernels that they are."""
    found: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for kernel, program in programs.items():
        for name in PLACE:
            function = program.readable(name)
            if function is not None:
                keys = tuple(one.key for one in items(program, function))
                found.setdefault(name, {}).setdefault(keys, []).append(kernel)
    every = sorted({key for lists in found.values() for keys in lists for key in keys})
    number = {key: index for index, key in enumerate(every)}
    functions = {
        name: [
            {"kernels": kernels, "items": [number[key] for key in keys]}
            for keys, kernels in lists.items()
        ]
        for name, lists in sorted(found.items())
    }
    lines = ",\n".join(json.dumps(key) for key in every)
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in functions.items())
    return f'{{"items": [\n{lines}\n],\n"functions": {{\n{rows}\n}}}}\n'


def unvouched(program: Program, function: Function, kernel: str) -> list[Unvouched]:
    """Return what in a function is not as in the tree of a kernel (of any, if it has none)."""
    lists = kept().get(function.name, [])
    own = [one for names, one in lists if kernel in names] or [one for _, one in lists]
    if not own:
        told = f"{function.name}() is in none of the trees whose every statement was read"
        return [Unvouched(function.path, function.name, function.line, told)]
    here = items(program, function)
    if len(here) > MOST_ITEMS:
        told = f"{function.name}() has {len(here):,} statements: they are not looked at"
        return [Unvouched(function.path, function.name, function.line, told)]
    found = min((list(_differing(one, here, function)) for one in own), key=len)
    if len(found) > MOST:
        more = f"{len(found) - MOST + 1} more statements are not as in any tree that was read"
        found[MOST - 1 :] = [Unvouched(function.path, function.name, function.line, more)]
    return found


def _differing(
    expected: tuple[str, ...], here: list[Item], function: Function
) -> Iterator[Unvouched]:
    keys = [one.key for one in here]
    matcher = difflib.SequenceMatcher(None, expected, keys, autojunk=False)
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind == "equal":
            continue
        near = here[min(begin, len(here) - 1)].line
        old = [_label(one) for one in expected[first:last]]
        new = {_label(one.key) for one in here[begin:end]}
        for one in here[begin:end]:
            if one.key.startswith(_RESTS) and one.key in _known_keys():
                continue
            how = "is written otherwise" if _label(one.key) in old else "is new here"
            named = one.shown or one.name
            yield Unvouched(function.path, function.name, one.line, f"{named} {how}")
        for label in old:
            if label not in new and not label.startswith(_RESTS):
                told = f"{label} is not here any more"
                yield Unvouched(function.path, function.name, near, told)


def _label(key: str) -> str:
    return key.rpartition(" ")[0]
