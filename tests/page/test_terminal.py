"""The page on a terminal: what it asks and tells, and its keys."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from checker.ground.problems import Problem
from checker.record.result import Result
from model.request import Entry
from page.terminal import calls, histories, statements
from properties.claim import Verdict

NEWUSER_FS = {"request.entry": int(Entry.CLONE3), "request.flags": 0x10000200}
P60 = ["the process opens a vhost device", "the process executes",
       "de thread kills the other threads", "de thread has seen all it counted end"]


def test_a_refused_call_is_told_with_its_rule_and_what_would_work() -> None:
    """The rule, its place and commit; the nearest accepted calls, which the model accepts."""
    asked = calls.Asked(values=dict(NEWUSER_FS))
    lines = calls.answer_lines(asked)
    assert lines[0] == "-EINVAL: root directory is shared across user namespaces"
    assert "  At: kernel/fork.c:copy_process" in lines
    assert any("e66eded8309e" in line for line in lines)
    found = [calls.nearest_line(asked, one) for one in calls.nearest(asked)]
    assert sorted(found) == ["request.flags = CLONE_FS", "request.flags = CLONE_NEWUSER"]


def test_facts_are_taken_by_the_end_of_their_paths() -> None:
    """And what is none, or several, is said in a line."""
    asked = calls.Asked()
    assert asked.set_fact("rlim_nproc = 0") == "current.signal.rlim_nproc"
    assert calls.answer_lines(asked)[0].startswith("-EAGAIN")
    asked.set_fact("rlim_nproc")
    assert "current.signal.rlim_nproc" not in asked.values
    for wrong in ("moon = 1", "max = 3", "rlim_nproc = many"):
        with pytest.raises(Problem):
            asked.set_fact(wrong)


def test_two_kernels_beside_one_another_say_what_differs() -> None:
    """A worker that kthreadd makes, and one that its owner makes."""
    asked = calls.Asked("v6.12", "v6.1", {"request.entry": int(Entry.VHOST_SET_OWNER)})
    assert "  worker.by_kthreadd: False here, True there" in calls.answer_lines(asked)


def test_a_history_is_stepped_forth_and_back() -> None:
    """Only what can be taken is; what followed another step is forgotten."""
    played = histories.Played("de_thread", "v6.4", list(P60), 4)
    assert "> 4. de thread has seen all it counted end" in played.lines()
    played.go(-3)
    assert [step.name for step in played.ways()].count(P60[1]) == 1
    played.take("the cgroup is to freeze")
    assert played.steps == [P60[0], "the cgroup is to freeze"]
    with pytest.raises(Problem, match="cannot be taken"):
        histories.Played("de_thread", "v6.4", [P60[3]]).lines()
    with pytest.raises(Problem, match="no system is called"):
        histories.Played("de_thred", "v6.4")


def _decided() -> statements.Decided:
    history = {"call": {"history": P60}, "system": "de_thread"}
    said: tuple[Any, ...] = ("P60", "n", "s", "history", "source", "v6.4", Verdict.REFUTED,
                             Verdict.REFUTED)
    return statements.Decided([Result(*said, counterexample=history, system="de_thread")])


def test_a_statement_is_told_with_what_breaks_it() -> None:
    """Found by words; the verdict by kernel, and the history."""
    one = next(each for each in statements.found("vhost thread group lives") if each.id == "P60")
    lines = statements.lines(one, _decided())
    assert "REFUTED  v6.4" in lines
    assert f"  4. {P60[3]}" in lines


def test_the_screen_answers_to_its_keys() -> None:
    """A flag turned, what would work, a statement chosen, its history stepped back."""
    pytest.importorskip("textual")
    from textual.widgets import DataTable, Input, Static, TabbedContent

    from page.terminal.app import Explore

    async def played() -> None:
        app = Explore(calls.Asked(values=dict(NEWUSER_FS)), _decided())
        async with app.run_test(size=(120, 40)) as pilot:
            assert "-EINVAL: root directory" in str(app.query_one("#answer", Static).content)
            await pilot.press("f5")
            await app.workers.wait_for_complete()
            assert "CLONE_NEWUSER" in str(app.query_one("#nearest", Static).content)
            await pilot.press("f3")
            app.query_one("#words", Input).value = "p60 after de thread"
            await pilot.pause()
            app.query_one("#table", DataTable).focus()
            await pilot.pause()
            await pilot.press("enter")
            await pilot.pause()
            assert app.query_one("#tabs", TabbedContent).active == "histories"
            assert "> 4." in str(app.query_one("#history", Static).content)
            await pilot.press("f7")
            assert "> 3." in str(app.query_one("#history", Static).content)

    asyncio.run(played())
