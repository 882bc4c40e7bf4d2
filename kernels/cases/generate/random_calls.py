"""Random cases, drawn by Hypothesis with a fixed seed: flags and callers that nobody thought of."""

from __future__ import annotations

from typing import Any

from kernels.cases.case import ENTRIES, STACK_SIZE, Case, CgroupFd, NsFd, NsKind, Ptr
from kernels.cases.generate.grid import CALLERS
from kernels.cases.knobs import PID_MAX_LIMIT
from kernels.machines.surroundings import Surroundings
from model import words
from model.records import build
from model.request import Entry
from model.total import total
from model.words import Flag

SEED = 20230321
_FLAGS = [int(flag) for flag in Flag if flag <= Flag.INTO_CGROUP]
_SETS = (
    words.VM | words.SIGHAND | words.THREAD,
    words.VM | words.SIGHAND,
    words.VM | words.VFORK,
    words.NEWUSER,
    words.NEWPID,
)
_NEW = [int(flag) for flag in Flag if flag & (words.NEW_NAMESPACES | words.NEWUSER)]


def random_cases(count: int, machine: Surroundings) -> list[Case]:
    """Return ``count`` cases, the same ones each time."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    found: list[Case] = []

    @seed(SEED)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_cases(machine))
    def draw(case: Case) -> None:
        found.append(case)

    draw()
    return found


def _cases(machine: Surroundings) -> Any:
    from hypothesis import strategies as st

    @st.composite
    def cases(draw: Any) -> Case:
        entry = draw(st.sampled_from((2, 3, 2, 3, 3, 12, 13, 0, 1)))
        call = _ARGUMENTS[Entry(entry)](draw, st, machine)
        caller: dict[str, Any] = {}
        for one in draw(st.lists(st.sampled_from(CALLERS), max_size=3)):
            caller |= one
        values = {f"call.{name}": value for name, value in call.items()}
        values |= {f"caller.{name}": value for name, value in caller.items()}
        return build(Case, values | {"call.entry": entry})

    return cases()


def _flags(draw: Any, st: Any, known: list[int]) -> int:
    found = 0
    for flag in draw(st.lists(st.sampled_from(known), max_size=6)):
        found |= flag
    return found


def _none(_draw: Any, _st: Any, _machine: Surroundings) -> dict[str, Any]:
    return {}


def _unshare(draw: Any, st: Any, _machine: Surroundings) -> dict[str, Any]:
    return {"flags": _flags(draw, st, _NEW + [words.FS, words.FILES, words.SYSVSEM])}


def _stack(draw: Any, st: Any) -> dict[str, Any]:
    given = {"stack_ok": True, "stack_size": STACK_SIZE}
    return draw(st.sampled_from((given, given, {})))  # type: ignore[no-any-return]


def _clone(draw: Any, st: Any, _machine: Surroundings) -> dict[str, Any]:
    flags = _flags(draw, st, _FLAGS) | draw(st.sampled_from((0, 0, 0, *_SETS)))
    signal = draw(st.sampled_from((17, 17, 17, 0, 10, 12, 64, 65, 200)))
    words_at = st.sampled_from((Ptr.OK, Ptr.OK, Ptr.NULL, Ptr.BAD))
    return {
        "flags": flags & ~0xFF | signal,
        "parent_tid": int(draw(words_at)),
        "child_tid": int(draw(words_at)),
        **_stack(draw, st),
    }


def _clone3(draw: Any, st: Any, machine: Surroundings) -> dict[str, Any]:
    flags = _flags(draw, st, _FLAGS) | draw(st.sampled_from((0, 0, 0, *_SETS)))
    special = flags & (words.THREAD | words.PARENT)
    words_at = st.sampled_from((Ptr.OK, Ptr.OK, Ptr.NULL, Ptr.BAD))
    free = machine.free_pids[0]
    tid = st.sampled_from((1, free, free, -1, 0, PID_MAX_LIMIT))
    size = draw(st.sampled_from((0, 0, 0, 0, 1, 2, 3)))
    tids = {f"tid{place}": draw(tid) for place in range(size)}
    return {
        "flags": flags,
        "exit_signal": draw(st.sampled_from((0,) if special else (17, 17, 0, 10, 64))),
        "pidfd": int(draw(words_at)),
        "parent_tid": int(draw(words_at)),
        "child_tid": int(draw(words_at)),
        "set_tid": int(Ptr.OK if size else Ptr.NULL),
        "set_tid_size": size,
        "cgroup": int(draw(st.sampled_from((CgroupFd.DIR, CgroupFd.DIR, *CgroupFd)))),
        "usize": draw(st.sampled_from((88, 88, 88, 88, 96, 64, 80))),
        **tids,
        **_stack(draw, st),
    }


def _setns(draw: Any, st: Any, _machine: Surroundings) -> dict[str, Any]:
    nsfd = draw(st.sampled_from(list(NsFd)))
    of_pidfd = nsfd in (NsFd.PIDFD_CHILD, NsFd.PIDFD_OTHER)
    made = _flags(draw, st, _NEW) or words.NEWUTS
    asked = draw(st.sampled_from((made, made, made & _flags(draw, st, _NEW), words.NEWUSER)))
    file = nsfd <= NsFd.OTHER
    return {
        "nsfd": int(nsfd),
        "kind": int(draw(st.sampled_from(list(NsKind)))) if file else 0,
        "made": made if of_pidfd else 0,
        "flags": 0 if file else asked,
    }


_ARGUMENTS = total(
    ENTRIES,
    {
        Entry.FORK: _none,
        Entry.VFORK: _none,
        Entry.CLONE: _clone,
        Entry.CLONE3: _clone3,
        Entry.UNSHARE: _unshare,
        Entry.SETNS: _setns,
    },
)
"""How the arguments of each entry point are drawn."""
