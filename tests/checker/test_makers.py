"""What Red Hat's kernels do that no release ever did: by hand, of what was read in their C."""

from __future__ import annotations

from typing import Any

import pytest

from checker.calls.answer import answer

ROOT = {"uid": 0, "euid": 0, "cap_effective": "all"}
OFF = {"request": {"entry": "unshare", "flags": "CLONE_NEWUSER"},
       "system": {"user_namespaces": {"max": 0}}}
NESTED = OFF | {"current": {"real_cred": {"user_ns": {"level": 1}}}}
FULL = OFF | {"system": {"user_namespaces": {"max": 5, "count": 5}}}
PENDING = {"request": {"entry": "clone", "flags": "CLONE_VM|CLONE_NEWIPC"},
           "current": {"real_cred": ROOT, "nsproxy": {"time_for_children_is_active": False}}}
OWN_MEMORY = PENDING | {"request": {"entry": "clone", "flags": "CLONE_NEWIPC"}}
HELPER = {"request": {"entry": "user_mode_thread"}, "current": {"flags": "PF_KTHREAD"}}


@pytest.mark.parametrize(
    ("kernel", "call", "fact", "says"),
    [
        ("3.10.0-1127.el7", OFF, "errno", "EINVAL"),
        ("3.10.0-1160.119.1.el7", OFF, "errno", "EINVAL"),
        ("3.10.0-1160.119.1.el7", NESTED, "errno", "ENOSPC"),
        ("3.10.0-1160.119.1.el7", FULL, "errno", "ENOSPC"),
        ("4.18.0-553.el8_10", OFF, "errno", "ENOSPC"),
        ("5.14.0-362.24.1.el9_3", PENDING, "time_ns", "same"),
        ("5.14.0-427.13.1.el9_4", PENDING, "time_ns", "pending"),
        ("5.14.0-570.32.1.el9_6", PENDING, "time_ns", "pending"),
        ("5.14.0-362.24.1.el9_3", OWN_MEMORY, "time_ns", "pending"),
        ("6.12.0-55.9.1.el10_0", PENDING, "time_ns", "same"),
        ("5.14.0-284.30.1.el9_2", HELPER, "flags", "PF_FORKNOEXEC|PF_KTHREAD"),
        ("5.14.0-570.32.1.el9_6", HELPER, "flags", "PF_FORKNOEXEC|PF_KTHREAD"),
        ("6.12.0-55.9.1.el10_0", HELPER, "flags", "PF_FORKNOEXEC"),
    ],
)
def test_what_a_makers_kernel_says(
    kernel: str, call: dict[str, Any], fact: str, says: str
) -> None:
    found = answer({"kernel": kernel, **call})
    assert found.get(fact, found.get("child", {}).get(fact)) == says
