"""The system calls as KAPI tells them: their signatures, and what is said of each in words."""

from __future__ import annotations

from dataclasses import dataclass

from model.request import Entry

INT, UINT, FD, USER_PTR = 1, 2, 9, 10
"""Kinds of parameters: enum kapi_param_type."""
KIND_NAMES = {INT: "KAPI_TYPE_INT", UINT: "KAPI_TYPE_UINT", FD: "KAPI_TYPE_FD",
              USER_PTR: "KAPI_TYPE_USER_PTR"}
IN, OUT, OPTIONAL, USER = 1, 2, 8, 64
"""What a parameter is: enum kapi_param_flags."""
USE_NAMES = {IN: "KAPI_PARAM_IN", OUT: "KAPI_PARAM_OUT", OPTIONAL: "KAPI_PARAM_OPTIONAL",
             USER: "KAPI_PARAM_USER"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: C's type and name, what it is for KAPI, and what it says."""

    type: str
    name: str
    kind: int
    use: int
    says: str
    flags: bool = False
    """It is the flag word."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: what it does, its parameters, and what a success returns."""

    does: str
    long: str
    parameters: tuple[Parameter, ...]
    returns: str
    is_pid: bool = True

    def declared(self, name: str) -> str:
        """Return the lines of C that the specification stands above."""
        head = f"SYSCALL_DEFINE{len(self.parameters)}("
        parts = "".join(f",\n\t\t{one.type}, {one.name}" for one in self.parameters)
        return f"{head}{name}{parts})"


_FLAGS = Parameter("unsigned long", "clone_flags", UINT, IN,
                   "CLONE_* flags; the lowest byte is the signal that the child ends with", True)
_POINTERS = (
    Parameter("unsigned long", "newsp", UINT, IN, "the child's stack pointer; 0: the caller's"),
    Parameter("int __user *", "parent_tidptr", USER_PTR, OUT | OPTIONAL | USER,
              "where the child's id or its pidfd is stored for the caller"),
    Parameter("int __user *", "child_tidptr", USER_PTR, OUT | OPTIONAL | USER,
              "where the child's id is stored in its own memory, and cleared when it ends"),
    Parameter("unsigned long", "tls", UINT, IN, "the child's thread-local storage"),
)
_CHILD = "the child's id in the caller's pid namespace; 0 in the child"

CALLS: dict[Entry, Call] = {
    Entry.CLONE: Call(
        "create a task that shares with its creator what the flags say",
        "Creates a task as a copy of the caller. What is not shared is copied; for some flags it "
        "is new and empty.",
        (_FLAGS, *_POINTERS), _CHILD),
    Entry.CLONE3: Call(
        "create a task as a structure says",
        "Creates a task as clone() does. The arguments are in a structure that grows: its size "
        "says which fields the caller knows, and what the kernel does not know must be zero.",
        (Parameter("struct clone_args __user *", "uargs", USER_PTR, IN | USER,
                   "the arguments: flags, exit signal, stack and addresses"),
         Parameter("size_t", "size", UINT, IN, "bytes of the structure")), _CHILD),
    Entry.FORK: Call(
        "create a process that is a copy of the caller",
        "Creates a process that shares nothing but what a copy shares.", (), _CHILD),
    Entry.VFORK: Call(
        "create a process in the caller's memory and wait for it to leave that",
        "Creates a process that runs in the caller's memory. The caller waits until the child "
        "ends or executes a program.", (), _CHILD),
    Entry.UNSHARE: Call(
        "stop sharing parts of the context with other tasks",
        "Gives the caller copies of what it shares, or new namespaces, as the flags say.",
        (Parameter("unsigned long", "unshare_flags", UINT, IN, "CLONE_* flags", True),),
        "0", is_pid=False),
    Entry.SETNS: Call(
        "join namespaces",
        "Moves the caller into the namespace that a descriptor is open on, or into namespaces of "
        "the task that a pidfd stands for.",
        (Parameter("int", "fd", FD, IN, "a namespace file, or a pidfd"),
         Parameter("int", "flags", INT, IN,
                   "the kind of the namespace, or 0 for any; of a pidfd one or more kinds", True)),
        "0", is_pid=False),
}
