"""Places of the child and of the objects that the call makes."""

from __future__ import annotations

from model.call import Call
from source.facts.arguments import BY_FLAGS, has_fn
from source.facts.making import Fact, whether
from source.program import Program
from source.values import Value, number, unknown


def _starts_at(program: Program, _call: Call) -> Value:
    return number(0) if has_fn(program) else unknown(BY_FLAGS)


CHILD: dict[str, Fact] = {
    "new signal->autoreap": whether(lambda _call: False),
    "new signal->rlim->nproc": lambda _program, _call: number(0),
    "new signal->oom_score_adj": lambda _program, _call: number(0),
    "*its registers": lambda _program, _call: number(0),
    "p starts at": _starts_at,
    "p has a tracer": whether(lambda _call: False),
    "SIGKILL for p": whether(lambda _call: False),
    "the fs copied": lambda _program, _call: number(0),
    "new fs->users": lambda _program, _call: number(1),
    "new files->count": lambda _program, _call: number(1),
    "current->files->the new pidfd": whether(lambda _call: False),
    "parent tid stored": whether(lambda _call: False),
    "waits for vfork": whether(lambda _call: False),
    "attach_pid(p, PIDTYPE_PID)": whether(lambda _call: False),
    "new signal->flags": lambda _program, _call: number(0),
}
"""What holds of them before anything is done."""
