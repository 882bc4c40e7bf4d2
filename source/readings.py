"""Which functions are read, on which calls, and what of the model each is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from model.algebra import Truth, both, either, has, no, when_word
from model.call import Call, Situation
from model.child import Child
from model.copy_process import FORGETS_EXCESS, TABLE
from model.entries import CREATORS, ENTRIES, KERNEL_CLONE_CALLERS, from_one_of
from model.evaluate import Outcome, outcome_of
from model.patch import ALWAYS, Patches
from model.records import BOOL
from model.request import Args, Entry
from model.rows import Rejection, Row
from model.setns import Joined, setns_outcome
from model.state import Step
from model.total import total
from model.unshare import Unshared, unshare_outcome
from model.words import PF_NPROC_EXCEEDED
from source import effects, joining
from source.contracts.every import CONTRACTS
from source.contracts.making import gives
from source.effects import Reader
from source.interpreter import Contract, Interpreter, Returned
from source.program import Program
from source.sheet import check, read_by
from source.statements import Runner
from source.syntax import Node
from source.values import Value, fact, number, truth

Arguments = Callable[[Interpreter], list[Value]]
Model = Callable[[Call], Any]


@dataclass(frozen=True)
class Aspect:
    """One thing that C and model are compared in: how each side tells it, and when it counts."""

    name: str
    c: Callable[[Interpreter, Returned], Any]
    model: Callable[[Any], Any]
    signed: bool = False
    always: bool = False
    """Compared on failed calls too."""


@dataclass(frozen=True)
class Reading:
    """A function, the calls on which it is run, and the model's answer."""

    name: str
    function: str
    entries: tuple[Entry, ...]
    arguments: Arguments
    model: Model
    aspects: tuple[Aspect, ...] = ()
    stops: dict[str, Contract] = field(default_factory=dict)
    balanced: bool = True
    """Whether failed runs must have given everything back."""
    keeps: bool = False
    """Whether what failed runs keep is compared with the model's ladders too."""
    needs: Patches = ALWAYS
    """The patches that brought the function; without them the tree need not have it."""
    subject: str = "create"

    @property
    def record(self) -> type[Any]:
        """Return the record whose fields the aspects are."""
        return {"unshare": Unshared, "setns": Joined}.get(self.subject, Child)

    def holds_for(self, start: Situation) -> Truth:
        """Return whether the function is run on a call."""
        return both(
            from_one_of(start.request, self.entries), registers_fit(start), no_thread_mark(start)
        )

    def run(self, program: Program, call: Call) -> tuple[Interpreter, Returned]:
        """Run the function on a call."""
        machine = Runner(program, call, stops=self.stops)
        function = program.function(self.function)
        assert function is not None
        return machine, machine.run(function, self.arguments(machine))


def registers_fit(start: Situation) -> Truth:
    """On a 32-bit machine an argument that comes in a register has 32 bits."""
    small = start.system.long_is_32_bit
    by_register = from_one_of(
        start.request, tuple(entry for entry in Entry if entry is not Entry.CLONE3)
    )
    fits = (start.request.flags & ~0xFFFFFFFF & (2**64 - 1)) == 0
    return either(no(both(small, by_register)), fits)


def no_thread_mark(start: Situation) -> Truth:
    """No caller of copy_process() in the kernel hands it a negative exit signal.

    In ``p->exit_signal`` that would mark a thread; clone3 refuses it, clone cannot say it.
    """
    own = from_one_of(start.request, (Entry.COPY_PROCESS, Entry.CLONE3))
    return either(no(own), (start.request.exit_signal & 0xFFFFFFFF80000000) == 0)


def at(*functions: str) -> list[Row]:
    """Return the rows of copy_process's table that stand at one of the functions."""
    names = set(functions)
    return [
        row for row in TABLE if isinstance(row, Rejection) and row.at.rsplit(":", 1)[-1] in names
    ]


_BEFORE = (
    "copy_clone_args_from_user",
    "copy_struct_from_user",
    "clone3_args_valid",
    "clone3_stack_valid",
    "legacy_clone_args_valid",
    "create_io_thread",
    "vhost_task_create",
    "kernel_clone",
)


def inside() -> list[Row]:
    """Return the rows of copy_process() itself and of all that it calls."""
    before = {id(row) for row in at(*_BEFORE)}
    return [row for row in TABLE if id(row) not in before]


def by_rows(*functions: str) -> Model:
    """Return the outcome of the rows at some functions alone."""
    table = at(*functions)

    def model(call: Call) -> Outcome:
        return outcome_of(call, table, ladders={})

    return model


def _copy_process(call: Call) -> Outcome:
    return outcome_of(call, inside())


def aspects(reading: str, record: type[Any] = Child) -> tuple[Aspect, ...]:
    """Return the aspects of a record's fields that a reading compares, by the sheet's rows."""
    return tuple(_aspect(record, name, how) for name, how in read_by(reading, record).items())


_LOW = {"flags", "exit_signal"}
"""Fields that C keeps in 32 bits."""


def _aspect(record: type[Any], name: str, how: Reader) -> Aspect:
    meta = record.__dataclass_fields__[name].metadata

    def tell(outcome: Outcome) -> Any:
        value = getattr(outcome.after, name)
        if meta["width"] == BOOL:
            return value
        word = effects.as_64(value, meta["signed"])
        return word & 0xFFFFFFFF if name in _LOW else word

    return Aspect(name, how, tell, meta["signed"])


def _forgets_excess(machine: Interpreter, _done: Returned) -> Truth:
    had = has(machine.call.current.flags, PF_NPROC_EXCEEDED)
    now = effects.has_bit("current->flags", "PF_NPROC_EXCEEDED")(machine, _done)
    return both(had, no(now))


def _forgot(outcome: Outcome) -> Truth:
    had = has(outcome.call.current.flags, PF_NPROC_EXCEEDED)
    return both(had, outcome.done.get(FORGETS_EXCESS, False))


def _init_of_ns(outcome: Outcome) -> Truth:
    child = outcome.child
    return either(
        child.is_child_reaper, both(child.same_thread_group, outcome.call.current.signal.unkillable)
    )


_FORK_ASPECTS = (
    *aspects("copy_process"),
    Aspect("caller's PF_NPROC_EXCEEDED cleared", _forgets_excess, _forgot, always=True),
    Aspect(
        "signal is unkillable",
        effects.has_bit("p->signal->flags", "SIGNAL_UNKILLABLE"),
        _init_of_ns,
    ),
)


def _flags_and_task(machine: Interpreter) -> list[Value]:
    return [machine.load("args->flags"), _p(machine)]


def _p(machine: Interpreter) -> Value:
    return Value(machine.program.handle("p"), False, "p")


def _given(*values: str) -> Arguments:
    return lambda machine: [machine.load(name) for name in values]


# ---------------------------------------------------------------------- entry points


def _stop(state: str, returns: str) -> Contract:
    """Return a contract that records the kernel_clone_args it is given, and succeeds."""

    def run(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
        index = 0 if state == "kernel_clone" else 3
        target = arguments[index].target
        for name in _ARGS:
            machine.state[f"given->{name}"] = machine.field(target, name)
        if state == "copy_process":
            machine.state["given->pid"] = arguments[0]
            machine.state["given->trace"] = arguments[1]
        return Value(machine.program.handle(returns), False, returns)

    return run


_ARGS = (
    "flags",
    "exit_signal",
    "pidfd",
    "parent_tid",
    "child_tid",
    "set_tid_size",
    "cgroup",
    "name",
    "fn",
    "kthread",
    "io_thread",
    "user_worker",
    "no_files",
    "ignore_signals",
)
_TRUTHS = ("name", "fn", "kthread", "io_thread", "user_worker", "no_files", "ignore_signals")


def _args_aspect(name: str) -> Aspect:
    path = f"given->{name}"
    reader: Reader = effects.set_at(path) if name in _TRUTHS else effects.word_at(path)

    def told(outcome: Filled) -> Any:
        value = getattr(outcome.args, name)
        return value if name in _TRUTHS else effects.as_64(value)

    return Aspect(f"args.{name}", reader, told)


@dataclass(frozen=True)
class Filled:
    """What an entry point comes to by the model: its own errno, and what it hands on."""

    errno: Any
    args: Args
    outcome: Outcome

    @property
    def rejected_by(self) -> Rejection | None:
        """Return the row that rejects a concrete call."""
        return self.outcome.rejected_by

    @property
    def ok(self) -> Truth:
        """Return whether it goes on."""
        fine: Truth = self.errno == 0
        return fine


def _fills(*functions: str) -> Model:
    table = at(*functions)

    def model(call: Call) -> Filled:
        outcome = outcome_of(call, table, ladders={})
        return Filled(outcome.errno, call.args, outcome)

    return model


ENTRY_ASPECTS = tuple(_args_aspect(name) for name in _ARGS)
_IDLE = Aspect(
    "args.idle",
    effects.is_object("given->pid", "init_struct_pid"),
    lambda outcome: outcome.args.idle,
)
_KERNEL_CLONE = {"kernel_clone": _stop("kernel_clone", "pid number")}
_COPY_PROCESS = {"copy_process": _stop("copy_process", "p")}


def _named(name: str) -> Arguments:
    """Arguments of kernel_thread(): the name came with the series, before the flags."""

    def arguments(machine: Interpreter) -> list[Value]:
        function = machine.program.function(name)
        assert function is not None
        request = machine.call.request
        handle = machine.program.handle("a name")
        known = {
            "fn": Value(machine.program.handle("a function"), False, "a function"),
            "arg": Value(machine.program.handle("an argument"), False, "an argument"),
            "name": Value(when_word(64, request.name, handle, 0), False, "a name"),
            "flags": fact(request.flags),
            "node": number(-1),
            "handle_sigkill": Value(machine.program.handle("a handler"), False, "a handler"),
        }
        if name == "vhost_task_create":
            known["name"] = Value(handle, False, "a name")
        return [known.get(parameter, number(0)) for _, parameter in function.parameters]

    return arguments


def _clone(machine: Interpreter) -> list[Value]:
    request = machine.call.request
    values = {
        "clone_flags": fact(request.flags),
        "newsp": fact(request.stack),
        "parent_tidptr": fact(request.parent_tid),
        "child_tidptr": fact(request.child_tid),
    }
    function = machine.program.function("sys_clone")
    assert function is not None
    return [values.get(name, number(0)) for _, name in function.parameters]


def _clone3(machine: Interpreter) -> list[Value]:
    return [number(1), fact(machine.call.request.usize)]


def _entry(
    entry: Entry,
    arguments: Arguments,
    stops: dict[str, Contract],
    *rows: str,
) -> Reading:
    aspects = (*ENTRY_ASPECTS, _IDLE) if stops is _COPY_PROCESS else ENTRY_ASPECTS
    return Reading(
        name=ENTRIES[entry].function,
        function=ENTRIES[entry].function,
        entries=(entry,),
        arguments=arguments,
        model=_fills(*rows),
        aspects=aspects,
        stops=stops,
        needs=ENTRIES[entry].since,
    )


def _nothing(_machine: Interpreter) -> list[Value]:
    return []


def _processor(_machine: Interpreter) -> list[Value]:
    return [number(0)]


AT_ENTRY: dict[Entry, Reading | str] = total(
    Entry,
    {
        Entry.FORK: _entry(Entry.FORK, _nothing, _KERNEL_CLONE),
        Entry.VFORK: _entry(Entry.VFORK, _nothing, _KERNEL_CLONE),
        Entry.CLONE: _entry(Entry.CLONE, _clone, _KERNEL_CLONE, "legacy_clone_args_valid"),
        Entry.CLONE3: _entry(
            Entry.CLONE3,
            _clone3,
            _KERNEL_CLONE,
            "copy_clone_args_from_user",
            "copy_struct_from_user",
            "clone3_args_valid",
            "clone3_stack_valid",
        ),
        Entry.KERNEL_THREAD: _entry(Entry.KERNEL_THREAD, _named("kernel_thread"), _KERNEL_CLONE),
        Entry.USER_MODE_THREAD: _entry(
            Entry.USER_MODE_THREAD, _named("user_mode_thread"), _KERNEL_CLONE
        ),
        Entry.CREATE_IO_THREAD: _entry(
            Entry.CREATE_IO_THREAD,
            _named("create_io_thread"),
            _COPY_PROCESS,
            "create_io_thread",
        ),
        Entry.VHOST_TASK_CREATE: _entry(
            Entry.VHOST_TASK_CREATE,
            _named("vhost_task_create"),
            _COPY_PROCESS,
            "vhost_task_create",
        ),
        Entry.FORK_IDLE: _entry(Entry.FORK_IDLE, _processor, _COPY_PROCESS),
        Entry.COPY_PROCESS: "copy_process() itself is read, on whatever its caller fills",
        Entry.UNSHARE: "ksys_unshare() is read whole",
        Entry.SETNS: "setns() is read whole",
        Entry.VHOST_SET_OWNER: "vhost_dev_set_owner() is not read; what it creates is",
        Entry.KTHREAD_CREATE: "kthreadd is not read; what it creates is",
    },
)
"""How the C of each entry point is read up to the function it ends in, or why it is not."""


def _kernel_clone_stop(machine: Interpreter, node: Node, arguments: list[Value]) -> Value:
    machine.state["given->trace"] = arguments[1]
    return Value(machine.program.handle("p"), False, "p")


def _put_parent_tid(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    machine.state["parent tid stored"] = truth(no(machine.call.fails(Step.PUT_PARENT_TID)))
    return number(0)


def _waits(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    machine.state["waits for vfork"] = truth(True)
    return number(0)


def _event_enabled(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    return truth(machine.call.current.traced)


# ---------------------------------------------------------------------- unshare


def _switch(machine: Interpreter, _node: Node, arguments: list[Value]) -> Value:
    machine.state["current->nsproxy"] = arguments[1]
    machine.drop("nsproxy")
    return number(0)


def _leave_undo_list(machine: Interpreter, _node: Node, _arguments: list[Value]) -> Value:
    machine.state["current->sysvsem->undo_list"] = number(0)
    return number(0)


_UNSHARE_STOPS: dict[str, Contract] = {
    "switch_task_namespaces": _switch,
    "exit_sem": _leave_undo_list,
}

# ---------------------------------------------------------------------- the list

READINGS: list[Reading] = [
    Reading(
        "copy_process",
        "copy_process",
        CREATORS,
        lambda machine: [
            machine.load("copy_process:pid"),
            machine.load("copy_process:trace"),
            number(-1),
            machine.load("args"),
        ],
        _copy_process,
        _FORK_ASPECTS,
        {"dec_rlimit_ucounts": gives("nproc charge")},
        keeps=True,
    ),
    Reading(
        "kernel_clone",
        "kernel_clone",
        KERNEL_CLONE_CALLERS,
        _given("args"),
        by_rows("kernel_clone"),
        aspects("kernel_clone"),
        {
            "copy_process": _kernel_clone_stop,
            "put_user": _put_parent_tid,
            "wait_for_vfork_done": _waits,
            "ptrace_event_enabled": _event_enabled,
        },
    ),
    *(one for one in AT_ENTRY.values() if isinstance(one, Reading)),
    Reading(
        "copy_creds",
        "copy_creds",
        CREATORS,
        lambda machine: [_p(machine), machine.load("args->flags")],
        by_rows(
            "copy_creds",
            "prepare_creds",
            "create_user_ns",
            "inc_user_namespaces",
            "set_cred_ucounts",
        ),
        aspects("copy_creds"),
    ),
    Reading(
        "copy_semundo",
        "copy_semundo",
        CREATORS,
        _flags_and_task,
        by_rows("copy_semundo"),
        aspects("copy_semundo"),
        subject="create",
    ),
    Reading(
        "copy_files",
        "copy_files",
        CREATORS,
        lambda machine: [*_flags_and_task(machine), machine.load("args->no_files")],
        by_rows("copy_files"),
        aspects("copy_files"),
    ),
    Reading(
        "copy_fs", "copy_fs", CREATORS, _flags_and_task, by_rows("copy_fs"), aspects("copy_fs")
    ),
    Reading(
        "copy_sighand",
        "copy_sighand",
        CREATORS,
        _flags_and_task,
        by_rows("copy_sighand"),
        aspects("copy_sighand"),
    ),
    Reading(
        "copy_signal",
        "copy_signal",
        CREATORS,
        _flags_and_task,
        by_rows("copy_signal"),
        aspects("copy_signal"),
    ),
    Reading(
        "copy_mm", "copy_mm", CREATORS, _flags_and_task, by_rows("copy_mm"), aspects("copy_mm")
    ),
    Reading(
        "copy_thread",
        "copy_thread",
        CREATORS,
        lambda machine: [_p(machine), machine.load("args")],
        by_rows(),
        aspects("copy_thread"),
    ),
    Reading(
        "copy_io",
        "copy_io",
        CREATORS,
        _flags_and_task,
        by_rows("__copy_io"),
        aspects("copy_io"),
    ),
    Reading(
        "ksys_unshare",
        "ksys_unshare",
        (Entry.UNSHARE,),
        lambda machine: [fact(machine.call.request.flags)],
        unshare_outcome,
        aspects("ksys_unshare", Unshared),
        _UNSHARE_STOPS,
        subject="unshare",
        keeps=True,
    ),
    Reading(
        "setns",
        "sys_setns",
        (Entry.SETNS,),
        joining.arguments,
        setns_outcome,
        aspects("setns", Joined),
        {**_UNSHARE_STOPS, **joining.STOPS},
        subject="setns",
        keeps=True,
    ),
]
"""Every function that is compared, callees that are read in turn included."""

BY_NAME = {reading.name: reading for reading in READINGS}

check(BY_NAME, CONTRACTS)
