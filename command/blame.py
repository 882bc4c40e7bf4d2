"""``cloneproof blame``: what a verdict rests on, and what would turn it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from checker.ground import problems
from checker.ground.problems import Problem
from command.options import JOBS, OUTPUT, STATEMENT, formats, kernel
from command.output import say, tell

if TYPE_CHECKING:
    from model.patch import Patch
    from model.revisions import Revision


@click.command()
@STATEMENT
@kernel("The kernel. Default: the running one.")
@click.option("--most", type=click.IntRange(1), default=8, show_default=True,
              help="Of a proof: so many smallest sets at most.")
@JOBS
@formats()
@OUTPUT
def blame(
    *, name: str, kernel: str | None, most: int, jobs: int | None, style: str, output: str | None
) -> int:
    """Say on what the verdict of PROPERTY rests.

    Of a proof about calls: every smallest set of rules, effects and patches that suffices for
    it. Of a refutation: the fewest commits that would mend it. Of histories: each commit that
    turns the verdict, with what it needs or what rests on it. Of a proof about calls, too,
    whether it stands however the kernel is built.

    \b
    Examples:
      cloneproof blame P70 -k v6.12
      cloneproof blame V01t -k v6.12
    """
    from checker.calls import configurations
    from command.index import load_no_more_than_is_named
    from command.kernels_asked import kernel_of, which_kernels
    from command.names import statement_named
    from properties.claim import Property

    configurations.leave_open()
    load_no_more_than_is_named((name,))
    prop = statement_named(name)
    where = kernel_of(kernel)
    if isinstance(prop, Property) and prop.of_patch is not None:
        raise Problem(f"{prop.id} is about every set of patches: `verify` tells what it rests on")
    found = (
        _calls(prop, where, most) if isinstance(prop, Property) else _histories(prop, where, jobs)
    )
    told = {"property": prop.id, "sentence": prop.sentence, "kernel": where.name, **found}
    tell(json.dumps(told, indent=2) if style == "json" else "\n".join(_lines(told)), output)
    for line in which_kernels((kernel,) if kernel is not None else ()):
        say(line)
    return problems.UNANSWERED if told["unknown"] else problems.AS_EXPECTED


def _calls(prop: Any, where: Revision, most: int) -> dict[str, Any]:
    from checker.compared.blaming import blamed
    from checker.compared.mending import Mender
    from checker.compared.verdicts import Verdicts
    from checker.questions.decide import decider
    from properties.claim import Verdict

    decided = Verdicts(prop, decider())
    verdict = decided.verdicts([where])[where.name]
    told: dict[str, Any] = {"verdict": verdict.name, "rests_on": [], "mended_by": [],
                            "complete": True, "unknown": ""}
    if verdict is Verdict.REFUTED:
        mended = Mender(prop, where.kernel, decider()).fewest(
            decided.calls[where.name], every=True)
        told["mended_by"] = [
            _signed(where, some) for some in mended.sets
        ]
        told |= {"complete": mended.never or bool(mended.sets), "unknown": mended.unknown}
    elif verdict in (Verdict.PROVED, Verdict.VACUOUS):
        found = blamed(prop, where.kernel, decider(), most)
        told |= {"rests_on": [list(core) for core in found.cores],
                 "complete": found.complete, "unknown": found.unknown,
                 "built_without": _built_without(prop, where)}
    else:
        told["unknown"] = verdict.name
    return told


def _built_without(prop: Any, where: Revision) -> dict[str, Any]:
    """Return the sets of options without which a proof falls; whether all are known."""
    from checker.calls.configurations import option_of
    from checker.compared.as_built import Builds, alone

    found = Builds(prop, where.kernel).breaking()
    sets = [[option_of(one) for one in alone(some)] for some in found.sets]
    return {"falls_without": sorted(sets, key=lambda some: (len(some), some)),
            "unknown": found.unknown}


def _signed(where: Revision, some: frozenset[Patch]) -> list[str]:
    """Return commits with + for those that the kernel gets, and - for those that it loses."""
    from model.patches import PATCHES

    return [f"{'-' if where.kernel[one] else '+'}{one.name}" for one in PATCHES if one in some]


def _histories(prop: Any, where: Revision, jobs: int | None) -> dict[str, Any]:
    from checker.compared.blaming import single_turns
    from checker.over_time.results import verify_histories
    from properties.claim import ANSWERS

    verdict = verify_histories([prop.id], [where.name], jobs=jobs)[0].verdict
    turns = single_turns(prop, where, jobs)
    return {
        "verdict": verdict.name,
        "turned_by": {
            " ".join(_signed(where, some)): other.name for some, other in turns.items()
        },
        "complete": True,
        "unknown": "" if verdict in ANSWERS else verdict.name,
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"{told['property']} on {told['kernel']}: {told['verdict']}, {told['sentence']}"
    if "turned_by" in told:
        yield from _turned(told["turned_by"])
    elif told["verdict"] == "REFUTED":
        yield from _mended(told)
    else:
        yield from _rests(told)
    if told["unknown"]:
        yield f"not known: {told['unknown']}"


def _turned(turns: dict[str, str]) -> Iterator[str]:
    yield "  each of these turns it, with what it needs or what rests on it:" if turns else (
        "  no commit turns it, with what it needs or what rests on it")
    yield from (f"    {patch}  to {verdict}" for patch, verdict in turns.items())


def _mended(told: dict[str, Any]) -> Iterator[str]:
    if told["mended_by"]:
        yield "  these mend it, and no fewer do:"
    elif told["complete"]:
        yield "  no set of commits mends it: proved"
    yield from (f"    {' '.join(some)}" for some in told["mended_by"])


def _rests(told: dict[str, Any]) -> Iterator[str]:
    from reports.text import count

    sets = told["rests_on"]
    more = "no other does" if told["complete"] else "there may be others (--most)"
    yield f"  {count(len(sets), 'smallest set')} of rules, effects and patches suffices; {more}"
    for place, core in enumerate(sets, 1):
        yield f"  {place}."
        yield from (f"    {entry}" for entry in core or ["no row and no patch"])
    if "built_without" in told:
        yield from _built(told["built_without"])


def _built(told: dict[str, Any]) -> Iterator[str]:
    if told["unknown"]:
        yield f"  of other configurations it is not known: {told['unknown']}"
    elif not told["falls_without"]:
        yield "  it stands whatever option is left out (-CONFIG_USER_NS …): proved"
    for some in told["falls_without"]:
        how = f"without {' and '.join(some)}" if some else "that is built with every option"
        yield f"  it falls on a kernel {how}"
