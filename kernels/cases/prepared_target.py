"""What setns() is given: the target's leaves for a case, in both readings."""

from __future__ import annotations

from typing import Any

from kernels.cases.case import Called, Case, NsFd, NsKind
from kernels.cases.knobs import (
    CAP_SYS_PTRACE,
    DEEPER,
    FLAG_OF,
    MADE_BY_CALLER,
    among,
    caps_of,
    equals,
    of_a_pidfd,
    permitted_caps,
    takes_uid_early,
)
from kernels.machines.surroundings import Surroundings
from model import words
from model.algebra import Truth, Word, both, either, has, no, when, when_word
from model.request import NsFile
from model.state import Reach


def setns_target(case: Case, machine: Surroundings) -> dict[str, Any]:
    """Return the leaves of ``request.target`` for a case."""
    call, caller = case.call, case.caller
    nsfd = call.nsfd
    initial = caller.userns == 0
    of_user = equals(call.kind, NsKind.USER)
    pidfd = of_a_pidfd(nsfd)
    made = when_word(64, pidfd, call.made, _made_for(call))
    user_made = has(made, words.NEWUSER)
    place = "request.target"
    return {
        f"{place}.file": _file_kind(nsfd, pidfd),
        f"{place}.type": _type_of(call.kind),
        f"{place}.alive": nsfd != int(NsFd.PIDFD_REAPED),
        f"{place}.exited": among(nsfd, NsFd.PIDFD_ZOMBIE, NsFd.PIDFD_REAPED),
        f"{place}.ptrace_allowed": _may_trace(case, machine),
        f"{place}.own_user_ns": _is_own_user_ns(nsfd, initial, user_made, of_user),
        f"{place}.user_ns_reach": _user_reach(case, user_made, of_user, pidfd),
        f"{place}.owners_outside": when_word(64, initial, 0, _foreign(nsfd, made)),
        f"{place}.owners_owned": when_word(64, _owned_by_caller(case, user_made), made, 0),
        **_pid_target(case, made, place),
    }


def _made_for(call: Called) -> Word:
    """Return the namespaces that a file's task has of its own."""
    nsfd = call.nsfd
    new = when_word(64, among(nsfd, NsFd.CHILD, NsFd.OTHER, NsFd.KIN), _type_of(call.kind), 0)
    return when_word(64, equals(nsfd, NsFd.KIN), new | words.NEWUSER, new)


def _type_of(kind: Word) -> Word:
    found: Word = words.NEWUSER
    for one, flag in FLAG_OF.items():
        found = when_word(64, equals(kind, one), flag, found)
    return found


def _file_kind(nsfd: Word, pidfd: Truth) -> Word:
    kind = when_word(8, pidfd, int(NsFile.PIDFD), int(NsFile.NAMESPACE))
    kind = when_word(8, equals(nsfd, NsFd.FILE), int(NsFile.OTHER), kind)
    return when_word(8, equals(nsfd, NsFd.BAD), int(NsFile.CLOSED), kind)


def _is_own_user_ns(nsfd: Word, initial: Truth, user_made: Truth, of_user: Truth) -> Truth:
    """A file is asked about the user namespace only if it is one."""
    file = either(equals(nsfd, NsFd.OWN), both(equals(nsfd, NsFd.OUTER), initial))
    task = both(of_a_pidfd(nsfd), no(user_made))
    return either(both(file, of_user), task)


def _owner_is_the_caller(case: Case) -> Truth:
    """The target's user namespace was made by uid 0, or by the uid if it was taken early."""
    caller = case.caller
    early = both(takes_uid_early(caller), among(case.call.nsfd, *MADE_BY_CALLER))
    return when(early, True, no(caller.euid_u))


def _user_reach(case: Case, user_made: Truth, of_user: Truth, pidfd: Truth) -> Word:
    nsfd, initial = case.call.nsfd, case.caller.userns == 0
    theirs = among(nsfd, NsFd.OUTER, NsFd.OTHER, NsFd.PIDFD_OTHER)
    asked = either(of_user, pidfd)
    owned = both(user_made, _owner_is_the_caller(case))
    inner = when_word(8, owned, int(Reach.OWNED), int(Reach.WITHIN))
    return when_word(8, both(asked, theirs, no(initial)), int(Reach.OUTSIDE), inner)


def _foreign(nsfd: Word, made: Word) -> Word:
    """Return the namespaces owned by init_user_ns: all but those the caller's child made."""
    every = words.NEW_NAMESPACES
    by_child = among(nsfd, *MADE_BY_CALLER)
    return when_word(64, by_child, every & (made ^ every), every)


def _owned_by_caller(case: Case, user_made: Truth) -> Truth:
    """The namespaces of a task with a user namespace of its own belong to that."""
    theirs = among(case.call.nsfd, NsFd.OTHER, NsFd.PIDFD_OTHER)
    reachable = either(no(theirs), case.caller.userns == 0)
    return both(user_made, reachable, _owner_is_the_caller(case))


def _may_trace(case: Case, machine: Surroundings) -> Truth:
    """ptrace_may_access() on a pidfd's task, which is root's (cases stay in init_user_ns)."""
    caller, call = case.caller, case.call
    user_made = has(call.made, words.NEWUSER)
    held = has(caps_of(caller, machine), CAP_SYS_PTRACE)
    capable = either(held, both(user_made, no(caller.euid_u)))
    permitted = permitted_caps(caller, machine)
    no_less = both(no(user_made), (permitted & machine.root_caps) == machine.root_caps)
    other = both(either(no(caller.ruid_u), capable), either(capable, no_less))
    return either(equals(call.nsfd, NsFd.PIDFD_SELF), other)


def _pid_target(case: Case, made: Word, place: str) -> dict[str, Any]:
    caller, nsfd = case.caller, case.call.nsfd
    plain = both(caller.pid_level == 0, no(among(caller.pidns, *DEEPER)))
    theirs = among(nsfd, NsFd.OUTER, NsFd.OTHER, NsFd.PIDFD_OTHER)
    new = has(made, words.NEWPID)
    return {
        f"{place}.descendant_pid_ns": either(no(theirs), plain),
        f"{place}.active_pid_ns": both(no(new), either(no(theirs), plain)),
    }
