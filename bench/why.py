"""What an answer of ``why`` needs, and a whole log, as multiples of a bare ``--help``."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, Figures, Limit, Plan, at_most
from bench.measure import Asked, in_turn, middle
from bench.trees import HERE

PART = "why"
HELP = "--help"
TIMES = "times --help, CPU"
LINES = 10_000
LOG = f"a log of {LINES:,} lines"
CALLS = {
    "a line with two rules": "unshare(CLONE_NEWUSER) = -1 ENOSPC (No space left on device)",
    "a line with many rules": "clone(child_stack=NULL, flags=CLONE_NEWUSER|CLONE_NEWPID|SIGCHLD)"
    " = -1 ENOMEM (Cannot allocate memory)",
    "a line that no rule refuses": "clone3({flags=CLONE_VM|CLONE_SIGHAND|CLONE_THREAD, "
    "exit_signal=0, stack=0x7f00, stack_size=0x9000}, 88) = -1 EPERM (Operation not permitted)",
    "flags that are wrong for all": "clone(child_stack=NULL, flags=CLONE_NEWUSER|CLONE_FS|SIGCHLD)"
    " = -1 EINVAL (Invalid argument)",
}
_THREAD = (
    "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|"
    "CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID"
)
_FLAGS = (_THREAD, "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD", "CLONE_NEWUSER|SIGCHLD",
          "CLONE_NEWNS|CLONE_NEWPID|SIGCHLD")
_ERRORS = ("EAGAIN", "EPERM", "ENOSPC", "EINVAL", "ENOMEM")


def log(count: int, seed: int = 1) -> list[str]:
    """Return lines of ``strace -f``: seeded calls that fail and succeed, and other lines."""
    chance = random.Random(seed)
    return [_line(chance, number) for number in range(count)]


def _line(chance: random.Random, number: int) -> str:
    pid, at = 100 + number % 40, f"0x7f{number:08x}"
    which, error = chance.random(), f"-1 {chance.choice(_ERRORS)} (x)"
    if which < 0.4:
        return f'{pid} openat(AT_FDCWD, "/etc/{number}", O_RDONLY) = 3'
    if which < 0.7:
        told = str(1000 + number) if which < 0.6 else error
        return (f"{pid} clone(child_stack={at}, flags={chance.choice(_FLAGS)}, parent_tid=[0], "
                f"tls={at}, child_tidptr={at}) = {told}")
    return (f"{pid} clone3({{flags={_THREAD}, child_tid={at}, parent_tid={at}, exit_signal=0, "
            f"stack={at}00, stack_size=0x9000, tls={at}}}, 88) = {error}")


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield how many times ``--help`` each answer takes; the last release has no such verb."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log"
        file.write_text("\n".join(log(LINES)), encoding="utf-8")
        lines = {**CALLS, LOG: str(file)}
        asked = {what: Asked(HERE, ("why", "-k", "v6.12", line)) for what, line in lines.items()}
        made = in_turn(2 * plan.runs + 1, {HELP: Asked(HERE, (HELP,)), **asked})
    spent = {what: middle(one.cpu for one in some) for what, some in made.items()}
    for what in lines:
        yield Figure(PART, what, "CPU s", spent[what])
        yield Figure(PART, what, TIMES, spent[what] / spent[HELP])


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of them."""
    for what in CALLS:
        yield at_most(12, f"why, {what}, in times of --help", 8, found.here(PART, what, TIMES))
    yield at_most(12, f"why, {LOG}, in times of --help", 80, found.here(PART, LOG, TIMES))
