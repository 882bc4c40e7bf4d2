"""What systems ask of calls by a task that has set a pid namespace aside for its children."""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, Word, has, no, when_word
from model.child import Share
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.over_time.questions import comes_of, made_for
from model.request import Entry, NsFile, Request, Target
from model.state import Cred, Nsproxy, PidNamespace, Sighand, Signal, Task
from model.words import CAP_FULL_SET


@dataclass(frozen=True, slots=True)
class Aside:
    """The pid namespace for a task's children: its own, or another with or without an init."""

    own: Truth
    had_init: Truth
    lost_init: Truth


def _root(aside: Aside, sighand: Word = 1, threads: Word = 1) -> Task:
    cred = Cred(uid=0, euid=0, cap_effective=CAP_FULL_SET)
    return Task(
        real_cred=cred,
        cred=cred,
        signal=Signal(nr_threads=threads),
        sighand=Sighand(count=sighand),
        mm_users=sighand,
        nsproxy=Nsproxy(pid_for_children_is_active=aside.own),
        pid_ns=PidNamespace(
            level=when_word(8, aside.own, 0, 1),
            child_reaper=aside.had_init,
            adding=no(aside.lost_init),
        ),
    )


ORDINARY = Aside(own=True, had_init=True, lost_init=False)


@dataclass(frozen=True, slots=True)
class Born:
    """A task as it is made, or the errno of the refusal."""

    errno: Word
    thread: Truth
    sighand: Truth
    """It shares the signal handlers."""
    vm: Truth
    """It shares the address space."""
    ns: Word
    init: Truth
    by_kthreadd: Truth = False
    ignores_kill: Truth = False


def clones(kernel: Kernel, flags: int, aside: Aside) -> Born:
    """Ask for clone(flags) by root."""
    request = Request(entry=int(Entry.CLONE), flags=flags | words.SIGCHLD)
    outcome = comes_of(kernel, request, _root(aside))
    child = outcome.child
    return Born(
        outcome.errno,
        child.same_thread_group,
        child.sighand == int(Share.SHARED),
        child.mm == int(Share.SHARED),
        child.pid_ns,
        child.is_child_reaper,
    )


def opens_a_device(kernel: Kernel, aside: Aside) -> Born:
    """Ask for VHOST_SET_OWNER by root."""
    request = Request(entry=int(Entry.VHOST_SET_OWNER))
    outcome = made_for(kernel, request, _root(aside))
    child = outcome.child
    return Born(
        outcome.errno,
        outcome.worker.thread_of_owner,
        child.sighand == int(Share.SHARED),
        child.mm == int(Share.SHARED),
        child.pid_ns,
        child.is_child_reaper,
        outcome.worker.by_kthreadd,
        has(child.ignored, words.sigmask(words.SIGKILL)),
    )


def sets_aside(kernel: Kernel, aside: Aside) -> Word:
    """Ask for unshare(CLONE_NEWPID) by root; return the errno."""
    request = Request(entry=int(Entry.UNSHARE), flags=words.NEWPID)
    return comes_of(kernel, request, _root(aside)).errno


def chooses(kernel: Kernel, aside: Aside, own: bool) -> Word:
    """Ask for setns(CLONE_NEWPID) into its own or a descendant namespace; return the errno."""
    target = Target(file=int(NsFile.NAMESPACE), type=words.NEWPID, active_pid_ns=own)
    request = Request(entry=int(Entry.SETNS), flags=words.NEWPID, target=target)
    return comes_of(kernel, request, _root(aside)).errno


def unshares_handlers(kernel: Kernel, sighand: Word, threads: Word) -> Word:
    """Ask for unshare(CLONE_SIGHAND) beside sharers; return the errno."""
    request = Request(entry=int(Entry.UNSHARE), flags=words.SIGHAND)
    return comes_of(kernel, request, _root(ORDINARY, sighand, threads)).errno


HERE, NEW, ASIDE = int(Ns.SAME), int(Ns.NEW), int(Ns.PENDING)
