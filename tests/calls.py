"""Random kernels, callers and calls."""

from typing import Any

from hypothesis import strategies as st

from checker.readings.space import all_leaves
from model.kernel import Kernel
from model.patches import COMMITS
from model.records import BOOL, Leaf
from model.request import Entry
from model.revisions import REVISIONS
from model.state import Fallible
from model.words import Flag

named = st.sampled_from(sorted(REVISIONS)).map(lambda name: REVISIONS[name].kernel)
any_set = st.sets(st.sampled_from(COMMITS)).map(lambda chosen: Kernel.of("some", chosen))
kernels = st.one_of(named, named, any_set)

_FLAGS = st.lists(st.sampled_from(list(Flag)), max_size=6).map(lambda flags: int(sum(set(flags))))
_RAW = {
    "request.flags": st.one_of(
        _FLAGS, _FLAGS.map(lambda flags: flags | 17), st.integers(0, 2**64 - 1)
    ),
    "request.usize": st.sampled_from([0, 63, 64, 65, 71, 72, 79, 80, 87, 88, 89, 4096, 4097]),
    "request.exit_signal": st.sampled_from([0, 1, 17, 64, 65, 255, 256, 2**32]),
    "request.set_tid_size": st.sampled_from([0, 1, 2, 3, 4, 32, 33, 2**40]),
    "request.cgroup": st.sampled_from([0, 3, 2**31 - 1, 2**31]),
    "chance.fails": st.sampled_from([int(step) for step in Fallible]),
    "chance.errno": st.sampled_from([1, 4, 11, 12, 13, 17, 22, 23, 24, 28]),
}


def _value(leaf: Leaf) -> st.SearchStrategy[Any]:
    if leaf.path in _RAW:
        return _RAW[leaf.path]
    if leaf.width == BOOL:
        return st.booleans()
    low = -(2 ** (leaf.width - 1)) if leaf.signed else 0
    high = 2 ** (leaf.width - 1) - 1 if leaf.signed else 2**leaf.width - 1
    high = min(high, leaf.most) if leaf.most is not None else high
    near = [value for value in (0, 1, 2, 3, 33, leaf.default, high, low) if low <= value <= high]
    return st.one_of(st.sampled_from(near), st.integers(low, high))


_LEAVES = [leaf for leaf in all_leaves() if leaf.path != "request.entry"]


@st.composite
def situations(draw: Any, entries: tuple[Entry, ...] = tuple(Entry)) -> dict[str, Any]:
    """Draw leaf values: an entry point and a few facts that are not default."""
    values: dict[str, Any] = {"request.entry": int(draw(st.sampled_from(entries)))}
    values["request.flags"] = draw(_RAW["request.flags"])
    for leaf in draw(st.lists(st.sampled_from(_LEAVES), max_size=8, unique=True)):
        values[leaf.path] = draw(_value(leaf))
    return values
