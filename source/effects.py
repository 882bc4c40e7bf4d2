"""What a run of C leaves, in the terms of the model's records: how each field is read off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model.algebra import Truth, both, either, has, when_word
from model.child import Parent, Share
from model.new_namespaces import Ns
from source.machine import Machine, Returned
from source.values import Value, bits, extended, is_error, truth_of, word_of

Reader = Callable[[Machine, Returned], Any]


def place(machine: Machine, path: str) -> Value:
    """Return what a chain of fields leads to, such as ``p->real_cred->user_ns->level``."""
    first, *rest = path.split("->")
    if not rest:
        return machine.load(first)
    value = machine.field(first, rest[0])
    for name in rest[1:]:
        value = machine.field(value.target, name)
    return value


def word_at(path: str) -> Reader:
    """Read a number."""
    return lambda machine, _done: Unknown.unless(place(machine, path))


class Unknown(Exception):
    """A field whose value could not be read from this source."""

    @staticmethod
    def unless(value: Value) -> Any:
        """Return the word of a known value."""
        if value.unknown:
            raise Unknown(value.unknown)
        return bits(word_of(value))


def low_32_at(path: str) -> Reader:
    """Read a number that C stores in 32 bits."""
    return lambda machine, done: word_at(path)(machine, done) & 0xFFFFFFFF


def set_at(path: str) -> Reader:
    """Read whether a pointer or a number is not zero."""

    def read(machine: Machine, _done: Returned) -> Truth:
        value = place(machine, path)
        if value.unknown:
            raise Unknown(value.unknown)
        return truth_of(value)

    return read


def is_object(path: str, name: str) -> Reader:
    """Read whether a pointer leads to one object."""

    def read(machine: Machine, _done: Returned) -> Truth:
        same: Truth = Unknown.unless(place(machine, path)) == machine.program.handle(name)
        return same

    return read


def same_place(path: str, other: str) -> Reader:
    """Read whether two pointers are equal."""

    def read(machine: Machine, _done: Returned) -> Truth:
        same: Truth = Unknown.unless(place(machine, path)) == Unknown.unless(machine.initial(other))
        return same

    return read


def share_at(path: str, other: str) -> Reader:
    """Read whether the child has nothing, the caller's object or its own."""

    def read(machine: Machine, done: Returned) -> Any:
        shared = same_place(path, other)(machine, done)
        some = set_at(path)(machine, done)
        own = when_word(8, shared, int(Share.SHARED), int(Share.COPIED))
        return when_word(8, some, own, int(Share.NONE))

    return read


def shared_if_set(path: str) -> Reader:
    """Read whether the child shares something or has none; it never gets its own."""

    def read(machine: Machine, done: Returned) -> Any:
        return when_word(8, set_at(path)(machine, done), int(Share.SHARED), int(Share.NONE))

    return read


def namespace_at(path: str, kind: str) -> Reader:
    """Read whether a namespace is the caller's, new, or the one set aside."""

    def read(machine: Machine, _done: Returned) -> Any:
        word = Unknown.unless(place(machine, path))
        handle = machine.program.handle
        pending = word == handle(f"a pending {kind}")
        other = when_word(8, pending, int(Ns.PENDING), int(Ns.SAME))
        return when_word(8, word == handle(f"new {kind}"), int(Ns.NEW), other)

    return read


def parent_at(path: str, own: str) -> Reader:
    """Read whose a relation is: the caller's own object, or its parent's."""

    def read(machine: Machine, _done: Returned) -> Any:
        is_own = Unknown.unless(place(machine, path)) == machine.program.handle(own)
        return when_word(8, is_own, int(Parent.CALLER), int(Parent.CALLERS_PARENT))

    return read


def has_bit(path: str, constant: str) -> Reader:
    """Read a bit of a number."""

    def read(machine: Machine, _done: Returned) -> Truth:
        bit = machine.program.constants[constant]
        assert bit is not None
        return has(Unknown.unless(place(machine, path)), bit)

    return read


CHILD: dict[str, Reader] = {
    "flags": low_32_at("p->flags"),
    "named_by_args": set_at("child named"),
    "set_child_tid": word_at("p->set_child_tid"),
    "clear_child_tid": word_at("p->clear_child_tid"),
    "shares_cred": is_object("p->real_cred", "current cred"),
    "uid": word_at("p->real_cred->uid"),
    "euid": word_at("p->real_cred->euid"),
    "cap_effective": word_at("p->real_cred->cap_effective"),
    "new_user_ns": is_object("p->real_cred->user_ns", "new user_ns"),
    "user_ns_level": word_at("p->real_cred->user_ns->level"),
    "user_ns_nproc_max": word_at("p->real_cred->user_ns->rlimit_max[0]"),
    "thread_keyring": set_at("p->real_cred->thread_keyring"),
    "process_keyring": set_at("p->real_cred->process_keyring"),
    "files": share_at("p->files", "current->files"),
    "fs": share_at("p->fs", "current->fs"),
    "sighand": share_at("p->sighand", "current->sighand"),
    "mm": share_at("p->mm", "current->mm"),
    "sysvsem": shared_if_set("p->sysvsem->undo_list"),
    "io_context": share_at("p->io_context", "current->io_context"),
    "same_thread_group": same_place("p->group_leader", "current->group_leader"),
    "rlimits_shared": same_place("p->signal", "current->signal"),
    "ignored": word_at("child ignored"),
    "caught": word_at("child caught"),
    "blocked": word_at("p->blocked"),
    "altstack": set_at("child altstack"),
    "exit_signal": low_32_at("p->exit_signal"),
    "real_parent": parent_at("p->real_parent", "current"),
    "parent_exec_id": parent_at("p->parent_exec_id", "current->self_exec_id"),
    "nsproxy_shared": same_place("p->nsproxy", "current->nsproxy"),
    "mnt_ns": namespace_at("p->nsproxy->mnt_ns", "mnt_ns"),
    "uts_ns": namespace_at("p->nsproxy->uts_ns", "uts_ns"),
    "ipc_ns": namespace_at("p->nsproxy->ipc_ns", "ipc_ns"),
    "pid_ns": namespace_at("p->nsproxy->pid_ns_for_children", "pid_ns"),
    "cgroup_ns": namespace_at("p->nsproxy->cgroup_ns", "cgroup_ns"),
    "net_ns": namespace_at("p->nsproxy->net_ns", "net_ns"),
    "time_ns": namespace_at("p->nsproxy->time_ns", "time_ns"),
    "time_ns_for_children": namespace_at("p->nsproxy->time_ns_for_children", "time_ns"),
}
"""Fields of :class:`model.child.Child`, as copy_process() leaves them in ``p``."""


def resources(machine: Machine) -> list[str]:
    """Return the resources that a run took or gave back."""
    names = {key.split(":", 1)[1] for key in machine.state if key.startswith(("held:", "twice:"))}
    return sorted(names)


def failed(done: Returned) -> Truth:
    """Return whether a run ended with an error."""
    return is_error(word_of(done.value))


def kept(machine: Machine, resource: str) -> Truth:
    """Return whether a resource is held at the end."""
    return truth_of(machine.load(f"held:{resource}"))


def given_twice(machine: Machine, resource: str) -> Truth:
    """Return whether a resource was given back while it was not held."""
    return truth_of(machine.load(f"twice:{resource}"))


def unbalanced(machine: Machine, done: Returned) -> dict[str, Truth]:
    """Return, per resource, whether a failed run kept it or gave it back too often."""
    found: dict[str, Truth] = {}
    for resource in resources(machine):
        wrong = both(failed(done), either(kept(machine, resource), given_twice(machine, resource)))
        if wrong is not False:
            found[resource] = wrong
    return found


def out_of_order(machine: Machine, done: Returned) -> dict[str, Truth]:
    """Return, per pair, whether a failed run gives the first back while it holds the second.

    The second was taken later, so a ladder in reverse order gives it back earlier.
    """
    pairs = [key for key in machine.state if key.startswith("order:")]
    return {
        key.removeprefix("order:"): both(failed(done), truth_of(machine.state[key]))
        for key in pairs
    }


def as_64(word: Any, signed: bool = False) -> Any:
    """Return a word of the model as the 64 bits that C values have here."""
    return bits(extended(word, signed=signed))
