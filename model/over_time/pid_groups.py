"""Thread groups and pid namespaces: unshare(), setns(), clone() and vhost workers in any order.

kernel/fork.c:copy_process, kernel/nsproxy.c:create_new_namespaces,
kernel/pid_namespace.c:copy_pid_ns and pidns_install, kernel/vhost_task.c:vhost_task_create.
The task is root, and stays in its pid namespace; another may be set aside for its children.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model import words
from model.algebra import Truth, Word, both, either, no, when_word
from model.call import choose
from model.over_time import pid_questions
from model.over_time.pid_questions import Aside
from model.over_time.slots import how_many
from model.over_time.step import Machine, Move, System, but
from model.records import BOOL, fact

_COPY = "kernel/fork.c:copy_process"
_SETNS = "kernel/pid_namespace.c:pidns_install"
_THREAD = words.THREAD | words.SIGHAND | words.VM
FLAGS = {
    "plainly": 0,
    "sharing signal handlers": words.SIGHAND | words.VM,
    "a thread": _THREAD,
    "into a new pid namespace": words.NEWPID,
    "a thread into a new pid namespace": _THREAD | words.NEWPID,
}


class Init(IntEnum):
    """What became of the init of the namespace set aside."""

    NONE = 0
    """Nobody was made in it yet."""
    ALIVE = 1
    ENDING = 2
    """It has killed whoever is in it, and waits for one that ignores SIGKILL."""
    GONE = 3


@dataclass(frozen=True, slots=True)
class PidGroups:
    """A task, another that it made, its worker, and one pid namespace set aside."""

    aside: Truth = fact(BOOL, False, "a pid namespace is chosen for the task's children")
    made: Truth = fact(BOOL, False, "that namespace was made")
    init: Word = fact(8, 0, "its init", names="init")
    other: Truth = fact(BOOL, False, "the task has made another")
    other_thread: Truth = fact(BOOL, False, "the other is of its thread group")
    other_sighand: Truth = fact(BOOL, False, "the other shares its signal handlers")
    other_vm: Truth = fact(BOOL, False, "the other shares its address space")
    other_ns: Word = fact(8, 0, "the other's pid namespace, next to the task's", names="ns")
    other_init: Truth = fact(BOOL, False, "the other is the init of its pid namespace")
    worker: Truth = fact(BOOL, False, "the task has a vhost worker that is a vhost task")
    worker_thread: Truth = fact(BOOL, False, "the worker is of its thread group")
    worker_ns: Word = fact(8, 0, "the worker's pid namespace", names="ns")
    worker_init: Truth = fact(BOOL, False, "a worker is or was the init of its pid namespace")
    worker_heeds: Truth = fact(BOOL, False, "SIGKILL ends the worker")
    apart: Truth = fact(BOOL, False, "a thread was made while another namespace was chosen")
    barred: Truth = fact(BOOL, False, "no device could be opened while another was chosen")
    starved: Truth = fact(BOOL, False, "a fork failed because a worker had been the init")
    ignores: Truth = fact(BOOL, False, "SIGCHLD is ignored in the task's signal handlers")


SYSTEM = System(
    name="pid_groups",
    about="thread groups, workers and pid namespaces",
    record=PidGroups,
    tasks="one task, one that it made, its worker, two pid namespaces beside its own",
    start=lambda _machine: PidGroups(),
)


def closed(state: PidGroups) -> Truth:
    """Return whether the init of the namespace set aside is past disable_pid_allocation()."""
    return either(state.init == int(Init.ENDING), state.init == int(Init.GONE))


def inside(state: PidGroups) -> Truth:
    """Return whether the other lives in the namespace set aside."""
    return both(state.other, state.other_ns == pid_questions.ASIDE)


def _for_children(state: PidGroups) -> Aside:
    """Return the namespace that the next child would be made in."""
    had = either(no(state.aside), no(state.init == int(Init.NONE)))
    lost = both(state.aside, closed(state))
    return Aside(no(state.aside), had, lost)


def threads(state: PidGroups) -> Word:
    """Return the threads of the task's group."""
    return how_many((True, state.other_thread, state.worker_thread), 32)


@SYSTEM.step(at="kernel/pid_namespace.c:copy_pid_ns", who="task")
def the_task_sets_a_pid_namespace_aside(machine: Machine, state: PidGroups) -> Move:
    """unshare(CLONE_NEWPID): for its children, not for itself; once."""
    errno = machine.ask(pid_questions.sets_aside, _for_children(state))
    return Move(both(no(state.made), errno == 0), but(state, made=True, aside=True))


@SYSTEM.step(at=_SETNS, who="task")
def the_task_chooses_its_own_pid_namespace_again(machine: Machine, state: PidGroups) -> Move:
    """setns() into the active one; a namespace without an init is freed then."""
    errno = machine.ask(pid_questions.chooses, _for_children(state), True)
    kept = both(state.made, no(state.init == int(Init.NONE)))
    return Move(both(state.aside, errno == 0), but(state, aside=False, made=kept))


@SYSTEM.step(at=_SETNS, who="task")
def the_task_chooses_the_other_pid_namespace_again(machine: Machine, state: PidGroups) -> Move:
    """setns() into the descendant that it made, by a file that is there once it has an init."""
    errno = machine.ask(pid_questions.chooses, _for_children(state), False)
    ready = both(state.made, no(state.aside), errno == 0)
    return Move(ready, but(state, aside=True))


@SYSTEM.step(at=_COPY, who="task", each=tuple(FLAGS))
def the_task_clones_X(machine: Machine, state: PidGroups, how: str) -> Move:
    """clone() by the rules of the single call."""
    born = machine.ask(pid_questions.clones, FLAGS[how], _for_children(state))
    first = both(born.init, born.ns == pid_questions.ASIDE)
    after = but(
        state,
        other=True,
        other_thread=born.thread,
        other_sighand=born.sighand,
        other_vm=born.vm,
        other_ns=born.ns,
        other_init=born.init,
        init=when_word(8, first, int(Init.ALIVE), state.init),
        apart=either(state.apart, both(born.thread, state.aside)),
    )
    ok = born.errno == 0
    asked = FLAGS[how] == 0
    lost = both(asked, no(ok), state.aside, closed(state), state.worker_init)
    failed = but(state, starved=either(state.starved, lost))
    return Move(both(no(state.other), either(ok, lost)), choose(ok, after, failed))


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_set_owner", who="task")
def the_task_opens_a_vhost_device(machine: Machine, state: PidGroups) -> Move:
    """VHOST_SET_OWNER; a kthread has nothing to do with its owner's namespaces."""
    born = machine.ask(pid_questions.opens_a_device, _for_children(state))
    task, ok = no(born.by_kthreadd), born.errno == 0
    first = both(task, born.init, state.aside)
    made = but(
        state,
        worker=task,
        worker_thread=both(task, born.thread),
        worker_ns=when_word(8, task, born.ns, pid_questions.HERE),
        worker_init=either(state.worker_init, both(task, born.init)),
        worker_heeds=both(task, no(born.ignores_kill)),
        init=when_word(8, first, int(Init.ALIVE), state.init),
        apart=either(state.apart, both(task, born.thread, state.aside)),
    )
    living = both(state.aside, no(closed(state)))
    barred = but(state, barred=either(state.barred, living))
    return Move(both(no(state.worker), either(ok, living)), choose(ok, made, barred))


def _worker_inside(state: PidGroups) -> Truth:
    return both(state.worker, state.worker_ns == pid_questions.ASIDE)


def _without_the_worker(state: PidGroups) -> PidGroups:
    return but(
        state,
        worker=False,
        worker_thread=False,
        worker_ns=pid_questions.HERE,
        worker_heeds=False,
    )


def _ends(state: PidGroups) -> PidGroups:
    """Return the state whose init ends, and waits where a worker inside ignores SIGKILL.

    It has SIGCHLD ignored in its handlers, whoever shares them, so that what it kills is reaped.
    """
    within = _worker_inside(state)
    waits = both(within, no(state.worker_heeds))
    shared = both(inside(state), state.other_init, state.other_sighand)
    over = but(
        state,
        init=when_word(8, waits, int(Init.ENDING), int(Init.GONE)),
        ignores=either(state.ignores, shared),
    )
    alone = choose(inside(state), _without_the_other(over), over)
    return choose(both(within, no(waits)), _without_the_worker(alone), alone)


@SYSTEM.step(at="kernel/pid_namespace.c:zap_pid_ns_processes", who="init")
def the_init_of_the_other_namespace_ends(_machine: Machine, state: PidGroups) -> Move:
    """With it whoever lives there; nobody can be made in it any more.  Not where it is a worker."""
    process = both(state.init == int(Init.ALIVE), no(state.worker_init))
    return Move(process, _ends(state))


@SYSTEM.step(at="kernel/pid_namespace.c:zap_pid_ns_processes", who="init", own=True)
def the_init_that_waited_is_gone(_machine: Machine, state: PidGroups) -> Move:
    """Nobody else is left."""
    alone = both(state.init == int(Init.ENDING), no(_worker_inside(state)))
    return Move(alone, but(state, init=int(Init.GONE)))


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_cleanup", who="task")
def the_task_closes_the_device(_machine: Machine, state: PidGroups) -> Move:
    """Its worker ends; perhaps as the init of a namespace."""
    init = both(_worker_inside(state), state.worker_init, state.init == int(Init.ALIVE))
    left = _without_the_worker(state)
    return Move(state.worker, choose(init, _ends(left), left))


@SYSTEM.step(at="kernel/fork.c:copy_process", who="other")
def the_other_goes_its_own_way(_machine: Machine, state: PidGroups) -> Move:
    """An init that shares nothing with the task any more; room for a second child."""
    init = both(inside(state), state.other_init)
    apart = both(no(state.other_sighand), no(state.other_vm))
    return Move(both(init, apart), _without_the_other(state))


def _without_the_other(state: PidGroups) -> PidGroups:
    return but(
        state,
        other=False,
        other_thread=False,
        other_sighand=False,
        other_vm=False,
        other_ns=pid_questions.HERE,
        other_init=False,
    )


@SYSTEM.step(at="kernel/exit.c:do_exit", who="other")
def the_other_ends(_machine: Machine, state: PidGroups) -> Move:
    """Not as the init of the namespace set aside."""
    init = both(state.other_init, state.other_ns == pid_questions.ASIDE)
    return Move(both(state.other, no(init)), _without_the_other(state))


@SYSTEM.step(at="kernel/fork.c:check_unshare_flags", who="task")
def the_task_unshares_its_signal_handlers(machine: Machine, state: PidGroups) -> Move:
    """unshare(CLONE_SIGHAND): nothing happens, or EINVAL where they are shared."""
    shared = how_many((True, state.other_sighand, state.worker_thread), 32)
    errno = machine.ask(pid_questions.unshares_handlers, shared, threads(state))
    return Move(both(state.other, errno == 0), but(state, other_sighand=False))


@SYSTEM.step(at="fs/exec.c:de_thread", who="task")
def the_task_executes(_machine: Machine, state: PidGroups) -> Move:
    """Its other threads end; handlers and memory are its own then."""
    alone = both(state.other, no(state.other_thread))
    apart = but(state, other_sighand=False, other_vm=False)
    after = choose(alone, apart, _without_the_other(state))
    return Move(both(state.other, no(state.worker)), after)


def one_group_one_pid_namespace(state: PidGroups) -> Truth:
    """Return whether the threads of the task's group are in its pid namespace."""
    here = pid_questions.HERE
    other = either(no(state.other_thread), state.other_ns == here)
    return both(other, either(no(state.worker_thread), state.worker_ns == here))
