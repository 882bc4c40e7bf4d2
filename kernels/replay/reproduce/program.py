"""A counterexample as a self-contained C program in the style of the kernel's selftests."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template
from textwrap import wrap
from typing import Any

from checker.counterexample import Counterexample
from checker.problems import Problem
from kernels.cases.case import (
    ENTRIES,
    STACK_SIZE,
    UNSET,
    Called,
    Caller,
    Case,
    CgroupFd,
    Kind,
    NsFd,
    PidNs,
    Ptr,
)
from kernels.cases.in_words import in_words
from kernels.cases.knobs import FLAG_OF, PID_MAX_LIMIT, charged, makes_helpers_early
from kernels.machines.surroundings import Surroundings
from kernels.observe.attempts import Attempt
from kernels.observe.owners import imagined, in_words_of
from kernels.observe.visible import deciding
from kernels.replay.fitting import Fitted, fit
from kernels.replay.reproduce.facts import FACTS, SAME_AS, Check
from kernels.replay.reproduce.pieces import PIECES, SKELETON
from model import words
from model.call import Situation
from model.kernel import Kernel
from model.predict import predict
from model.records import build, leaves
from model.request import Entry
from properties.catalogue import by_id
from properties.claim import Property

WIDTH = 92
_NUMBERS = {"fork": "SYS_fork", "vfork": "SYS_vfork", "clone": "SYS_clone", "clone3": "SYS_clone3"}
FREE = Surroundings().free_pids


class CannotWrite(Problem):
    """The counterexample cannot be written as such a program; the message says why."""


def program(found: Counterexample, kernel: Kernel) -> str:
    """Return the program that makes a counterexample's call; raise :class:`CannotWrite`."""
    prop = by_id(found.property)
    if prop.of_patch is not None:
        raise CannotWrite("it speaks of kernels with and without a patch")
    plan = fit(prop, kernel, found.values, Surroundings())
    if plan.case is None:
        owner = imagined(prop, kernel, found.values, Surroundings())
        if owner is not None:
            return _OwnerWriter(prop, kernel, owner).text()
        raise CannotWrite(plan.reason)
    return _Writer(prop, kernel, plan.case, plan).text()


class _Program:
    """Collects the steps of one program and the pieces of C that they need."""

    def __init__(self, prop: Property, kernel: Kernel) -> None:
        self.prop, self.kernel = prop, kernel
        self.pieces: list[str] = []
        self.notes: list[str] = []

    def need(self, *names: str) -> None:
        """Take pieces, and those that they need, once, in order of need."""
        for name in names:
            if name not in self.pieces:
                self.need(*PIECES[name].needs)
                self.pieces.append(name)

    def filled(
        self, about: Iterator[str], steps: dict[str, list[str]], start: str, wait: str
    ) -> str:
        """Return the whole program, from the steps of its functions."""
        # the child notes what the checks ask for, with the functions before it
        self.pieces.sort(key=lambda name: name == "child")
        pieces = Template("\n".join(PIECES[name].text for name in self.pieces)).substitute(
            notes="\n".join(f"\t{note}" for note in self.notes) or "\t/* nothing else */",
            wait=wait,
        )
        return Template(SKELETON).substitute(
            {name: "\n".join(f"\t{line}" for line in lines) for name, lines in steps.items()},
            about="\n".join(f" * {line}".rstrip() for line in about),
            name=self.prop.id.lower(),
            sentence=self.prop.sentence,
            pieces=pieces,
            start=start,
        )

    def about(self, who: list[str], told: str) -> Iterator[str]:
        """Yield the comment on top: the sentence, the smallest call, what happens."""
        yield from wrap(f"{self.prop.id}: {self.prop.sentence}", WIDTH)
        if self.prop.doc:
            yield from wrap(self.prop.doc, WIDTH)
        yield f"Source: {self.prop.source}"
        yield ""
        yield f"It does not hold on {self.kernel.name}. The smallest call that shows it:"
        for line in who:
            yield from wrap(line, WIDTH, initial_indent="  ", subsequent_indent="    ")
        yield "There:"
        yield from wrap(told, WIDTH, initial_indent="  ")


class _OwnerWriter(_Program):
    """Writes a program in which an owner makes one worker after the other."""

    def __init__(self, prop: Property, kernel: Kernel, attempt: Attempt) -> None:
        super().__init__(prop, kernel)
        self.attempt, self.row = attempt, attempt.row

    def text(self) -> str:
        """Return the whole program."""
        self.need("check")
        errno = self.attempt.errno
        wanted = "0" if errno == "OK" else f"-{errno}"
        number = self.attempt.number
        steps = {
            "prepare": list(self._owner()),
            "call": [
                f"for (seen->number = 0; seen->number < {number}; seen->number++) {{",
                "\tlong made = make_worker((int)seen->number);",
                "",
                "\tif (made < 0)",
                "\t\treturn made;",
                "}",
                f"return make_worker({number});",
            ],
            "look": [
                f'as_told &= check("made before", seen->number, {number});',
                'as_told &= check("result", seen->result > 0 ? 0 : seen->result, ' + f"{wanted});",
            ],
        }
        told = "it is made" if errno == "OK" else f"the call fails with {errno}"
        about = self.about(list(in_words_of(self.row, number)), told)
        return self.filled(about, steps, "fork()", "")

    def _owner(self) -> Iterator[str]:
        row = self.row
        if row["maker"].startswith("vhost"):
            self.need("vhost")
            yield f"open_devices({int(row['maker'] != 'vhost-kthread')});"
        else:
            self.need("sqpoll" if row["maker"] == "sqpoll" else "sleeping_fork")
        if row["who"] == "user":
            self.need("become")
            yield "become(1, 1);"
        if row["outside"]:
            self.need("outside")
            yield f"more_processes({row['outside']});"
        if row["userns"]:
            self.need("lone_user_namespace")
            yield "lone_user_namespace();"
        if row["who"] == "user" or row["userns"]:
            self.need("capset")
            yield f"set_capabilities({row['caps']:#x}); /* {words.cap_names(row['caps'])} */"
        self.need("limit")
        yield f"limit_processes({row['nproc']});"


class _Writer(_Program):
    """Writes a program that makes one system call."""

    def __init__(self, prop: Property, kernel: Kernel, case: Case, plan: Fitted) -> None:
        super().__init__(prop, kernel)
        self.case, self.plan = case, plan
        self.outcome: Any = predict(kernel, build(Situation, plan.values))

    def text(self) -> str:
        """Return the whole program."""
        steps = {
            "prepare": list(self._prepare(self.case.caller)),
            "call": list(self._call(self.case.call)),
            "look": list(self._look()),
        }
        for check in self._checks():
            steps["prepare"] += check.before
        start = "fork()"
        if self.case.caller.exit_signal != words.SIGCHLD:
            start = f"(pid_t)SYS(SYS_clone, {int(self.case.caller.exit_signal)})"
        errno = int(self.outcome.errno)
        told = f"the call fails with {words.errno_name(errno)}" if errno else "the call succeeds"
        about = self.about(
            list(in_words(self.case, self.plan.line)),
            "; ".join([told, *(check.told for check in self._checks())]),
        )
        return self.filled(about, steps, start, "0 && " if self._is_vfork() else "")

    def _is_vfork(self) -> bool:
        flags = int(self.outcome.call.args.flags)
        return bool(flags & words.VFORK)

    # ---- the caller ------------------------------------------------------------------------

    def _prepare(self, caller: Caller) -> Iterator[str]:
        _refuse(caller)
        yield from self._own_namespaces(caller)
        for _ in range(int(caller.userns)):
            self.need("new_user_namespace")
        if caller.userns == 1:
            yield "new_user_namespace();"
        elif caller.userns:
            yield f"for (int i = 0; i < {caller.userns}; i++)"
            yield "\tnew_user_namespace();"
        early = bool(makes_helpers_early(caller))
        if early:
            yield from self._helpers(caller)
        yield from self._target(self.case.call)
        yield from self._pid_namespaces(caller)
        if caller.timens:
            yield 'must(unshare(0x80), "unshare(CLONE_NEWTIME)");'
        for kind in Kind:
            if caller.max0 >> kind & 1:
                self.need("write_text")
                yield f'write_text("/proc/sys/user/max_{_limit(kind)}_namespaces", "0");'
        if caller.chroot:
            yield 'must(chroot("/tmp"), "chroot");'
        yield from self._identity(caller)
        if not early:
            yield from self._helpers(caller)
        yield from self._small_things(caller)
        yield from self._limits(caller)
        if caller.has_caps:
            self.need("capset")
            caps = int(caller.caps)
            yield f"set_capabilities({caps:#x}); /* {words.cap_names(caps)} */"

    def _own_namespaces(self, caller: Caller) -> Iterator[str]:
        call = self.case.call
        if call.cgroup == CgroupFd.DIR:
            self.need("cgroup")
            yield "seen->cgroup_fd = own_cgroup();"
        if caller.pid_level or caller.pidns != PidNs.NONE or call.set_tid_size:
            self.need("own_pid_namespace")
            yield f"own_pid_namespace({1 + int(caller.pid_level)});"

    def _pid_namespaces(self, caller: Caller) -> Iterator[str]:
        if caller.pidns in (PidNs.PENDING, PidNs.LIVE, PidNs.DEAD):
            self.need("pending")
            init = int(bool(caller.pidns != PidNs.PENDING))
            yield f"set_pid_namespace_aside({init}, {int(bool(caller.pidns == PidNs.DEAD))});"

    def _identity(self, caller: Caller) -> Iterator[str]:
        if caller.ruid_u or caller.euid_u:
            self.need("become")
            yield f"become({int(bool(caller.ruid_u))}, {int(bool(caller.euid_u))});"

    def _helpers(self, caller: Caller) -> Iterator[str]:
        thread = words.VM | words.FS | words.FILES | words.SIGHAND | words.THREAD | words.SYSVSEM
        for _ in range(int(caller.threads)):
            self.need("helper")
            yield f"helper({_flags(thread)}); /* a second thread */"
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
            self.need("helper")
            yield f"helper({_flags(flags)} | SIGCHLD);"

    def _small_things(self, caller: Caller) -> Iterator[str]:
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
            self.need("set_signals")
            yield f"set_signals({', '.join(hex(one) for one in signals)});"
        if caller.nnp:
            yield 'must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");'

    def _limits(self, caller: Caller) -> Iterator[str]:
        if caller.nproc_room != UNSET:
            self.need("limit")
            count = int(charged(caller))
            room = int(caller.nproc_room)
            yield f"limit_processes({count + room}); /* the user has {count} */"
        elif " nproc=0" in self.plan.line:
            self.need("limit")
            yield "limit_processes(0); /* the user has one */"

    # ---- the call ------------------------------------------------------------------------

    def _target(self, call: Called) -> Iterator[str]:
        if call.entry != Entry.SETNS:
            return
        kind = FLAG_OF[Kind(int(call.kind))]
        name = Kind(int(call.kind)).name.lower()
        if call.nsfd == NsFd.OWN:
            yield f'seen->number = open("/proc/self/ns/{name}", O_RDONLY | O_CLOEXEC);'
        elif call.nsfd == NsFd.PIDFD_SELF:
            yield "seen->number = SYS(SYS_pidfd_open, getpid(), 0);"
        elif call.nsfd == NsFd.CHILD:
            self.need("namespaces_of_a_child")
            yield "char path[40];"
            yield 'snprintf(path, sizeof(path), "/proc/%d/ns/' + name + '",'
            yield f"\t namespaces_of_a_child({_flags(kind)}));"
            yield "seen->number = open(path, O_RDONLY | O_CLOEXEC);"
        elif call.nsfd == NsFd.PIDFD_CHILD:
            self.need("namespaces_of_a_child")
            made = f"namespaces_of_a_child({_flags(call.made)})"
            yield f"seen->number = SYS(SYS_pidfd_open, {made}, 0);"
        elif call.nsfd == NsFd.BAD:
            yield "seen->number = 9999;"
        else:
            raise CannotWrite(f"setns() is given {NsFd(int(call.nsfd)).name.lower()}")
        yield 'must_sys(seen->number, "a file of the namespace");'

    def _call(self, call: Called) -> Iterator[str]:
        entry = Entry(int(call.entry))
        if entry is Entry.UNSHARE:
            yield f"return SYS(SYS_unshare, {_flags(call.flags)});"
        elif entry is Entry.SETNS:
            yield f"return SYS(SYS_setns, seen->number, {_flags(call.flags)});"
        else:
            self.need("spawn", "child")
            yield from self._creating(call, entry)

    def _creating(self, call: Called, entry: Entry) -> Iterator[str]:
        if entry is Entry.CLONE3:
            yield from self._clone3(call)
        elif entry is Entry.CLONE:
            stack = "stacks[4] + 65536" if call.stack_ok else hex(call.stack) if call.stack else "0"
            where = "pidfd" if call.flags & words.PIDFD else "parent_tid"
            parent = _pointer(call.parent_tid, where)
            kid = _pointer(call.child_tid, "child_tid")
            yield f"return spawn(SYS_clone, (long)({_flags(call.flags)}),"
            yield f"\t     (long){stack}, {parent}, {kid}, 0, child);"
        else:
            yield f"return spawn({_NUMBERS[ENTRIES[entry]]}, 0, 0, 0, 0, 0, child);"

    def _clone3(self, call: Called) -> Iterator[str]:
        if call.args_bad:
            yield f"return spawn(SYS_clone3, 8, {int(call.usize)}, 0, 0, 0, child);"
            return
        room = max(88, int(call.usize)) // 8 + 1
        yield f"u64 args[{room}] = {{"
        yield f"\t[0] = {_flags(call.flags)},"
        places = {1: ("pidfd", call.pidfd), 2: ("child_tid", call.child_tid)}
        places[3] = ("parent_tid", call.parent_tid)
        for place, (name, kind) in places.items():
            if kind:
                yield f"\t[{place}] = {_pointer(kind, name)}, /* {name} */"
        yield from self._clone3_rest(call)
        yield "};"
        yield f"return spawn(SYS_clone3, (long)args, {int(call.usize)}, 0, 0, 0, child);"

    def _clone3_rest(self, call: Called) -> Iterator[str]:
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
            yield f"\t[8] = (u64)(int[]){{ {', '.join(self._tids(call))} }}, /* set_tid */"
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

    def _tids(self, call: Called) -> Iterator[str]:
        size = max(1, int(call.set_tid_size))
        tids = [call.tid0, call.tid1, call.tid2, *([call.tid2] * size)][: min(size, 33)]
        for tid in tids:
            if tid in FREE:
                self.need("free_pid")
                yield f"free_pid({FREE.index(tid)})"
            else:
                yield str(PID_MAX_LIMIT if tid == PID_MAX_LIMIT else int(tid))

    # ---- what came of it -------------------------------------------------------------------

    def _checks(self) -> list[Check]:
        """Return the checks of the facts that break the property."""
        names = [SAME_AS.get(name, name) for name in self._deciding()]
        unknown = [name for name in names if name not in FACTS]
        if unknown:
            raise CannotWrite(f"what breaks it cannot be seen: {', '.join(unknown)}")
        checks = [FACTS[name](self.outcome) for name in dict.fromkeys(names)]
        return [check for check in checks if check is not None]

    def _deciding(self) -> list[str]:
        if self.outcome.errno != 0:
            return []
        return deciding(self.prop, self.kernel, self.plan.values)

    def _look(self) -> Iterator[str]:
        errno = int(self.outcome.errno)
        if errno:
            self.need("check")
            yield f'as_told &= check("result", seen->result, -{words.errno_name(errno)});'
            return
        yield "if (seen->result < 0)"
        yield "\treturn 0;"
        if self.case.call.entry not in (Entry.UNSHARE, Entry.SETNS):
            self.need("wait_for_child", "check")
            yield "wait_for_child();"
            yield 'as_told &= check("a child", seen->child_is_there, 1);'
        for check in self._checks():
            self.need("check", *check.pieces)
            self.notes += [note for note in check.notes if note not in self.notes]
            yield f'as_told &= check("{check.name}", {check.value}, {check.expected});'


def _limit(kind: Kind) -> str:
    return kind.name.lower()


def _pointer(kind: Any, name: str) -> str:
    return {
        Ptr.NULL: "0",
        Ptr.OK: f"(long)&seen->{name}",
        Ptr.BAD: "8",
        Ptr.SAME: "(long)&seen->pidfd",
    }[Ptr(kind)]


def _flags(flags: Any) -> str:
    """Return flags by the names that sched.h has had for long, the others as numbers."""
    number = int(flags)
    if not number:
        return "0"
    named = [f"CLONE_{flag.name}" for flag in words.Flag if number & flag and _is_old(flag)]
    rest = number & ~sum(flag for flag in words.Flag if _is_old(flag))
    others = [f"{rest:#x} /* {words.flag_names(rest)} */"] if rest else []
    return " | ".join([*named, *others])


def _is_old(flag: words.Flag) -> bool:
    new = words.Flag.NEWTIME | words.Flag.PIDFD | words.Flag.NEWCGROUP
    return flag < 1 << 32 and not flag & new


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
