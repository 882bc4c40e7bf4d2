"""What a call round task creation reads of its task, what it is asked, and on which kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model import words
from model.algebra import LONG_MAX, Truth, Word, at_most, both, either, has, when_word
from model.kernel import Kernel
from model.records import BOOL, but, fact, part
from model.state import Cred, Ucounts
from model.words import CAP_FULL_SET, RLIM_INFINITY

UNCHANGED = 2**32 - 1
"""The id that leaves one as it is: (uid_t) -1."""
LAST_ID = 2**32 - 2
STACK = 8 << 20
"""_STK_LIM, in bytes."""


@dataclass(frozen=True, slots=True)
class Map:
    """Which ids a user namespace has: one range; all of them where nothing is said."""

    lowest: Word = fact(32, 0, "lowest id that has a mapping")
    highest: Word = fact(32, LAST_ID, "highest id that has a mapping")

    def has(self, given: Word) -> Truth:
        """Return make_kuid() and uid_valid(): whether an id is mapped."""
        return both(at_most(self.lowest, given), at_most(given, self.highest))


@dataclass(frozen=True, slots=True)
class Namespace:
    """The task's user namespace."""

    level: Word = fact(8, 0, "nesting level; 0 for init_user_ns")
    uids: Map = part(Map)
    gids: Map = part(Map)
    setgroups: Truth = fact(BOOL, True, "gid_map is written, and setgroups not denied")
    nproc_max: Word = fact(64, LONG_MAX, "its bound on tasks", signed=True)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks are charged: to its real uid, to the uid that it asks for, and above."""

    own: Word = fact(64, 1, "tasks of its real uid, itself too", signed=True)
    asked: Word = fact(64, 0, "tasks of the uid that becomes its real one", signed=True)
    above: Word = fact(64, 1, "tasks of its namespace's creator", signed=True)


@dataclass(frozen=True, slots=True)
class Around:
    """A task that makes such a call: its credentials, limits and marks, ids as it sees them."""

    uid: Word = fact(32, 1000, "real uid")
    euid: Word = fact(32, 1000, "effective uid")
    suid: Word = fact(32, 1000, "saved uid")
    fsuid: Word = fact(32, 1000, "uid for files")
    gid: Word = fact(32, 1000, "real gid")
    egid: Word = fact(32, 1000, "effective gid")
    sgid: Word = fact(32, 1000, "saved gid")
    fsgid: Word = fact(32, 1000, "gid for files")
    groups: Word = fact(32, 0, "its supplementary groups: which list, by a name of it")
    egid_in_groups: Truth = fact(BOOL, False, "the effective gid is among them")
    inheritable: Word = fact(64, 0, "inheritable capabilities", names="caps")
    permitted: Word = fact(64, 0, "permitted capabilities", names="caps")
    effective: Word = fact(64, 0, "effective capabilities", names="caps")
    bounding: Word = fact(64, CAP_FULL_SET, "capability bounding set", names="caps")
    ambient: Word = fact(64, 0, "ambient capabilities", names="caps")
    securebits: Word = fact(64, 0, "securebits")
    no_new_privs: Truth = fact(BOOL, False, "no_new_privs")
    dumpable: Word = fact(8, 1, "0, 1, or 2 where fs.suid_dumpable says so")
    subreaper: Truth = fact(BOOL, False, "PR_SET_CHILD_SUBREAPER")
    pdeath_signal: Word = fact(8, 0, "PR_SET_PDEATHSIG")
    personality: Word = fact(32, 0, "personality")
    marked: Truth = fact(BOOL, False, "PF_NPROC_EXCEEDED")
    leads: Truth = fact(BOOL, True, "it is its group's first thread")
    threads: Word = fact(32, 1, "threads of its group")
    nproc: Word = fact(64, RLIM_INFINITY, "soft RLIMIT_NPROC")
    stack: Word = fact(64, STACK, "soft RLIMIT_STACK")
    soft: Word = fact(64, RLIM_INFINITY, "soft limit that the call names")
    hard: Word = fact(64, RLIM_INFINITY, "hard limit that the call names")
    shares_root: Truth = fact(BOOL, False, "another process shares its fs_struct")
    user_ns: Namespace = part(Namespace)
    counts: Counts = part(Counts)


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of such a call; each reads its own of them."""

    first: Word = fact(32, 0, "first id")
    second: Word = fact(32, 0, "second id")
    third: Word = fact(32, 0, "third id")
    value: Word = fact(64, 0, "second argument of prctl(); flags of execveat()")
    rest: Word = fact(64, 0, "third argument of prctl(); the fourth and fifth are 0")
    effective: Word = fact(64, 0, "effective set", names="caps")
    permitted: Word = fact(64, 0, "permitted set", names="caps")
    inheritable: Word = fact(64, 0, "inheritable set", names="caps")
    known_version: Truth = fact(BOOL, True, "capset()'s version is one of the three")
    of_itself: Truth = fact(BOOL, True, "the pid is the task's own, or 0")
    there: Truth = fact(BOOL, True, "there is a task with that pid")
    its_ids: Truth = fact(BOOL, True, "that task's ids are all the real ones of the caller")
    in_own_ns: Truth = fact(BOOL, True, "that task is in the caller's user namespace, or below")
    resource: Word = fact(32, 0, "which limit")
    soft: Word = fact(64, 0, "new soft limit")
    hard: Word = fact(64, 0, "new hard limit")
    many: Word = fact(32, 0, "how many groups")
    all_mapped: Truth = fact(BOOL, True, "each of the groups has a mapping")
    groups: Word = fact(32, 0, "the groups: which list, by a name of it")
    missing: Truth = fact(BOOL, False, "there is no file of that name")


@dataclass(frozen=True, slots=True)
class Given:
    """What the machine gives: two sysctls."""

    suid_dumpable: Word = fact(8, 0, "fs.suid_dumpable")
    nr_open: Word = fact(64, 1 << 20, "fs.nr_open")


@dataclass(frozen=True, slots=True)
class Asking:
    """A call: what rows are written against.  ``task`` is as the steps before left it."""

    kernel: Kernel
    task: Around
    asked: Asked
    given: Given
    before: Around
    """The task as the call found it."""

    def but(self, **facts: Any) -> Asking:
        """Return the call once a step has changed facts of its task."""
        return Asking(self.kernel, but(self.task, **facts), self.asked, self.given, self.before)

    def holds(self, cap: int) -> Truth:
        """Return ns_capable(current_user_ns(), …) of the task as the call found it."""
        return has(self.before.effective, 1 << cap)

    def capable(self, cap: int) -> Truth:
        """Return capable(): the same over init_user_ns."""
        return both(self.before.user_ns.level == 0, self.holds(cap))

    def mapped_or_left(self, ids: Map, many: int) -> Truth:
        """Return whether each of the first ids asked for has a mapping, or is -1."""
        given = (self.asked.first, self.asked.second, self.asked.third)[:many]
        return both(*(either(is_left(one), ids.has(one)) for one in given))

    def secure(self, bit: int) -> Truth:
        """Return issecure() of a bit of its securebits."""
        return has(self.before.securebits, 1 << bit)


def is_left(given: Word) -> Truth:
    """Return whether an id says that one is left as it is."""
    return given == UNCHANGED


def is_any(one: Word, of: tuple[Word, ...]) -> Truth:
    """Return whether an id equals one of several."""
    return either(*(one == other for other in of))


def within(left: Word, right: Word) -> Truth:
    """Return cap_issubset(): no capability of ``left`` is missing in ``right``."""
    return (left & right) == left


def charged(task: Around, count: Word) -> Cred:
    """Return a task's credentials as the rules of RLIMIT_NPROC read them, and its own count."""
    ns = task.user_ns
    is_root = both(ns.level == 0, task.uid == 0)
    counts = Ucounts(nproc=count, nproc_of_euid=count, nproc_parent=task.counts.above,
                     user_processes=count)
    return but(
        Cred(), uid=when_word(32, is_root, 0, words.INT_MAX),
        euid=task.euid, cap_effective=task.effective, ucounts=counts,
        user_ns=but(Cred().user_ns, level=ns.level, nproc_max=ns.nproc_max),
    )
