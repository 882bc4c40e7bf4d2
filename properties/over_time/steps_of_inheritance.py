"""What a worker gets from its owner, and what reaches it of what happens to the owner later."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.inheritance import SYSTEM
from model.over_time.steps.cred import ONE, OTHER
from model.over_time.steps.sys import LESS, MORE
from model.over_time.world import World
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, happens, kept, only

_PRLIMIT = "kernel/sys.c:do_prlimit"
_CGROUP = "kernel/cgroup/cgroup.c:__cgroup_procs_write"
_KIND = ("kthread", "thread", "shares_limits")
_GIVEN = ("maker", "worker_uid", "worker_ns", "worker_user_ns")
_LATER = ("worker_limit", "worker_cgroup")


def _has_of_its_owner(before: World, after: World) -> bool:
    """Return whether a worker has its owner's all, or as a kthread its cgroup alone."""
    named = ("worker_uid", "worker_limit", "worker_ns", "worker_user_ns")
    owners = (before.acting, before.limit, before.ns, before.user_ns)
    has = [int(getattr(after, name)) for name in named]
    wanted = [0] * 4 if after.kthread else [int(one) for one in owners]
    return has == wanted and bool(after.worker_cgroup == before.cgroup)


@each_step("Tih1", of=SYSTEM, source="e297cd54b3f8; kernel/fork.c:copy_process", expect=holds())
def a_worker_has_what_its_owner_acts_under_then_or_is_kthreadds_but_for_its_cgroup(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Credentials, rlimits, namespaces; made once, and nothing of the owner changes."""
    made = before.made != after.made
    whole = _has_of_its_owner(before, after) and after.maker == before.acting
    quiet = only(before, after, "made", *_KIND, *_GIVEN, *_LATER)
    return Claim(made, bool(after.made and whole) and quiet)


@each_step("Tih2", of=SYSTEM, source="kernel/cred.c:commit_creds", expect=holds())
def nothing_that_happens_later_reaches_a_workers_credentials_or_namespaces(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Nor what it is; there is none before it is made."""
    fixed = kept(before, after, *_KIND, *_GIVEN)
    return Claim(bool(before.made) or not after.made, fixed and (
        bool(before.made) or kept(before, after, *_LATER)))


@each_step("Tih3", of=SYSTEM, source="kernel/cred.c:override_creds", expect=holds())
def an_owner_acts_under_anothers_credentials_and_its_own_again_or_becomes_another(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """override_creds() leaves who it is; set*uid() needs its own, and is for good here."""
    moves = changed(before, after) & {"uid", "acting"}
    alone = moves == changed(before, after)
    becomes = (int(before.uid), int(before.acting), int(after.uid), int(after.acting)) == (
        ONE, ONE, OTHER, OTHER
    )
    overrides = before.acting == before.uid and int(after.acting) in (ONE, OTHER)
    reverts = after.acting == after.uid
    acts = moves == {"acting"} and bool(overrides or reverts)
    return Claim(bool(moves), alone and (acts or becomes))


@each_step("Tih4", of=SYSTEM, source=_PRLIMIT, expect=holds())
def prlimit_of_an_owner_reaches_a_worker_that_shares_its_rlimits_and_the_other_way_round(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Of a thread; the series' process and a kthread have their own."""
    owner, worker = (
        getattr(before, name) != getattr(after, name) for name in ("limit", "worker_limit")
    )
    shares = bool(before.shares_limits)
    one = worker != owner and bool(before.made or owner)
    fine = (worker and owner) if shares else one
    raised = (not owner or goes(before, after, "limit", LESS, MORE)) and (
        not worker or bool(after.worker_limit == MORE)
    )
    quiet = only(before, after, "limit", "worker_limit")
    made = happens(before, after, "made")
    return Claim(bool(owner or worker) and not made, fine and raised and quiet)


@each_step("Tih5", of=SYSTEM, source=_CGROUP, expect=holds())
def a_process_moves_with_its_threads_unless_one_thread_alone_is_moved(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A kthread and the series' process stay behind; a worker is not moved by itself here."""
    moved = changed(before, after) & {"cgroup", "alone", "worker_cgroup"}
    made = happens(before, after, "made")
    alone = before.alone != after.alone
    along = bool(before.made and before.thread) and not alone
    there = after.worker_cgroup == (2 if along else before.worker_cgroup)
    fine = goes(before, after, "cgroup", 1, 2) and bool(there)
    single = not alone or bool(before.made and after.alone)
    return Claim(bool(moved) and not made, fine and single
                 and only(before, after, "cgroup", "alone", "worker_cgroup"))


@each_step("Tih6", of=SYSTEM, source="kernel/fork.c:ksys_unshare", expect=holds())
def an_owner_unshares_its_namespaces_alone_and_a_user_namespace_only_without_a_thread(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """unshare(): the nsproxy is one task's, the worker keeps its own."""
    moved = changed(before, after) & {"ns", "user_ns"}
    free = not (before.made and before.thread) and before.acting == before.uid
    user = goes(before, after, "user_ns", 0, 1) and bool(free)
    fine = user if "user_ns" in moved else goes(before, after, "ns", 1, 2)
    return Claim(bool(moved), fine and len(changed(before, after)) == 1)


@some_step("Tih8", of=SYSTEM, source="kernel/cred.c:override_creds", expect=holds())
def an_owner_can_act_under_anothers_credentials_and_under_its_own_again(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """At any time, whatever its workers have."""
    turned = (before.acting == before.uid) != (after.acting == after.uid)
    return Claim(True, bool(turned) and before.uid == after.uid)


@some_step("Tih9", of=SYSTEM, source="kernel/sys.c:__sys_setresuid", expect=holds())
def an_owner_that_is_itself_can_become_another_user(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """With a worker or without."""
    return Claim(bool(before.uid == ONE and before.acting == ONE), after.uid == OTHER)


@some_step("Tiha", of=SYSTEM, source=_PRLIMIT, expect=holds(), cases=("limit", "worker_limit"))
def the_limits_of_an_owner_and_of_its_worker_can_be_raised(
    _kernel: Kernel, before: World, after: World, whose: str
) -> Claim:
    """prlimit() by either's pid."""
    able = whose == "limit" or bool(before.made)
    raised = getattr(after, whose) == MORE and kept(before, after, "made")
    shares = bool(before.shares_limits)
    alone = shares or changed(before, after) == {whose}
    return Claim(able and getattr(before, whose) != MORE, raised and alone)


@some_step("Tihb", of=SYSTEM, source=_CGROUP, expect=holds(), cases=(False, True))
def a_process_and_its_thread_alone_can_be_moved(
    _kernel: Kernel, before: World, after: World, alone: bool
) -> Claim:
    """cgroup.procs, and cgroup.threads in a threaded subtree once it has a worker."""
    able = before.cgroup == 1 and (bool(before.made) or not alone)
    whole = alone or bool(after.alone) == bool(before.alone)
    return Claim(bool(able), after.cgroup == 2 and whole and (not alone or bool(after.alone)))


@some_step("Tihc", of=SYSTEM, source="kernel/fork.c:ksys_unshare", expect=holds(),
           cases=("ns", "user_ns"))
def an_owner_can_unshare_its_namespaces_and_without_a_thread_its_user_namespace(
    _kernel: Kernel, before: World, after: World, what: str
) -> Claim:
    """Beside a kthread or the series' process it can; each once here."""
    free = not (before.made and before.thread) and before.acting == before.uid
    fresh = before.ns == 1 if what == "ns" else before.user_ns == 0 and free
    return Claim(bool(fresh), getattr(after, what) == getattr(before, what) + 1)
