"""What is declared is read on all kernels at once as on one after the other."""

from checker.readings.expected import expected
from model.revisions import REVISIONS
from properties.catalogue import all_statements
from properties.claim import Verdict


def test_each_statement_expects_at_once_what_it_expects_on_each_kernel() -> None:
    found = {one.id: expected(one.expect) for one in all_statements()}
    assert found == {
        one.id: {name: one.expect.on(revision.kernel) for name, revision in REVISIONS.items()}
        for one in all_statements()
    }
    told = {verdict for each in found.values() for verdict in each.values()}
    assert told == {Verdict.PROVED, Verdict.REFUTED, Verdict.VACUOUS, Verdict.BOUNDED}
