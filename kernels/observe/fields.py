"""What the model says of a child (or of the changed caller) in the words of the probe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernels.cases.case import UNSET, Case, NsFd
from kernels.cases.knobs import CHILD_AT
from kernels.observe.nondeterminism import is_gone_before_the_pidfd, pf_seen, word_may_be_cleared
from model import words
from model.call import Situation
from model.child import Child, Parent, Share
from model.evaluate import Outcome
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.patches import UNBORN_PID_NS_SHOWN
from model.request import Entry
from model.setns import Joined
from model.unshare import Unshared

Row = dict[str, Any]
Field = tuple[str, Any, Any]
_NS = {Ns.SAME: "same", Ns.NEW: "new", Ns.PENDING: "for_children"}
_SPACES = ("mnt", "uts", "ipc", "cgroup", "net")
_PARENT = {Parent.CALLER: "caller", Parent.CALLERS_PARENT: "callers_parent"}


def child_fields(case: Case, start: Situation, outcome: Outcome, row: Row) -> Iterator[Field]:
    """Yield everything that is known of a child, from the model and from the probe."""
    child, seen = outcome.child, row["child"]
    if child.born_killed:
        yield "born_killed", True, not seen["alive"]
        return
    yield "alive", True, seen["alive"]
    if not seen["alive"]:
        return
    yield from _identity(case, outcome, start, row)
    yield from _sharing(child, start, seen)
    yield from _spaces(child, seen)
    yield from _inherited(case, child, seen)
    yield from _words_in_memory(case, child, outcome, seen, row)


def _identity(
    case: Case, outcome: Outcome, start: Situation, row: Row
) -> Iterator[Field]:
    child, seen = outcome.child, row["child"]
    thread = bool(child.same_thread_group)
    pid1 = bool(child.is_child_reaper) or (thread and bool(start.current.signal.unkillable))
    yield "is_child_reaper", pid1, seen["is_pid1"]
    yield "same_thread_group", thread, seen["same_tgid"]
    yield "same_thread_group (by its own pid)", not thread, seen["tid_is_pid"]
    yield "real_parent", _PARENT[Parent(int(child.real_parent))], seen["parent"]
    yield "exit_signal", child.exit_signal, seen["exit_signal"]
    yield "pid_level", child.pid_level, seen["pid_level"]
    yield "named_by_args", row["caller"]["comm"], seen["comm"]
    if seen["ret_is_tid"] is not None:
        # the caller gets the number that its own pid namespace has for the child
        twice = int(outcome.call.args.set_tid_size) > 1 and case.call.tid0 == case.call.tid1
        same = child.pid_ns == Ns.SAME or bool(twice)
        yield "pid_ns (by the number returned)", same, seen["ret_is_tid"]


def _sharing(child: Child, start: Situation, seen: Row) -> Iterator[Field]:
    shares = seen["share"]
    expected = {
        "mm": ("vm", child.mm == Share.SHARED),
        "files": ("files", child.files == Share.SHARED),
        "fs": ("fs", child.fs == Share.SHARED),
        "sighand": ("sighand", child.sighand == Share.SHARED),
        # two tasks without one look alike
        "io_context": ("io", child.io_context == Share.SHARED or not start.current.io_context),
        "sysvsem": ("sysvsem", child.sysvsem == Share.SHARED or not start.current.undo_list),
    }
    for name, (key, shared) in expected.items():
        if shares[key] is not None:
            yield name, bool(shared), shares[key]


def _spaces(child: Child, seen: Row) -> Iterator[Field]:
    spaces = seen["ns"]
    for kind in (*_SPACES, "pid", "time"):
        yield f"{kind}_ns", _NS[Ns(getattr(child, f"{kind}_ns"))], spaces[kind]
    later = "new" if child.time_ns_for_children == Ns.NEW else "same"
    yield "time_ns_for_children", later, spaces["time_for_children"]
    yield "new_user_ns", "new" if child.new_user_ns else "same", spaces["user"]


def _inherited(case: Case, child: Child, seen: Row) -> Iterator[Field]:
    yield "uid", "u" if child.uid else 0, seen["uid"][0]
    yield "euid", "u" if child.euid else 0, seen["uid"][1]
    yield "cap_effective", child.cap_effective, seen["cap"]["eff"]
    yield "ignored", child.ignored, seen["sigign"]
    yield "caught", child.caught, seen["sigcgt"]
    yield "blocked", child.blocked, seen["sigblk"]
    yield "no_new_privs", int(bool(child.no_new_privs)), seen["nnp"]
    yield "seccomp_mode", child.seccomp_mode, seen["seccomp"]
    yield "altstack", bool(child.altstack), seen["altstack"]
    yield "traced", 0, seen["tracer"]
    yield "in_target_cgroup", "target" if child.in_target_cgroup else "same", seen["cgroup"]
    if "threadkey" in seen:
        yield "thread_keyring", "own" if child.thread_keyring else "none", seen["threadkey"]
        # a keyring of its own belongs to a cred of its own
        yield "shares_cred", bool(child.shares_cred), seen["threadkey"] == "same"
    if case.caller.oom500:
        yield "oom_score_adj", child.oom_score_adj, seen["oom_score_adj"]
    if case.caller.nproc_room != UNSET:
        yield "rlim_nproc", child.rlim_nproc, seen["nproc_soft"]


def _words_in_memory(
    case: Case, child: Child, outcome: Outcome, seen: Row, row: Row
) -> Iterator[Field]:
    flags = int(outcome.call.args.flags)
    told = row["ret"] is not None
    bits = pf_seen(outcome.call.kernel)
    yield "flags", int(child.flags) & bits, seen["pflags"] & bits
    legacy_pidfd = case.call.entry == Entry.CLONE and flags & words.PIDFD
    if not legacy_pidfd:
        stored = ("ret" if told else "unknown") if child.parent_tid_stored else None
        yield "parent_tid_stored", stored, seen["parent_tid"]
    tid = "tid" if child.set_child_tid == CHILD_AT else None
    yield "set_child_tid", tid, seen["child_tid"]
    if flags & words.CHILD_CLEARTID and not word_may_be_cleared(case):
        cleared = child.clear_child_tid == CHILD_AT and child.mm == Share.SHARED
        yield "clear_child_tid", bool(cleared), seen["cleartid"]
    if not flags & words.PIDFD:
        yield "pidfd", None, seen["pidfd"]
    elif told and not is_gone_before_the_pidfd(case, int(child.exit_signal)):
        yield "pidfd", {"open": True, "cloexec": True, "is_child": True}, seen["pidfd"]


# ---- unshare() and setns() -------------------------------------------------------------


def changed_fields(case: Case, start: Situation, outcome: Outcome, row: Row) -> Iterator[Field]:
    """Yield everything that is known of the caller after unshare() or setns()."""
    seen = row.get("after")
    yield "alive", True, seen is not None
    if seen is None:
        return
    yield "cap_effective", outcome.after.cap_effective, seen["cap"]["eff"]
    if isinstance(outcome.after, Unshared):
        yield from _unshared(outcome.call.kernel, outcome.after, start, seen)
    else:
        yield from _joined(case, outcome.after, start, seen)
    yield from _helpers(outcome.after, start, seen)


def _unshared(
    kernel: Kernel, after: Unshared, start: Situation, seen: Row
) -> Iterator[Field]:
    spaces = seen["ns"]
    for kind in (*_SPACES, "pid", "time"):
        yield f"{kind}_ns", _NS[Ns(getattr(after, f"{kind}_ns"))], spaces[kind]
    yield "new_user_ns", "new" if after.new_user_ns else "same", spaces["user"]
    later = "new" if after.time_ns_for_children == Ns.NEW else "same"
    yield "time_ns_for_children", later, spaces["time_for_children"]
    # until v7.0 the link cannot be read without an init; nor could it before if none was there
    unborn = not start.current.pid_ns.child_reaper or not start.current.pid_ns.adding
    kept = ("unknown", "same") if unborn else ("same",)
    made = "new" if kernel[UNBORN_PID_NS_SHOWN] else "unborn"
    expected = (made,) if after.pid_ns_for_children == Ns.NEW else kept
    link = spaces["pid_for_children"]
    yield "pid_ns_for_children", link if link in expected else expected[0], link


def _joined(case: Case, after: Joined, start: Situation, seen: Row) -> Iterator[Field]:
    spaces = seen["ns"]
    for kind in _SPACES:
        joined = getattr(after, f"{kind}_ns") and _is_another(case, start, kind)
        yield f"{kind}_ns", "new" if joined else "same", spaces[kind]
    yield "user_ns", "new" if after.user_ns else "same", spaces["user"]
    yield "pid_ns", "same", spaces["pid"]
    time = after.time_ns and _is_another(case, start, "time")
    yield "time_ns", "new" if time else "same", spaces["time"]
    sharer = case.caller.threads or case.caller.with_fs
    if sharer and "sharer_root_moved" in seen and _root_can_be_told(case, start, after):
        yield "sharers_root_moved", bool(after.sharers_root_moved), seen["sharer_root_moved"]
    yield "time_for_children_is_active", *_later_time(case, after, start, seen)
    yield "pid_ns_for_children", *_later_pid(case, after, start, seen)


_BITS = {
    "mnt": words.NEWNS,
    "uts": words.NEWUTS,
    "ipc": words.NEWIPC,
    "cgroup": words.NEWCGROUP,
    "net": words.NEWNET,
    "time": words.NEWTIME,
    "pid": words.NEWPID,
}


def _is_another(case: Case, _start: Situation, kind: str) -> bool:
    """Return whether the namespace joined is not the one that the caller was in."""
    nsfd = NsFd(int(case.call.nsfd))
    if nsfd in (NsFd.PIDFD_CHILD, NsFd.PIDFD_OTHER):
        return bool(case.call.made & _BITS[kind])
    return nsfd in (NsFd.CHILD, NsFd.KIN, NsFd.OTHER)


def _root_can_be_told(case: Case, start: Situation, after: Joined) -> bool:
    """Return whether a root that moves is another: not where the caller's own top is joined."""
    return not after.mnt_ns or _is_another(case, start, "mnt")


def _later_time(case: Case, after: Joined, start: Situation, seen: Row) -> tuple[str, str]:
    link = seen["ns"]["time_for_children"]
    if not after.time_ns:
        return "same", link
    if _is_another(case, start, "time"):
        return "new", link
    return ("same" if start.current.nsproxy.time_for_children_is_active else "active"), link


def _later_pid(case: Case, after: Joined, start: Situation, seen: Row) -> tuple[str, str]:
    link = seen["ns"]["pid_for_children"]
    empty = not start.current.pid_ns.child_reaper or not start.current.pid_ns.adding
    if not after.pid_ns_for_children:
        return ("unknown" if empty and link == "unknown" else "same"), link
    if _is_another(case, start, "pid"):
        return "new", link
    return ("same" if start.current.nsproxy.pid_for_children_is_active else "active"), link


def _helpers(after: Any, start: Situation, seen: Row) -> Iterator[Field]:
    """What the caller still shares with its helpers."""
    lost = {
        "fs": bool(getattr(after, "fs_copied", False)),
        "files": bool(getattr(after, "files_copied", False)),
        "sysvsem": bool(start.current.undo_list) and not after.undo_list,
    }
    names = {"fs": "fs_copied", "files": "files_copied", "sysvsem": "undo_list"}
    for who in ("thread", "sibling"):
        before, now = seen.get(f"{who}_before"), seen.get(f"{who}_after")
        if not before or not now:
            continue
        for key, is_lost in lost.items():
            if before[key] and now[key] is not None:
                yield f"{names[key]} ({who})", not is_lost, now[key]
