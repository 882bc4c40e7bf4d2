"""The fewest further commits that give back a promise of histories: found, and no others named."""

from checker.calls.kernel_names import revision_named
from checker.compared.mending_histories import fewest
from model.patches import EXEC_COUNTS_WORKERS, FORK_OWNER, VHOST_SIGKILL
from model.revisions import REVISIONS

_BOTH = frozenset((VHOST_SIGKILL, EXEC_COUNTS_WORKERS))


def test_a_promise_that_rests_on_two_commits_is_given_back_by_both() -> None:
    tree = revision_named("v6.12-EXEC_COUNTS_WORKERS-VHOST_SIGKILL")
    found = fewest("P60", REVISIONS["v6.12"], tree, (FORK_OWNER, *_BOTH), jobs=1)
    assert (found.commits, found.unknown) == (_BOTH, [])


def test_commits_that_do_not_suffice_are_no_answer() -> None:
    """Negative: without one of the two no set gives it back; nor is one named that it needs."""
    tree = revision_named("v6.12-EXEC_COUNTS_WORKERS-VHOST_SIGKILL")
    for one in _BOTH:
        found = fewest("P60", REVISIONS["v6.12"], tree, (FORK_OWNER, one), jobs=1)
        assert (found.commits, found.unknown) == (frozenset(), [])
