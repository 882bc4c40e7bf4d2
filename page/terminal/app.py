"""The screen: three tabs, a field for what is asked, a list to choose from, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import (
    DataTable,
    Footer,
    Input,
    OptionList,
    Select,
    SelectionList,
    Static,
    TabbedContent,
    TabPane,
)
from textual.widgets.option_list import Option

from checker.ground.problems import Problem
from model.over_time.catalogue import SYSTEMS
from model.request import Entry
from model.words import Flag
from page.terminal import calls, histories, statements

_CSS = """
.pane { height: 1fr; }
.asked { width: 46%; }
.told { width: 54%; padding: 0 1; }
#call-flags { height: 1fr; min-height: 6; }
#call-found { height: auto; max-height: 7; }
DataTable { height: 1fr; }
OptionList { height: 1fr; }
"""
_BEGINS = {"calls": "#kernel", "statements": "#words", "histories": "#steps"}
FEW = 8
"""Facts that are shown as one types."""


class Explore(App[None]):
    """Calls, statements and histories by keyboard."""

    CSS = _CSS
    TITLE = "cloneproof"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit"),
        Binding("f2", "tab('calls')", "Call"),
        Binding("f3", "tab('statements')", "Statements"),
        Binding("f4", "tab('histories')", "Histories"),
        Binding("f5", "nearest", "What would work"),
        Binding("f7", "go(-1)", "Step back"),
        Binding("f8", "go(1)", "Step forth"),
    ]

    def __init__(self, asked: calls.Asked, decided: statements.Decided) -> None:
        super().__init__()
        self.asked, self.decided = asked, decided
        self.played = histories.Played("de_thread", "v6.4")

    def compose(self) -> ComposeResult:
        """Yield the three tabs."""
        with TabbedContent(id="tabs"):
            with TabPane("Call", id="calls"), Horizontal(classes="pane"):
                yield from self._call()
            with TabPane("Statements", id="statements"), Horizontal(classes="pane"):
                with Vertical(classes="asked"):
                    yield Input(placeholder="words of a statement", id="words")
                    yield DataTable(id="table", cursor_type="row")
                with VerticalScroll(classes="told"):
                    yield Static(id="statement", markup=False)
            with TabPane("Histories", id="histories"), Horizontal(classes="pane"):
                with Vertical(classes="asked"):
                    yield Select(((one, one) for one in SYSTEMS), value=self.played.system,
                                 id="system", allow_blank=False)
                    yield Input(self.played.kernel, id="history-kernel")
                    yield OptionList(id="steps")
                with VerticalScroll(classes="told"):
                    yield Static(id="history", markup=False)
        yield Footer()

    def _call(self) -> ComposeResult:
        flags = int(self.asked.values.get(calls.FLAGS, 0))
        with Vertical(classes="asked"):
            yield Input(self.asked.kernel, placeholder="kernel", id="kernel")
            yield Input(self.asked.beside, placeholder="another kernel beside it", id="beside")
            yield Select(((f"{one.name.lower()}()", int(one)) for one in Entry),
                         value=int(self.asked.entry), id="entry", allow_blank=False)
            yield SelectionList(
                *((f"CLONE_{one.name}", int(one), bool(flags & one)) for one in Flag),
                id="call-flags",
            )
            yield Input(placeholder="rlim_nproc = 1, or words to look for", id="fact")
            yield OptionList(id="call-found")
        with VerticalScroll(classes="told"):
            yield Static(id="answer", markup=False)
            yield Static(id="nearest", markup=False)

    def on_mount(self) -> None:
        """Show what stands there at the beginning."""
        table = self.query_one("#table", DataTable)
        table.add_columns("id", "statement", "verdicts")
        self._answered()
        self._listed("")
        self._stepped()

    # ---- a call --------------------------------------------------------------------------

    def _answered(self) -> None:
        given = calls.facts_lines(self.asked)
        self._told("#answer", lambda: [*given, *([""] if given else []),
                                       *calls.answer_lines(self.asked)])
        self.query_one("#nearest", Static).update("")

    def _told(self, where: str, lines: Callable[[], Iterable[str]]) -> None:
        try:
            text = "\n".join(lines())
        except Problem as problem:
            text = str(problem)
        self.query_one(where, Static).update(text)

    def on_selection_list_selected_changed(
        self, event: SelectionList.SelectedChanged[int]
    ) -> None:
        """Turn the flags as chosen."""
        known = sum(int(one) for one in Flag)
        kept = int(self.asked.values.get(calls.FLAGS, 0)) & ~known
        self.asked.values[calls.FLAGS] = kept | sum(event.selection_list.selected)
        self._answered()

    def on_select_changed(self, event: Select.Changed) -> None:
        """Take another entry point, or another system from its beginning."""
        if event.select.id == "entry":
            self.asked.values[calls.ENTRY] = int(str(event.value))
            self._answered()
        elif str(event.value) != self.played.system:
            self.played = histories.Played(str(event.value), self.played.kernel)
            self._stepped()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for statements, or facts, as one types."""
        if event.input.id == "words":
            self._listed(event.value)
        elif event.input.id == "fact":
            found = [] if "=" in event.value else calls.matching(event.value)[:FEW]
            some = self.query_one("#call-found", OptionList)
            some.clear_options()
            some.add_options([Option(one, id=one.split("  ")[0]) for one in found])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take a kernel, or a fact."""
        if event.input.id == "kernel":
            self.asked.kernel = event.value
        elif event.input.id == "beside":
            self.asked.beside = event.value
        elif event.input.id == "history-kernel":
            self.played = histories.Played(self.played.system, event.value)
            self._stepped()
            return
        elif event.input.id == "fact":
            try:
                self.asked.set_fact(event.value)
                event.input.value = ""
            except Problem as problem:
                self.notify(str(problem), severity="error", markup=False)
        self._answered()

    def action_nearest(self) -> None:
        """Look for the nearest accepted calls."""
        self.query_one("#nearest", Static).update("\nlooking …")
        self._look(self.asked)

    @work(thread=True, exclusive=True)
    def _look(self, asked: calls.Asked) -> None:
        try:
            lines = [calls.nearest_line(asked, one) for one in calls.nearest(asked)]
        except Problem as problem:
            lines = [str(problem)]
        shown = [f"  {one}" for one in lines or ["nothing near"]]
        text = "\n".join(["", "what would work:", *shown])
        self.call_from_thread(self.query_one("#nearest", Static).update, text)

    # ---- statements ----------------------------------------------------------------------

    def _listed(self, words: str) -> None:
        table = self.query_one("#table", DataTable)
        table.clear()
        for one in statements.found(words):
            table.add_row(one.id, one.sentence, self.decided.strip(one.id), key=one.id)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Tell the statement that one looks at."""
        one = next((each for each in statements.found("") if each.id == event.row_key.value), None)
        if one is not None:
            told = one
            self._told("#statement", lambda: statements.lines(told, self.decided))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Step through the history that breaks a statement."""
        found = self.decided.breaking(str(event.row_key.value))
        if found is not None:
            steps = list(found.counterexample["call"]["history"])
            system = str(found.counterexample.get("system", found.system))
            self.played = histories.Played(system, found.kernel, steps, len(steps))
            self.query_one("#system", Select).value = system
            self.query_one("#history-kernel", Input).value = found.kernel
            self.action_tab("histories")
            self._stepped()

    # ---- histories -----------------------------------------------------------------------

    def _stepped(self) -> None:
        self._told("#history", self.played.lines)
        steps = self.query_one("#steps", OptionList)
        steps.clear_options()
        try:
            steps.add_options([Option(f"{one.name}  [{one.who}]", id=one.name)
                               for one in self.played.ways()])
        except Problem:
            return

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take a step, or the fact that was looked for."""
        if event.option_list.id == "steps" and event.option_id is not None:
            self.played.take(event.option_id)
            self._stepped()
        elif event.option_list.id == "call-found":
            field = self.query_one("#fact", Input)
            field.value = f"{event.option_id} = "
            field.cursor_position = len(field.value)
            field.focus()

    def action_go(self, by: int) -> None:
        """Go forth or back in the history."""
        self.played.go(by)
        self._stepped()

    def action_tab(self, name: str) -> None:
        """Show a tab, and go to where one begins in it."""
        self.query_one("#tabs", TabbedContent).active = name
        self.query_one(_BEGINS[name]).focus()
