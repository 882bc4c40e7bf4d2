"""What a run of C leaves, in the terms of the model's records: how each field is read off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model.algebra import Truth, both, either, has, no, when_word
from model.child import Parent, Share
from model.new_namespaces import Ns
from model.patches import USER_WORKER
from source.interpreter import CallResult, Interpreter
from source.statements import Runner
from source.values import Value, bits, extended, fact, is_error, number, truth_of, word_of

Reader = Callable[[Interpreter, CallResult], Any]


def place(machine: Interpreter, path: str) -> Value:
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
    return lambda machine, _done: UnreadField.unless(place(machine, path))


class UnreadField(Exception):
    """A field whose value could not be read from this source."""

    @staticmethod
    def unless(value: Value) -> Any:
        """Return the word of a known value."""
        if value.unknown:
            raise UnreadField(value.unknown)
        return bits(word_of(value))


def low_32_at(path: str) -> Reader:
    """Read a number that C stores in 32 bits."""
    return lambda machine, done: word_at(path)(machine, done) & 0xFFFFFFFF


def set_at(path: str) -> Reader:
    """Read whether a pointer or a number is not zero."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        value = place(machine, path)
        if value.unknown:
            raise UnreadField(value.unknown)
        return truth_of(value)

    return read


def both_set(path: str, other: str) -> Reader:
    """Read whether neither of two places is zero."""

    def read(machine: Interpreter, done: CallResult) -> Truth:
        return both(set_at(path)(machine, done), set_at(other)(machine, done))

    return read


def is_object(path: str, name: str) -> Reader:
    """Read whether a pointer leads to one object."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        same: Truth = UnreadField.unless(place(machine, path)) == machine.program.handle(name)
        return same

    return read


def same_place(path: str, other: str) -> Reader:
    """Read whether two pointers are equal."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        same: Truth = UnreadField.unless(place(machine, path)) == UnreadField.unless(
            machine.initial(other)
        )
        return same

    return read


def share_at(path: str, other: str) -> Reader:
    """Read whether the child has nothing, the caller's object or its own."""

    def read(machine: Interpreter, done: CallResult) -> Any:
        shared = same_place(path, other)(machine, done)
        some = set_at(path)(machine, done)
        own = when_word(8, shared, int(Share.SHARED), int(Share.COPIED))
        return when_word(8, some, own, int(Share.NONE))

    return read


_ROOTS_OF_INIT = ("init_fs", "userspace_init_fs")


def _is_one_of(machine: Interpreter, word: Any, names: tuple[str, ...]) -> Truth:
    return either(*(word == machine.program.handle(name) for name in names))


def root_shared_at(path: str) -> Reader:
    """Read whether the child uses a fs_struct that was there before, or a new one."""

    def read(machine: Interpreter, _done: CallResult) -> Any:
        word = UnreadField.unless(place(machine, path))
        shared = _is_one_of(machine, word, ("current->fs", *_ROOTS_OF_INIT))
        own = when_word(8, shared, int(Share.SHARED), int(Share.COPIED))
        return when_word(8, word != 0, own, int(Share.NONE))

    return read


def root_of_init(path: str) -> Reader:
    """Read whether the child's fs_struct is one of init's, or the copy of one."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        word = UnreadField.unless(place(machine, path))
        copied = UnreadField.unless(machine.load("the fs copied"))
        there = when_word(64, word == machine.program.handle("new fs"), copied, word)
        return _is_one_of(machine, there, _ROOTS_OF_INIT)

    return read


def shared_if_set(path: str) -> Reader:
    """Read whether the child shares something or has none; it never gets its own."""

    def read(machine: Interpreter, done: CallResult) -> Any:
        return when_word(8, set_at(path)(machine, done), int(Share.SHARED), int(Share.NONE))

    return read


def namespace_at(path: str, kind: str) -> Reader:
    """Read whether a namespace is the caller's, new, or the one set aside."""

    def read(machine: Interpreter, _done: CallResult) -> Any:
        word = UnreadField.unless(place(machine, path))
        handle = machine.program.handle
        pending = word == handle(f"a pending {kind}")
        other = when_word(8, pending, int(Ns.PENDING), int(Ns.SAME))
        return when_word(8, word == handle(f"new {kind}"), int(Ns.NEW), other)

    return read


def parent_at(path: str, own: str) -> Reader:
    """Read whose a relation is: the caller's own object, or its parent's."""

    def read(machine: Interpreter, _done: CallResult) -> Any:
        is_own = UnreadField.unless(place(machine, path)) == machine.program.handle(own)
        return when_word(8, is_own, int(Parent.CALLER), int(Parent.CALLERS_PARENT))

    return read


def has_bit(path: str, constant: str) -> Reader:
    """Read a bit of a number."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        bit = machine.program.constants[constant]
        if bit is None:
            raise UnreadField(f"{constant} is in none of the tree's headers")
        return has(UnreadField.unless(place(machine, path)), bit)

    return read


def exempt_from_throttling(path: str) -> Reader:
    """Read whether a task's flags exempt it from being throttled in reclaim.

    The flags are the C's; which of them mm/vmscan.c:reclaim_throttle tests is the model's word
    (io workers, all user workers since 54e6842d0775): that function is not read.
    """

    def read(machine: Interpreter, done: CallResult) -> Truth:
        user_workers = machine.call.kernel[USER_WORKER]
        workers = has_bit(path, "PF_USER_WORKER" if user_workers is True else "PF_IO_WORKER")
        return either(workers(machine, done), has_bit(path, "PF_KTHREAD")(machine, done))

    return read


def equal_places(path: str, other: str) -> Reader:
    """Read whether two pointers are equal now."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        same: Truth = UnreadField.unless(place(machine, path)) == UnreadField.unless(
            place(machine, other)
        )
        return same

    return read


def is_now_active(path: str, joined: str) -> Reader:
    """Read whether a pointer leads to the caller's active pid namespace, joined or kept."""

    def read(machine: Interpreter, done: CallResult) -> Truth:
        own = is_object(path, "its active pid_ns")(machine, done)
        again = both(
            is_object(path, joined)(machine, done), machine.call.request.target.active_pid_ns
        )
        return either(own, again)

    return read


def moved_for_others(path: str, name: str) -> Reader:
    """Read whether the root of a fs_struct that others use is another."""

    def read(machine: Interpreter, done: CallResult) -> Truth:
        moved = is_object(f"{path}->root", name)(machine, done)
        return both(moved, no(counts_one(f"{path}->users")(machine, done)))

    return read


def still_chrooted(path: str, name: str) -> Reader:
    """Read whether the caller is where it was, and that was below the root of its mounts."""

    def read(machine: Interpreter, done: CallResult) -> Truth:
        return both(machine.call.current.chrooted, is_object(path, name)(machine, done))

    return read


def changed(path: str) -> Reader:
    """Read whether a pointer is another than before."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        return no(
            UnreadField.unless(machine.load(path)) == UnreadField.unless(machine.initial(path))
        )

    return read


def counts_one(path: str) -> Reader:
    """Read whether nobody else holds a counted object."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        alone: Truth = UnreadField.unless(place(machine, path)) == 1
        return alone

    return read


def installed(path: str) -> Reader:
    """Read whether the new pidfd was put into a table of file descriptors."""

    def read(machine: Interpreter, done: CallResult) -> Truth:
        table = place(machine, path)
        there = machine.field(table.target, "the new pidfd")
        return both(set_at(path)(machine, done), truth_of(there))

    return read


def over_its_limits(path: str) -> Reader:
    """Read whether a task is over RLIMIT_NPROC or a bound above: what the C says of its ucounts."""

    def read(machine: Interpreter, _done: CallResult) -> Truth:
        function = machine.program.readable("is_rlimit_overlimit")
        kind, limit = machine.program.constants["UCOUNT_RLIMIT_NPROC"], machine.call.current.signal
        if function is None or not isinstance(machine, Runner):
            raise UnreadField("is_rlimit_overlimit() is not in the tree")
        arguments = [place(machine, path), number(kind or 0), fact(limit.rlim_nproc)]
        return truth_of(machine.run(function, arguments).value)

    return read


def moved_at(path: str) -> Reader:
    """Read a namespace that a pointer of its own leads to: the same, or perhaps another."""

    def read(machine: Interpreter, _done: CallResult) -> Any:
        same = UnreadField.unless(machine.load(path)) == UnreadField.unless(machine.initial(path))
        return when_word(8, same, int(Ns.SAME), int(Ns.NEW))

    return read


def resources(machine: Interpreter) -> list[str]:
    """Return the resources that a run took or gave back."""
    names = {key.split(":", 1)[1] for key in machine.state if key.startswith(("held:", "twice:"))}
    return sorted(names)


def failed(done: CallResult) -> Truth:
    """Return whether a run ended with an error."""
    return is_error(word_of(done.value))


def kept(machine: Interpreter, resource: str) -> Truth:
    """Return whether a resource is held at the end."""
    return truth_of(machine.load(f"held:{resource}"))


def given_twice(machine: Interpreter, resource: str) -> Truth:
    """Return whether a resource was given back while it was not held."""
    return truth_of(machine.load(f"twice:{resource}"))


def taken_again(machine: Interpreter, resource: str) -> Truth:
    """Return whether a resource was taken while it was held."""
    return truth_of(machine.load(f"again:{resource}"))


def unbalanced(
    machine: Interpreter, done: CallResult, known: dict[str, Truth], *, whole: bool
) -> dict[str, Truth]:
    """Return, per resource, whether a run took it again, gave it too often or wrongly kept it.

    What a failed run keeps is passed over where it is ``known`` to be; what one that succeeds
    keeps is the child's or the caller's, but for locks.  Unless ``whole``, one that succeeds may
    take and give what it likes: it exchanges the caller's own things.
    """
    found: dict[str, Truth] = {}
    for resource in resources(machine):
        kept_so = both(kept(machine, resource), no(known.get(resource, False)))
        if not resource.startswith("lock "):
            kept_so = both(failed(done), kept_so)
        often = either(given_twice(machine, resource), taken_again(machine, resource))
        wrong = either(kept_so, often if whole else both(failed(done), often))
        if wrong is not False:
            found[resource] = wrong
    return found


def out_of_order(machine: Interpreter, done: CallResult) -> dict[str, Truth]:
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
