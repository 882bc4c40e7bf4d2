"""What the kernel's clone3 selftests and LTP expect: call, caller, errno.

Facts only, in the words of ``cloneproof predict``; each row names the suite and the test that
it comes from.  Sources: tools/testing/selftests/clone3 (6.12), and in LTP
testcases/kernel/syscalls/{clone,clone3,unshare,setns}.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checker.calls.documents import from_document
from model import words
from model.call import Situation
from model.child import Share
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.predict import predict
from model.records import build
from model.request import NsFile
from model.state import Reach

Facts = dict[str, Any]

KERNELS = ("v6.1", "v6.4", "v6.12", "v6.18", "debian-6.1.192", "debian-6.12.117")
"""Kernels that the suites are for; older ones lack what some tests need."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation of a suite: what a call by a caller comes to.

    ``child`` are facts that the test asserts of the new task; ``unless`` are kernels of KERNELS
    on which the test is known to be skipped or to fail.
    """

    suite: str
    test: str
    call: Facts
    errno: str = "OK"
    child: Facts = field(default_factory=dict)
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the model predicts: the errno, and the asserted facts that differ."""

    errno: str
    wrong: dict[str, Any]


def predicted(row: Expected, kernel: Kernel) -> Found:
    """Return the model's prediction for a row on a kernel."""
    outcome: Any = predict(kernel, build(Situation, from_document(row.call)))
    errno = words.errno_name(int(outcome.errno)).replace("0", "OK")
    if errno != "OK":
        return Found(errno, {})
    made = {name: getattr(outcome.after, name) for name in row.child}
    return Found(errno, {name: made[name] for name in made if made[name] != row.child[name]})


# ---- callers ---------------------------------------------------------------------------


def _who(uid: int, euid: int, caps: Any, **more: Any) -> Facts:
    cred = {"uid": uid, "euid": euid, "cap_effective": caps}
    return {"real_cred": cred, "cred": dict(cred)} | more


def _root(**more: Any) -> Facts:
    return _who(0, 0, "all", **more)


_BUT_ADMIN = words.CAP_FULL_SET & ~words.CAP_SYS_ADMIN


def _call(
    entry: str, current: Facts | None = None, chance: Facts | None = None, /, **request: Any
) -> Facts:
    found: Facts = {"request": {"entry": entry} | request}
    if current:
        found["current"] = current
    if chance:
        found["chance"] = chance
    return found


# ---- tools/testing/selftests/clone3 ------------------------------------------------------

_SELF = "selftests/clone3"
_SIZES = (
    ("simple clone3()", 0, 88, 17, False, "OK"),
    ("clone3() in a new PID_NS", words.NEWPID, 88, 17, False, "OK"),
    ("CLONE_ARGS_SIZE_VER0", 0, 64, 17, False, "OK"),
    ("CLONE_ARGS_SIZE_VER0 - 8", 0, 56, 17, False, "EINVAL"),
    ("sizeof(struct clone_args) + 8", 0, 96, 17, False, "OK"),
    ("exit_signal with highest 32 bits non-zero", 0, 88, 0xBADC0DED00000000, False, "EINVAL"),
    ("negative 32-bit exit_signal", 0, 88, 0x80000000, False, "EINVAL"),
    ("exit_signal not fitting into CSIGNAL mask", 0, 88, 0x100, False, "EINVAL"),
    ("NSIG < exit_signal < CSIG", 0, 88, 0xF0, False, "EINVAL"),
    ("Arguments sizeof(struct clone_args) + 8", 0, 96, 0, False, "OK"),
    ("Arguments sizeof(struct clone_args) + 16", 0, 104, 0, True, "E2BIG"),
    ("Arguments sizeof(struct clone_arg) * 2", 0, 104, 0, True, "E2BIG"),
    ("Arguments > page size", 0, 4104, 17, True, "E2BIG"),
    ("CLONE_ARGS_SIZE_VER0 in a new PID NS", words.NEWPID, 64, 17, False, "OK"),
    ("CLONE_ARGS_SIZE_VER0 - 8 in a new PID NS", words.NEWPID, 56, 17, False, "EINVAL"),
    ("sizeof(struct clone_args) + 8 in a new PID NS", words.NEWPID, 96, 17, False, "OK"),
    ("Arguments > page size in a new PID NS", words.NEWPID, 4104, 17, True, "E2BIG"),
    ("New time NS", words.NEWTIME, 88, 17, False, "OK"),
    ("exit signal (SIGCHLD) in flags", 17, 88, 17, False, "EINVAL"),
)


def _selftest_sizes() -> Iterator[Expected]:
    """Yield clone3.c: the caller is root."""
    for name, flags, size, signal, tail, errno in _SIZES:
        request = {"flags": flags, "usize": size, "exit_signal": signal, "tail": tail}
        unless = ("v6.1",) if flags == words.NEWTIME else ()
        yield Expected(
            _SELF, f"clone3: {name}", _call("clone3", _root(), **request), errno, unless=unless
        )


_TID = {"set_tid": 0x4000, "exit_signal": 17}
_FREE = 30000
_PID_MAX = 4194304
_SET_TID = (
    *((f"invalid size {size}, 0 TID", 0, size, (0, 0, 0), "EINVAL") for size in (33, 64, 65)),
    *((f"invalid size {size}, 0 TID", 0, size, (0, 0, 0), "EINVAL") for size in (1344, 31)),
    *((f"invalid size {size}, TID all 1s", 0, size, (-1, -1, -1), "EINVAL") for size in (33, 64)),
    *((f"invalid size {size}, TID all 1s", 0, size, (-1, -1, -1), "EINVAL") for size in (65, 31)),
    ("invalid size 1344, TID all 1s", 0, 1344, (-1, -1, -1), "EINVAL"),
    ("valid size, 0 TID", 0, 1, (0, 0, 0), "EINVAL"),
    ("valid size, -1 TID", 0, 1, (-1, 0, 0), "EINVAL"),
    ("2 TIDs, -1 and 0", 0, 2, (-1, 0, 0), "EINVAL"),
    ("valid size, -1 TID in a new PID namespace", words.NEWPID, 1, (-1, 0, 0), "EINVAL"),
    ("duplicate PID 1 in a new PID namespace", words.NEWPID, 1, (1, 0, 0), "OK"),
    ("set TID to maximum", 0, 1, (_PID_MAX, 0, 0), "EINVAL"),
    ("set TID to maximum, new PID namespace", words.NEWPID, 1, (_PID_MAX, 0, 0), "EINVAL"),
    ("reallocate child TID", 0, 1, (_FREE, 0, 0), "OK"),
    ("duplicate child TID", words.NEWPID, 1, (_FREE, 0, 0), "EINVAL"),
    ("create PID 1 in new NS", words.NEWPID, 2, (1, _FREE, 0), "OK"),
)
_NESTED = (
    ("check leak on invalid TID -1", 0, 2, (43, -1, 0), "EINVAL"),
    ("check leak on invalid specific TID", 0, 2, (43, _FREE, 0), "OK"),
    ("create PID 2 in child NS", 0, 1, (2, 0, 0), "OK"),
    ("fail due to invalid TID at level 1", words.NEWPID, 3, (1, -1, _FREE), "EINVAL"),
    ("fail due to too few active PID NSs", words.NEWPID, 4, (1, 42, _FREE), "EINVAL"),
    ("verify that we have 3 PID NSs", words.NEWPID, 3, (1, 42, _FREE), "OK"),
)


def _tids(tids: tuple[int, int, int]) -> Facts:
    return dict(zip(("tid0", "tid1", "tid2"), tids, strict=True))


def _selftest_set_tid() -> Iterator[Expected]:
    """Yield clone3_set_tid.c: root, in the initial pid namespace and one below."""
    suite = f"{_SELF}: clone3_set_tid"
    for name, flags, size, tids, errno in _SET_TID:
        call = _call("clone3", _root(), flags=flags, set_tid_size=size, **_TID, **_tids(tids))
        yield Expected(suite, name, call, errno)
    one = _TID | {"set_tid_size": 1, "tid0": 1}
    taken = _call("clone3", _root(pid_ns={"taken": True}), **one)
    yield Expected(suite, "duplicate PID 1", taken, "EEXIST")
    pending = _root(
        nsproxy={"pid_for_children_is_active": False},
        pid_ns={"level": 1, "child_reaper": False},
    )
    again = _call("clone3", pending, **(one | {"tid0": _FREE}))
    yield Expected(suite, "duplicate PID 1 (no PID 1 yet)", again, "EINVAL")
    for name, flags, size, tids, errno in _NESTED:
        inside = _root(pid_ns={"level": 1})
        call = _call("clone3", inside, flags=flags, set_tid_size=size, **_TID, **_tids(tids))
        yield Expected(suite, name, call, errno)


def _selftest_others() -> Iterator[Expected]:
    nobody = _TID | {"set_tid_size": 1, "tid0": _FREE}
    suite = f"{_SELF}: clone3_cap_checkpoint_restore"
    without = _call("clone3", _who(65534, 65534, "none"), **nobody)
    yield Expected(suite, "without CAP_CHECKPOINT_RESTORE", without, "EPERM")
    caps = words.CAP_CHECKPOINT_RESTORE | 1 << words.Cap.SETUID | 1 << words.Cap.SETGID
    having = _call("clone3", _who(65534, 65534, caps), **nobody)
    yield Expected(suite, "with CAP_CHECKPOINT_RESTORE", having)
    suite = f"{_SELF}: clone3_clear_sighand"
    both = _call("clone3", flags=words.CLEAR_SIGHAND | words.SIGHAND, exit_signal=17)
    yield Expected(suite, "CLONE_CLEAR_SIGHAND | CLONE_SIGHAND", both, "EINVAL")
    caught = {"sighand": {"caught": "SIGUSR1|SIGUSR2"}}
    clear = _call("clone3", caught, flags=words.CLEAR_SIGHAND, exit_signal=17)
    yield Expected(suite, "CLONE_CLEAR_SIGHAND", clear, child={"caught": 0})


# ---- LTP: clone3 -------------------------------------------------------------------------

_LTP = "ltp/clone3"
_BAD_ARGS = {"fails": "copy_clone_args"}


def _ltp_clone3() -> Iterator[Expected]:
    """Yield clone301 to clone304; LTP's own struct has the 64 bytes of the first version."""
    words_ = words.PARENT_SETTID | words.CHILD_SETTID | words.PIDFD
    places = {"pidfd": 0x1000, "child_tid": 0x2000, "parent_tid": 0x3000, "usize": 64}
    for place, (flags, signal) in enumerate(
        ((0, 17), (0, 12), (words.FS, 17), (words.NEWPID, 17), (words_, 17))
    ):
        call = _call("clone3", _root(), flags=flags, exit_signal=signal, **places)
        yield Expected(_LTP, f"clone301 #{place}", call, child={"exit_signal": signal})
    plain = {"usize": 64, "exit_signal": 17}
    fails: tuple[tuple[str, Facts, Facts, str], ...] = (
        ("invalid args", {}, _BAD_ARGS, "EFAULT"),
        ("zero size", {"usize": 0}, {}, "EINVAL"),
        ("short size", {"usize": 63}, {}, "EINVAL"),
        ("extra size", {"usize": 65}, _BAD_ARGS, "EFAULT"),
        ("sighand-no-VM", {"flags": words.SIGHAND}, {}, "EINVAL"),
        ("thread-no-sighand", {"flags": words.THREAD}, {}, "EINVAL"),
        ("fs-newns", {"flags": words.FS | words.NEWNS}, {}, "EINVAL"),
        ("invalid pidfd", {"flags": words.PIDFD, "pidfd": 8}, {"fails": "put_pidfd"}, "EFAULT"),
        ("invalid signal", {"exit_signal": 0x100}, {}, "EINVAL"),
        ("zero-stack-size", {"stack": 0x600000}, {}, "EINVAL"),
        ("invalid-stack", {"stack_size": 4}, {}, "EINVAL"),
    )
    for name, request, chance, errno in fails:
        call = _call("clone3", None, chance, **(plain | request))
        yield Expected(_LTP, f"clone302: {name}", call, errno)
    target = _call("clone3", _root(), flags=words.INTO_CGROUP, exit_signal=17, cgroup=3)
    yield Expected(_LTP, "clone303: CLONE_INTO_CGROUP", target, child={"in_target_cgroup": True})
    yield from _ltp_clone304()


_SPACES = {
    "CLONE_NEWPID": words.NEWPID,
    "CLONE_NEWCGROUP": words.NEWCGROUP,
    "CLONE_NEWIPC": words.NEWIPC,
    "CLONE_NEWNET": words.NEWNET,
    "CLONE_NEWNS": words.NEWNS,
    "CLONE_NEWUTS": words.NEWUTS,
}


def _ltp_clone304() -> Iterator[Expected]:
    """Yield clone304: in a new user namespace, CAP_SYS_ADMIN dropped; pid 1 is asked for."""
    cred = {"uid": 0, "euid": 0, "cap_effective": _BUT_ADMIN}
    inside = cred | {"user_ns": {"level": 1}}
    outer = {"user_ns_reach": int(Reach.OUTSIDE), "parent_reach": int(Reach.OUTSIDE)}
    who = {"real_cred": inside, "cred": dict(inside), "pid_ns": outer | {"taken": True}}
    tid = {"set_tid": 0x4000, "set_tid_size": 1, "tid0": 1}
    for name, flags in _SPACES.items():
        yield Expected(_LTP, f"clone304: {name}", _call("clone3", who, flags=flags), "EPERM")
    for name, flags in ({**_SPACES, "0": 0}).items():
        call = _call("clone3", who, flags=flags, **tid)
        yield Expected(_LTP, f"clone304: {name}, set_tid_size = 1", call, "EPERM")


# ---- LTP: clone, unshare, setns ----------------------------------------------------------


def _ltp_clone() -> Iterator[Expected]:
    suite, stack = "ltp/clone", {"stack": 0x600000}
    everything = words.VM | words.FS | words.FILES | words.SIGHAND
    shared = dict.fromkeys(("mm", "fs", "files", "sighand"), int(Share.SHARED))
    copied = dict.fromkeys(("mm", "fs", "files", "sighand"), int(Share.COPIED))
    thread = words.THREAD | words.SIGHAND | words.VM | words.CHILD_CLEARTID
    made: tuple[tuple[str, int, Facts], ...] = (
        ("clone01", 0, {"exit_signal": 17}),
        ("clone02: all shared", everything, shared),
        ("clone02: none shared", 0, copied),
        ("clone08: CLONE_PARENT", words.PARENT, {"real_parent": 1}),
        ("clone08: CLONE_CHILD_SETTID", words.CHILD_SETTID, {"set_child_tid": 0x2000}),
        (
            "clone08: CLONE_PARENT_SETTID",
            words.PARENT_SETTID | words.VM,
            {"parent_tid_stored": True},
        ),
        ("clone08: CLONE_THREAD", thread, {"same_thread_group": True, "clear_child_tid": 0x2000}),
    )
    places = {"child_tid": 0x2000, "parent_tid": 0x3000}
    for name, flags, child in made:
        call = _call("clone", flags=flags | 17, **stack, **places)
        yield Expected(suite, name, call, child=child)
    for name, flags in _SPACES.items():
        call = _call("clone", _who(0, 0, _BUT_ADMIN), flags=flags, **stack)
        yield Expected(suite, f"clone11: {name}", call, "EPERM")


def _ltp_unshare() -> Iterator[Expected]:
    suite = "ltp/unshare"
    for name, flags in (("FILES", words.FILES), ("FS", words.FS), ("NEWNS", words.NEWNS)):
        yield Expected(suite, f"unshare01: CLONE_{name}", _call("unshare", _root(), flags=flags))
    every = _call("unshare", _root(), flags=2**64 - 1)
    yield Expected(suite, "unshare02: -1", every, "EINVAL")
    yield Expected(suite, "unshare02: 0", _call("unshare", _root(), flags=0))
    nobody = _call("unshare", _who(65534, 65534, "none"), flags=words.NEWNS)
    yield Expected(suite, "unshare02: CLONE_NEWNS as nobody", nobody, "EPERM")
    sharing = _call("unshare", _root(fs_users=2), flags=words.NEWNS)
    told = {"fs_copied": True, "mnt_ns": int(Ns.NEW)}
    yield Expected(suite, "unshare04: CLONE_NEWNS while fs is shared", sharing, child=told)
    pid = _call("unshare", _root(), flags=words.NEWPID)
    yield Expected(suite, "unshare05: CLONE_NEWPID", pid, child={"pid_ns": int(Ns.SAME)})
    first = _root(
        nsproxy={"pid_for_children_is_active": False},
        pid_ns={"level": 1, "child_reaper": False},
    )
    child = {"is_child_reaper": True}
    yield Expected(suite, "unshare05: the first child is pid 1", _call("fork", first), child=child)


_TYPES = ("NEWIPC", "NEWNS", "NEWNET", "NEWPID", "NEWUTS")
"""The namespaces that setns01 opens, in its order; the next one is its mismatch."""


def _setns(current: Facts, flags: int, **target: Any) -> Facts:
    return _call("setns", current, flags=flags, target=target)


def _ltp_setns() -> Iterator[Expected]:
    suite = "ltp/setns"
    bits = {name: int(words.Flag[name]) for name in _TYPES}
    for place, name in enumerate(_TYPES):
        other = bits[_TYPES[(place + 1) % len(_TYPES)]]
        own = {"type": bits[name], "active_pid_ns": name == "NEWPID"}
        closed = _setns(_root(), bits[name], file=int(NsFile.CLOSED))
        regular = _setns(_root(), bits[name], file=int(NsFile.OTHER))
        yield Expected(suite, f"setns01: invalid fd, {name}", closed, "EBADF")
        yield Expected(suite, f"setns01: regular file fd, {name}", regular, "EINVAL")
        for what, flags in (("invalid ns_type", 0xFFFFFFFF), ("mismatch ns_type/fd", other)):
            call = _setns(_root(), flags, **own)
            yield Expected(suite, f"setns01: {what}, {name}", call, "EINVAL")
        nobody = _setns(_who(0, 65534, "none"), bits[name], **own)
        yield Expected(suite, f"setns01: without CAP_SYS_ADMIN, {name}", nobody, "EPERM")
    for name in ("NEWUTS", "NEWIPC"):
        for flags in (bits[name], 0):
            call = _setns(_root(), flags, type=bits[name])
            told = {f"{name[3:].lower()}_ns": True}
            yield Expected(suite, f"setns02: {name}, ns_type {flags:#x}", call, child=told)


def rows() -> list[Expected]:
    """Return every expectation."""
    return [
        *_selftest_sizes(),
        *_selftest_set_tid(),
        *_selftest_others(),
        *_ltp_clone3(),
        *_ltp_clone(),
        *_ltp_unshare(),
        *_ltp_setns(),
    ]
