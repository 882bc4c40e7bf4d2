"""What the ledger proves of one count, any one, and what it takes for granted.

An invariant here speaks of one element of the ucounts tree with any number of tasks and of
calls under way; a conserved property names the one that it follows from.
"""

from __future__ import annotations

from model.algebra import Truth, Word, both, no, signed_below
from model.kernel import Kernel
from model.over_time import accounts, user_namespaces
from model.over_time.ledger import LedgerView, UcountsElement
from properties.over_time.assumed import Assumed, assumed

VIEWS: dict[str, LedgerView] = {
    user_namespaces.NESTED.name: user_namespaces.VIEW,
    accounts.ACCOUNTS.name: accounts.VIEW,
}
"""The systems that show the ledger."""


def _between(low: int, number: Word, high: int) -> Truth:
    return both(no(signed_below(number, low)), no(signed_below(high, number)))


def each_charge_is_that_of_a_task_or_in_the_hand_of_a_call(
    _kernel: Kernel, entry: UcountsElement
) -> Truth:
    """Level: and each call under way has at most one in hand."""
    level = entry.count == entry.tasks + entry.in_hand
    few = both(no(signed_below(entry.in_hand, 0)), no(signed_below(entry.calls, entry.in_hand)))
    return both(level, few)


def no_task_is_without_its_charge(_kernel: Kernel, entry: UcountsElement) -> Truth:
    """Never behind: a count may be too high."""
    owed = entry.tasks + entry.in_hand
    return both(no(signed_below(entry.count, owed)), no(signed_below(entry.in_hand, 0)))


MOST_TASKS = 2**22


@assumed("PID_MAX_LIMIT (include/linux/threads.h): each has a pid of its own until it is reaped")
def there_are_at_most_2_to_the_22_tasks(entry: UcountsElement) -> Truth:
    """A number of tasks; idle tasks, which have no pid, are as many as processors."""
    return _between(0, entry.tasks, MOST_TASKS)


@assumed("a task makes one such call at a time")
def there_are_as_many_calls_under_way_as_tasks_at_most(entry: UcountsElement) -> Truth:
    """A number of calls."""
    return both(_between(0, entry.calls, MOST_TASKS), _between(0, entry.in_hand, MOST_TASKS))


@assumed("one call in a nanosecond would take 146 years")
def no_machine_makes_2_to_the_62_calls(entry: UcountsElement) -> Truth:
    """Where a unit is left behind at each call, the count does not come round."""
    return signed_below(entry.count, 2**62)


@assumed(
    "UCOUNT_RLIMIT_NPROC is added and taken in copy_creds, commit_creds, copy_process and "
    "release_task alone (before v5.14 user_struct.processes), and each time atomically"
)
def no_other_code_changes_a_count(_entry: UcountsElement) -> Truth:
    """Read from the source."""
    return True


@assumed("ns->ucounts is set by create_user_ns() before anybody is in the namespace, then kept")
def the_chain_of_a_ucounts_never_changes_and_names_each_element_once(
    _entry: UcountsElement,
) -> Truth:
    """kernel/ucount.c: from a namespace to its parent's ucounts."""
    return True


@assumed(
    "the single call has no fact for another key; prepare_creds() copies the ucounts as they are"
)
def who_creates_is_charged_to_its_real_uid_or_hands_its_ucounts_on(_entry: UcountsElement) -> Truth:
    """By the lemma it is, but from v5.14 to v5.16."""
    return True


ASSUMED: tuple[Assumed, ...] = (
    there_are_at_most_2_to_the_22_tasks,
    there_are_as_many_calls_under_way_as_tasks_at_most,
    no_machine_makes_2_to_the_62_calls,
    no_other_code_changes_a_count,
    the_chain_of_a_ucounts_never_changes_and_names_each_element_once,
    who_creates_is_charged_to_its_real_uid_or_hands_its_ucounts_on,
)
"""Trusted by every proof of the ledger, and told with it."""
