"""How the making of a namespace is read: its limits, what it allocates, what it gives back.

kernel/pid_namespace.c:copy_pid_ns and its like, for which the reading of copy_process() takes
the model's own rows: here their C is held against those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from model import words
from model.algebra import Truth, both, has, no, when_word
from model.call import Call
from model.entries import CREATORS
from model.evaluate import Outcome
from model.rules.creds import full
from model.rules.namespaces import wants_cgroup_ns, wants_time_ns
from model.state import Fallible, Limit, System
from source.contracts.making import gives, or_error
from source.effects import UnreadField
from source.interpreter import CallResult, Contract, Interpreter
from source.readings.reading import Aspect, FunctionReading
from source.readings.rows import by_rows
from source.syntax import SyntaxNode
from source.values import Value, equal, number, truth, unknown, word_of

OWNER, EUID, CHARGED = "the owner of what is made", "the caller's euid", "what is charged"
COUNT, REFERENCE, MEMORY, INUM = "namespace count", "reference", "its memory", "its inode number"

CHOOSES = (words.Errno.EAGAIN, words.Errno.EINVAL, words.Errno.EMFILE)
"""Where one step of several fails, ``chance.errno``, of no other use there, chooses which: the
first but for these."""

INODE = ("ns_alloc_inum", "ns_common_init")
"""What numbers a namespace, until v6.17 and since."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that may fail: the calls by which trees take it, and what they do.

    It yields a pointer to what it ``makes``, or 0; what it ``takes`` has to be given back.  A step
    that not every tree has is ``late``.
    """

    calls: tuple[str, ...]
    makes: str = ""
    takes: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Making:
    """A namespace that is made: by which function, on which calls, against which limit."""

    function: str
    name: str
    old: str
    wanted: Callable[[Call], Truth]
    counter: str
    limit: Callable[[System], Limit]
    fallible: Fallible
    rows: tuple[str, ...]
    steps: tuple[Step, ...]
    stops: dict[str, Contract]
    begins: dict[str, str] = field(default_factory=dict)
    """Where pointers lead when it begins, beside what the model says."""
    holds: dict[str, str] = field(default_factory=dict)
    """Where pointers of the new namespace lead, beside its owner and what is charged."""

    @property
    def new(self) -> str:
        """Return what the new namespace is called."""
        return f"new {self.name}"

    def reading(self) -> FunctionReading:
        """Return how the function is read."""
        return FunctionReading(
            self.function,
            self.function,
            CREATORS,
            self._arguments,
            by_rows(*self.rows),
            (
                Aspect("a new one is made", self._is_new, self._is_wanted),
                *(
                    Aspect(f"its {name}", self._leads(name, to), self._is_wanted)
                    for name, to in self._held.items()
                ),
            ),
            {**_COMMON, **self._contracts(), **self.stops},
        )

    @property
    def _held(self) -> dict[str, str]:
        return {"user_ns": OWNER, "ucounts": CHARGED, **self.holds}

    def _arguments(self, machine: Interpreter) -> list[Value]:
        """The flags, the owner and the old one; of a new one, where nothing leads yet."""
        for place, to in self.begins.items():
            machine.state[place] = _pointer(machine, to)
        for name in self._held:
            machine.state[f"{self.new}->{name}"] = number(0)
        old = machine.load(f"current->nsproxy->{self.old}")
        return [machine.load("args->flags"), _pointer(machine, OWNER), old]

    def _contracts(self) -> dict[str, Contract]:
        steps = {call: self._step(one) for one in self.steps for call in one.calls}
        return {"inc_ucount": self._charges, "dec_ucount": self._gives_back, **steps}

    def _charges(self, machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        """kernel/ucount.c: one more namespace of the caller's effective uid, under the owner."""
        asked = [arguments[0].target, arguments[1].target, node["arguments"].kids[2].text]
        if asked != [OWNER, EUID, self.counter]:
            return unknown(node.plain)
        fails = full(self.limit(machine.call.system))
        machine.take(COUNT, no(fails))
        return _unless(machine, fails, CHARGED)

    def _gives_back(self, machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        if [arguments[0].target, node["arguments"].kids[1].text] != [CHARGED, self.counter]:
            return unknown(node.plain)
        machine.give(COUNT)
        return number(0)

    def _step(self, step: Step) -> Contract:
        def run(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
            fails = both(machine.call.fails(self.fallible), self._chosen(machine, step))
            if step.takes:
                machine.take(step.takes, no(fails))
            if step.makes:
                return _unless(machine, fails, step.makes)
            return Value(when_word(64, fails, -int(words.Errno.ENOMEM), 0), True)

        return run

    def _chosen(self, machine: Interpreter, step: Step) -> Truth:
        """Return whether this step is the one that fails, if one does."""
        path = machine.frame.function.path
        there = [
            one
            for one in self.steps
            if not one.late or machine.program.mentions(path, one.calls[0])
        ]
        error, at = machine.call.chance.errno, there.index(step)
        if at:
            return error == int(CHOOSES[at - 1])
        return both(*(no(error == int(other)) for other in CHOOSES[: len(there) - 1]))

    def _is_wanted(self, outcome: Outcome) -> Truth:
        return self.wanted(outcome.call)

    def _is_new(self, machine: Interpreter, done: CallResult) -> Truth:
        if done.value.unknown:
            raise UnreadField(done.value.unknown)
        return word_of(done.value) == machine.program.handle(self.new)

    def _leads(self, name: str, to: str) -> Callable[[Interpreter, CallResult], Truth]:
        def read(machine: Interpreter, done: CallResult) -> Truth:
            held = machine.field(self.new, name)
            if held.unknown:
                raise UnreadField(held.unknown)
            return both(self._is_new(machine, done), equal(held, _pointer(machine, to)))

        return read


def _pointer(machine: Interpreter, to: str) -> Value:
    return Value(machine.program.handle(to), False, to)


def _unless(machine: Interpreter, fails: Truth, to: str) -> Value:
    """Return a pointer that is NULL where a step fails."""
    return Value(when_word(64, fails, 0, machine.program.handle(to)), False, to)


def _leading(to: str) -> Contract:
    return lambda machine, _node, _arguments: _pointer(machine, to)


def _refers(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """get_user_ns() and the like: one reference, and the pointer itself."""
    target = arguments[0].target
    machine.take(f"{REFERENCE} on {target if target == OWNER else 'the old one'}")
    return arguments[0]


def _nothing(_machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    return number(0)


def _given(resource: str, to: str, at: int) -> Contract:
    """Return a contract that gives back what one of its arguments leads to."""
    back = gives(resource)

    def run(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        if arguments[at].target != to:
            return unknown(node.plain)
        return back(machine, node, arguments)

    return run


def _in_userns(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """kernel/user_namespace.c: whether the old pid namespace's owner is above the new one's."""
    if [one.target for one in arguments] != [_PARENTS, OWNER]:
        return unknown(node.plain)
    return truth(machine.call.current.pid_ns.user_ns_is_ancestor)


def _alloc_cgroup_ns(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """kernel/cgroup/namespace.c, read where it can be: not where a scope's end frees (v7.0)."""
    function = machine.program.readable("alloc_cgroup_ns", machine.frame.function.path)
    if function is not None:
        return machine.run(function, arguments).value
    fails = machine.call.fails(Fallible.COPY_CGROUP_NS)
    for resource in (MEMORY, INUM):
        machine.take(resource, no(fails))
    new = machine.program.handle("new cgroup_ns")
    return Value(or_error(machine, fails, "ENOMEM", new), False, "new cgroup_ns")


def _may_administer(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """What copy_namespaces() asked before: a call without it does not come here."""
    admin = machine.program.constants["CAP_SYS_ADMIN"]
    if arguments[0].target != OWNER or arguments[1].word != admin:
        return unknown(node.plain)
    return truth(True)


_PARENTS, _CSS_SET, _PAGE = "the owner of its pid_ns", "its css_set", "its page"

_COMMON: dict[str, Contract] = {
    "current_euid": _leading(EUID),
    "get_user_ns": _refers,
    "ns_free_inum": gives(INUM),
    "ns_common_free": gives(INUM),
}

_MAKINGS = (
    Making(
        "copy_pid_ns",
        "pid_ns",
        "pid_ns_for_children",
        lambda call: has(call.args.flags, words.NEWPID),
        "UCOUNT_PID_NAMESPACES",
        lambda system: system.pid_namespaces,
        Fallible.CREATE_PID_NAMESPACE,
        ("copy_pid_ns", "create_pid_namespace", "inc_pid_namespaces"),
        (
            Step(("kmem_cache_zalloc",), "new pid_ns", MEMORY),
            Step(("create_pid_cachep",), "a cache of pids"),
            Step(INODE, takes=INUM),
            Step(("register_pidns_sysctls",), late=True),
        ),
        {
            "get_pid_ns": _refers,
            "in_userns": _in_userns,
            "idr_init": _nothing,
            "idr_destroy": _nothing,
            "kmem_cache_free": _given(MEMORY, "new pid_ns", 1),
        },
        {f"{one} pid_ns->user_ns": _PARENTS for one in ("its active", "a pending")},
        {"parent": "its active pid_ns"},
    ),
    Making(
        "copy_utsname",
        "uts_ns",
        "uts_ns",
        lambda call: has(call.args.flags, words.NEWUTS),
        "UCOUNT_UTS_NAMESPACES",
        lambda system: system.uts_namespaces,
        Fallible.COPY_UTSNAME,
        ("copy_utsname", "clone_uts_ns"),
        (
            Step(("kmem_cache_alloc", "kmem_cache_zalloc"), "new uts_ns", MEMORY),
            Step(INODE, takes=INUM),
        ),
        {
            "get_uts_ns": _refers,
            "put_uts_ns": gives(f"{REFERENCE} on the old one"),
            "down_read": _nothing,
            "kmem_cache_free": _given(MEMORY, "new uts_ns", 1),
        },
    ),
    Making(
        "copy_cgroup_ns",
        "cgroup_ns",
        "cgroup_ns",
        wants_cgroup_ns,
        "UCOUNT_CGROUP_NAMESPACES",
        lambda system: system.cgroup_namespaces,
        Fallible.COPY_CGROUP_NS,
        ("copy_cgroup_ns",),
        (
            Step(("kzalloc", "kzalloc_obj"), "new cgroup_ns", MEMORY),
            Step(INODE, takes=INUM),
        ),
        {
            "get_cgroup_ns": _refers,
            "ns_capable": _may_administer,
            "alloc_cgroup_ns": _alloc_cgroup_ns,
            "task_css_set": _leading(_CSS_SET),
            "get_css_set": _refers,
            "put_css_set": gives(f"{REFERENCE} on the old one"),
            "kfree": _given(MEMORY, "new cgroup_ns", 0),
        },
        holds={"root_cset": _CSS_SET},
    ),
    Making(
        "copy_time_ns",
        "time_ns",
        "time_ns_for_children",
        wants_time_ns,
        "UCOUNT_TIME_NAMESPACES",
        lambda system: system.time_namespaces,
        Fallible.COPY_TIME_NS,
        ("copy_time_ns", "clone_time_ns"),
        (
            Step(("kmalloc", "kzalloc", "kzalloc_obj"), "new time_ns", MEMORY),
            Step(("alloc_page",), "its page", _PAGE, late=True),
            Step(("timens_vdso_alloc_vvar_page",), takes=_PAGE, late=True),
            Step(INODE, takes=INUM),
        ),
        {
            "get_time_ns": _refers,
            "__free_page": gives(_PAGE),
            "timens_vdso_free_vvar_page": gives(_PAGE),
            "kfree": _given(MEMORY, "new time_ns", 0),
        },
    ),
)

NEW_NAMESPACES = tuple(one.reading() for one in _MAKINGS)
"""The readings of what makes a namespace."""
