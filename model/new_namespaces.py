"""create_new_namespaces(): what clone() and unshare() have in common.

kernel/nsproxy.c:create_new_namespaces makes or shares each namespace of a new nsproxy in one
order, and gives back on an error in the opposite one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum

from model import words
from model.algebra import Word, both, has, no, when_word
from model.call import Call
from model.patches import WITHOUT_CGROUPS
from model.rows import (
    Condition,
    Effect,
    GivenBack,
    Happens,
    Rejection,
    Row,
    decides,
    gives_back,
    hands_over,
    takes,
)
from model.rules import namespaces

_NSPROXY = "kernel/nsproxy.c:create_new_namespaces"


class Ns(IntEnum):
    """Which namespace the child is in."""

    SAME = 0
    """The caller's."""
    NEW = 1
    """Made by this call."""
    PENDING = 2
    """The one the caller had set aside for its children."""


_MADE: list[tuple[str, str, list[Rejection]]] = [
    (
        "mount namespace",
        "out_ns",
        [namespaces.too_many_mount_namespaces, namespaces.mount_namespace_cannot_be_copied],
    ),
    (
        "UTS namespace",
        "out_uts",
        [
            namespaces.kernel_has_no_uts_namespaces,
            namespaces.too_many_uts_namespaces,
            namespaces.uts_namespace_cannot_be_allocated,
        ],
    ),
    (
        "IPC namespace",
        "out_ipc",
        [
            namespaces.kernel_has_no_ipc_namespaces,
            namespaces.too_many_ipc_namespaces,
            namespaces.ipc_namespace_cannot_be_made,
        ],
    ),
    (
        "pid namespace",
        "out_pid",
        [
            namespaces.kernel_has_no_pid_namespaces,
            namespaces.second_pid_namespace_before_the_first_has_a_child,
            namespaces.pid_namespace_of_a_stranger_would_be_nested,
            namespaces.pid_namespaces_nest_invalidly_deep,
            namespaces.pid_namespaces_nest_too_deep,
            namespaces.too_many_pid_namespaces,
            namespaces.pid_namespace_cannot_be_allocated,
        ],
    ),
    (
        "cgroup namespace",
        "out_cgroup",
        [namespaces.too_many_cgroup_namespaces, namespaces.cgroup_namespace_cannot_be_allocated],
    ),
    (
        "network namespace",
        "out_net",
        [
            namespaces.kernel_has_no_network_namespaces,
            namespaces.too_many_network_namespaces,
            namespaces.network_namespace_cannot_be_set_up,
        ],
    ),
    (
        "time namespace",
        "out_time",
        [
            namespaces.kernel_has_no_time_namespaces,
            namespaces.too_many_time_namespaces,
            namespaces.time_namespace_cannot_be_allocated,
        ],
    ),
]
"""Each namespace in the kernel's order, where its errors go, and what they are."""


def making_namespaces(
    wanted: Condition, on_error: str, mounted: Happens | None = None
) -> Iterator[Row]:
    """Yield the rows from the nsproxy to the last namespace, for callers with ``wanted``.

    ``on_error`` is the caller's own label; ``mounted`` happens once the mounts are copied.
    """
    yield takes("new nsproxy", at=_NSPROXY, condition=wanted)
    for resource, label, refusals in _MADE:
        for row in refusals:
            yield row.to(f"create_new_namespaces.{label}", on_error)
        yield takes(resource, at=_NSPROXY, condition=wanted)
        if mounted and resource == "mount namespace":
            yield mounted
    for resource in ("new nsproxy", *(made for made, _, _ in _MADE)):
        yield hands_over(resource, at=_NSPROXY)


BACK_OUT: list[tuple[str, list[GivenBack]]] = [
    ("out_time", [gives_back("network namespace")]),
    ("out_net", [gives_back("cgroup namespace")]),
    ("out_cgroup", [gives_back("pid namespace")]),
    ("out_pid", [gives_back("IPC namespace")]),
    ("out_ipc", [gives_back("UTS namespace")]),
    ("out_uts", [gives_back("mount namespace")]),
    ("out_ns", [gives_back("new nsproxy")]),
]
"""The error labels, in the order they fall through."""


def _named_by(flag: int) -> Callable[[Call], Word]:
    def made(call: Call) -> Word:
        return when_word(8, has(call.args.flags, flag), int(Ns.NEW), int(Ns.SAME))

    made.__doc__ = f"{words.flag_names(flag)} makes one."
    return made


@decides("cgroup_ns", at="kernel/cgroup/namespace.c:copy_cgroup_ns")
def cgroup_ns(call: Call) -> Word:
    """CLONE_NEWCGROUP makes one; before v4.6, or without CONFIG_CGROUPS, it means nothing."""
    made = both(namespaces.wants_cgroup_ns(call), no(call.kernel[WITHOUT_CGROUPS]))
    return when_word(8, made, int(Ns.NEW), int(Ns.SAME))


NAMED_BY_FLAGS: list[Effect] = [
    *(
        decides(field, at=place)(_named_by(flag))
        for field, flag, place in (
            ("mnt_ns", words.NEWNS, "fs/namespace.c:copy_mnt_ns"),
            ("uts_ns", words.NEWUTS, "kernel/utsname.c:copy_utsname"),
            ("ipc_ns", words.NEWIPC, "ipc/namespace.c:copy_ipcs"),
            ("net_ns", words.NEWNET, "net/core/net_namespace.c:copy_net_ns"),
        )
    ),
    cgroup_ns,
]
"""The namespaces that a flag decides: none of them waits for children."""
