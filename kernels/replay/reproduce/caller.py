"""What a reproducer does to become the caller that a case asks for."""

from __future__ import annotations

from collections.abc import Iterator

from kernels.cases.case import UNSET, Caller, Case, CgroupFd, NsKind, PidNs
from kernels.cases.knobs import charged, makes_helpers_early
from kernels.replay.reproduce.arguments import flags_in_c
from kernels.replay.reproduce.call import target
from kernels.replay.reproduce.collected import CannotWrite, Reproducer
from model import words
from model.records import leaves


def prepared(program: Reproducer, case: Case, line: str) -> Iterator[str]:
    """Yield the lines of ``prepare()``; ``line`` is the probe's line of the case.

    Raise :class:`CannotWrite` where no program here prepares such a caller.
    """
    caller = case.caller
    _refuse(caller)
    yield from _own_namespaces(program, case)
    for _ in range(int(caller.userns)):
        program.need("new_user_namespace")
    if caller.userns == 1:
        yield "new_user_namespace();"
    elif caller.userns:
        yield f"for (int i = 0; i < {caller.userns}; i++)"
        yield "\tnew_user_namespace();"
    early = bool(makes_helpers_early(caller))
    if early:
        yield from _helpers(program, case)
    yield from target(program, case.call)
    yield from _pid_namespaces(program, case)
    if caller.timens:
        yield 'must(unshare(0x80), "unshare(CLONE_NEWTIME)");'
    for kind in NsKind:
        if caller.max0 >> kind & 1:
            program.need("write_text")
            yield f'write_text("/proc/sys/user/max_{_limit(kind)}_namespaces", "0");'
    if caller.chroot:
        yield 'must(chroot("/tmp"), "chroot");'
    yield from _identity(program, case)
    if not early:
        yield from _helpers(program, case)
    yield from _small_things(program, case)
    yield from _limits(program, caller, line)
    if caller.has_caps:
        program.need("capset")
        caps = int(caller.caps)
        yield f"set_capabilities({caps:#x}); /* {words.cap_names(caps)} */"


def _own_namespaces(program: Reproducer, case: Case) -> Iterator[str]:
    caller = case.caller
    call = case.call
    if call.cgroup == CgroupFd.DIR:
        program.need("cgroup")
        yield "seen->cgroup_fd = own_cgroup();"
    if caller.pid_level or caller.pidns != PidNs.NONE or call.set_tid_size:
        program.need("own_pid_namespace")
        yield f"own_pid_namespace({1 + int(caller.pid_level)});"


def _pid_namespaces(program: Reproducer, case: Case) -> Iterator[str]:
    caller = case.caller
    if caller.pidns in (PidNs.PENDING, PidNs.LIVE, PidNs.DEAD):
        program.need("pending")
        init = int(bool(caller.pidns != PidNs.PENDING))
        yield f"set_pid_namespace_aside({init}, {int(bool(caller.pidns == PidNs.DEAD))});"


def _identity(program: Reproducer, case: Case) -> Iterator[str]:
    caller = case.caller
    if caller.ruid_u or caller.euid_u:
        program.need("become")
        yield f"become({int(bool(caller.ruid_u))}, {int(bool(caller.euid_u))});"


def _helpers(program: Reproducer, case: Case) -> Iterator[str]:
    caller = case.caller
    thread = words.VM | words.FS | words.FILES | words.SIGHAND | words.THREAD | words.SYSVSEM
    for _ in range(int(caller.threads)):
        program.need("helper")
        yield "/* a further thread */"
        yield f"helper({flags_in_c(thread)});"
    shared = {
        "with_fs": words.FS,
        "with_files": words.FILES,
        "with_sighand": words.SIGHAND | words.VM,
        "with_vm": words.VM,
        "with_undo": words.SYSVSEM,
    }
    flags = 0
    for name, bits in shared.items():
        flags |= bits if getattr(caller, name) else 0
    if flags:
        program.need("helper")
        yield f"helper({flags_in_c(flags)} | SIGCHLD);"


def _small_things(program: Reproducer, case: Case) -> Iterator[str]:
    caller = case.caller
    if caller.ioctx:
        yield 'must_sys(SYS(SYS_ioprio_set, 1, 0, 0x4004), "ioprio_set");'
    if caller.threadkey:
        yield 'must_sys(SYS(SYS_keyctl, 0, -1, 1), "keyctl"); /* makes a thread keyring */'
    if caller.altstack:
        yield "static char alternate[65536];"
        yield "stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };"
        yield 'must(sigaltstack(&stack, NULL), "sigaltstack");'
    signals = [int(getattr(caller, name)) for name in ("sigign", "sigcgt", "sigblk")]
    if any(signals):
        program.need("set_signals")
        yield f"set_signals({', '.join(hex(one) for one in signals)});"
    if caller.nnp:
        yield 'must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");'


def _limits(program: Reproducer, caller: Caller, line: str) -> Iterator[str]:
    if caller.nproc_room != UNSET:
        program.need("limit")
        count = int(charged(caller))
        room = int(caller.nproc_room)
        yield f"limit_processes({count + room}); /* the user has {count} */"
    elif " nproc=0" in line:
        program.need("limit")
        yield "limit_processes(0); /* the user has one */"


_WRITTEN = {
    *("ruid_u", "euid_u", "has_caps", "caps", "userns", "max0", "pidns", "pid_level", "timens"),
    *("threads", "with_fs", "with_files", "with_sighand", "with_vm", "with_undo", "chroot"),
    *("nproc_room", "sigign", "sigcgt", "sigblk", "altstack", "nnp", "exit_signal", "ioctx"),
    "threadkey",
}


def _refuse(caller: Caller) -> None:
    """Refuse what no program here prepares."""
    for leaf in leaves(Caller):
        if getattr(caller, leaf.path) != leaf.default and leaf.path not in _WRITTEN:
            raise CannotWrite(f"the caller would need this: {leaf.doc}")
    if caller.pidns in (PidNs.INIT, PidNs.MEMBER, PidNs.BACK):
        kind = PidNs(int(caller.pidns)).name
        raise CannotWrite(f"a caller whose pid namespace is of the kind {kind}")


def _limit(kind: NsKind) -> str:
    return kind.name.lower()
