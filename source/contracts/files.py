"""Contracts of files, descriptors and struct fs_struct: fs/file.c, fs/fs_struct.c."""

from __future__ import annotations

from model.algebra import either, when_word
from model.state import Fallible
from source import values
from source.contracts.making import (
    ANY,
    contract,
    contracts,
    errno,
    gives,
    gives_if_set,
    or_error,
    same,
    yields_pointer,
)
from source.expressions import assign
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, number, truth, unknown, word_of


@contract("fput")
def _fput(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    cases = values.cases_of(arguments[0].target)
    machine.give("pidfd file", either(*(there for there, one in cases if one == "pidfd file")))
    return number(0)


@contract("fd_install")
def _fd_install(machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """The caller's table has the descriptor, and so has whoever shares it."""
    table = machine.field("current", "files")
    machine.store(table.target, "the new pidfd", truth(True))
    return number(0)


@contract("switch_fs_struct")
def _switch_fs_struct(
    machine: Interpreter, _node: SyntaxNode, arguments: list[Value]
) -> Value:
    """fs/fs_struct.c (v7.3): the caller takes a fs_struct, and yields its own if nobody uses it."""
    old = machine.load("current->fs")
    users = machine.load("current->fs->users")
    machine.state["current->fs"] = arguments[0]
    if old.unknown or users.unknown:
        return unknown("the fs_struct that was exchanged")
    alone = word_of(users) == 1
    return Value(when_word(64, alone, word_of(old), 0), False, old.target)


@contract("copy_fs_struct")
def _copy_fs_struct(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """A new fs_struct; which one it is a copy of is kept."""
    machine.state["the fs copied"] = arguments[0]
    return yields_pointer(Fallible.COPY_FS_STRUCT, "new fs", takes="fs")(machine, node, arguments)


@contract("no_free_ptr")
def _no_free_ptr(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """The pointer, which is NULL from here on: nothing is freed where its scope ends."""
    assign(machine, node["arguments"].kids[0], number(0))
    return arguments[0]


@contract("dup_fd")
def _dup_fd(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
    """An error pointer where it fails, or NULL with the errno where the last argument points.

    The latter is how it was before the descriptor table's trimming was mended (v6.12): that place
    then holds -ENOMEM on success, too.
    """
    last = node["arguments"].kids[-1]
    if last.kind != "pointer_expression":
        made = yields_pointer(Fallible.DUP_FD, "new files", error=ANY, takes="files")
        return made(machine, node, arguments)
    place = arguments[-1].target
    if not isinstance(place, str) or not place:
        return unknown(node.plain)
    told = or_error(machine, machine.call.fails(Fallible.DUP_FD), ANY, errno(machine, "ENOMEM"))
    machine.state[machine.behind(place)] = Value(told, True)
    return yields_pointer(Fallible.DUP_FD, "new files", takes="files")(machine, node, arguments)


contracts(
    {
        "get_fs_struct": same,
        "put_unused_fd": gives("pidfd"),
        "exit_files": gives_if_set("files", ("p", "files")),
        "put_files_struct": gives("files"),
        "exit_fs": gives_if_set("fs", ("p", "fs")),
        "free_fs_struct": gives("fs"),
    }
)
