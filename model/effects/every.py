"""Every effect of a successful copy_process(), file by file."""

from __future__ import annotations

from model.effects import (
    cgroup,
    creds,
    kernel_clone,
    namespaces,
    seccomp,
    sharing,
    signals,
    task,
)
from model.new_namespaces import NAMED_BY_FLAGS
from model.rows import Effect

_FILES = (task, creds, sharing, signals, namespaces, seccomp, cgroup, kernel_clone)

EFFECTS: list[Effect] = [
    *NAMED_BY_FLAGS,
    *(item for file in _FILES for item in vars(file).values() if isinstance(item, Effect)),
]
