"""What the child shares with the caller, has a copy of, or none (copy_files … copy_io)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has, no, when_word
from model.call import Call
from model.child import Share
from model.patches import WITHOUT_SYSVIPC
from model.rows import decides
from model.rules.resources import idle_tasks_root


def _share(shared: Truth, otherwise: Word = int(Share.COPIED)) -> Word:
    return when_word(8, shared, int(Share.SHARED), otherwise)


@decides("files", at="kernel/fork.c:copy_files")
def files(call: Call) -> Word:
    """None if the caller has none or no_files is set (even with CLONE_FILES)."""
    none = either(no(call.current.files), call.args.no_files)
    return when_word(8, none, int(Share.NONE), _share(has(call.args.flags, words.FILES)))


@decides("fs", at="kernel/fork.c:copy_fs")
def fs(call: Call) -> Word:
    """CLONE_FS shares it."""
    return _share(has(call.args.flags, words.FS))


@decides("fs_of_init", at="kernel/fork.c:copy_fs")
def fs_of_init(call: Call) -> Truth:
    """What user_mode_thread() makes copies init's, an idle task takes init_task's (v7.3)."""
    return either(call.args.umh, idle_tasks_root(call))


@decides("sighand", at="kernel/fork.c:copy_sighand")
def sighand(call: Call) -> Word:
    """CLONE_SIGHAND shares it."""
    return _share(has(call.args.flags, words.SIGHAND))


@decides("mm", at="kernel/fork.c:copy_mm")
def mm(call: Call) -> Word:
    """None if the caller has none; CLONE_VM shares it."""
    shared = _share(has(call.args.flags, words.VM))
    return when_word(8, call.current.mm, shared, int(Share.NONE))


@decides("sysvsem", at="ipc/sem.c:copy_semundo")
def sysvsem(call: Call) -> Word:
    """CLONE_SYSVSEM shares the undo list; without it, or CONFIG_SYSVIPC, the child has none."""
    shared = both(has(call.args.flags, words.SYSVSEM), no(call.kernel[WITHOUT_SYSVIPC]))
    return _share(shared, int(Share.NONE))


@decides("io_context", at="block/blk-ioc.c:__copy_io")
def io_context(call: Call) -> Word:
    """None if the caller has none; CLONE_IO shares it."""
    shared = _share(has(call.args.flags, words.IO))
    return when_word(8, call.current.io_context, shared, int(Share.NONE))
