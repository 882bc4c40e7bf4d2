"""VHOST_SET_OWNER and kthread_create(): which error is told, and whose the worker is then.

drivers/vhost/vhost.c:vhost_dev_set_owner, vhost_worker_create; kernel/kthread.c:
__kthread_create_on_node.  What copy_process() refuses is in the statements on creation.
"""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, same, when_word
from model.call import Call
from model.patches import (
    CGROUP_PIDS,
    FORK_OWNER,
    KTHREAD_CREATE_KILLABLE,
    KTHREAD_KILLED_EINTR,
    KTHREAD_NAME,
    VHOST_USES_TASK,
    VHOST_WORKER_STRUCT,
    WORKERS_ARE_THREADS,
)
from model.request import Entry
from model.state import Fallible
from model.vhost import VhostOutcome
from model.words import Errno
from properties.claim import Claim, Subject, claims, holds
from properties.order import Fault, told_in_order, wrong

_ABOUT = Subject.VHOST
_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_KTHREAD = "kernel/kthread.c:__kthread_create_on_node"
ENOMEM = int(Errno.ENOMEM)


def _sets_owner(call: Call) -> Truth:
    return call.request.entry == int(Entry.VHOST_SET_OWNER)


def _by_kthreadd(call: Call) -> Truth:
    """Return whether kthreadd makes the thread: for kthread_create() and old or chosen vhost."""
    chosen = both(call.kernel[FORK_OWNER], no(call.request.fork_owner))
    vhost = both(_sets_owner(call), either(no(call.kernel[VHOST_USES_TASK]), chosen))
    return either(call.request.entry == int(Entry.KTHREAD_CREATE), vhost)


def _as_vhost_tells(call: Call, errno: Word) -> Word:
    """Return the errno of a worker that cannot be made: since the series vhost says ENOMEM."""
    hidden = both(_sets_owner(call), call.kernel[VHOST_USES_TASK])
    return when_word(16, hidden, ENOMEM, errno)


def _owner(call: Call) -> list[Fault]:
    return [Fault(int(Errno.EBUSY), both(_sets_owner(call), call.request.has_owner))]


def _request(call: Call) -> list[Fault]:
    """Return what is told before anybody makes a thread."""
    kernel, asked = call.kernel, _by_kthreadd(call)
    struct = both(kernel[VHOST_WORKER_STRUCT], _sets_owner(call))
    name = both(kernel[KTHREAD_NAME], asked)
    killable = both(asked, kernel[KTHREAD_CREATE_KILLABLE])
    killed = both(killable, call.chance.killed_while_waiting)
    why = when_word(16, kernel[KTHREAD_KILLED_EINTR], int(Errno.EINTR), ENOMEM)
    return [
        Fault(ENOMEM, both(struct, call.fails(Fallible.VHOST_WORKER_STRUCT))),
        Fault(ENOMEM, both(killable, call.fails(Fallible.KTHREAD_CREATE_INFO))),
        Fault(ENOMEM, both(name, call.fails(Fallible.KTHREAD_FULL_NAME))),
        Fault(_as_vhost_tells(call, why), killed),
    ]


def _creation(call: Call, outcome: VhostOutcome) -> list[Fault]:
    return [Fault(_as_vhost_tells(call, outcome.creation), outcome.creation != 0)]


def _afterwards(call: Call) -> list[Fault]:
    """Return what is told once the worker exists."""
    moved = both(_sets_owner(call), _by_kthreadd(call), call.fails(Fallible.VHOST_ATTACH_CGROUPS))
    return [
        Fault(_as_vhost_tells(call, call.chance.errno), moved),
        Fault(ENOMEM, both(_sets_owner(call), call.fails(Fallible.VHOST_IOVECS))),
    ]


@claims("V20", source=_SET_OWNER, expect=holds(), about=_ABOUT)
def an_owned_device_gets_no_second_owner(call: Call, outcome: VhostOutcome) -> Claim:
    """EBUSY, whatever else is wrong; no other error of VHOST_SET_OWNER is EBUSY for this."""
    return told_in_order(outcome, [], _owner(call))


@claims("V21", source=f"{_SET_OWNER}, vhost_worker_create; {_KTHREAD}",
        expect=holds(needs=KTHREAD_CREATE_KILLABLE),
        about=_ABOUT)
def a_worker_that_cannot_even_be_requested_is_enomem_or_eintr(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """No memory for the request, its name or struct vhost_worker; SIGKILL while it waits."""
    return told_in_order(outcome, _owner(call), _request(call))


@claims("V22", source=f"{_SET_OWNER}; {_KTHREAD}; 6e890c5d5021", expect=holds(), about=_ABOUT)
def what_refuses_the_worker_is_told_as_it_is_or_as_enomem(
    call: Call, outcome: VhostOutcome
) -> Claim:
    """kthread_create(), and vhost before the series, tell it; vhost since then says ENOMEM."""
    return told_in_order(outcome, [*_owner(call), *_request(call)], _creation(call, outcome))


@claims("V23", source=f"{_SET_OWNER}, vhost_attach_cgroups, vhost_dev_alloc_iovecs",
        expect=holds(), about=_ABOUT)
def a_worker_that_cannot_be_used_fails_the_request_too(call: Call, outcome: VhostOutcome) -> Claim:
    """Moving a kthread to the owner's cgroups, then the buffers: ENOMEM."""
    earlier = [*_owner(call), *_request(call), *_creation(call, outcome)]
    return told_in_order(outcome, earlier, _afterwards(call))


@claims("V24", source=f"{_SET_OWNER}; {_KTHREAD}", expect=holds(), about=_ABOUT)
def a_worker_is_made_exactly_where_nothing_is_wrong(call: Call, outcome: VhostOutcome) -> Claim:
    """None of the faults above: success, and no errno; with one of them, no worker."""
    faults = [*_owner(call), *_request(call), *_creation(call, outcome), *_afterwards(call)]
    fine = no(wrong(faults))
    return Claim(True, both(same(outcome.ok, fine), same(outcome.errno == 0, fine)))


@claims("V25", source=f"{_SET_OWNER}; kernel/vhost_task.c:vhost_task_create; f9010dbdce91",
        expect=holds(), about=_ABOUT)
def whoever_makes_the_worker_decides_whose_it_is(call: Call, outcome: VhostOutcome) -> Claim:
    """By kthreadd: in no owner's cgroup, untested by pids.max, nobody's thread or child.

    By the owner: in its cgroup under its pids.max, since f9010dbdce91 its thread, its child
    before.  Either way a vhost worker runs on the owner's memory, another kthread on none.
    """
    worker, kthread = outcome.worker, _by_kthreadd(call)
    thread = both(no(kthread), call.kernel[WORKERS_ARE_THREADS])
    return Claim(
        outcome.ok,
        both(
            same(worker.by_kthreadd, kthread),
            same(worker.in_owners_cgroup_at_birth, no(kthread)),
            same(worker.pids_max_was_tested, both(call.kernel[CGROUP_PIDS], no(kthread))),
            same(worker.mm_is_the_owners, _sets_owner(call)),
            same(worker.thread_of_owner, thread),
            same(worker.child_of_owner, both(no(kthread), no(thread))),
        ),
    )
