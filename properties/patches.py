"""The 11 patches of the user-worker series: what each changes, under any set of the others.

Each statement compares the same call on the kernel with and without one patch, every other
patch left open (within what the patches require of one another).  "Nothing" is a proof for
every call from every state; otherwise the smallest call that shows the change is given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from model.algebra import Truth, both, implies, is_one_of, no, same
from model.alike import same_outcome, same_record
from model.call import Call
from model.child import Share
from model.copy_process import IGNORES_SHARED
from model.entries import available
from model.evaluate import Outcome, outcome_of
from model.patch import Patch
from model.patches import (
    BIT_FIELDS,
    COPY_PROCESS_NAME,
    COPY_PROCESS_PUBLIC,
    CSKY,
    IGNORE_SIGNALS,
    KTHREAD_NAME,
    NO_FILES,
    SERIES,
    USER_WORKER,
    VHOST_TASK,
    VHOST_USES_TASK,
    VHOST_WORKER_STRUCT,
)
from model.predict import call_of
from model.request import Entry
from model.state import Fallible
from model.vhost import VhostOutcome
from model.wellformed import well_formed
from model.words import PF_USER_WORKER, Errno
from properties.claim import Claim, Kind, Property, Statement, Subject, claims, fails, holds


@lru_cache(maxsize=64)
def _pair(call: Call, patch: Patch) -> tuple[Outcome, Outcome]:
    """Return the outcomes without and with the patch."""
    without, with_it = (
        outcome_of(call_of(call.kernel.but(patch, there), call.start)) for there in (False, True)
    )
    return without, with_it


@lru_cache(maxsize=64)
def _vhost_pair(call: Call, patch: Patch) -> tuple[VhostOutcome, VhostOutcome]:
    without, with_it = (
        VhostOutcome(call_of(call.kernel.but(patch, there), call.start)) for there in (False, True)
    )
    return without, with_it


@lru_cache(maxsize=64)
def _possible_on_both(call: Call, patch: Patch) -> Truth:
    return both(
        *(well_formed(call.kernel.but(patch, there), call.start) for there in (False, True))
    )


def _same_vhost(left: VhostOutcome, right: VhostOutcome) -> Truth:
    return both(
        left.errno == right.errno,
        implies(
            left.ok,
            both(same_record(left.child, right.child), same_record(left.worker, right.worker)),
        ),
    )


def _statement(
    identity: str, patch: Patch, *, true: bool, about: Subject = Subject.CREATE, truth: str = ""
) -> Callable[[Statement], Property]:
    number = SERIES.index(patch) + 1
    return claims(
        identity,
        source=f"{patch.commit} (patch {number}/11: {patch.title})",
        expect=holds() if true else fails(),
        kind=Kind.PATCH,
        about=about,
        of_patch=patch,
        truth=truth,
    )


@_statement("S01", CSKY, true=True)
def removing_the_csky_declaration_changes_no_call(call: Call, _outcome: Outcome) -> Claim:
    """A prototype of another architecture: without it patch 2 would not compile there."""
    return Claim(_possible_on_both(call, CSKY), same_outcome(*_pair(call, CSKY)))


@_statement("S02", COPY_PROCESS_NAME, true=True)
def naming_in_copy_process_changes_no_call_without_a_name(call: Call, _outcome: Outcome) -> Claim:
    """kernel_clone_args.name is NULL for every caller of the time."""
    unnamed = both(_possible_on_both(call, COPY_PROCESS_NAME), no(call.request.name))
    return Claim(unnamed, same_outcome(*_pair(call, COPY_PROCESS_NAME)))


@_statement("S02f", COPY_PROCESS_NAME, true=False, truth="S02")
def naming_in_copy_process_changes_no_call(call: Call, _outcome: Outcome) -> Claim:
    """False: a named kernel thread bears its name from its first instant."""
    return Claim(
        _possible_on_both(call, COPY_PROCESS_NAME), same_outcome(*_pair(call, COPY_PROCESS_NAME))
    )


@_statement("S03", KTHREAD_NAME, true=True, about=Subject.VHOST)
def early_kthread_names_change_only_the_name_and_its_allocation(
    call: Call, _outcome: VhostOutcome
) -> Claim:
    """Unless the name cannot be allocated, only *when* the kthread is named changes."""
    without, with_it = _vhost_pair(call, KTHREAD_NAME)
    fine = both(_possible_on_both(call, KTHREAD_NAME), no(call.fails(Fallible.KTHREAD_FULL_NAME)))
    unnamed = same_record(without.child, with_it.child, but=("named_by_args",))
    alike = both(
        without.errno == with_it.errno,
        implies(without.ok, both(unnamed, same_record(without.worker, with_it.worker))),
    )
    return Claim(fine, alike)


@_statement("S03f", KTHREAD_NAME, true=False, about=Subject.VHOST, truth="S03")
def early_kthread_names_add_no_failure(call: Call, _outcome: VhostOutcome) -> Claim:
    """False: a name that cannot be allocated is now a hard ENOMEM, not a truncated name."""
    without, with_it = _vhost_pair(call, KTHREAD_NAME)
    return Claim(_possible_on_both(call, KTHREAD_NAME), without.errno == with_it.errno)


@_statement("S04", BIT_FIELDS, true=True)
def bit_fields_change_no_call_of_the_kernels_own_entry_points(
    call: Call, _outcome: Outcome
) -> Claim:
    """fork.c only ever initialises io_thread and kthread with 1."""
    own = both(_possible_on_both(call, BIT_FIELDS), call.request.entry != int(Entry.COPY_PROCESS))
    return Claim(own, same_outcome(*_pair(call, BIT_FIELDS)))


@_statement("S04f", BIT_FIELDS, true=False, truth="S04")
def bit_fields_change_no_call(call: Call, _outcome: Outcome) -> Claim:
    """False: an even initialiser, true as an int, is cut to 0 by a one-bit field."""
    return Claim(_possible_on_both(call, BIT_FIELDS), same_outcome(*_pair(call, BIT_FIELDS)))


@_statement("S05", USER_WORKER, true=True)
def the_user_worker_flag_changes_nothing_else(call: Call, _outcome: Outcome) -> Claim:
    """Through fork.c's entry points io workers stay as they are but for PF_USER_WORKER."""
    without, with_it = _pair(call, USER_WORKER)
    unused = both(
        _possible_on_both(call, USER_WORKER), call.request.entry != int(Entry.COPY_PROCESS)
    )
    flags = (without.child.flags | PF_USER_WORKER) == (with_it.child.flags | PF_USER_WORKER)
    return Claim(
        unused,
        both(same_outcome(without, with_it, but=("flags",)), implies(without.ok, flags)),
    )


@_statement("S05r", USER_WORKER, true=False, truth="S05")
def the_reclaim_exemption_of_io_workers_stays(call: Call, _outcome: Outcome) -> Claim:
    """False: it moved to PF_USER_WORKER, so io_thread = 1 alone, in core code, loses it."""
    without, with_it = _pair(call, USER_WORKER)
    return Claim(
        both(_possible_on_both(call, USER_WORKER), without.ok, with_it.ok, call.args.io_thread),
        same(without.child.not_throttled, with_it.child.not_throttled),
    )


@_statement("S05f", USER_WORKER, true=False, truth="S05")
def the_user_worker_flag_changes_no_call(call: Call, _outcome: Outcome) -> Claim:
    """False: an io worker now raises both flags."""
    return Claim(_possible_on_both(call, USER_WORKER), same_outcome(*_pair(call, USER_WORKER)))


@_statement("S06", NO_FILES, true=True)
def no_files_changes_no_call_until_it_is_set(call: Call, _outcome: Outcome) -> Claim:
    """copy_files() is as before for no_files = 0."""
    unused = both(_possible_on_both(call, NO_FILES), (call.request.no_files & 1) == 0)
    return Claim(unused, same_outcome(*_pair(call, NO_FILES)))


@_statement("S06f", NO_FILES, true=False, truth="S06")
def no_files_changes_no_call(call: Call, _outcome: Outcome) -> Claim:
    """False: with no_files = 1 the child has no file descriptor table."""
    return Claim(_possible_on_both(call, NO_FILES), same_outcome(*_pair(call, NO_FILES)))


@_statement("S07", IGNORE_SIGNALS, true=True)
def ignore_signals_changes_no_call_until_it_is_set(call: Call, _outcome: Outcome) -> Claim:
    """Handlers are as before for ignore_signals = 0."""
    unused = both(_possible_on_both(call, IGNORE_SIGNALS), (call.request.ignore_signals & 1) == 0)
    return Claim(unused, same_outcome(*_pair(call, IGNORE_SIGNALS)))


@_statement("S07f", IGNORE_SIGNALS, true=False, truth="S07")
def ignore_signals_changes_no_call(call: Call, _outcome: Outcome) -> Claim:
    """False: with ignore_signals = 1 the child ignores every signal, SIGKILL too."""
    return Claim(
        _possible_on_both(call, IGNORE_SIGNALS), same_outcome(*_pair(call, IGNORE_SIGNALS))
    )


@_statement("S07h", IGNORE_SIGNALS, true=False, truth="S07t")
def ignore_signals_never_touches_the_creators_handlers(call: Call, _outcome: Outcome) -> Claim:
    """False: no guard forbids it together with CLONE_SIGHAND, which rewrites both."""
    _, with_it = _pair(call, IGNORE_SIGNALS)
    return Claim(_possible_on_both(call, IGNORE_SIGNALS), no(with_it.done[IGNORES_SHARED]))


@_statement("S07t", IGNORE_SIGNALS, true=True)
def ignore_signals_without_shared_handlers_leaves_the_creator_alone(
    call: Call, _outcome: Outcome
) -> Claim:
    """Without CLONE_SIGHAND, as vhost used it, the creator's handlers stay."""
    _, with_it = _pair(call, IGNORE_SIGNALS)
    alone = with_it.child.sighand != int(Share.SHARED)
    return Claim(
        both(_possible_on_both(call, IGNORE_SIGNALS), with_it.ok, alone),
        no(with_it.done[IGNORES_SHARED]),
    )


@_statement("S08", COPY_PROCESS_PUBLIC, true=True)
def a_public_copy_process_changes_no_call_that_was_possible(call: Call, _outcome: Outcome) -> Claim:
    """Linkage only."""
    return Claim(
        _possible_on_both(call, COPY_PROCESS_PUBLIC),
        same_outcome(*_pair(call, COPY_PROCESS_PUBLIC)),
    )


@_statement("S08f", COPY_PROCESS_PUBLIC, true=False, truth="S08")
def a_public_copy_process_makes_no_call_possible(call: Call, _outcome: Outcome) -> Claim:
    """False: core kernel code can now fill kernel_clone_args itself."""
    return Claim(True, _as_available(call, COPY_PROCESS_PUBLIC))


def _as_available(call: Call, patch: Patch) -> Truth:
    without, with_it = (
        available(call.kernel.but(patch, there), call.request) for there in (False, True)
    )
    return same(without, with_it)


@_statement("S09", VHOST_TASK, true=True)
def vhost_task_changes_no_call_that_was_possible(call: Call, _outcome: Outcome) -> Claim:
    """A new file that nobody uses yet."""
    return Claim(_possible_on_both(call, VHOST_TASK), same_outcome(*_pair(call, VHOST_TASK)))


@_statement("S09f", VHOST_TASK, true=False, truth="S09")
def vhost_task_makes_no_call_possible(call: Call, _outcome: Outcome) -> Claim:
    """False: vhost_task_create() appears."""
    return Claim(True, _as_available(call, VHOST_TASK))


@_statement("S10", VHOST_WORKER_STRUCT, true=True, about=Subject.VHOST)
def the_vhost_worker_struct_changes_only_its_own_allocation(
    call: Call, _outcome: VhostOutcome
) -> Claim:
    """VHOST_SET_OWNER is as before unless struct vhost_worker cannot be allocated."""
    fine = both(
        _possible_on_both(call, VHOST_WORKER_STRUCT), no(call.fails(Fallible.VHOST_WORKER_STRUCT))
    )
    return Claim(fine, _same_vhost(*_vhost_pair(call, VHOST_WORKER_STRUCT)))


@_statement("S10f", VHOST_WORKER_STRUCT, true=False, about=Subject.VHOST, truth="S10")
def the_vhost_worker_struct_changes_no_call(call: Call, _outcome: VhostOutcome) -> Claim:
    """False: one more allocation, one more ENOMEM."""
    return Claim(
        _possible_on_both(call, VHOST_WORKER_STRUCT),
        _same_vhost(*_vhost_pair(call, VHOST_WORKER_STRUCT)),
    )


@_statement("S11", VHOST_USES_TASK, true=True)
def vhost_tasks_change_no_call_that_creates_a_task_otherwise(
    call: Call, _outcome: Outcome
) -> Claim:
    """Every entry point of copy_process() is as before."""
    return Claim(
        _possible_on_both(call, VHOST_USES_TASK), same_outcome(*_pair(call, VHOST_USES_TASK))
    )


@_statement("S11f", VHOST_USES_TASK, true=False, about=Subject.VHOST, truth="S11")
def vhost_tasks_change_no_call(call: Call, _outcome: VhostOutcome) -> Claim:
    """False, and meant to be: the owner, not kthreadd, makes the worker."""
    return Claim(
        _possible_on_both(call, VHOST_USES_TASK),
        _same_vhost(*_vhost_pair(call, VHOST_USES_TASK)),
    )


@_statement("S11e", VHOST_USES_TASK, true=False, about=Subject.VHOST, truth="S11t")
def vhost_tasks_keep_the_errno_of_a_failure(call: Call, _outcome: VhostOutcome) -> Claim:
    """False: whatever makes the worker fail is reported as ENOMEM."""
    without, with_it = _vhost_pair(call, VHOST_USES_TASK)
    failing = both(without.errno != 0, with_it.errno != 0)
    return Claim(
        both(_possible_on_both(call, VHOST_USES_TASK), failing), without.errno == with_it.errno
    )


@_statement("S11t", VHOST_USES_TASK, true=True, about=Subject.VHOST)
def vhost_tasks_fail_with_enomem_or_ebusy(call: Call, _outcome: VhostOutcome) -> Claim:
    """With the patch VHOST_SET_OWNER fails with EBUSY for an owned device, else ENOMEM."""
    _, with_it = _vhost_pair(call, VHOST_USES_TASK)
    owner = call.request.entry == int(Entry.VHOST_SET_OWNER)
    busy = same(call.request.has_owner, with_it.errno == int(Errno.EBUSY))
    plain = is_one_of(with_it.errno, (int(Errno.ENOMEM), int(Errno.EBUSY)))
    return Claim(
        both(_possible_on_both(call, VHOST_USES_TASK), owner, with_it.errno != 0), both(busy, plain)
    )


@_statement("S11p", VHOST_USES_TASK, true=False, about=Subject.VHOST, truth="S11")
def vhost_tasks_never_refuse_what_kthreadd_granted(call: Call, _outcome: VhostOutcome) -> Claim:
    """False, and the point: the owner's RLIMIT_NPROC and pids.max can now refuse."""
    without, with_it = _vhost_pair(call, VHOST_USES_TASK)
    nothing_fails = call.chance.fails == int(Fallible.NONE)
    granted = both(without.ok, nothing_fails, no(call.chance.signal_pending))
    return Claim(both(_possible_on_both(call, VHOST_USES_TASK), granted), with_it.ok)
