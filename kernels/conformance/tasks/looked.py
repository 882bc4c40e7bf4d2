"""What the probe's tasks say of themselves: the values of a list, by name (probe/tasks_look.c)."""

from __future__ import annotations

from typing import Any

from model.carried import Carried

Values = dict[str, Any]
_RESET = 0x40000000
_LIMITS = "limits"
LOOK = (
    "leads", "threads", "uid", "euid", "suid", "fsuid", "gid", "egid", "sgid", "fsgid", "groups",
    "inheritable", "permitted", "effective", "bounding", "ambient", "securebits", "no_new_privs",
    "dumpable", "subreaper", "pdeath_signal", "personality", "marked", _LIMITS,
)
"""What ``look`` says, in its order."""

CLOSELY = (
    *LOOK, "policy", "priority", "nice", "affinity", "slack", "ioprio", "name", "umask",
    "coredump_filter", "thp_disable", "mdwe", "memory_merge", "mempolicy", "tsc", "mce_kill",
    "io_flusher", "speculation", "oom_score_adj", "blocked", "pending", "shared_pending",
    "altstack", "timer", "session", "group", "in_procs", "in_threads",
)
"""What ``closely`` says."""

_TRUTHS = ("leads", "no_new_privs", "subreaper", "marked", "altstack", "timer")


def looked(said: list[Any], names: tuple[str, ...] = LOOK) -> Values:
    """Return a list by its names, limits unsigned; raise ``ValueError`` for a list of others."""
    values: Values = dict(zip(names, said, strict=True))
    for name in _TRUTHS:
        if name in values:
            values[name] = bool(values[name])
    values[_LIMITS] = tuple(one % 2**64 for one in values[_LIMITS])
    values["groups"] = tuple(values["groups"])
    return values


def carried(said: list[Any], default_slack: int) -> Carried:
    """Return a close look as the model has it."""
    values = looked(said, CLOSELY)
    own = {name: values[name] for name in CLOSELY if name in Carried.__dataclass_fields__}
    ids = LOOK.index("uid")
    sets = LOOK.index("inheritable")
    policy = own.pop("policy")
    return Carried(
        **own, default_slack=default_slack,
        policy=policy & ~_RESET, reset_on_fork=bool(policy & _RESET),
        ids=tuple(said[ids:ids + 8]), capabilities=tuple(said[sets:sets + 5]),
    )
