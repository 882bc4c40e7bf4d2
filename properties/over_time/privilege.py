"""Privilege over time: who is sent which signal, killed by whom, and capable over what."""

from __future__ import annotations

from model import words
from model.algebra import both, either, implies, no
from model.kernel import Kernel
from model.over_time import autokill, exec_ids, userns_owners
from model.over_time.places import Maker
from model.over_time.userns_owners import MAKER_ITSELF, SPACES, Owners
from model.over_time.world import World
from model.patches import EXEC_ID_64, PIDFD_AUTOKILL
from properties.claim import Claim, fails, holds
from properties.over_time.claim import Proof, inductive, invariant

_CAPABLE = "security/commoncap.c:cap_capable"


@inductive(
    "P46",
    of=exec_ids.SYSTEM,
    source="d1e7fd6462ca (CVE-2020-12826); kernel/signal.c:do_notify_parent",
    expect=holds(since=EXEC_ID_64),
    proof=Proof(
        exec_ids.there_is_no_child_yet_and_any_exec_id,
        (),
        (
            exec_ids.ids_are_within_their_bits,
            exec_ids.a_living_child_remembers_the_id_of_that_many_execve_ago,
            exec_ids.nothing_is_sent_before_the_child_ends,
        ),
    ),
)
def a_parent_that_has_executed_since_gets_sigchld_only(
    _kernel: Kernel, state: World
) -> Claim:
    """Before v5.7 the id wrapped after 2**32 execve(); now it takes 2**64."""
    told = exec_ids.told_after_an_execve(state)
    return Claim(both(told, exec_ids.before_any_wrap(state)), state.notice == words.SIGCHLD)


@invariant(
    "P46s",
    of=exec_ids.SYSTEM,
    source="obvious but false",
    expect=fails(),
    truth="P46",
)
def a_parent_is_sent_the_signal_that_it_asked_for(_kernel: Kernel, state: World) -> Claim:
    """False: SIGCHLD if either has executed since."""
    return Claim(no(state.notice == 0), state.notice == words.SIGUSR1)


@invariant(
    "P18k",
    of=autokill.SYSTEM,
    source="obvious but false",
    expect=fails(needs=PIDFD_AUTOKILL),
    truth="P18t",
)
def a_task_killed_by_closing_a_pidfd_is_as_unprivileged_as_at_its_creation(
    _kernel: Kernel, state: World
) -> Claim:
    """False: root makes it without no_new_privs, and it executes a set-user-ID file."""
    return Claim(state.autokilled, no(state.child_gained))


@invariant(
    "P18t",
    of=autokill.SYSTEM,
    source="c8134b5f13ae",
    expect=holds(needs=PIDFD_AUTOKILL),
)
def who_gained_privilege_is_killed_only_through_a_pidfd_that_root_made(
    _kernel: Kernel, state: World
) -> Claim:
    """CAP_SYS_ADMIN in a user namespace of one's own is no way round: root is not mapped."""
    return Claim(both(state.autokilled, state.child_root), state.made_by == int(Maker.ROOT))


@invariant(
    "P18c",
    of=autokill.SYSTEM,
    source="obvious but false",
    expect=fails(needs=PIDFD_AUTOKILL),
    truth="P18t",
)
def who_closes_the_pidfd_could_send_the_signal_itself(
    _kernel: Kernel, state: World
) -> Claim:
    """False, and meant so: the maker gives up its privilege and keeps the pidfd."""
    return Claim(both(state.autokilled, state.child_root), state.owner_is == int(Maker.ROOT))


@invariant("P85o", of=userns_owners.SYSTEM, source=_CAPABLE, expect=holds())
def nobody_in_a_user_namespace_is_capable_beside_or_above_it(
    _kernel: Kernel, state: Owners
) -> Claim:
    """Not over its maker's other ones either: the walk ends at its own level."""
    inside = (
        both(userns_owners.there(child), no(child.ns == 0))
        for child in userns_owners.children(state)
    )
    kept = (
        implies(
            both(userns_owners.there(child), space.made, userns_owners.rules(state, child, index)),
            userns_owners.below(state, index, child.ns),
        )
        for child in userns_owners.children(state)
        for index, space in zip(SPACES, userns_owners.spaces(state), strict=True)
    )
    return Claim(either(*inside), both(*kept))


@invariant(
    "P85m", of=userns_owners.SYSTEM, source="obvious but false", expect=fails(), truth="P85o"
)
def a_user_without_capabilities_is_capable_over_no_namespace(
    _kernel: Kernel, state: Owners
) -> Claim:
    """False: it owns those that it made, each and all the time."""
    owned = (
        both(space.made, userns_owners.rules(state, MAKER_ITSELF, index))
        for index, space in zip(SPACES, userns_owners.spaces(state), strict=True)
    )
    return Claim(True, no(either(*owned)))


@invariant(
    "P85c", of=userns_owners.SYSTEM, source="obvious but false", expect=fails(), truth="P85o"
)
def who_gave_up_its_capabilities_has_none_further_down(_kernel: Kernel, state: Owners) -> Claim:
    """False: the owner of a namespace below its own has every capability there."""
    weak = [
        both(userns_owners.there(c), no(c.ns == 0), no(c.capable))
        for c in userns_owners.children(state)
    ]
    ruled = (
        both(weak[i], space.made, userns_owners.rules(state, child, index))
        for i, child in enumerate(userns_owners.children(state))
        for index, space in zip(SPACES, userns_owners.spaces(state), strict=True)
    )
    return Claim(either(*weak), no(either(*ruled)))
