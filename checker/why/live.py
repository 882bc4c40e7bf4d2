"""What can be read of a live process: facts with the place that each was read at.

What cannot be read, or would not be certain, stays open.  Numbers of the machine's own user and
pid namespaces mean something only to a reader who is in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from checker.ground.problems import Problem
from checker.smallest.cost import Values
from checker.why.namespaces import INIT_PID_NS, INIT_USER_NS, identity, level_of_user_ns
from model.words import RLIM_INFINITY

Found = Iterator[tuple[str, Any, str]]
"""A fact's path, its value, and where it was read."""

NO_LIMIT = 2**62
_CRED = "current.real_cred"
_DEADLINE, _RESET_ON_FORK = 6, 0x40000000


def facts_of(pid: int, proc: Path = Path("/proc")) -> tuple[Values, dict[str, str]]:
    """Return the facts of a process and where each was read; raise :class:`Problem` for none."""
    folder = proc / str(pid)
    if pid <= 0 or not (folder / "status").exists():
        raise Problem(f"there is no process {pid}")
    facts: Values = {}
    places: dict[str, str] = {}
    for reader in READERS:
        try:
            for path, value, place in reader(folder):
                facts[path], places[path] = value, place
        except (OSError, ValueError, KeyError, IndexError):
            continue
    return facts, places


def _status(folder: Path) -> dict[str, str]:
    lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}


def _ns(folder: Path, name: str) -> int:
    return identity(folder / "ns" / name)


def _own(proc: Path, name: str) -> int:
    return identity(proc / "self" / "ns" / name)


def _from_status(folder: Path) -> Found:
    said, place = _status(folder), f"{folder}/status"
    yield f"{_CRED}.cap_effective", int(said["CapEff"], 16), f"CapEff: in {place}"
    yield "current.no_new_privs", said["NoNewPrivs"] == "1", f"NoNewPrivs: in {place}"
    yield "current.seccomp_mode", int(said["Seccomp"]), f"Seccomp: in {place}"
    for path, name in (("blocked", "SigBlk"), ("sighand.ignored", "SigIgn"),
                       ("sighand.caught", "SigCgt")):
        yield f"current.{path}", int(said[name], 16), f"{name}: in {place}"
    yield "current.signal.nr_threads", int(said["Threads"]), f"Threads: in {place}"
    if said["TracerPid"] == "0":
        yield "current.traced", False, f"TracerPid: in {place}"


def _from_limits(folder: Path) -> Found:
    lines = (folder / "limits").read_text(encoding="utf-8").splitlines()
    soft = next(line for line in lines if line.startswith("Max processes"))[26:].split()[0]
    limit = RLIM_INFINITY if soft == "unlimited" else int(soft)
    yield "current.signal.rlim_nproc", limit, f"Max processes in {folder}/limits"


def _uids(folder: Path) -> Found:
    """Yield who the process is; a kuid is what a reader in init_user_ns sees."""
    real, effective = map(int, _status(folder)["Uid"].split()[:2])
    place = f"Uid: in {folder}/status"
    if _own(folder.parent, "user") == INIT_USER_NS:
        yield f"{_CRED}.uid", real, place
        yield f"{_CRED}.euid", effective, place
    for path, name, number in (("euid_mapped", "uid_map", effective),
                               ("egid_mapped", "gid_map",
                                int(_status(folder)["Gid"].split()[1]))):
        ranges = [tuple(map(int, line.split())) for line in
                  (folder / name).read_text(encoding="ascii").splitlines()]
        mapped = any(outer <= number < outer + count for _inner, outer, count in ranges)
        yield f"{_CRED}.{path}", mapped, f"{folder}/{name}"


def _user_namespace(folder: Path) -> Found:
    level = level_of_user_ns(folder / "ns" / "user")
    if level is not None:
        yield f"{_CRED}.user_ns.level", level, f"{folder}/ns/user and its parents"


def _pid_namespace(folder: Path) -> Found:
    active = _ns(folder, "pid")
    pids = _status(folder)["NSpid"].split()
    yield "current.signal.unkillable", pids[-1] == "1", f"NSpid: in {folder}/status"
    try:
        same = _ns(folder, "pid_for_children") == active
    except OSError:  # an empty one has no name yet
        same = False
    place = f"{folder}/ns/pid_for_children"
    yield "current.nsproxy.pid_for_children_is_active", same, place
    if same and _own(folder.parent, "pid") == INIT_PID_NS:
        yield "current.pid_ns.level", len(pids) - 1, f"NSpid: in {folder}/status"


def _time_namespace(folder: Path) -> Found:
    same = _ns(folder, "time") == _ns(folder, "time_for_children")
    place = f"{folder}/ns/time_for_children"
    yield "current.nsproxy.time_for_children_is_active", same, place


def _root(folder: Path) -> Found:
    """Yield whether the root is another than the mount namespace's, where that is certain."""
    lines = (folder / "mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    if lines and not any(line.split()[4] == "/" for line in lines):
        yield "current.chrooted", True, f"no / in {folder}/mountinfo"
        return
    first, own = (folder.parent / "1" / "root").stat(), (folder / "root").stat()
    same = (first.st_dev, first.st_ino) == (own.st_dev, own.st_ino)
    if same and _ns(folder, "mnt") == identity(folder.parent / "1" / "ns" / "mnt"):
        yield "current.chrooted", False, f"{folder}/root is that of pid 1"


def _scheduling(folder: Path) -> Found:
    policy = os.sched_getscheduler(int(folder.name))
    deadline = policy & ~_RESET_ON_FORK == _DEADLINE and not policy & _RESET_ON_FORK
    yield "current.deadline", deadline, f"sched_getscheduler({folder.name})"


def _machine(folder: Path) -> Found:
    sysctl = folder.parent / "sys" / "kernel"
    for path, name in (("max_threads", "threads-max"), ("pid_max", "pid_max")):
        yield f"system.{path}", int((sysctl / name).read_text()), f"{sysctl}/{name}"
    tasks = (folder.parent / "loadavg").read_text().split()[3].partition("/")[2]
    yield "system.nr_threads", int(tasks), f"{folder.parent}/loadavg"


def _debian(folder: Path) -> Found:
    place = folder.parent / "sys" / "kernel" / "unprivileged_userns_clone"
    yield "system.unprivileged_userns_clone", place.read_text().strip() != "0", str(place)


def _limits_of_namespaces(folder: Path) -> Found:
    """Yield user.max_*: of a process in the reader's own user namespace, which has no parent."""
    if not (_ns(folder, "user") == _own(folder.parent, "user") == INIT_USER_NS):
        return
    for kind in ("user", "pid", "uts", "ipc", "net", "mnt", "cgroup", "time"):
        place = folder.parent / "sys" / "user" / f"max_{kind}_namespaces"
        yield f"system.{kind}_namespaces.max", int(place.read_text()), str(place)


def _cgroup(folder: Path) -> Found:
    """Yield the pids controller's numbers, of version 2 or 1, and what stands above."""
    lines = (folder / "cgroup").read_text(encoding="utf-8").splitlines()
    entries = [line.split(":", 2) for line in lines]
    mounts = _cgroup_mounts(folder)
    for _number, controllers, path in entries:
        kind = "cgroup2" if not controllers else "pids" if "pids" in controllers.split(",") else ""
        if kind in mounts and not path.startswith("/.."):
            yield from _pids(mounts[kind], mounts[kind] / path.strip("/"))


def _cgroup_mounts(folder: Path) -> dict[str, Path]:
    """Return where the unified hierarchy and that of the pids controller are mounted."""
    found: dict[str, Path] = {}
    for line in (folder.parent / "self" / "mounts").read_text(encoding="utf-8").splitlines():
        _device, place, kind, options = line.split()[:4]
        if kind == "cgroup2":
            found.setdefault("cgroup2", Path(place))
        elif kind == "cgroup" and "pids" in options.split(","):
            found.setdefault("pids", Path(place))
    return found


def _pids(mount: Path, place: Path) -> Found:
    if (place / "pids.current").exists():
        limit = _limit(place)
        yield "current.cgroup.pids", int((place / "pids.current").read_text()), f"{place}"
        yield "current.cgroup.pids_max", limit, f"{place}/pids.max"
        above = [one for one in place.parents if one == mount or mount in one.parents]
        known = [one for one in above if (one / "pids.max").exists()]
        full = any(int((one / "pids.current").read_text()) >= _limit(one) for one in known)
        yield "current.cgroup.ancestor_full", full, f"pids.max above {place}"
    if (place / "cgroup.freeze").exists():
        frozen = (place / "cgroup.freeze").read_text().strip() == "1"
        yield "current.cgroup.frozen", frozen, f"{place}/cgroup.freeze"


def _limit(place: Path) -> int:
    try:
        said = (place / "pids.max").read_text().strip()
    except FileNotFoundError:  # the root has none
        return NO_LIMIT
    return NO_LIMIT if said == "max" else int(said)


READERS: tuple[Callable[[Path], Found], ...] = (
    _from_status, _from_limits, _uids, _user_namespace, _pid_namespace, _time_namespace, _root,
    _scheduling, _machine, _debian, _limits_of_namespaces, _cgroup,
)
"""Who reads; what one cannot read, others may."""
