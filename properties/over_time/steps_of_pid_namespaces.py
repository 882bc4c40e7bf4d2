"""What unshare(), setns(), clone(), a device and an init's end do to groups and pid namespaces."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.caller import ASIDE, HERE, NEW
from model.over_time.pid_namespaces import SYSTEM
from model.over_time.places import Init
from model.over_time.world import World
from model.patches import THREADS_STAY, VHOST_USES_TASK, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, kept, only

_COPY = "kernel/fork.c:copy_process"
_ZAP = "kernel/pid_namespace.c:zap_pid_ns_processes"
_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_SERIES = holds(needs=VHOST_USES_TASK)
_OTHER = ("child", "child_thread", "child_sighand", "child_vm", "child_pid_ns", "child_init")
_WORKER = ("made", "thread", "worker_pid_ns", "deaf")
_TOLD = ("barred", "starved")
PLAIN, SHARING, THREAD, FRESH = "plain", "sharing handlers", "thread", "in a new namespace"


def _closed(state: World) -> bool:
    """Return whether nobody can be made any more in the namespace set aside."""
    return bool(state.child_reaper in (Init.ENDING, Init.GONE))


def _other_inside(state: World) -> bool:
    return bool(state.child and state.child_pid_ns == ASIDE)


def _worker_inside(state: World) -> bool:
    return bool(state.made and state.worker_pid_ns == ASIDE)


def _cleared(state: World, names: tuple[str, ...]) -> bool:
    return not any(getattr(state, name) for name in names)


def _threads(kernel: Kernel) -> bool:
    return kernel[WORKERS_ARE_THREADS] is True


def _kind(state: World) -> str:
    """Return what the other was made as."""
    if state.child_thread:
        return THREAD
    shares = bool(state.child_sighand and state.child_vm)
    return FRESH if state.child_pid_ns == NEW else SHARING if shares else PLAIN


def _first(before: World, after: World, init: object) -> bool:
    """Return whether who is made inside is its init exactly if it is the first there."""
    first = before.child_reaper == Init.NONE
    reaper = Init.ALIVE if first else before.child_reaper
    return bool(init) == first and bool(after.child_reaper == reaper)


@each_step("Tpg1", of=SYSTEM, source="kernel/pid_namespace.c:pidns_install", expect=holds())
def a_pid_namespace_is_set_aside_once_and_chosen_and_left_without_anybody_moving(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """unshare() and setns() are for children to come; without an init it goes when it is left."""
    facts = "for_children", "pid_ns_made"
    told = changed(before, after) & set(facts)
    chosen = happens(before, after, "for_children") and bool(after.pid_ns_made)
    kept_on = bool(after.pid_ns_made) == (before.child_reaper != Init.NONE)
    left = happens(after, before, "for_children") and kept_on
    return Claim(bool(told), (chosen or left) and only(before, after, *facts))


@each_step("Tpg2", of=SYSTEM, source=_COPY, expect=holds())
def a_clone_is_in_its_makers_namespace_in_a_new_one_or_in_the_one_set_aside(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A thread in the first alone; in the last the first is its init, and nobody after its end."""
    born = happens(before, after, "child")
    ns = int(after.child_pid_ns)
    inside = ns == ASIDE and bool(before.for_children) and not _closed(before)
    where = inside and _first(before, after, after.child_init)
    beside = not before.for_children and bool(after.child_init) == (ns == NEW)
    own = ns in (HERE, NEW) and beside and after.child_reaper == before.child_reaper
    return Claim(born, bool(where or own) and only(before, after, *_OTHER, "child_reaper"))


@each_step("Tpg3", of=SYSTEM, source=_COPY, expect=holds())
def threads_share_handlers_and_memory_and_a_thread_is_in_no_other_namespace(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Who shares handlers shares memory; one in a new namespace was made with neither."""
    born = happens(before, after, "child")
    both = bool(after.child_sighand) == bool(after.child_vm)
    thread = not after.child_thread or bool(after.child_vm and after.child_pid_ns == HERE)
    fresh = after.child_pid_ns != NEW or not after.child_vm
    return Claim(born, both and thread and bool(fresh))


@each_step("Tpg4", of=SYSTEM, source="kernel/exit.c:do_exit; fs/exec.c:de_thread", expect=holds())
def who_ends_leaves_nothing_and_an_init_takes_its_namespace_with_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """But for one that shares nothing and goes its own way."""
    gone = happens(after, before, "child")
    init = _other_inside(before) and bool(before.child_init)
    apart = not (before.child_sighand or before.child_vm)
    zapped = before.child_reaper == Init.ALIVE != after.child_reaper and _other_inside(before)
    rest = ("child_reaper", "ignores_child", *_WORKER) if zapped else ()
    return Claim(gone, _cleared(after, _OTHER) and (zapped or not init or apart)
                 and only(before, after, *_OTHER, *rest))


@each_step("Tpg5", of=SYSTEM, source="fs/exec.c:de_thread", expect=holds())
def only_an_execve_of_a_task_without_a_worker_takes_handlers_and_memory_apart(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """unshare(CLONE_SIGHAND) is EINVAL where they are shared; the rest of the other stays."""
    there = bool(before.child and after.child)
    parts = changed(before, after) & set(_OTHER)
    fine = not (before.made or before.child_thread or after.child_sighand or after.child_vm)
    apart = fine and only(before, after, "child_sighand", "child_vm")
    return Claim(there, not parts or apart)


@each_step("Tpg6", of=SYSTEM, source="f9010dbdce91; " + _SET_OWNER, expect=_SERIES)
def a_worker_is_a_thread_in_its_owners_namespace_or_in_the_series_a_process_in_the_other(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """As a process it may be the init there, and ignores SIGKILL; as a thread it heeds that."""
    made = before.made != after.made and bool(after.made)
    thread, aside = _threads(kernel), bool(before.for_children)
    kind = bool(after.thread) == (not after.deaf) == thread
    where = after.worker_pid_ns == (ASIDE if aside else HERE)
    came = after.child_reaper != before.child_reaper
    within = not _closed(before) and _first(before, after, came)
    init = bool(after.worker_init) == bool(
        before.worker_init or (aside and before.child_reaper == Init.NONE)
    )
    own = bool(after.child_reaper == before.child_reaper)
    fine = kind and where and init and (within and not thread if aside else own)
    return Claim(made, bool(fine) and only(before, after, *_WORKER, "worker_init", "child_reaper"))


@each_step("Tpg7", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_cleanup", expect=_SERIES)
def a_worker_goes_when_its_device_is_closed_and_its_namespace_with_it_if_it_was_the_init(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """That it had been an init is known for good."""
    gone = happens(after, before, "made")
    init = _worker_inside(before) and bool(before.worker_init) and before.child_reaper == Init.ALIVE
    there = not init and kept(before, after, "child_reaper", *_OTHER)
    zapped = init and after.child_reaper == Init.GONE and not _other_inside(after)
    quiet = only(before, after, *_WORKER, "child_reaper", *_OTHER)
    return Claim(gone, _cleared(after, _WORKER) and bool(there or zapped) and quiet)


@each_step("Tpg8", of=SYSTEM, source=_ZAP, expect=holds())
def an_init_that_ends_kills_whoever_is_inside_and_waits_for_one_that_ignores_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is gone when that is; nobody comes after it."""
    way = int(before.child_reaper), int(after.child_reaper)
    waits = _worker_inside(after) and before.deaf
    born = happens(before, after, "child") or happens(before, after, "made")
    ends = not _other_inside(after) and (waits if way[1] == Init.ENDING else not waits)
    other = (*_OTHER, "ignores_child") if _other_inside(before) else ()
    closes = _WORKER if before.worker_init and happens(after, before, "made") else ()
    process = not before.worker_init or bool(closes)
    fine = {
        (0, 1): born,
        (1, 2): ends and process and only(before, after, "child_reaper", *other),
        (1, 3): ends and process and only(before, after, "child_reaper", *other, *closes),
        (2, 3): not _worker_inside(before) and only(before, after, "child_reaper"),
    }
    return Claim(way[0] != way[1], bool(fine.get(way, False)))


@each_step("Tpgk", of=SYSTEM, source=_ZAP, expect=holds(needs=THREADS_STAY))
def SIGCHLD_comes_to_be_ignored_by_the_end_of_an_init_that_shares_the_handlers(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """And by nothing else; nothing undoes it, not even execve()."""
    shares = before.child_init and before.child_sighand and _other_inside(before)
    ends = before.child_reaper == Init.ALIVE and _closed(after)
    turned = before.ignores_child != after.ignores_child
    return Claim(turned or (shares and ends), bool(after.ignores_child and shares and ends))


@each_step("Tpg9", of=SYSTEM, source=_COPY, expect=holds())
def a_device_is_barred_by_another_chosen_namespace_and_a_fork_starved_by_a_workers_end(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """EINVAL since workers are threads; ENOMEM in the series.  No thread is ever made apart."""
    told = changed(before, after) & {"thread_apart", *_TOLD}
    barred = _threads(kernel) and not before.made and before.for_children and not _closed(before)
    starved = before.for_children and _closed(before) and before.worker_init and not before.child
    fine = (happens(before, after, "barred") and barred) or (
        happens(before, after, "starved") and starved
    )
    return Claim(bool(told) or happens(before, after, "child"), bool(
        fine and len(changed(before, after)) == 1 if told else True))


@each_step("Tpga", of=SYSTEM, source="kernel/fork.c:check_unshare_flags", expect=holds())
def a_step_that_changes_nothing_unshares_handlers_that_nobody_shares_or_is_one_refused(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A kthread is made unseen, and execve() leaves a process apart as it is."""
    alone = before.child and not before.child_sighand and not before.thread
    unseen = kernel[VHOST_USES_TASK] is not True
    barred = before.barred and before.for_children and not before.made and not _closed(before)
    starved = before.starved and before.for_children and _closed(before) and not before.child
    return Claim(before == after, bool(alone or unseen or barred or starved))


@some_step("Tpgb", of=SYSTEM, source="kernel/pid_namespace.c:copy_pid_ns", expect=holds())
def a_pid_namespace_can_be_set_aside_left_and_chosen_again(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """By a group of several threads as well, whatever became of its init."""
    turned = before.for_children != after.for_children
    return Claim(True, bool(turned) and bool(after.pid_ns_made or before.child_reaper == Init.NONE))


@some_step("Tpgc", of=SYSTEM, source=_COPY,
        expect=holds(since=THREADS_STAY), cases=(PLAIN, SHARING, THREAD, FRESH))
def a_task_can_clone_where_its_children_are_to_live(
    _kernel: Kernel, before: World, after: World, kind: str
) -> Claim:
    """No thread, and nobody in a new namespace, while another is chosen."""
    here = kind in (PLAIN, SHARING) and not _closed(before)
    able = not before.child and (here or not before.for_children)
    return Claim(bool(able), bool(after.child) and _kind(after) == kind)


@some_step("Tpgd", of=SYSTEM, source=_SET_OWNER, expect=_SERIES)
def a_device_can_be_opened_where_its_worker_can_live(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A thread only in its owner's namespace, else it is told."""
    known = kernel[VHOST_USES_TASK] is True and not before.made
    open_to = not before.for_children or not _closed(before)
    barred = bool(before.for_children) and _threads(kernel)
    return Claim(known and open_to, bool(after.barred if barred else after.made))


@some_step("Tpge", of=SYSTEM, source=_ZAP, expect=holds())
def an_init_can_end_and_who_waited_is_gone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A worker that is the init ends with its device."""
    ends = before.child_reaper == Init.ALIVE and not before.worker_init
    waited = before.child_reaper == Init.ENDING and not _worker_inside(before)
    return Claim(ends or waited, _closed(after) and before.child_reaper != after.child_reaper)


@some_step("Tpgf", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def a_clone_can_end_or_as_an_init_that_shares_nothing_go_its_own_way(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Nobody else is touched by that."""
    init = _other_inside(before) and before.child_init
    shares = before.child_sighand or before.child_vm
    able = before.child and not (init and shares)
    return Claim(bool(able), not after.child and kept(before, after, "child_reaper", *_WORKER))


@some_step("Tpgg", of=SYSTEM, source="fs/exec.c:de_thread", expect=holds())
def a_task_without_a_worker_can_execute_beside_whoever_it_cloned(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A thread ends then; a process keeps its memory, and is alone with it."""
    able = before.child and not before.made
    apart = bool(after.child) and not (after.child_sighand or after.child_vm)
    return Claim(bool(able), not after.child if before.child_thread else apart)


@some_step("Tpgh", of=SYSTEM, source="kernel/fork.c:check_unshare_flags", expect=holds())
def unsharing_handlers_that_nobody_shares_changes_nothing(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """unshare(CLONE_SIGHAND)."""
    alone = before.child and not (before.child_sighand or before.thread)
    return Claim(bool(alone), before == after)


@some_step("Tpgi", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_cleanup", expect=_SERIES)
def a_device_can_be_closed_at_any_time(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever its worker is the init of."""
    return Claim(bool(before.made), not after.made)


@some_step("Tpgj", of=SYSTEM, source="f9010dbdce91; " + _ZAP,
           expect=holds(needs=VHOST_USES_TASK & ~WORKERS_ARE_THREADS))
def a_fork_into_a_namespace_whose_worker_init_ended_fails(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """ENOMEM in the series; since then no worker is an init."""
    starves = before.for_children and _closed(before) and before.worker_init and not before.child
    return Claim(bool(starves), bool(after.starved))
