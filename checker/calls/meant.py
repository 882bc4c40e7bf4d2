"""Facts by what they mean: what somebody may have meant by a name that is none."""

from __future__ import annotations

import re

from checker.ground.meaning import near
from checker.ground.problems import nearest

MOST = 2
"""Facts that are suggested."""

_FACTS = (
    (r"rlim\w*nproc|nproc\w*lim|ulimit", "current.signal.rlim_nproc"),
    (r"threads\W?_?max", "system.max_threads"),
    (r"max_(user|pid|uts|ipc|net|mnt|cgroup|time)_namespaces", r"system.\1_namespaces.max"),
    (r"(user|pid|uts|ipc|net|mnt|cgroup|time)_namespaces_max", r"system.\1_namespaces.max"),
    (r"^current\.(user_?ns|userns)\b.*|(user_?ns|userns).*(level|depth)|(level|depth).*user",
     "current.real_cred.user_ns.level"),
    (r"pids\W?_?max|cgroup\W?_?max", "current.cgroup.pids_max"),
    (r"pids\W?_?current", "current.cgroup.pids"),
    (r"\bnnp\b", "current.no_new_privs"),
    (r"chroot", "current.chrooted"),
    (r"\bcap(s|_?eff|abilities)?\b", "current.real_cred.cap_effective"),
    (r"\b(uid|euid)\b", r"current.real_cred.\1"),
    (r"pid_?ns.*init|init.*(dead|gone|died)", "current.pid_ns.adding"),
)
"""What people call facts, by the words of commands and of files in /proc and /sys."""

_NO_FACTS = (
    (
        r"apparmor|selinux|smack|landlock|lsm|security",
        "security modules are no facts: that one refuses is chance.fails = "
        "security_create_user_ns or security_task_alloc, with chance.errno",
    ),
    (
        r"filter|syscall",
        "a filter's answer is no fact, for it comes before the call: current.seccomp_mode is one",
    ),
    (r"config", "what a kernel is built without is no fact: every kernel here has all namespaces"),
    (
        r"free_?mem|out_?of_?mem|mem(info|avail)|\boom\b|\bram\b|memcg",
        "memory is no fact: that an allocation fails is chance.fails = dup_task_struct, dup_mm …",
    ),
)
"""What people ask for that is no fact, and what stands for it."""


def meant(path: str, known: dict[str, str]) -> str:
    """Return what to say of a name that is no fact, beginning with ``;``.

    ``known`` are the facts, each with what it says of itself.
    """
    for words, says in _NO_FACTS:
        if re.search(words, path.lower()):
            return f"; {says}"
    for looks, fact in _FACTS:
        found = re.search(looks, path.lower())
        if found:
            return f"; did you mean {found.expand(fact)}?"
    lists = "; `cloneproof predict --schema` lists facts"
    return _spelled(path, list(known)) or _in_meaning(path, known) or lists


def _spelled(path: str, known: list[str]) -> str:
    """Return the fact that is but a slip away; nothing where there is none."""
    close = nearest(path, known)
    last, other = (name.removesuffix("?").rpartition(".")[2] for name in (path, close))
    return close if nearest(last, [other]) and abs(len(last) - len(other)) <= 2 else ""


def _in_meaning(path: str, known: dict[str, str]) -> str:
    """Return the facts that say of themselves what a name says, those of the same group first."""
    group, _, last = path.rpartition(".")
    texts = {name: [(3, name.rpartition(".")[2]), (2, name), (1, doc)]
             for name, doc in known.items() if not name.startswith("current.cred.")}
    scored = near(last, texts)
    scored.sort(key=lambda pair: -pair[1] * (2 if pair[0].startswith(group.split(".")[0]) else 1))
    found = [f"{name} ({known[name]})" for name, _ in scored[:MOST]]
    return f"; nearest in meaning: {', '.join(found)}" if found else ""
