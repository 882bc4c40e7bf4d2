"""What leaves for the page as a table says what the model says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from checker.calls.naming import spoken
from checker.readings.space import all_leaves
from model.kernel import Kernel
from model.mistake import Mistake
from model.over_time.catalogue import SYSTEMS
from model.patches import COMMITS
from model.records import leaves, values_of
from model.request import Entry
from model.revisions import REVISIONS
from model.terms import INT, open_word
from model.words import errno_name
from page.table import Table
from properties.catalogue import all_timed
from properties.claim import Subject
from tests.page.drawn import as_texts, drawn
from tests.page.known import inputs_of, model, patches_of, reference, walked

CALLS, EACH = 336, 8
"""Random calls, and how many are on one kernel: 42 kernels, three for each entry point."""
LEAVES = {leaf.path: leaf for leaf in all_leaves()}


def _answer(call: dict[str, Any]) -> dict[str, Any]:
    """Return what the table says of a call, as an answer of ``predict`` is written."""
    bits = int(call["bits"], 16)
    given = {f"patch:{patch.name}": bool(bits >> at & 1) for at, patch in enumerate(COMMITS)}
    given |= {path: leaf.default for path, leaf in LEAVES.items()}
    given |= {
        path: value if isinstance(value, bool) else int(value)
        for path, value in call["facts"].items()
    }
    subject = model()["subjects"][model()["entries"][int(given["request.entry"])]["subject"]]
    first = [node for _rule, node, *_ in subject["rules"]]
    fields = [field for record in subject["records"].values() for field in record]
    roots = [subject["errno"], *first, *(field["node"] for field in fields)]
    inside = [subject["inside"]] if "inside" in subject else []
    values = reference().values([*roots, *inside], given)
    hit = next((rule for rule, node, *_ in subject["rules"] if values[node]), None)
    rule = model()["rules"][hit] if hit is not None else {"name": None, "at": None}
    errno = values[subject["errno"]]
    made = {"errno": errno_name(errno), "rule": rule["name"], "at": rule["at"]}
    if inside and values[inside[0]] not in (0, errno):
        made["inside"] = errno_name(values[inside[0]])
    if not errno:
        made |= {name: _record(record, values) for name, record in subject["records"].items()}
    return made


def _record(record: list[dict[str, Any]], values: dict[int, Any]) -> dict[str, Any]:
    return {field["path"]: _spoken(field, values[field["node"]]) for field in record}


def _spoken(field: dict[str, Any], value: Any) -> Any:
    from model.records import Leaf

    names, signed = field.get("names", ""), field.get("signed", False)
    leaf = Leaf(field["path"], field["width"], 0, "", signed, names, None)
    if signed and value >> (field["width"] - 1):
        value -= 1 << field["width"]
    return as_texts(spoken(leaf, value))


def test_the_table_answers_as_predict_does() -> None:
    """Errno, rule and every field, on random calls of all entry points and kernels."""
    calls = list(drawn(CALLS, EACH, seed=7))
    assert {int(call["facts"].get("request.entry", 0)) for call in calls} == set(map(int, Entry))
    assert [_answer(call) for call in calls] == [call["answer"] for call in calls]


def test_a_number_that_is_changed_in_the_table_is_noticed() -> None:
    """The comparison above fails where the table says something else."""
    table = reference()
    kept = list(table.numbers)
    changed = [value ^ 1 if value == 22 else value for value in kept]
    assert changed != kept
    calls = [call for call in drawn(112, EACH, seed=7) if call["answer"]["errno"] == "EINVAL"]
    try:
        table.numbers = changed
        assert [_answer(call) for call in calls] != [call["answer"] for call in calls]
    finally:
        table.numbers = kept


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_each_step_of_the_table_leads_where_the_models_does(name: str) -> None:
    """Whether it can be taken, and every fact afterwards, in states of random histories."""
    system = next(one for one in model()["systems"] if one["name"] == name)
    kinds = list(leaves(SYSTEMS[name].record))
    for revision in ("v5.4", "v6.4", "v7.1"):
        kernel = REVISIONS[revision].kernel
        for state, moves in walked(name, kernel, 12):
            given = {**patches_of(kernel), **inputs_of(SYSTEMS[name], state)}
            _same(system, kinds, dict(values_of(state)), moves, given)


def _same(
    system: dict[str, Any], kinds: list[Any], state: dict[str, Any], moves: Any,
    given: dict[str, Any],
) -> None:
    by_name = {step.name: move for step, move in moves.items()}
    for step in system["steps"]:
        roots = [step["when"], *(node for _, node in step["then"]), *_there(step)]
        values = reference().values(roots, given)
        able = values[step["when"]] and all(values[node] for node in _there(step))
        move = by_name.get(step["name"])
        assert able == (move is not None and move.when is True), step["name"]
        if able and move is not None:
            then = {**state, **{kinds[at].path: _plain(kinds[at], values[node])
                                for at, node in step["then"]}}
            assert then == dict(values_of(move.then)), step["name"]


def _there(step: dict[str, Any]) -> list[int]:
    return [step["there"]] if "there" in step else []


def _plain(leaf: Any, value: Any) -> Any:
    negative = leaf.signed and value >> (leaf.width - 1)
    return value - (1 << leaf.width) if negative else value


KERNELS = ("v5.4", "v6.1", "v6.4", "v7.1", "debian-6.12.117")


def _live() -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """Yield each statement of histories that the page works out, with its claims there."""
    shown = {one["id"]: one["claims"] for one in model()["statements"] if one.get("claims")}
    for prop in (one for every in all_timed() for one in every.by_system):
        if prop.system.name in shown.get(prop.id, {}):
            yield prop, shown[prop.id][prop.system.name]


def test_claims_are_worked_out_as_they_are_stated() -> None:
    """Both halves of each claim that the page shows live; plain Python may decide in none."""
    asked = {True: 0, False: 0}
    for prop, claims in _live():
        for name in KERNELS:
            kernel = REVISIONS[name].kernel
            for state, moves in walked(prop.system.name, kernel, 3, seed=9):
                given = {**patches_of(kernel), **inputs_of(prop.system, state)}
                then = [move.then for move in moves.values() if move.when is True][:1]
                for after in then if prop.how.of_steps else [None]:
                    asked[prop.how.of_steps] += _stated((prop, claims), kernel, state, after, given)
    assert asked[False] > 500
    assert asked[True] > 100


def _stated(
    live: tuple[Any, list[Any]], kernel: Kernel, state: Any, after: Any, given: dict[str, Any]
) -> int:
    """Compare the claims of a statement, case by case; return how many there were."""
    prop, claims = live
    states = [state] if after is None else [state, after]
    if after is not None:
        given = {**given, **inputs_of(prop.system, after, "after")}
    cases: list[tuple[Any, ...]] = [(case,) for case in prop.cases] or [()]
    for claim, case in list(zip(claims, cases, strict=True))[:3]:
        _halves(claim, prop.statement(kernel, *states, *case), given)
    return len(cases)


def _halves(shown: dict[str, Any], claim: Any, given: dict[str, Any]) -> None:
    nodes = [shown[half]["node"] for half in ("premise", "conclusion")]
    values = reference().values(nodes, given)
    premise, conclusion = (values[node] for node in nodes)
    assert premise is claim.premise
    if premise:
        assert conclusion is claim.conclusion


def test_every_subject_and_rule_is_there() -> None:
    """What the page can ask is all that the model has."""
    assert set(model()["subjects"]) == {one.name for one in Subject}
    assert [one["name"] for one in model()["entries"]] == [one.name.lower() for one in Entry]
    nodes = model()["table"]["count"]
    for subject in model()["subjects"].values():
        assert all(0 <= node < nodes for _rule, *nodes_ in subject["rules"] for node in nodes_)


def test_what_has_no_place_in_a_table_is_refused() -> None:
    """A whole number has no bits that the page could count with."""
    with pytest.raises(Mistake, match="has no place in a table"):
        Table().truth(open_word("n", INT) + 1 == open_word("m", INT))


def test_an_open_kernel_is_one_table_for_all() -> None:
    """A patch is an input: the same nodes serve kernels that answer differently."""
    names = {name for name, _width in model()["table"]["inputs"]}
    assert sum(name.startswith("patch:") for name in names) > len(COMMITS) // 2
    assert isinstance(REVISIONS["v6.4"].kernel, Kernel)
