"""What the words of a case come to: shared by what is possible and what is prepared."""

from __future__ import annotations

from kernels.cases.case import Caller, NsFd, NsKind, PidNs
from kernels.machines.surroundings import Surroundings
from model import words
from model.algebra import (
    Truth,
    Word,
    at_most,
    below,
    both,
    either,
    is_one_of,
    no,
    when_word,
    widened,
)

FLAG_OF = {
    NsKind.MNT: words.NEWNS,
    NsKind.UTS: words.NEWUTS,
    NsKind.IPC: words.NEWIPC,
    NsKind.PID: words.NEWPID,
    NsKind.NET: words.NEWNET,
    NsKind.CGROUP: words.NEWCGROUP,
    NsKind.TIME: words.NEWTIME,
    NsKind.USER: words.NEWUSER,
}
LIMIT_OF = {NsKind.MNT: "mnt", NsKind.UTS: "uts", NsKind.IPC: "ipc", NsKind.PID: "pid"} | {
    NsKind.NET: "net",
    NsKind.CGROUP: "cgroup",
    NsKind.TIME: "time",
    NsKind.USER: "user",
}
PIDFD_AT, PARENT_AT, CHILD_AT, SET_TID_AT, STACK_AT = 0x1000, 0x2000, 0x3000, 0x4000, 0x600000
BAD_AT = 8
CAP_DAC_OVERRIDE = 1 << 1
CAP_SYS_PTRACE = 1 << 19
CAPS = (
    0,
    words.CAP_SYS_ADMIN,
    words.CAP_SYS_RESOURCE,
    words.CAP_CHECKPOINT_RESTORE,
    words.CAP_SYS_ADMIN | words.CAP_SYS_CHROOT,
    CAP_DAC_OVERRIDE,
    CAP_SYS_PTRACE,
    1 << 7,
)
"""The capability sets that cases ask for by name."""
PID_MAX_LIMIT = 4194304
MANY = 1000
DEEPER = (PidNs.INIT, PidNs.MEMBER, PidNs.STRANGER)


def equals(word: Word, value: int) -> Truth:
    """Return whether a word has a value (a member of an enumeration, too)."""
    return word == int(value)


def among(word: Word, *values: int) -> Truth:
    """Return whether a word has one of the values."""
    return is_one_of(word, tuple(int(value) for value in values))


MADE_BY_CALLER = (
    NsFd.CHILD,
    NsFd.KIN,
    NsFd.PIDFD_CHILD,
    NsFd.PIDFD_ZOMBIE,
    NsFd.PIDFD_REAPED,
)


def of_a_pidfd(nsfd: Word) -> Truth:
    """Return whether setns() is given a pidfd."""
    return both(at_most(int(NsFd.PIDFD_SELF), nsfd), at_most(nsfd, int(NsFd.PIDFD_REAPED)))


def pending(caller: Caller) -> Truth:
    """Return whether another pid namespace waits for the caller's children."""
    return among(caller.pidns, PidNs.PENDING, PidNs.LIVE, PidNs.DEAD)


def takes_uid_early(caller: Caller) -> Truth:
    """Step [4]: the uid is taken before the user namespaces are made."""
    return either(caller.by_user, caller.no_uid_map, caller.no_gid_map)


def makes_helpers_early(caller: Caller) -> Truth:
    """Step [6]: threads and sibling are made before the uid is taken at [12]."""
    return either(pending(caller), caller.timens)


def has_sibling(caller: Caller) -> Truth:
    """Return whether a child shares something with the caller."""
    return either(
        caller.with_fs, caller.with_files, caller.with_sighand, caller.with_vm, caller.with_undo
    )


def one_if(truth: Truth) -> Word:
    """Return 1 or 0 as a 64-bit count."""
    return when_word(64, truth, 1, 0)


def wide(word: Word) -> Word:
    """Return an 8-bit number of a case as a 64-bit one."""
    return widened(word, 64)


def charged(caller: Caller) -> Word:
    """The probe's count of the caller's own tasks, itself and helpers of the same uid."""
    helpers = wide(caller.threads) + one_if(has_sibling(caller))
    early = both(makes_helpers_early(caller), no(takes_uid_early(caller)))
    counted = when_word(64, early, 0, helpers)
    live = both(equals(caller.pidns, PidNs.LIVE), takes_uid_early(caller))
    return counted + one_if(live) + 1


def helpers_of(caller: Caller) -> Word:
    """Return how many threads and siblings the caller has."""
    return wide(caller.threads) + one_if(has_sibling(caller))


def caps_of(caller: Caller, machine: Surroundings) -> Word:
    """Return the caller's effective capabilities after steps [4], [5], [12] and [17]."""
    fresh = below(0, caller.userns)
    base = when_word(64, fresh, words.CAP_FULL_SET, machine.root_caps)
    lost = both(no(takes_uid_early(caller)), caller.euid_u)
    left = when_word(64, lost, 0, base)
    return when_word(64, caller.has_caps, caller.caps, left)


def permitted_caps(caller: Caller, machine: Surroundings) -> Word:
    """Return the permitted capabilities of a caller in init_user_ns."""
    gone = both(caller.euid_u, caller.ruid_u)
    left = when_word(64, gone, 0, machine.root_caps)
    return when_word(64, caller.has_caps, caller.caps, left)


def narrow(word: Word) -> Word:
    """Return an 8-bit number of a case as a 32-bit one."""
    return widened(word, 32)


def few_if(truth: Truth) -> Word:
    """Return 1 or 0 as a 32-bit count."""
    return when_word(32, truth, 1, 0)
