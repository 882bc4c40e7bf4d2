"""Findings as result records: verdict, expectation, witness, core, counterexample."""

from __future__ import annotations

from checker.calls.counterexample import Counterexample
from checker.calls.documents import to_document
from checker.engines.sat import Silent, Unreliable
from checker.questions.blame import carries_over, rests_on
from checker.questions.decide import Finding, decide, decider
from checker.record.result import EVERY_SET, Result
from model.revisions import REVISIONS, Revision
from properties.claim import Property, Verdict


def results_of(prop: Property, revisions: list[Revision], blame: bool) -> list[Result]:
    """Decide one property and return a result per kernel (one for a patch statement)."""
    engine = decider().engine
    before = engine.resources, engine.seconds
    findings = decide(prop, revisions)
    spent = engine.resources - before[0], engine.seconds - before[1]
    return _records(prop, findings, _cores(prop, findings) if blame else {}, spent)


def unreliable(prop: Property, revisions: list[Revision], why: Unreliable) -> list[Result]:
    """Return a result per kernel that says why nothing the engine said of them counts."""
    names = [EVERY_SET] if prop.of_patch is not None else [revision.name for revision in revisions]
    if isinstance(why, Silent):
        none = Finding(Verdict.UNKNOWN, f"the solver answers no control question: {why}")
    else:
        none = Finding(Verdict.ERROR, f"the solver contradicts itself: {why}")
    return _records(prop, dict.fromkeys(names, none), {}, (0, 0.0))


def _records(
    prop: Property,
    findings: dict[str, Finding],
    cores: dict[str, tuple[str, ...]],
    spent: tuple[int, float],
) -> list[Result]:
    order = {name: place for place, name in enumerate(REVISIONS)}
    made = []
    for name, finding in findings.items():
        made.append(
            Result(
                property=prop.id,
                name=prop.name,
                sentence=prop.sentence,
                kind=prop.kind.value,
                source=prop.source,
                kernel=name,
                verdict=finding.verdict,
                expected=_expected(prop, name),
                reason=finding.reason,
                witness=to_document(finding.witness),
                rests_on=cores.get(name, ()),
                counterexample=_counterexample(prop, name, finding),
                resources=spent[0] // len(findings),
                seconds=spent[1] / len(findings),
                place=order.get(name, 0),
            )
        )
    return sorted(made, key=lambda result: result.place)


def _expected(prop: Property, kernel: str) -> Verdict:
    if kernel == EVERY_SET:
        return prop.expect.inside
    return prop.expect.on(REVISIONS[kernel].kernel)


def _counterexample(prop: Property, name: str, finding: Finding) -> dict[str, object]:
    if finding.verdict is not Verdict.REFUTED or finding.kernel is None:
        return {}
    kernel = REVISIONS[name].kernel if name in REVISIONS else finding.kernel
    return Counterexample(prop.id, kernel, finding.values, finding.minimal).document()


def _cores(prop: Property, findings: dict[str, Finding]) -> dict[str, tuple[str, ...]]:
    """Return a core per proved kernel, newest first so that it carries over to the most."""
    if prop.of_patch is not None:
        return {}
    proved = [name for name, found in findings.items() if found.verdict is Verdict.PROVED]
    found: dict[str, tuple[str, ...]] = {}
    known: list[tuple[str, ...]] = []
    for name in sorted(proved, key=list(REVISIONS).index, reverse=True):
        kernel = REVISIONS[name].kernel
        core = next((one for one in known if carries_over(one, kernel)), None)
        if core is None:
            core = rests_on(prop, kernel)
            if core:
                known.append(core)
        found[name] = core
    return found
