"""Contracts of files, descriptors and struct fs_struct: fs/file.c, fs/fs_struct.c."""

from __future__ import annotations

from model.algebra import either
from model.state import Fallible
from source import values
from source.contracts.making import (
    ANY,
    contract,
    contracts,
    gives,
    gives_if_set,
    same,
    yields_pointer,
)
from source.interpreter import Interpreter
from source.syntax import SyntaxNode
from source.values import Value, number, truth


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


contracts(
    {
        "get_fs_struct": same,
        "put_unused_fd": gives("pidfd"),
        "dup_fd": yields_pointer(Fallible.DUP_FD, "new files", error=ANY, takes="files"),
        "exit_files": gives_if_set("files", ("p", "files")),
        "put_files_struct": gives("files"),
        "copy_fs_struct": yields_pointer(Fallible.COPY_FS_STRUCT, "new fs", takes="fs"),
        "exit_fs": gives_if_set("fs", ("p", "fs")),
        "free_fs_struct": gives("fs"),
    }
)
