"""What statements are about: the kernel's nouns, read from what each says itself.

Nobody files a statement under a noun.  A statement is about a noun if that, or a name that
the kernel has for it, occurs in its sentence, its text, its source, the system whose histories
it speaks of, or among the names that its function uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import Any

from properties.claim import Stated

NOUNS: dict[str, str] = {
    # who makes tasks
    "clone3": "clone3|clone args|set tid size|cgroup fd",
    "execve": "execve|execute|executes|executed|executing|execing|de thread|begin new exec|exec id",
    "fork and vfork": "forks?|forking|forked|vfork|vforks",
    "setns": "setns|joins|joining|join a",
    "unshare": "unshares?|unshared|unsharing",
    # workers
    "io_uring": "io uring|io wq|io workers?|io threads?|sqpoll|create io thread|pf io worker",
    "kthread": "kthreads?|kthreadd|kernel threads?|pf kthread",
    "KVM": "kvm|kvms|virtual machines?|recovery threads?",
    "user worker": "user workers?|pf user worker|workers?",
    "vhost": "vhost|vhost tasks?|vhost workers?|vhost uses task",
    # limits
    "pids.max": "pids max|pids cgroup|pids can fork|pids cancel fork",
    "RLIMIT_NPROC": "rlimit nproc|rlim nproc|nproc|process limits?|over its limit|over limit|"
    "pf nproc exceeded|charges?|charged|within its limit|the limit",
    "RLIMITs": "rlimits|rlimits shared|rlim",
    "threads-max": "threads max|max threads|thread limit",
    "ucounts": "ucounts|inc ucount|dec ucount|max user namespaces|counts?",
    # cgroups, freezing, suspend
    "cgroup": "cgroups?|css sets?|clone into cgroup|into cgroup",
    "cgroup freezer": "cgroup freeze|frozen|freezes?|freezing|thaws?|thawed|trapped|trap",
    "cgroup.kill": "cgroup kill|cgroup kills|kill seq|killing|kill of its cgroup",
    "suspend": "suspends?|suspending|refrigerator|freezable|nofreeze|set freezable",
    # namespaces
    "cgroup namespace": "cgroup namespaces?|newcgroup|cgroup ns",
    "ipc namespace": "ipc namespaces?|newipc|ipc ns",
    "mount namespace": "mount namespaces?|newns|mnt ns",
    "net namespace": "net namespaces?|network namespaces?|newnet|net ns",
    "pid namespace": "pid namespaces?|newpid|pid ns|ns last pid|child reaper|pid for children",
    "time namespace": "time namespaces?|newtime|time ns|time for children",
    "user namespace": "user namespaces?|newuser|user ns|userns|namespaces creator|nested",
    "uts namespace": "uts namespaces?|newuts|uts ns|hostname",
    "namespaces": "namespaces|namespace|nsproxy",
    # how the kernel is built
    "configuration": "configurations?|kconfig|options|built without|left out",
    # who one is
    "capabilities": "capabilit(?:y|ies)|capable|cap [a-z]+ [a-z]+|cap effective|privileged?|"
    "unprivileged|capable user",
    "credentials": "creds?|credentials|euid|fsuid|set uid|setuid|real uid|real cred|user changes",
    "keyrings": "keyrings?|session keyring|thread keyring|request key",
    "no_new_privs": "no new privs",
    "seccomp": "seccomp",
    # what is shared
    "block plug": "plugs?|pf block ts|plug time",
    "address space": "address spaces?|mm|clone vm|vm|share vm|thp|ksm",
    "files": "files|file descriptors?|descriptors?|clone files|fds?|device file",
    "root and working directory": "root directory|working directory|umask|clone fs|fs|chroot\\w*|"
    "shares? a root|shares? its root",
    "semaphores": "sysvsem|semadj|semaphores?|sem undo",
    "io context": "io context|clone io",
    "signal handlers": "signal handlers?|handlers?|sighand|clone sighand|clear sighand|caught",
    "thread group": "thread groups?|threads?|clone thread|same thread group|tgid|leaders?",
    # family
    "parent": "parents?|clone parent|real parent|siblings?|reapers?",
    "pids": "set tid|tids?|child tid|parent tid|pid number|alloc pid|a pid|pids|pid of|its pid",
    "pidfd": "pidfds?|clone pidfd|pidfd prepare",
    "ptrace": "ptrace|ptraced|traced|tracers?|clone ptrace|untraced",
    "wait": "zombies?|reaped|reaping|reaps|release task|orphans?|orphaned|sigchld|wait4|waited for",
    # signals and ends
    "core dump": "core dumps?|coredump|dumps?|dumped|dumping",
    "exit": "exits?|exited|exiting|dies|died|do exit|exit signal|group exit",
    "signals": "signals?|sigkill|sigstop|exit signal|csignal|blocked|sigpending|signal masks?",
    # one call, looked at closely
    "arguments": "arguments?|flag words?|legacy|ignored|reserved|csignal|stack size",
    "failures": "leaks?|hands? back|undo\\w*|gives? back|takes? back|errors?|failed",
    "memory for a task": "task structs?|thread stack|vmalloc\\w*|out of memory|enomem|oom\\w*",
    "order of tests": "order",
    "scheduling": "sched\\w*|nice|priority|timers?|timerslack|reset on fork|cpus?|numa|blkio",
    "names and audit": "comm|audit\\w*|personality|borne|loginuid|proc events?",
}
"""The nouns, each with the words (of letters and digits, in lower case) that speak of it."""


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {noun: re.compile(rf" (?:{words}) ") for noun, words in NOUNS.items()}


def _plain(text: str) -> str:
    """Return the words of a text, in lower case, a blank between; folders of files are none."""
    return f" {re.sub('[a-z_0-9]+/|[^a-z0-9]+', ' ', text.lower())} "


def _said(one: Stated) -> Iterator[str]:
    yield from (one.sentence, one.doc, one.source, one.statement.__module__)
    yield getattr(getattr(one, "system", None), "about", "")
    yield getattr(getattr(one, "subject", None), "value", "")
    yield from _names(one.statement)


def _names(function: Any) -> Iterator[str]:
    """Yield the names that a function uses, and those inside of it."""
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    if isinstance(code, CodeType):
        yield from _of_code(code)


def _of_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _of_code(inner)


@cache
def nouns_of(one: Stated) -> tuple[str, ...]:
    """Return the nouns that a statement is about, in the order of :data:`NOUNS`."""
    text = "|".join(map(_plain, _said(one)))
    return tuple(noun for noun, pattern in _patterns().items() if pattern.search(text))

