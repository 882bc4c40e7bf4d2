"""Addresses as far as they count: whether they are there, are another's, lie in user memory."""

from __future__ import annotations

from checker.smallest.cost import Values
from model.words import CLONE_ARGS_SIZE_VER2, INT_MAX, TASK_SIZE_MAX

_ADDRESSES = ("pidfd", "parent_tid", "child_tid", "set_tid")
_ADDRESS = 8
_SIZE = 8
"""Small numbers, which the order of calls prefers."""
_ENDS = (TASK_SIZE_MAX - 1, TASK_SIZE_MAX, 2**63 - 1, 2**64 - 1)
"""What the end of a stack is compared with: user memory, the sign, what an address can be."""


def _placed(end: int) -> int:
    """Return where a stack of _SIZE bytes lies that ends as one does, as far as that counts."""
    beyond = [bound for bound in _ENDS if end > bound]
    return _ADDRESS if not beyond else beyond[-1] + 1 - _SIZE


_SET_TID_AT, _CGROUP_AT = 64, 80


def _cut(given: Values, offset: int) -> bool:
    """Return whether the struct ends inside a field, so that a part of its bytes is seen."""
    return 0 < int(given.get("request.usize", CLONE_ARGS_SIZE_VER2)) - offset < _SIZE


def plain(given: Values) -> Values:
    """Return the facts of a call with addresses that say nothing made the same in all calls.

    What counts of an address is whether it is there, whether it is another's, and whether it lies
    in user memory; of a descriptor, whether it is one.
    """
    made = dict(given)
    seen: dict[int, int] = {}
    for name in _ADDRESSES:
        path = f"request.{name}"
        if given.get(path) and not (name == "set_tid" and _cut(given, _SET_TID_AT)):
            made[path] = seen.setdefault(given[path], _ADDRESS * (len(seen) + 1))
    stack, size = given.get("request.stack"), given.get("request.stack_size", 0)
    if stack is not None:
        made["request.stack"] = _ADDRESS if stack else 0
        made["request.stack_size"] = _SIZE if size else 0
        if stack and size:
            made["request.stack"] = _placed(stack + size)
    cgroup = given.get("request.cgroup", 0)
    if 0 < cgroup <= INT_MAX and not _cut(given, _CGROUP_AT):
        made["request.cgroup"] = 3
    return made
