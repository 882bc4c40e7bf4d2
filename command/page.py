"""``cloneproof page``: the model and its verdicts as one file of HTML to explore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from checker.ground import problems
from command.options import FILE, JOBS
from command.output import Progress, emit, say

DEFAULT = "out/cloneproof.html"
_AS_ALWAYS = {
    "renew": False, "core": None, "save": None, "record": None, "output": None, "style": "table",
}


@click.command()
@click.option("--output", "-o", type=FILE, default=DEFAULT, show_default=True, metavar="FILE",
              help="Where the page is written.")
@click.option("--results", "given", metavar="FILE",
              help="The JSON report of a run (verify --record) to show, instead of deciding.")
@click.option("--run", "runs", multiple=True, type=FILE, metavar="FILE",
              help="The JSON report of another run (conform, source, mutate …); may be repeated.")
@JOBS
@click.option("--recheck", is_flag=True, help="Look for those commits anew, whatever is kept.")
def page(
    output: Path, given: str | None, runs: tuple[Path, ...], jobs: int | None, recheck: bool
) -> int:
    """Write one HTML file to explore calls, statements, histories and kernels in a browser.

    It opens from disk and asks nothing of a network.  What was decided before is found in the
    record of earlier runs, and so are the commits that turn verdicts (else a minute).

    \b
    Examples:
      cloneproof page -o cloneproof.html
      cloneproof page --results out/result.json --run out/mutation.json
    """
    written(output, given, runs, jobs, recheck=recheck)
    say(f"{output}: open it in a browser")
    return problems.AS_EXPECTED


def written(
    output: Path,
    given: str | None = None,
    runs: tuple[Path, ...] = (),
    jobs: int | None = None,
    *,
    recheck: bool = False,
) -> Path:
    """Write the page; what could not be written or read is refused before the work."""
    from checker.ground.files import check_writable, make_folder
    from page.document import document
    from page.runs import run_in
    from page.write import html
    from reports.version import tool_version

    make_folder(output.parent)
    check_writable(output)
    told = [run_in(file) for file in runs]
    results = _read(given) if given else decided(jobs)
    turned = _turned(results, jobs, recheck)
    say("writing the model's rules, steps and statements as a table")
    emit(html({**document(results, turned, tool_version()), "runs": told}), output)
    return output


def _turned(results: list[Any], jobs: int | None, recheck: bool) -> Any:
    """Return the commits that turn verdicts, from the record if nothing changed."""
    from command.remembered import Answer, remembered
    from page.turns import pairs, turns

    count = sum(map(len, pairs(results).values()))

    def work() -> Answer:
        say(f"looking for the commits that turn {count} verdicts")
        with Progress(count, "looking") as advance:
            return Answer(json.dumps(turns(results, jobs, advance)), problems.AS_EXPECTED)

    asked = [(one.property, one.kernel, one.verdict.name) for one in results]
    return json.loads(remembered(("turns", asked), (), work, recheck).text)


def _read(file: str) -> list[Any]:
    from reports.json_report import read_report

    return read_report(file).results


def decided(jobs: int | None) -> list[Any]:
    """Return the whole catalogue as decided, from the record of earlier runs where it is there."""
    from command.verify import whole

    say("deciding what is not kept of earlier runs")
    return whole({**_AS_ALWAYS, "jobs": jobs})
