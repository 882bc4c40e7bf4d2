"""Automata of what histories show: exact, and taken by the kernel's own generator."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from checker.over_time.dot import monitors, state_name
from checker.over_time.explore import Explored, explore
from checker.over_time.language import Automaton, NotWhole, language
from checker.over_time.monitors import MONITORS, Monitor
from model.kernel import Kernel
from model.revisions import REVISIONS

BY_NAME = {one.name: one for one in MONITORS}
LONGEST = 4


def _on(kernel: str) -> Kernel:
    return REVISIONS[kernel].kernel


@pytest.mark.parametrize(("name", "faulty", "mended"), [
    ("vhost_exec", "v6.4", "v6.12"),
    ("iowq_exec", "v6.12", "debian-6.12.117"),
])
def test_a_known_fault_can_be_seen_where_it_is_and_not_where_it_is_mended(
    name: str, faulty: str, mended: str
) -> None:
    """P60 and P60i are refuted on the one kernel and proved on the other."""
    one = BY_NAME[name]
    assert one.automaton(_on(faulty)).accepts(one.never)
    made = one.automaton(_on(mended))
    assert not made.accepts(one.never)
    assert made.accepts(("worker_starts", "worker_ends", "program_runs"))


@pytest.mark.parametrize("one", MONITORS, ids=lambda one: one.name)
@pytest.mark.parametrize("kernel", ["v6.4", "v6.12"])
def test_it_accepts_exactly_the_words_that_histories_show(one: Monitor, kernel: str) -> None:
    """Held against a plain search through the histories, word by word."""
    explored = explore(one.system, _on(kernel))
    names = tuple(event.name for event in one.events)
    made = language(explored, names, one._seen)
    shown = set(_words(explored, one))
    for length in range(LONGEST + 1):
        for word in product(names, repeat=length):
            assert made.accepts(word) == (word in shown), word


def _words(explored: Explored, one: Monitor) -> Iterator[tuple[str, ...]]:
    after: dict[int, list[tuple[str, int]]] = {}
    sources, targets = (column.tolist() for column in explored.table[:2])
    for place, to, (_step, state) in zip(sources, targets, explored.moves, strict=True):
        after.setdefault(place, []).append((one._seen(explored.states[place], state), to))
    known = {(0, ())}
    queue: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for place, word in queue:
        yield word
        for event, to in after.get(place, []):
            further = (to, (*word, event) if event else word)
            if further not in known and len(further[1]) <= LONGEST:
                known.add(further)
                queue.append(further)


def test_of_one_task_life_begins_once_and_after_the_last_event_all_is_accepted() -> None:
    events = ("starts", "ends")
    whole = Automaton(events, {(0, "starts"): 1, (0, "ends"): 2, (1, "ends"): 2, (2, "starts"): 1})
    one = whole.of_one()
    assert one.accepts(("starts", "ends", "ends"))
    assert not one.accepts(("ends",))
    assert not one.accepts(("starts", "starts"))


def test_nothing_is_said_where_not_all_histories_are_known() -> None:
    one = BY_NAME["reaping"]
    explored = explore(one.system, _on("v6.12"))
    explored.closed = False
    with pytest.raises(NotWhole):
        language(explored, tuple(event.name for event in one.events), one._seen)


def test_states_of_a_graph_have_names_of_their_own() -> None:
    for name, text in monitors(_on("v6.12")).items():
        if name.endswith(".dot"):
            nodes = re.findall(r'^\t"(\w+)" \[label = "(\w+)"', text, re.MULTILINE)
            assert len(set(nodes)) == len(nodes)
            assert all(node == label for node, label in nodes)


RVGEN = """
import sys
sys.path.insert(0, sys.argv[1])
from rvgen.dot2k import da2k
given = dict.fromkeys(("model_name", "parent", "description", "auto_patch"))
da2k(sys.argv[2], "per_task", {**given, "monitor_class": "da", "spec": sys.argv[2]}).print_files()
"""
"""What rvgen's own program does with a graph; the program itself needs a later Python."""


@pytest.mark.parametrize("kernel", ["v6.4", "v6.12"])
def test_rvgen_makes_the_same_automaton_of_it(kernel: str, tmp_path: Path) -> None:
    """Its C has a table of states and events: each entry is the automaton's."""
    folder = Path(os.environ.get("CLONEPROOF_LINUX", "no tree")) / "tools/verification/rvgen"
    if not (folder / "rvgen").is_dir() or not importlib.util.find_spec("lark"):
        pytest.skip("CLONEPROOF_LINUX names no kernel tree with rvgen, or lark is not there")
    for name, text in monitors(_on(kernel)).items():
        if not name.endswith(".dot"):
            continue
        model = name.removesuffix(".dot")
        made = BY_NAME[model].automaton(_on(kernel))
        if not made.moves:
            continue
        (tmp_path / name).write_text(text, encoding="utf-8")
        subprocess.run([sys.executable, "-c", RVGEN, str(folder), name],
                       cwd=tmp_path, check=True, capture_output=True)
        header = (tmp_path / model / f"{model}.h").read_text(encoding="utf-8")
        assert _table(header, model) == _moves(made)


def _table(header: str, model: str) -> set[tuple[str, str, str]]:
    """Return the moves in rvgen's C: state, event and next state by their names."""
    states, events = (
        re.findall(rf"^\t(\w+)_{model},", _between(header, f"enum {kind}s_{model}", "};"), re.M)
        for kind in ("state", "event")
    )
    rows = re.findall(r"\{([^{}]*)\}", _between(header, ".function = {", ".initial_state"))
    cells = [[cell.strip() for cell in row.split(",") if cell.strip()] for row in rows]
    return {
        (state, event, cell.removesuffix(f"_{model}"))
        for state, row in zip(states, cells, strict=False)
        for event, cell in zip(events, row, strict=False)
        if cell != "INVALID_STATE"
    }


def _between(text: str, start: str, end: str) -> str:
    return text[text.index(start) + len(start):].partition(end)[0]


def _moves(made: Automaton) -> set[tuple[str, str, str]]:
    names = {place: state_name(word) for place, word in made.shortest().items()}
    return {(names[place], event, names[after]) for (place, event), after in made.moves.items()}
