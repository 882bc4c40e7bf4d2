"""Places of the child and of the objects that the call makes."""

from __future__ import annotations

from source.facts.making import Fact, whether
from source.values import number

CHILD: dict[str, Fact] = {
    "new signal->autoreap": whether(lambda _call: False),
    "new signal->rlim->nproc": lambda _program, _call: number(0),
    "new signal->oom_score_adj": lambda _program, _call: number(0),
    "*its registers": lambda _program, _call: number(0),
    "p starts at": lambda _program, _call: number(0),
    "p has a tracer": whether(lambda _call: False),
    "SIGKILL for p": whether(lambda _call: False),
    "new fs->users": lambda _program, _call: number(1),
    "new files->count": lambda _program, _call: number(1),
    "current->files->the new pidfd": whether(lambda _call: False),
    "parent tid stored": whether(lambda _call: False),
    "waits for vfork": whether(lambda _call: False),
    "attach_pid(p, PIDTYPE_PID)": whether(lambda _call: False),
    "new signal->flags": lambda _program, _call: number(0),
}
"""What holds of them before anything is done."""
