"""The system call of a reproducer, with its arguments, in C."""

from __future__ import annotations

from collections.abc import Iterator

from kernels.cases.case import ENTRIES, STACK_SIZE, Called, CgroupFd, NsFd, NsKind, Ptr
from kernels.cases.knobs import FLAG_OF, PID_MAX_LIMIT
from kernels.machines.surroundings import Surroundings
from kernels.replay.reproduce.arguments import flags_in_c, pointer
from kernels.replay.reproduce.collected import CannotWrite, Reproducer
from model import words
from model.request import Entry
from model.total import total

FREE = Surroundings().free_pids


def target(program: Reproducer, call: Called) -> Iterator[str]:
    """Yield what makes the file that setns() is given; nothing for other calls."""
    if call.entry != Entry.SETNS:
        return
    kind = FLAG_OF[NsKind(int(call.kind))]
    name = NsKind(int(call.kind)).name.lower()
    if call.nsfd == NsFd.OWN:
        yield f'seen->number = open("/proc/self/ns/{name}", O_RDONLY | O_CLOEXEC);'
    elif call.nsfd == NsFd.PIDFD_SELF:
        yield "seen->number = SYS(SYS_pidfd_open, getpid(), 0);"
    elif call.nsfd == NsFd.CHILD:
        program.need("namespaces_of_a_child")
        yield "char path[40];"
        yield 'snprintf(path, sizeof(path), "/proc/%d/ns/' + name + '",'
        yield f"\t namespaces_of_a_child({flags_in_c(kind)}));"
        yield "seen->number = open(path, O_RDONLY | O_CLOEXEC);"
    elif call.nsfd == NsFd.PIDFD_CHILD:
        program.need("namespaces_of_a_child")
        made = f"namespaces_of_a_child({flags_in_c(call.made)})"
        yield f"seen->number = SYS(SYS_pidfd_open, {made}, 0);"
    elif call.nsfd == NsFd.BAD:
        yield "seen->number = 9999;"
    else:
        raise CannotWrite(f"setns() is given {NsFd(int(call.nsfd)).name.lower()}")
    yield 'must_sys(seen->number, "a file of the namespace");'


def call_in_c(program: Reproducer, call: Called) -> Iterator[str]:
    """Yield the lines of ``call()``."""
    yield from _IN_C[Entry(int(call.entry))](program, call)


def _unshare(_program: Reproducer, call: Called) -> Iterator[str]:
    yield f"return SYS(SYS_unshare, {flags_in_c(call.flags)});"


def _setns(_program: Reproducer, call: Called) -> Iterator[str]:
    yield f"return SYS(SYS_setns, seen->number, {flags_in_c(call.flags)});"


def _fork(program: Reproducer, _call: Called) -> Iterator[str]:
    program.need("spawn", "child")
    yield "return spawn(SYS_fork, 0, 0, 0, 0, 0, child);"


def _vfork(program: Reproducer, _call: Called) -> Iterator[str]:
    program.need("spawn", "child")
    yield "return spawn(SYS_vfork, 0, 0, 0, 0, 0, child);"


def _clone(program: Reproducer, call: Called) -> Iterator[str]:
    program.need("spawn", "child")
    top = "(long)stacks[4] + 65536"
    stack = top if call.stack_ok else hex(call.stack) if call.stack else "0"
    where = "pidfd" if call.flags & words.PIDFD else "parent_tid"
    parent = pointer(call.parent_tid, where)
    kid = pointer(call.child_tid, "child_tid")
    yield f"return spawn(SYS_clone, (long)({flags_in_c(call.flags)}),"
    yield f"\t     {stack}, {parent}, {kid}, 0, child);"


def _clone3(program: Reproducer, call: Called) -> Iterator[str]:
    program.need("spawn", "child")
    if call.args_bad:
        yield f"return spawn(SYS_clone3, 8, {int(call.usize)}, 0, 0, 0, child);"
        return
    room = max(88, int(call.usize)) // 8 + 1
    yield f"u64 args[{room}] = {{"
    yield f"\t[0] = {flags_in_c(call.flags)},"
    places = {1: ("pidfd", call.pidfd), 2: ("child_tid", call.child_tid)}
    places[3] = ("parent_tid", call.parent_tid)
    for place, (name, kind) in places.items():
        if kind:
            yield f"\t[{place}] = {pointer(kind, name)}, /* {name} */"
    yield from _clone3_rest(program, call)
    yield "};"
    yield f"return spawn(SYS_clone3, (long)args, {int(call.usize)}, 0, 0, 0, child);"


def _clone3_rest(program: Reproducer, call: Called) -> Iterator[str]:
    if call.exit_signal:
        yield f"\t[4] = {int(call.exit_signal):#x}, /* exit_signal */"
    if call.stack_ok:
        yield "\t[5] = (u64)stacks[4], /* stack */"
    elif call.stack:
        yield f"\t[5] = {int(call.stack):#x}, /* stack */"
    if call.stack_size:
        size = STACK_SIZE if call.stack_ok else int(call.stack_size)
        yield f"\t[6] = {size:#x}, /* stack_size */"
    if call.set_tid == Ptr.BAD:
        yield "\t[8] = 8, /* set_tid: a bad address */"
    elif call.set_tid:
        yield f"\t[8] = (u64)(int[]){{ {', '.join(_tids(program, call))} }}, /* set_tid */"
    if call.set_tid_size:
        yield f"\t[9] = {int(call.set_tid_size)}, /* set_tid_size */"
    cgroups = {CgroupFd.NONE: 0, CgroupFd.DIR: 0, CgroupFd.BAD: 9999, CgroupFd.HUGE: 1 << 31}
    if call.cgroup not in cgroups:
        raise CannotWrite(f"a cgroup of the kind {CgroupFd(int(call.cgroup)).name.lower()}")
    if call.cgroup == CgroupFd.DIR:
        yield "\t[10] = (u64)seen->cgroup_fd, /* cgroup */"
    elif cgroups[CgroupFd(int(call.cgroup))]:
        yield f"\t[10] = {cgroups[CgroupFd(int(call.cgroup))]:#x}, /* cgroup */"
    if call.tail:
        yield "\t[11] = 0x10000, /* something unknown */"


def _tids(program: Reproducer, call: Called) -> Iterator[str]:
    size = max(1, int(call.set_tid_size))
    tids = [call.tid0, call.tid1, call.tid2, *([call.tid2] * size)][: min(size, 33)]
    for tid in tids:
        if tid in FREE:
            program.need("free_pid")
            yield f"free_pid({FREE.index(tid)})"
        else:
            yield str(PID_MAX_LIMIT if tid == PID_MAX_LIMIT else int(tid))


_IN_C = total(
    ENTRIES,
    {
        Entry.FORK: _fork,
        Entry.VFORK: _vfork,
        Entry.CLONE: _clone,
        Entry.CLONE3: _clone3,
        Entry.UNSHARE: _unshare,
        Entry.SETNS: _setns,
    },
)
"""How each entry point is called in C."""
