"""Findings as result records: verdict, expectation, witness, core, counterexample."""

from __future__ import annotations

from typing import Any

from checker.calls.counterexample import Counterexample
from checker.calls.documents import to_document
from checker.calls.kernel_names import kernel_named
from checker.engines.sat import Silent, Unreliable
from checker.questions.blame import NOTHING, Core, carries_over
from checker.questions.decide import Decision, Finding, decider
from checker.readings.expected import expected
from checker.record.result import EVERY_SET, Result
from model.revisions import Revision
from properties.claim import Property, Verdict


def results_of(
    prop: Property, revisions: list[Revision], blame: bool, anew: bool = False
) -> list[Result]:
    """Decide one property and return a result per kernel (one for a patch statement).

    With ``blame`` each proof tells what it rests on; ``anew`` what is kept of that is left aside,
    and it is tried again that none of it can be left out.
    """
    engine = decider().engine
    before = engine.resources, engine.seconds
    decision = Decision(prop, decider())
    findings = decision.findings(revisions)
    spent = engine.resources - before[0], engine.seconds - before[1]
    cores = _cores(decision, revisions, findings, anew) if blame else {}
    return _records(prop, revisions, findings, cores, spent)


def unreliable(prop: Property, revisions: list[Revision], why: Unreliable) -> list[Result]:
    """Return a result per kernel that says why nothing the engine said of them counts."""
    names = [EVERY_SET] if prop.of_patch is not None else [revision.name for revision in revisions]
    if isinstance(why, Silent):
        none = Finding(Verdict.UNKNOWN, f"the solver answers no control question: {why}")
    else:
        none = Finding(Verdict.ERROR, f"the solver contradicts itself: {why}")
    return _records(prop, revisions, dict.fromkeys(names, none), {}, (0, 0.0))


def _records(
    prop: Property,
    revisions: list[Revision],
    findings: dict[str, Finding],
    cores: dict[str, Core],
    spent: tuple[int, float],
) -> list[Result]:
    order = {one.name: place for place, one in enumerate(revisions)}
    about = Result(
        property=prop.id,
        name=prop.name,
        sentence=prop.sentence,
        kind=prop.kind.value,
        source=prop.source,
        kernel="",
        verdict=Verdict.UNKNOWN,
        expected=Verdict.UNKNOWN,
        resources=spent[0] // len(findings),
        seconds=spent[1] / len(findings),
    )
    declared = expected(prop.expect) | {EVERY_SET: prop.expect.inside}
    calls = (one for found in findings.values() for one in (found.witness, found.values) if one)
    distinct = {id(one): one for one in calls}
    shown = {key: to_document(values) for key, values in distinct.items()}
    made = [
        about.but(
            kernel=name,
            verdict=finding.verdict,
            expected=declared.get(name),
            reason=finding.reason,
            witness=shown.get(id(finding.witness), {}),
            rests_on=_told(cores.get(name)),
            counterexample=_counterexample(prop, name, finding, shown.get(id(finding.values), {})),
            place=order.get(name, 0),
        )
        for name, finding in findings.items()
    ]
    return sorted(made, key=lambda result: result.place)


def _counterexample(
    prop: Property, name: str, finding: Finding, call: dict[str, Any]
) -> dict[str, Any]:
    if finding.verdict is not Verdict.REFUTED or finding.kernel is None:
        return {}
    kernel = finding.kernel if name == EVERY_SET else kernel_named(name)
    return Counterexample(prop.id, kernel, finding.values, finding.minimal).document(call)


def _told(core: Core | None) -> Core:
    return () if core is None else core or (NOTHING,)


def _cores(
    decision: Decision, revisions: list[Revision], findings: dict[str, Finding], anew: bool
) -> dict[str, Core]:
    """Return a core per proved kernel, newest first so that it carries over to the most."""
    proved = [name for name, found in findings.items() if found.verdict is Verdict.PROVED]
    found: dict[str, Core] = {}
    known = {one.name: one.kernel for one in revisions}
    for name in sorted(proved, key=[*known, EVERY_SET].index, reverse=True):
        kernel = known.get(name)
        core = None if anew else findings[name].core
        if core is None and kernel is not None:
            core = next((one for one in found.values() if carries_over(one, kernel)), None)
        if core is None:
            core = decision.core(kernel)
        if core is not None:
            found[name] = core
    return found
