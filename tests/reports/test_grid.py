"""A table of reports is laid out as tabulate's "simple" one."""

from hypothesis import example, given
from hypothesis import strategies as st
from tabulate import tabulate

from reports.text import _folded, grid

WORDS = st.text(st.sampled_from("ab-…é"), min_size=1, max_size=14)
CELLS = st.lists(WORDS, max_size=9).map(" ".join)
FILLED = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
WIDTHS = (4, 10, 30)


@given(st.lists(st.tuples(CELLS, FILLED, CELLS), min_size=1, max_size=5))
@example([("", "P02", "")])
def test_a_table_is_what_tabulate_makes(rows: list[tuple[str, ...]]) -> None:
    folded = [[_folded(cell, width) for cell, width in zip(row, WIDTHS, strict=True)]
              for row in rows]
    made = tabulate(folded, headers=["", "id", "a longer one"], tablefmt="simple",
                    disable_numparse=True)
    assert grid(["", "id", "a longer one"], rows, WIDTHS).splitlines() == [
        line.rstrip() for line in made.splitlines()
    ]
