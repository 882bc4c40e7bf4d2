"""What programs say where a call of theirs failed: which call that most likely was.

A message names no arguments.  So it answers nothing; it is told how to ask.
"""

from __future__ import annotations

import re
from shlex import quote

from checker.strace.facts import error_in
from model.words import Flag

_STRACE = "strace -f -o LOG -e trace=clone,clone3,fork,vfork,unshare,setns PROGRAM"

_SYSCALL = re.compile(r"\b(__(x64|arm64|do|se)_)?k?sys_")
"""What the kernel puts before the name of a system call."""

_GO_THREAD = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM"
_NEW = "CLONE_NEWUSER|CLONE_NEWNS|SIGCHLD"
_SPAWNED = "CLONE_VM|CLONE_VFORK|CLONE_PIDFD|CLONE_INTO_CGROUP"
_MEANT: tuple[tuple[str, str, str], ...] = (
    (r"new os thread", "clone", _GO_THREAD),
    (r"fork/exec", "clone", "CLONE_VM|CLONE_VFORK|SIGCHLD"),
    (r"kvm_create_vm", "kvm_create_vm", ""),
    (r"kvm_run|kvm run failed", "kvm_run", ""),
    (r"vhost_set_owner|start vhost", "vhost_set_owner", ""),
    (r"create_io_thread|\biou-(wrk|sqp)", "create_io_thread", ""),
    (r"pthread_create|(start|create|creating|spawn) (\w+ ){0,3}thread|thread creation|std::thread"
     r"|std::system_error", "pthread_create", ""),
    (r"pidfd_spawn", "clone3", _SPAWNED),
    (r"posix_spawn", "posix_spawn", ""),
    (r"\bclone3\b", "clone3", ""),
    (r"no usable sandbox", "clone", "CLONE_NEWUSER|SIGCHLD"),
    (r"new namespace|\bclone\b", "clone", _NEW),
    (r"unshare|user namespacing", "unshare", "CLONE_NEWUSER"),
    (r"status=226/namespace|failed at step namespace|mount namespacing", "unshare", "CLONE_NEWNS"),
    (r"setns|nsenter|reassociate|(set|sett|enter|join|switch)(ing)? (in|to|into)?\s?(the )?"
     r"\w*\s?namespace", "setns", "CLONE_NEWNS"),
    (r"\bexecve(at)?\(|status=203/exec|failed at step exec|exec failed"
     r"|(cannot|could not|unable to|failed to) exec",
     "execve", ""),
    (r"\bset(re|res)?uid\b|cannot set (user )?id|\bsu: ", "setuid", ""),
    (r"\bfork|can'?t create process|spawn", "fork", ""),
)
"""What is said, in small letters, and the call that is mostly behind it, with its flags."""


_SPACES = {
    "user": "CLONE_NEWUSER", "mnt": "CLONE_NEWNS", "mount": "CLONE_NEWNS", "pid": "CLONE_NEWPID",
    "net": "CLONE_NEWNET", "network": "CLONE_NEWNET", "ipc": "CLONE_NEWIPC",
    "uts": "CLONE_NEWUTS", "cgroup": "CLONE_NEWCGROUP", "time": "CLONE_NEWTIME",
}
_KINDS = "|".join(_SPACES)
_SPACE = re.compile(rf"(?:\bns/|\s--)({_KINDS})\b|\b({_KINDS})(?:ns\b| namespace)")
_AFTERWARDS = (
    "there the namespace was made, and the write of its map refused: `cloneproof why --entry "
    "unshare --flags CLONE_NEWUSER --errno 0` tells what leaves a namespace without power"
)
"""Of what fails in a namespace that is there, which no call that makes one says."""

_REFUSED = r"thread|rejected by pids controller"
"""What is said where EAGAIN is meant, and not told."""

_REJECTED = re.compile(r"fork rejected by pids controller in (\S{1,200})")
"""kernel/cgroup/pids.c:pids_event, by pr_cont_cgroup_path()."""

_SAID_FLAGS = re.compile(r"CLONE_[A-Z0-9_]+|\bSIG[A-Z]+")


def how_to_ask(message: str) -> str:
    """Return how to ask about the call behind a message; nothing where none is known."""
    text = _SYSCALL.sub("", message.lower())
    rejected = _REJECTED.search(message)
    if rejected:
        return _of_pids(rejected[1])
    if re.search(r"\b[ug]id_map\b|\bnew[ug]idmap\b", text):
        return _AFTERWARDS
    found = next((one for one in _MEANT if re.search(one[0], text)), None)
    if found is None:
        return _of_no_call(message)
    _pattern, entry, flags = found
    said = _said(message)
    errno = error_in(message) or ("EAGAIN" if re.search(_REFUSED, text) else "")
    words = [f"--entry {entry}", *([f"--flags {quote(said or flags)}"] if said or flags else []),
             f"--errno {errno or 'ERRNO'}"]
    guess = " (if those were its flags)" if flags and not _SAID_FLAGS.search(message) else ""
    return (f"that is what a program says, not the call: `cloneproof why {' '.join(words)}`"
            f"{guess}, or take the line of `{_STRACE}`")


def _of_pids(cgroup: str) -> str:
    """Return what stands behind a line of the kernel's own log, which names the rule."""
    place = f"/sys/fs/cgroup{cgroup.rstrip('/')}" if cgroup.startswith("/") else "its cgroup"
    return (f"that is the kernel's own word (kernel/cgroup/pids.c): EAGAIN, by the rule 'cgroup "
            f"has all the tasks it may'; threads count: cat {place}/pids.max {place}/pids.current, "
            "and of each cgroup above it (v1: /sys/fs/cgroup/pids); `cloneproof why --entry fork "
            "--errno EAGAIN` tells what it takes")


def _of_no_call(message: str) -> str:
    """Return how to ask where an error is told and no call; nothing where there is none."""
    errno = error_in(message) if ": " in message else ""
    ask = f"cloneproof why --entry ENTRY --errno {errno}"
    return errno and (f"that says {errno}, not of which call: `{ask}` (fork, pthread_create, "
                      f"posix_spawn, execve, …), or take the line of `{_STRACE}`")


def _said(message: str) -> str:
    """Return the flags that a message says itself, or that its namespaces come to."""
    known = {*Flag.__members__}
    said = [one for one in _SAID_FLAGS.findall(message)
            if one.removeprefix("CLONE_") in known or one.startswith("SIG")]
    spaces = (_SPACES[next(filter(None, one))] for one in _SPACE.findall(message.lower()))
    return "|".join(dict.fromkeys(said or spaces))
