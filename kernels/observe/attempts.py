"""Owners that make one worker after the other: attempts that the probe saw, beside the model.

The probe's worker rows (kernels/probe/PROTOCOL.md) are series of attempts: an owner makes one
worker after the other.  Each attempt is a call of the model's, with the counts that the
attempts before it left behind; the model's prediction for it is held against the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checker.calls.documents import leaves_by_path
from kernels.cases.named import is_a_number
from kernels.machines.surroundings import Surroundings
from kernels.observe.nondeterminism import pf_seen
from model import words
from model.call import Situation
from model.child import Child, Share
from model.kernel import Kernel
from model.kvm import maker, tells
from model.patches import VHOST_USES_TASK
from model.predict import predict
from model.records import build
from model.request import Entry
from model.state import USER
from model.vhost import VhostOutcome

Row = dict[str, Any]
Values = dict[str, Any]
Field = tuple[str, Any, Any]

ENTRIES = (
    Entry.VHOST_SET_OWNER,
    Entry.VHOST_TASK_CREATE,
    Entry.KTHREAD_CREATE,
    Entry.CREATE_IO_THREAD,
    Entry.FORK,
)
KVM = "kvm"
"""The maker of rows that tell how many virtual machines somebody can have, each with its worker."""
MANY = 1000
"""A count for root, which nothing here is held against."""


@dataclass(frozen=True)
class Attempt:
    """One call of a row of attempts: the number made before it, and what was seen."""

    row: Row
    entry: Entry
    number: int
    kernel: Kernel
    machine: Surroundings

    @property
    def name(self) -> str:
        """Return the row's id, with the number of the attempt."""
        return f"{self.row['id']}, {self.number + 1}. time"

    @property
    def errno(self) -> str | None:
        """Return what the kernel answered: OK or an errno; ``None`` if it came not so far."""
        made = self.row["made"]
        if self.number < made:
            return "OK"
        return str(self.row["ended_by"]) if self.number == made < self.row["tried"] else None

    @property
    def by_kthreadd(self) -> bool:
        """Return whether kthreadd makes the worker: then it is not charged to the owner."""
        vhost = self.entry is Entry.VHOST_SET_OWNER
        by_task = bool(self.kernel[VHOST_USES_TASK]) and _mode(self.row) != "kthread"
        return self.entry is Entry.KTHREAD_CREATE or (vhost and not by_task)

    @cached_property
    def values(self) -> Values:
        """Return the situation of this attempt as leaf values."""
        facts = {**self._request(), **self._owner(), **self._limits()}
        known = leaves_by_path()
        return {path: value for path, value in facts.items() if value != known[path].default}

    def _request(self) -> Values:
        return {
            "request.entry": int(self.entry),
            "request.fork_owner": _mode(self.row) != "kthread",
        }

    def _owner(self) -> Values:
        row = self.row
        root, inside = row["who"] == "root", bool(row.get("userns"))
        caps = self.machine.root_caps if root and not inside else row.get("caps", 0)
        uid = 0 if root else USER
        own = 1 + (0 if self.by_kthreadd else self.number)
        facts = {
            "uid": uid,
            "euid": uid,
            "cap_effective": caps,
            "thread_keyring": bool(row.get("threadkey")),
            "user_ns.level": 1 if inside else 0,
            "ucounts.nproc": own if inside or not root else MANY,
            "ucounts.nproc_parent": MANY if root else own + row.get("outside", 0),
            "ucounts.user_processes": MANY if root else own + row.get("outside", 0),
        }
        return {
            f"current.{which}.{name}": value
            for which in ("real_cred", "cred")
            for name, value in facts.items()
        }

    def _limits(self) -> Values:
        row = self.row
        threads = 1 + (0 if self.by_kthreadd or self.entry is Entry.FORK else self.number)
        found: Values = {
            "current.cgroup.pids": 1 + self.number,
            "current.signal.nr_threads": threads,
            "current.sighand.count": threads,
            "current.mm_users": threads,
            "current.fs_users": threads,
        }
        if row["nproc"] >= 0:
            found["current.signal.rlim_nproc"] = row["nproc"]
        if row.get("pids_max", -1) >= 0:
            found["current.cgroup.pids_max"] = row["pids_max"]
        return found

    def fields(self) -> Iterator[Field]:
        """Yield (fact, the model's, the kernel's) of everything that both speak of."""
        outcome = predict(self.kernel, build(Situation, self.values))
        made = int(outcome.errno)
        errno = int(tells(self.kernel, made)) if _is_kvms(self.row) else made
        expected = words.errno_name(errno).replace("0", "OK")
        if self.entry is Entry.VHOST_TASK_CREATE and not _is_kvms(self.row):
            # the owner sees vhost's ENOMEM for every failure
            yield "errno", expected == "OK", self.errno == "OK"
        else:
            yield "errno", expected, self.errno
        if expected == "OK" and self.errno == "OK":
            yield from self._of_worker(outcome)

    def _of_worker(self, outcome: Any) -> Iterator[Field]:
        worker = self.row.get("worker")
        if worker:
            if isinstance(outcome, VhostOutcome):
                yield from _places(outcome, worker)
            yield from _child(self, outcome.child, worker)
        yield from _charge(self, outcome.child)
        yield from _keyrings(self, outcome.child)
        full = self.values.get("current.cgroup.pids_max")
        if full is not None and self.number + 1 >= full and isinstance(outcome, VhostOutcome):
            # made in a full cgroup: it was not born there, nor was the limit tested
            yield "in_owners_cgroup_at_birth", bool(outcome.worker.in_owners_cgroup_at_birth), False
            yield "pids_max_was_tested", bool(outcome.worker.pids_max_was_tested), False


def _is_kvms(row: Row) -> bool:
    return row.get("maker") == KVM


def _mode(row: Row) -> str:
    return str(row.get("mode") or row.get("maker")).removeprefix("vhost-")


def _places(outcome: VhostOutcome, worker: Row) -> Iterator[Field]:
    where, said = worker["where"], outcome.worker
    yield "by_kthreadd", bool(said.by_kthreadd), where == "child_of_kthreadd"
    yield "thread_of_owner", bool(said.thread_of_owner), where == "thread_of_owner"
    yield "child_of_owner", bool(said.child_of_owner), where == "child_of_owner"
    yield "mm_is_the_owners", bool(said.mm_is_the_owners), worker["share"]["vm"]


def _child(attempt: Attempt, child: Child, worker: Row) -> Iterator[Field]:
    by_kthreadd, share = attempt.by_kthreadd, worker["share"]
    owner = attempt.values.get("current.real_cred.uid", USER)
    limit = attempt.row["nproc"]
    yield "same_thread_group", bool(child.same_thread_group), worker["same_tgid"]
    yield "uid", child.uid == owner, worker["uid_is_owners"]
    yield "cap_effective", child.cap_effective, worker["capeff"]
    yield "blocked", child.blocked, worker["sigblk"]
    yield "ignored", child.ignored, worker["sigign"]
    yield "caught", child.caught, worker["sigcgt"]
    bits = pf_seen(attempt.kernel) & ~words.PF_NPROC_EXCEEDED
    yield "flags", int(child.flags) & bits, worker["pflags"] & bits
    yield "exit_signal", child.exit_signal, worker["exit_signal"]
    yield "files", child.files != Share.NONE, worker["fd_table"]
    yield "rlim_nproc", child.rlim_nproc == limit, worker["nproc_soft"] == limit
    # kthreadd's are not the owner's; the memory of a kthread is lent to it after its birth
    yield "fs", child.fs == Share.SHARED and not by_kthreadd, share["fs"]
    yield "sighand", child.sighand == Share.SHARED and not by_kthreadd, share["sighand"]
    if not by_kthreadd:
        yield "mm", child.mm == Share.SHARED, share["vm"]


def _charge(attempt: Attempt, child: Child) -> Iterator[Field]:
    """Whom the workers are charged to shows in a fork() of their owner's afterwards."""
    row = attempt.row
    if "fork_then" not in row or attempt.entry is Entry.FORK or row["who"] == "root":
        return
    made = {
        charged: _fork_after(attempt, 1 + (row["made"] if charged else 0))
        for charged in (False, True)
    }
    if made[False] != made[True]:
        said = child.charged_uid == USER
        yield "charged_uid", made[bool(said)], row["fork_then"]


def _keyrings(attempt: Attempt, child: Child) -> Iterator[Field]:
    """The first worker's own thread keyring is the second in the owner's /proc/keys."""
    if "thread_keyrings" not in attempt.row:
        return
    fresh = attempt.row["thread_keyrings"] == 2
    yield "thread_keyring", bool(child.thread_keyring), fresh
    if fresh:
        # its keyring is not the owner's: then its cred, which names it, is another, too
        yield "shares_cred", bool(child.shares_cred), False


def _fork_after(attempt: Attempt, count: int) -> str | int:
    changed = {
        f"current.{which}.ucounts.{name}": count + (0 if name == "nproc" else outside)
        for outside in (attempt.row.get("outside", 0),)
        for which in ("real_cred", "cred")
        for name in ("nproc", "nproc_parent", "user_processes")
    }
    values = attempt.values | changed | {"request.entry": int(Entry.FORK)}
    errno = int(predict(attempt.kernel, build(Situation, values)).errno)
    return words.errno_name(errno) if errno else 0


def attempts(
    rows: list[Row], entry: Entry, kernel: Kernel, machine: Surroundings
) -> Iterator[Attempt]:
    """Yield every attempt of the rows that is a call of the entry point."""
    for row in rows:
        if _makes(row, entry, kernel):
            for number in range(row["made"] + (row["made"] < row["tried"])):
                yield Attempt(row, entry, number, kernel, machine)


def is_about(row: Row, entry: Entry) -> bool:
    """Return whether a row of attempts speaks of an entry point."""
    if row["kind"] == "vhost-owners":
        return entry in (Entry.VHOST_SET_OWNER, Entry.VHOST_TASK_CREATE)
    if row["kind"] != "limit":
        return False
    if _is_kvms(row):
        return entry in (Entry.KTHREAD_CREATE, Entry.VHOST_TASK_CREATE)
    makers = {"sqpoll": Entry.CREATE_IO_THREAD, "fork": Entry.FORK}
    made = makers.get(row["maker"])
    if made is not None:
        return entry is made
    return entry in (Entry.VHOST_SET_OWNER, Entry.VHOST_TASK_CREATE)


def _makes(row: Row, entry: Entry, kernel: Kernel) -> bool:
    if not is_about(row, entry) or "prepared" in row:
        return False
    if _is_kvms(row):
        return int(entry) == maker(kernel)
    by_task = bool(kernel[VHOST_USES_TASK]) and _mode(row) != "kthread"
    return entry is not Entry.VHOST_TASK_CREATE or by_task


def has_named_facts(one: Attempt, values: Values) -> bool:
    """Return whether an attempt has what a counterexample names, numbers apart."""
    known = leaves_by_path()
    return all(
        one.values.get(path, known[path].default) == value
        for path, value in ({"request.fork_owner": True} | values).items()
        if not is_a_number(path)
    ) and _is_root(one.values) == _is_root(values)


def _is_root(values: Values) -> bool:
    return bool(values.get("current.real_cred.uid", USER) == 0)
