"""The pull request's claims about vhost workers, for VHOST_SET_OWNER on every kernel.

"More workers are created than would be allowed by the RLIMITs of the userspace process":
refuted for the kthread path, refuted as literally written for vhost_task, proved in its
strongest true form.
"""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has, implies, no, signed_below, when_word
from model.call import Call
from model.child import Parent, Share
from model.evaluate import Outcome
from model.patches import (
    EXPLICIT_KTHREAD,
    FORK_OWNER,
    REDHAT_KTHREAD_INHERITED,
    UCOUNTS_NPROC,
    VHOST_USES_TASK,
    WORKERS_ARE_THREADS,
)
from model.request import Entry
from model.state import Fallible
from model.ucounts import exempt, rlimit
from model.vhost import VhostOutcome, by_owner
from properties.claim import Claim, Kind, Subject, claims, fails, holds

_SEED = "pull request v6.4/kernel.user_worker"
_WITH_TASKS = holds(since=VHOST_USES_TASK, until=FORK_OWNER)
"""True of vhost_tasks only: not before the series, nor where the kthread path can be chosen."""


def _worker(call: Call, outcome: VhostOutcome) -> Truth:
    """VHOST_SET_OWNER made a worker."""
    return both(call.request.entry == int(Entry.VHOST_SET_OWNER), outcome.ok)


def _task_worker(call: Call, outcome: VhostOutcome) -> Truth:
    """The same, and the owner did not choose the kthread path."""
    return both(_worker(call, outcome), call.request.fork_owner)


def _owner_count(call: Call) -> Word:
    """Tasks charged to the owner's user before the call."""
    ucounts = call.cred.ucounts
    return when_word(64, call.kernel[UCOUNTS_NPROC], ucounts.nproc, ucounts.user_processes)


def _room(call: Call) -> Truth:
    """One more task does not exceed the owner's RLIMIT_NPROC."""
    return signed_below(_owner_count(call), rlimit(call))


def _sane_count(call: Call) -> Truth:
    return no(signed_below(_owner_count(call), 0))


def _plain_owner(call: Call) -> Truth:
    """Neither INIT_USER nor CAP_SYS_RESOURCE nor CAP_SYS_ADMIN in init_user_ns."""
    return no(exempt(by_owner(call)))


@claims(
    "V01",
    source=_SEED,
    about=Subject.VHOST,
    kind=Kind.HEADLINE,
    expect=fails(),
    truth="V01t",
)
def vhost_workers_never_exceed_the_owners_process_limit(call: Call, outcome: VhostOutcome) -> Claim:
    """As literally written: a worker is made only if the owner's user has room for it."""
    return Claim(both(_worker(call, outcome), _sane_count(call)), _room(call))


@claims(
    "V01r",
    source=_SEED,
    about=Subject.VHOST,
    kind=Kind.HEADLINE,
    expect=fails(),
    truth="V01t",
)
def vhost_workers_of_others_than_root_never_exceed_the_limit(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """Still false: CAP_SYS_RESOURCE or CAP_SYS_ADMIN in init_user_ns is enough to exceed it."""
    return Claim(
        both(_worker(call, outcome), _sane_count(call), call.current.real_cred.uid != 0),
        _room(call),
    )


@claims(
    "V01p",
    source=_SEED,
    about=Subject.VHOST,
    kind=Kind.HEADLINE,
    expect=_WITH_TASKS,
    truth="V01t",
)
def vhost_workers_of_plain_owners_never_exceed_the_limit(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """For owners without privilege: false for kthreads, true for vhost_tasks."""
    return Claim(both(_worker(call, outcome), _sane_count(call), _plain_owner(call)), _room(call))


@claims(
    "V01t",
    source=_SEED,
    about=Subject.VHOST,
    kind=Kind.HEADLINE,
    expect=holds(since=VHOST_USES_TASK),
)
def vhost_tasks_of_plain_owners_never_exceed_the_limit(call: Call, outcome: VhostOutcome) -> Claim:
    """The strongest true form: no privilege, and the owner left the worker to be a vhost_task."""
    return Claim(both(_task_worker(call, outcome), _plain_owner(call)), _room(call))


@claims("V02", source=_SEED, about=Subject.VHOST, kind=Kind.HEADLINE, expect=_WITH_TASKS)
def a_vhost_worker_has_its_owners_real_uid(call: Call, outcome: VhostOutcome) -> Claim:
    """A kthread has kthreadd's: root's."""
    return Claim(_worker(call, outcome), outcome.child.uid == call.cred.uid)


@claims("V03", source=_SEED, about=Subject.VHOST, kind=Kind.HEADLINE, expect=_WITH_TASKS)
def a_vhost_worker_is_charged_to_its_owner(call: Call, outcome: VhostOutcome) -> Claim:
    """A kthread is charged to kuid 0, which no limit refuses."""
    return Claim(_worker(call, outcome), outcome.child.charged_uid == call.cred.uid)


@claims("V04", source=_SEED, about=Subject.VHOST, kind=Kind.HEADLINE, expect=_WITH_TASKS)
def a_vhost_worker_starts_with_its_owners_process_limit(call: Call, outcome: VhostOutcome) -> Claim:
    """A kthread has the limits of kthreadd."""
    return Claim(_worker(call, outcome), outcome.child.rlim_nproc == call.current.signal.rlim_nproc)


@claims(
    "V05",
    source="kernel/vhost_task.c:vhost_task_create; f9010dbdce91",
    about=Subject.VHOST,
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
    truth="V05t",
)
def a_vhost_worker_shares_its_owners_rlimits(call: Call, outcome: VhostOutcome) -> Claim:
    """At the series' tip they were copied; shared only since the worker is a thread."""
    return Claim(_worker(call, outcome), outcome.child.rlimits_shared)


@claims(
    "V05t",
    source="f9010dbdce91",
    about=Subject.VHOST,
    expect=holds(since=WORKERS_ARE_THREADS),
)
def a_vhost_task_shares_its_owners_rlimits(call: Call, outcome: VhostOutcome) -> Claim:
    """True for vhost_tasks since v6.4."""
    return Claim(_task_worker(call, outcome), outcome.child.rlimits_shared)


@claims("V06", source=_SEED, about=Subject.VHOST, kind=Kind.HEADLINE, expect=_WITH_TASKS)
def a_vhost_worker_is_born_in_its_owners_cgroup(call: Call, outcome: VhostOutcome) -> Claim:
    """A kthread starts in the root cgroup and is moved once it runs."""
    return Claim(_worker(call, outcome), outcome.worker.in_owners_cgroup_at_birth)


@claims(
    "P69",
    source="kernel/cgroup/pids.c:pids_can_fork, pids_can_attach",
    about=Subject.VHOST,
    expect=_WITH_TASKS,
)
def pids_max_of_the_owner_bounds_its_vhost_workers(call: Call, outcome: VhostOutcome) -> Claim:
    """Moving a kthread into a cgroup charges it without a test; root is bounded as well."""
    group = call.current.cgroup
    return Claim(_worker(call, outcome), signed_below(group.pids, group.pids_max))


@claims("V07", source=_SEED, about=Subject.VHOST, kind=Kind.HEADLINE, expect=_WITH_TASKS)
def a_vhost_worker_shares_its_owners_memory_from_birth(call: Call, outcome: VhostOutcome) -> Claim:
    """A kthread has no mm and borrows the owner's with kthread_use_mm()."""
    return Claim(_worker(call, outcome), outcome.child.mm == int(Share.SHARED))


@claims(
    "P50",
    source="f9010dbdce91",
    about=Subject.VHOST,
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
    truth="P50t",
)
def a_vhost_worker_is_a_thread_of_its_owner(call: Call, outcome: VhostOutcome) -> Claim:
    """Before the series a child of kthreadd, at its tip a separate process."""
    return Claim(_worker(call, outcome), outcome.worker.thread_of_owner)


@claims("P50t", source="f9010dbdce91", about=Subject.VHOST, expect=holds(since=WORKERS_ARE_THREADS))
def a_vhost_task_is_a_thread_of_its_owner(call: Call, outcome: VhostOutcome) -> Claim:
    """True for vhost_tasks since v6.4."""
    return Claim(_task_worker(call, outcome), outcome.worker.thread_of_owner)


@claims(
    "P54",
    source="f9010dbdce91",
    about=Subject.VHOST,
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
    truth="P54t",
)
def a_vhost_worker_blocks_all_but_kill_and_stop(call: Call, outcome: VhostOutcome) -> Claim:
    """A kthread ignores instead of blocking; at the tip the caller's mask was kept."""
    return Claim(_worker(call, outcome), outcome.child.blocked == words.WORKER_BLOCKED)


@claims("P54t", source="f9010dbdce91", about=Subject.VHOST, expect=holds(since=WORKERS_ARE_THREADS))
def a_vhost_task_blocks_all_but_kill_and_stop(call: Call, outcome: VhostOutcome) -> Claim:
    """True for vhost_tasks since v6.4."""
    return Claim(_task_worker(call, outcome), outcome.child.blocked == words.WORKER_BLOCKED)


@claims(
    "V08",
    source="kernel/signal.c:sig_task_ignored",
    about=Subject.VHOST,
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
)
def a_vhost_worker_does_not_ignore_sigkill(call: Call, outcome: VhostOutcome) -> Claim:
    """kthreadd's children and, at the tip, vhost_tasks ignore every signal, SIGKILL too."""
    kill = words.sigmask(words.SIGKILL)
    return Claim(_worker(call, outcome), (outcome.child.ignored & kill) == 0)


@claims(
    "V09",
    source="kernel/freezer.c:freezing; f9010dbdce91",
    about=Subject.VHOST,
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def a_vhost_worker_that_the_freezer_waits_for_can_take_signals(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """At the tip the worker is not PF_NOFREEZE, and its loop never takes a signal.

    What tells the two loops apart at creation is that only later workers get a mask of
    their own and dequeue SIGKILL and SIGSTOP.
    """
    child = outcome.child
    exempted = either(has(child.flags, words.PF_NOFREEZE), has(child.flags, words.PF_KTHREAD))
    fake_signal = child.blocked == words.WORKER_BLOCKED
    takes = child.ignored != words.ALL_SIGNALS
    return Claim(_worker(call, outcome), either(exempted, takes, fake_signal))


@claims(
    "P66",
    source="drivers/vhost/vhost.c:vhost_dev_set_owner",
    about=Subject.VHOST,
    expect=holds(until=VHOST_USES_TASK),
)
def the_reason_why_no_worker_could_be_made_reaches_the_owner(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """Since the series every failure to create the worker is ENOMEM."""
    failing = both(
        call.request.entry == int(Entry.VHOST_SET_OWNER),
        no(call.request.has_owner),
        call.chance.fails == int(Fallible.NONE),
        no(call.chance.killed_while_waiting),
        outcome.creation != 0,
    )
    return Claim(failing, outcome.errno == outcome.creation)


@claims(
    "P68",
    source="pull request; drivers/vhost/vhost.c",
    about=Subject.VHOST,
    expect=holds(since=VHOST_USES_TASK, until=FORK_OWNER),
)
def a_vhost_worker_starts_with_its_owners_credentials_limits_and_cgroup(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """uid, capabilities, RLIMIT_NPROC and cgroup are the owner's at creation."""
    child, cred = outcome.child, call.cred
    return Claim(
        _worker(call, outcome),
        both(
            child.uid == cred.uid,
            child.euid == cred.euid,
            child.cap_effective == cred.cap_effective,
            child.rlim_nproc == call.current.signal.rlim_nproc,
            outcome.worker.in_owners_cgroup_at_birth,
        ),
    )


@claims(
    "V10",
    source="kernel/vhost_task.c",
    about=Subject.VHOST,
    expect=holds(since=VHOST_USES_TASK, until=FORK_OWNER),
)
def a_vhost_worker_holds_no_file_descriptors(call: Call, outcome: VhostOutcome) -> Claim:
    """no_files: the device's own fd cannot be kept open by its worker."""
    return Claim(_worker(call, outcome), outcome.child.files == int(Share.NONE))


@claims(
    "V11",
    source="kernel/fork.c:copy_process, E26",
    about=Subject.VHOST,
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def a_vhost_worker_is_no_child_that_its_owner_must_wait_for(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """At the tip it was one, with exit signal 0: seen by __WALL and __WCLONE only."""
    child = outcome.child
    own = both(no(outcome.worker.by_kthreadd), child.real_parent == int(Parent.CALLER))
    return Claim(_worker(call, outcome), no(own))


@claims(
    "O01",
    source="kernel/cred.c:copy_creds; the pull request's alternative",
    kind=Kind.HEADLINE,
    expect=fails(),
    truth="O01t",
)
def work_under_override_creds_is_charged_to_the_worker_itself(
    call: Call, outcome: Outcome
) -> Claim:
    """False: a task made inside override_creds() is charged to the overriding identity."""
    return Claim(
        both(outcome.ok, call.current.overridden),
        outcome.child.charged_uid == call.current.real_cred.uid,
    )


@claims("O01t", source="kernel/cred.c:copy_creds", kind=Kind.HEADLINE, expect=holds())
def a_task_takes_the_subjective_identity_of_its_maker(call: Call, outcome: Outcome) -> Claim:
    """Objective and subjective identity of the child are the maker's subjective one."""
    return Claim(
        both(outcome.ok, call.cred.uid == call.cred.euid),
        both(outcome.child.uid == call.cred.uid, outcome.child.charged_uid == call.cred.uid),
    )


@claims(
    "O02",
    source="kernel/fork.c:copy_signal; the pull request's alternative",
    kind=Kind.HEADLINE,
    expect=holds(),
)
def override_creds_brings_no_limits_along(call: Call, outcome: Outcome) -> Claim:
    """Inside override_creds() the limits are still those of the task that does the work."""
    return Claim(
        both(outcome.ok, call.current.overridden),
        outcome.child.rlim_nproc == call.current.signal.rlim_nproc,
    )


@claims(
    "P57k",
    source="753550eb0ce1",
    expect=holds(since=EXPLICIT_KTHREAD, until=REDHAT_KTHREAD_INHERITED),
)
def a_kernel_thread_is_only_made_on_request(call: Call, outcome: Outcome) -> Claim:
    """PF_KTHREAD is set if and only if args->kthread; before v5.19 it was inherited.

    As it still is by Red Hat's from 9.2 to 9.6.
    """
    return Claim(
        outcome.ok,
        both(
            implies(call.args.kthread, has(outcome.child.flags, words.PF_KTHREAD)),
            implies(has(outcome.child.flags, words.PF_KTHREAD), call.args.kthread),
        ),
    )
