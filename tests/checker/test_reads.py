"""The key of a verdict changes with whatever the statement can read, and with nothing else."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from checker.mutation.catalogue import of_calls
from checker.mutation.mutant import Mutant, edited
from checker.questions.landmarks import broken_by_calls, landmarks_of, situation_of
from checker.reads.answers import answer
from checker.reads.graph import Graph
from checker.reads.statements import EVERY_VERDICT, Reads, every_history, of_the_ledger
from checker.reads.whole import is_followed_module, whole_texts
from checker.record.sources import Tree, tree
from command.shelf import Shelf
from model import copy_process, setns, words
from model.over_time import calls
from model.over_time.catalogue import SYSTEMS
from model.patch import Patch
from model.request import Entry, Request
from model.rows import Rejection
from model.rules import nsset
from properties.catalogue import all_statements, by_id
from properties.landmarks.landmark import DecidedBy

ROOT = Path(__file__).parents[2]
BESIDE = {"asked", "certificates", "compared", "exploring", "flood", "independent", "kapi",
          "mutation", "prediction", "reads", "running", "scml", "seccomp", "strace", "why"}
"""Rooms of the checker that find no verdict of a run."""

ELSEWHERE = {
    ("model.entries", "ENTRIES"): "its rows are read by args_of",
    ("model.over_time.catalogue", "SYSTEMS"): "steps of systems are told by a verb of its own",
    ("properties.catalogue", "all_timed"): "the order of results",
    ("properties.catalogue", "by_id"): "finds the statement",
    ("properties.catalogue", "timed_by_id"): "finds the statement",
    ("properties.complete", "check"): "raises, or says nothing",
    ("properties.over_time.bugs", "BUGS"): "told by a verb of its own",
}
"""What deciding code imports of followed files, and why no key needs it."""
UNREAD = {"checker/calls/answer.py", "checker/calls/filled.py", "checker/calls/kvm.py",
          "checker/calls/schemas.py", "checker/calls/story.py", "checker/over_time/monitors.py",
          "checker/questions/landmarks.py", "checker/questions/reach.py"}
"""What is told of calls, what is held against verdicts once they are found, other verbs."""


@cache
def keys(*how: str) -> dict[str, str]:
    reads = Reads(tree())
    return {one.id: reads.key(one, *how) for one in all_statements()}


@pytest.fixture(autouse=True, scope="module")
def before() -> None:
    """Have the keys of the model as it stands."""
    keys()


def changed() -> set[str]:
    """The statements whose key is another now than before the model was changed in memory."""
    reads = Reads(tree())
    return {one.id for one in all_statements() if reads.key(one) != keys()[one.id]}


def imported() -> Iterator[tuple[str, str, str]]:
    rooms = (room for room in (ROOT / "checker").iterdir() if room.is_dir())
    for room in rooms:
        for file in () if room.name in BESIDE else room.glob("*.py"):
            where = str(file.relative_to(ROOT))
            nodes = list(ast.walk(ast.parse(file.read_text())))
            for node in nodes:
                if isinstance(node, ast.ImportFrom) and node.module:
                    for one in node.names:
                        yield where, node.module, one.name
                        yield from ((where, f"{node.module}.{one.name}", name)
                                    for name in taken_of(one.name, nodes))


def taken_of(module: str, nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == module:
            yield node.attr


def test_what_deciding_code_takes_from_followed_files_is_in_every_key() -> None:
    known = [*EVERY_VERDICT, *every_history(), *of_the_ledger()]
    forgotten = []
    for file, module, name in imported():
        if not module.startswith(("model.", "properties.")) or file in UNREAD:
            continue
        if not (ROOT / f"{module.replace('.', '/')}.py").exists():
            continue
        thing = getattr(import_module(module), name, None)
        if isinstance(thing, type(ast)) or not is_followed_module(module):
            continue
        if (module, name) not in ELSEWHERE and not any(one is thing for one in known):
            forgotten.append(f"{file}: {module}.{name}")
    assert forgotten == []


def test_histories_say_by_name_which_entry_point_they_ask() -> None:
    """So that whoever follows names knows which tables a history can read."""
    wrong = []
    for folder in ("model/over_time", "properties/over_time"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text()
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == Request.__name__:
                    said = {one.arg: ast.unparse(one.value) for one in node.keywords}
                    named = said.get("entry", "").startswith(("int(Entry.", "int(entry)"))
                    if node.args or not named:
                        wrong.append(f"{file}:{node.lineno}: {ast.unparse(node)}")
    assert wrong == []


IN_A_PROCESS = """
import json
from checker.reads import statements
from checker.reads.graph import Graph
from checker.reads.parts import ANYTHING
from checker.record.sources import tree
from properties.catalogue import all_statements
statements.surroundings = lambda: ""
reads = statements.Reads(tree())
keys = {one.id: reads.key(one) for one in all_statements()}
graph = Graph()
for one in all_statements():
    graph.digest(one)
followed = not any(node.thing is ANYTHING for node in graph._nodes.values())
print(json.dumps([keys, followed]))
"""


def in_a_process(seed: str) -> list[Any]:
    """Return the key of each statement, and whether all that they read can be followed."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS], capture_output=True, text=True, cwd=ROOT,
        check=True, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def test_keys_are_those_of_any_process_and_no_statement_reads_what_cannot_be_followed() -> None:
    ours, theirs = in_a_process("7"), in_a_process("8")
    assert ours == theirs
    assert ours[1]


def test_each_statement_and_each_way_of_deciding_has_a_key_of_its_own() -> None:
    assert len(set(keys().values()) | set(keys("v6.1").values())) == 2 * len(keys())


def test_files_that_decide_are_read_whole() -> None:
    known = tree()
    for name in ("checker/engines/sat.py", "model/algebra.py", "properties/claim.py"):
        files = {**known.files, name: "0" * 64}
        assert whole_texts(type(known)(files, known.stamps)) != whole_texts(known)
    files = {**known.files, "model/rules/nsset.py": "0" * 64}
    assert whole_texts(type(known)(files, known.stamps)) == whole_texts(known)


ASK_SETNS = {
    "join_user": {"user_namespaces", "userns_owners", "userns_sharing"},
    "join_pid_ns": {"pid_namespaces", "reaping"},
}


@pytest.mark.parametrize(("row", "concerns"), [
    (nsset.threads_would_be_in_two_user_namespaces, ASK_SETNS["join_user"]),
    (nsset.pid_namespace, ASK_SETNS["join_pid_ns"]),
    (nsset.uts_namespace, set()),
], ids=["of users", "of pids", "of names"])
def test_a_rule_of_setns_is_read_by_who_asks_for_what_it_answers(
    row: Rejection, concerns: set[str]
) -> None:
    """All statements of setns(), and those histories whose questions it can answer."""
    table = setns.TABLE
    place = next(at for at, one in enumerate(table) if one.name == row.name)
    before = table.copy()
    table[place] = row.to("put_nsset", until=row.where)
    try:
        found = changed()
    finally:
        table[:] = before
    single = {one for one in found if hasattr(statement(one), "subject")}
    assert {by_id(one).subject.name for one in single} == {"SETNS"}
    assert len(single) == sum(
        getattr(one, "subject", None) is by_id(min(single)).subject for one in all_statements()
    )
    assert systems_of(found - single) <= concerns
    assert bool(found - single) is bool(concerns)


def systems_of(names: set[str]) -> set[str]:
    return {part.system.name for one in names for part in statement(one).by_system}


def statement(name: str) -> Any:
    return next(one for one in all_statements() if one.id == name)


MUTANTS = of_calls()[::211]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[one.name for one in MUTANTS])
def test_a_changed_table_changes_the_key_of_all_that_range_over_it(
    mutant: Mutant,
) -> None:
    """Of assumptions every key."""
    declared, other = mutant.declared, edited(mutant.declared, mutant.edits)
    before = declared.copy()
    swap(declared, other)
    try:
        found = changed()
    finally:
        swap(declared, before)
    subject = {"clone": "CREATE"}.get(mutant.of, mutant.of.upper())
    expected = {one.id for one in all_statements() if concerned(one, subject)}
    assert expected
    assert expected <= found


def swap(declared: Any, other: Any) -> None:
    if isinstance(declared, dict):
        declared.clear()
        declared.update(other)
    else:
        declared[:] = other


def concerned(one: Any, subject: str) -> bool:
    own = getattr(getattr(one, "subject", None), "name", "")
    return own == subject or subject not in ("CREATE", "UNSHARE", "SETNS", "VHOST")


@pytest.mark.parametrize("name", list(SYSTEMS)[::9])
def test_a_changed_step_changes_the_keys_of_its_systems(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = SYSTEMS[name]
    monkeypatch.setattr(system, "steps", system.steps[:-1])
    about = {
        one.id for one in all_statements()
        if any(part.system is system for part in getattr(one, "by_system", ()))
    }
    assert about
    assert changed() >= about


def test_an_entry_point_that_is_handed_on_may_be_any() -> None:
    graph = Graph()
    space: dict[str, Any] = {"Entry": Entry, "__name__": "model.over_time.made_up"}
    exec("def one(f): return f(Entry)\ndef other(f): return f(Entry.FORK)", space)
    one, other = space["one"], space["other"]
    graph.digest(one), graph.digest(other)
    assert reaches(graph, one, nsset.descriptor_is_closed)
    assert not reaches(graph, other, nsset.descriptor_is_closed)


def reaches(graph: Graph, start: Any, row: Any) -> bool:
    seen, todo = set(), [graph._nodes[id(start)]]
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            todo += [one for one in node.named if type(one) is type(node)]
    return id(graph._nodes.get(id(row))) in seen


EDITS = {
    "a constant": ("def f(x): return x + 1", "def f(x): return x + 2"),
    "the type of a number": ("def f(x): return 1", "def f(x): return True"),
    "the sign of zero": ("def f(x): return 0.0", "def f(x): return -0.0"),
    "a text or its bytes": ("A = 'a'\ndef f(x): return A", "A = b'a'\ndef f(x): return A"),
    "a range": ("A = range(3)\ndef f(x): return A", "A = range(4)\ndef f(x): return A"),
    "what is called": ("def f(x): return g(x)", "def f(x): return h(x)"),
    "what the called one calls": (
        "def k(x): return x\ndef f(x): return k(x)", "def k(x): return -x\ndef f(x): return k(x)",
    ),
    "a default": ("def f(x=1): return x", "def f(x=2): return x"),
    "a global": ("A = 1\ndef f(x): return A", "A = 2\ndef f(x): return A"),
    "an element of a global": ("A = [1, (2, 3)]\ndef f(x): return A",
                               "A = [1, (3, 2)]\ndef f(x): return A"),
    "an inner function": ("def f(x):\n return [y + 1 for y in x]",
                          "def f(x):\n return [y + 2 for y in x]"),
    "what is closed over": ("def m(a):\n return lambda x: a\nf = m(1)",
                            "def m(a):\n return lambda x: a\nf = m(2)"),
    "a method": ("class C:\n def m(self): return 1\ndef f(x): return C().m()",
                 "class C:\n def m(self): return 2\ndef f(x): return C().m()"),
    "a base's method": ("class B:\n def m(self): return 1\nclass C(B): pass\ndef f(x): return C()",
                        "class B:\n def m(self): return 2\nclass C(B): pass\ndef f(x): return C()"),
    "a property": ("class C:\n m = property(lambda self: 1)\ndef f(x): return C().m",
                   "class C:\n m = property(lambda self: 2)\ndef f(x): return C().m"),
    "the order of what calls back": (
        "def a(x): return f\ndef b(x): return f\nL = [a, b]\ndef f(x): return L",
        "def a(x): return f\ndef b(x): return f\nL = [b, a]\ndef f(x): return L",
    ),
    "far along a circle": (
        "def a(x): return b\ndef b(x): return c(1)\ndef c(x): return a\ndef f(x): return a",
        "def a(x): return b\ndef b(x): return c(2)\ndef c(x): return a\ndef f(x): return a",
    ),
    "an operator": ("def f(x): return x < 1", "def f(x): return x <= 1"),
    "a keyword": ("def f(x): return g(a=x)", "def f(x): return g(b=x)"),
    "a member": ("import enum\nclass E(enum.IntEnum):\n A = 1\ndef f(x): return E.A",
                 "import enum\nclass E(enum.IntEnum):\n A = 2\ndef f(x): return E.A"),
    "an instance": ("class C:\n def __init__(self, a): self.a = a\nI = C(1)\ndef f(x): return I",
                    "class C:\n def __init__(self, a): self.a = a\nI = C(2)\ndef f(x): return I"),
    "a handler": ("def f(x):\n try: g(x)\n except KeyError: h(x)",
                  "def f(x):\n try: g(x)\n except ValueError: h(x)"),
}


def digest_of(text: str) -> str:
    space: dict[str, Any] = {"__name__": "model.rules.made_up"}
    exec("def g(x): return x\ndef h(x): return x\n" + text, space)
    return Graph().digest(space["f"])


def test_equal_texts_have_one_digest_be_they_one_object_or_two() -> None:
    one, other = ("".join(["a ", "text"]) for _ in range(2))
    assert one is not other
    assert Graph().digest([one, one]) == Graph().digest([one, other])


@pytest.mark.parametrize(("before", "after"), EDITS.values(), ids=EDITS)
def test_an_edit_is_seen(before: str, after: str) -> None:
    assert digest_of(before) != digest_of(after)
    assert digest_of(before) == digest_of(f"\n\n# lines move\n{before}")


@pytest.mark.parametrize("text", [
    "def f(x): return getattr(words, x)",
    "def f(x): return globals()[x]",
    "def f(x):\n from model import words\n return words",
], ids=["a module handed on", "all names of a module", "an import on the way"])
def test_who_reads_what_cannot_be_followed_reads_every_file(text: str) -> None:
    space: dict[str, Any] = {"__name__": "model.rules.made_up", "words": words}
    exec(text, space)
    known = tree()
    other = {**known.files, "model/rules/nsset.py": "0" * 64}
    here, there = (Reads(Tree(files, known.stamps)) for files in (known.files, other))
    one = by_id("P02")
    assert here.key(one) == there.key(one)
    reads_more = replace(one, statement=space["f"])
    assert here.key(reads_more) != there.key(reads_more)


def test_what_nobody_names_is_not_read() -> None:
    text = "def f(x): return g(x)"
    assert digest_of(text) == digest_of(f"def other(x): return 1\n{text}")



def test_a_question_is_what_its_answer_is_as_a_term() -> None:
    table = setns.TABLE
    before, told = table.copy(), answer(calls.join_user)
    try:
        table[:] = [one for one in before if one.name != nsset.uts_namespace.name]
        assert answer(calls.join_user) == told
        gone = nsset.threads_would_be_in_two_user_namespaces.name
        table[:] = [one for one in before if one.name != gone]
        assert answer(calls.join_user) not in (None, told)
    finally:
        table[:] = before


def test_a_question_that_cannot_be_read_openly_reads_whole_tables() -> None:
    assert answer(calls.clone) is None
    graph = Graph()
    graph.digest(calls.clone), graph.digest(calls.join_user)
    assert reaches(graph, calls.clone, copy_process.TABLE[0])
    assert not reaches(graph, calls.join_user, setns.TABLE[0])


def test_forms_name_no_rows_but_patches_which_every_key_reads() -> None:
    """Of a form only functions and classes are followed: its data are in its text."""
    graph = Graph()
    for one in all_statements():
        graph.digest(one)
    rows = {id(value): name for module in list(sys.modules.values())
            for name, value in vars(module).items() if isinstance(value, list | dict | Patch)
            if is_followed_module(module.__name__) and not UNREAD_FILES & {module.__name__}}
    reached = (node.thing for node in list(graph._nodes.values()))
    forms = [one for one in reached if isinstance(one, FunctionType)
             and one.__module__.startswith(("model", "properties"))
             and not is_followed_module(one.__globals__["__name__"])]
    named = {rows[id(value)] for one in forms
             for name in one.__code__.co_names
             if id(value := one.__globals__.get(name)) in rows and not isinstance(value, Patch)}
    assert named <= {"PATCHES", "ENTRIES"}


UNREAD_FILES = {"properties.catalogue", "properties.complete", "properties.nouns"}


def test_a_landmark_of_calls_is_looked_at_again_when_its_table_changed() -> None:
    marks = landmarks_of(DecidedBy.CALL)
    reads = Reads(tree())
    before = [reads.landmark(one, situation_of(one)) for one in marks]
    table = setns.TABLE.copy()
    try:
        setns.TABLE[:] = table[1:]
        reads = Reads(tree())
        again = [reads.landmark(one, situation_of(one)) for one in marks]
    finally:
        setns.TABLE[:] = table
    moved = [one for one, old, new in zip(marks, before, again, strict=True) if old != new]
    assert moved == [one for one in marks if one.situation["request"]["entry"] == "setns"]
    assert len(set(before)) == len(before)


def test_a_landmark_that_is_not_known_to_stand_is_looked_at() -> None:
    marks = landmarks_of(DecidedBy.CALL)
    looked: list[Any] = []

    def stands(one: Any) -> bool:
        looked.append(one)
        return True

    assert broken_by_calls(["v6.12"], stands) == []
    assert looked == marks
    shelf = Shelf(marks={id(marks[0]): "key"}, standing={"key", "another"})
    assert [one for one in marks if shelf.stands(one)] == marks[:1]
