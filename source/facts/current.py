"""Places of the caller: what hangs from ``current``, and the counts of tasks."""

from __future__ import annotations

from model.algebra import when_word
from model.call import Call
from source.facts.making import Fact, number_of, pointer_if, pointer_to, whether
from source.program import Program
from source.values import Value, fact, number


def _signal_flags(program: Program, call: Call) -> Value:
    bit = program.constants["SIGNAL_UNKILLABLE"] or 0
    return Value(when_word(64, call.current.signal.unkillable, bit, 0), False)


CURRENT: dict[str, Fact] = {
    "current": pointer_to("current"),
    "nr_threads": number_of(lambda call: call.system.nr_threads, signed=True),
    "max_threads": number_of(lambda call: call.system.max_threads, signed=True),
    "current->flags": number_of(lambda call: call.current.flags),
    "current->signal": pointer_to("current->signal"),
    "current->signal->flags": _signal_flags,
    "current->signal->autoreap": whether(lambda call: call.current.signal.autoreap),
    "current->signal->rlim->nproc": number_of(lambda call: call.current.signal.rlim_nproc),
    "current->signal->oom_score_adj": number_of(
        lambda call: call.current.signal.oom_score_adj, signed=True
    ),
    "current->sighand": pointer_to("current->sighand"),
    "current->sighand->count": number_of(lambda call: call.current.sighand.count),
    "current->sighand->action->ignored": number_of(lambda call: call.current.sighand.ignored),
    "current->sighand->action->caught": number_of(lambda call: call.current.sighand.caught),
    "current->mm": pointer_if(lambda call: call.current.mm, "current->mm"),
    "current->files": pointer_if(lambda call: call.current.files, "current->files"),
    "current->files->count": number_of(lambda call: call.current.files_count),
    "current->fs": pointer_to("current->fs"),
    "init_fs->in_exec": lambda _program, _call: number(0),
    "init_fs->users": lambda _program, _call: number(1),
    "userspace_init_fs": pointer_to("userspace_init_fs"),
    "userspace_init_fs->in_exec": lambda _program, _call: number(0),
    "userspace_init_fs->users": lambda _program, _call: number(1),
    "current->fs->in_exec": whether(lambda call: call.current.fs_in_exec),
    "current->fs->users": number_of(lambda call: call.current.fs_users),
    "current->io_context": pointer_if(lambda call: call.current.io_context, "current->io_context"),
    "current->mempolicy": pointer_if(lambda call: call.current.mempolicy, "current->mempolicy"),
    "current->sysvsem->undo_list": pointer_if(lambda call: call.current.undo_list, "the undo list"),
    "current->real_parent": pointer_to("current->real_parent"),
    "current->group_leader": pointer_to("current->group_leader"),
    "current->group_leader->exit_signal": lambda _program, call: fact(
        call.current.signal.leader_exit_signal, signed=True
    ),
    "current->parent_exec_id": pointer_to("current->parent_exec_id"),
    "current->self_exec_id": pointer_to("current->self_exec_id"),
    "current->blocked": number_of(lambda call: call.current.blocked),
    "current->sas_ss_sp": whether(lambda call: call.current.altstack),
    "current->comm": whether(lambda _call: False),
    "current->no_new_privs": whether(lambda call: call.current.no_new_privs),
    "current->seccomp->mode": number_of(lambda call: call.current.seccomp_mode),
    "current->ptrace": whether(lambda call: call.current.traced),
    "current->thread_pid": pointer_to("its pid"),
    "current->jobctl": lambda _program, _call: number(0),
    "current->cgroups": pointer_to("the caller's css_set"),
}
"""The caller, but for its namespaces and its credentials."""
