"""What answers to people's questions need, as multiples of a bare ``--help``."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, Figures, Limit, Plan, at_most
from bench.measure import Asked, in_turn, middle
from bench.trees import HERE
from checker.ground import problems

PART = "answers"
HELP = "--help"
TIMES = "times --help, CPU"
INDEXED, SOON, LATER, LONG = 2, 8, 20, 80
"""Times ``--help`` that an answer may take: from the index, of one call, of many, of a log."""

LINES = 10_000
LOG = f"why, a log of {LINES:,} lines"
UNLIKE = f"{LOG}, its failing calls unlike one another"
"""The most frequent ways of failing are answered; that others are left is told, and ends with 2."""
KERNEL = ("-k", "v6.12")
QUESTIONS: dict[str, tuple[int, tuple[str, ...]]] = {
    "why, a line with two rules": (
        SOON, ("why", "unshare(CLONE_NEWUSER) = -1 ENOSPC (No space left on device)", *KERNEL)),
    "why, a line with many rules": (
        SOON, ("why", "clone(child_stack=NULL, flags=CLONE_NEWUSER|CLONE_NEWPID|SIGCHLD)"
               " = -1 ENOMEM (Cannot allocate memory)", *KERNEL)),
    "why, a line that no rule refuses": (
        SOON, ("why", "clone3({flags=CLONE_VM|CLONE_SIGHAND|CLONE_THREAD, exit_signal=0, "
               "stack=0x7f00, stack_size=0x9000}, 88) = -1 EPERM (Operation not permitted)",
               *KERNEL)),
    "why, flags that are wrong for all": (
        SOON, ("why", "clone(child_stack=NULL, flags=CLONE_NEWUSER|CLONE_FS|SIGCHLD)"
               " = -1 EINVAL (Invalid argument)", *KERNEL)),
    "ask, a call": (SOON, ("ask", "user_worker and not flags.VM and ok", *KERNEL)),
    "ask, a proof": (SOON, ("ask", "child.mm == shared and not CLONE_VM", *KERNEL)),
    "why, flags that no kernel knows": (
        SOON, ("why", "clone3({flags=0xff00000000000000, exit_signal=SIGCHLD, stack=NULL, "
               "stack_size=0}, 88) = -1 EINVAL (Invalid argument)", *KERNEL)),
    "ask --all": (LATER, ("ask", "clone3 and errno == EAGAIN", "--all", *KERNEL)),
    "ask --all, any call": (LATER, ("ask", "true", "--all", *KERNEL)),
    "diff, neighbours": (LATER, ("diff", "v6.12", "v6.13")),
    "diff, the series": (LATER, ("diff", "v6.3-rc1", "series-11")),
    "diff, releases far apart": (LATER, ("diff", "v6.1", "v6.12")),
    "backport, calls": (
        LATER, ("backport", "--base", "v6.1", "--with", "KILL_SEQ", "--only", "calls")),
    "backport, with histories": (LATER, ("backport", "--base", "v6.1", "--with", "KILL_SEQ")),
    "impact, a rule": (SOON, ("impact", "thread enters another pid or user namespace", *KERNEL)),
    "rules, every one": (SOON, ("rules",)),
    "rules, chosen": (SOON, ("rules", "--errno", "ENOSPC", "--entry", "unshare", *KERNEL)),
    "timeline": (SOON, ("timeline", "P70")),
    "blame, a proof": (SOON, ("blame", "V01t", *KERNEL)),
    "blame, a refutation": (SOON, ("blame", "P70", "-k", "v6.1")),
    "matrix": (SOON, ("matrix", *KERNEL)),
    "run, system calls": (SOON, ("run", "unshare CLONE_NEWPID; fork; exit child; fork", *KERNEL)),
    "run, steps of a system": (SOON, ("run", "the owner opens the device; SIGKILL", *KERNEL)),
    "run, what may come next": (SOON, ("run", "--system", "cgroup_freezer", "--next", *KERNEL)),
    "list --about": (INDEXED, ("list", "--about", "signal KVM_RUN ENOMEM")),
    "verify --set": (SOON, ("verify", "V01", *KERNEL, "--set", "rlim_nproc=1")),
    "verify --all, of calls": (LATER, ("verify", "V01", *KERNEL, "--all")),
    "verify --all, of histories": (SOON, ("verify", "P59f", *KERNEL, "--all")),
}
"""What is asked, and at most how many times ``--help`` that may take."""

AGAIN = {
    f"{what}, again": (what, most) for what, most in (
        ("diff, releases far apart", INDEXED), ("backport, with histories", INDEXED),
        ("impact, a rule", 3), ("ask --all, any call", 3),
    )
}
"""What is asked again on the same tree, by the question, and at most how many times ``--help``."""

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


def unlike(count: int, seed: int = 1) -> list[str]:
    """Return such lines, of which one in fifty fails with flags of its own."""
    chance = random.Random(seed)
    return [
        f"{100 + number % 40} clone(child_stack=NULL, flags={chance.randrange(2**32) & ~0xFF:#x}|"
        f"SIGCHLD) = -1 {chance.choice(_ERRORS)} (x)" if number % 50 == 0
        else _line(chance, number)
        for number in range(count)
    ]


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield how many times ``--help`` each answer takes; the last release has no such verbs."""
    with tempfile.TemporaryDirectory() as kept:
        file = Path(kept) / "log"
        file.write_text("\n".join(log(LINES)), encoding="utf-8")
        asked = {
            what: Asked(HERE, words, record=kept if words[0] == "list" else None)
            for what, (_most, words) in QUESTIONS.items()
        }
        for what, (first, _most) in AGAIN.items():
            asked[what] = Asked(HERE, QUESTIONS[first][1], record=kept)
        asked[LOG] = Asked(HERE, ("why", *KERNEL, str(file)))
        other = Path(kept) / "unlike"
        other.write_text("\n".join(unlike(LINES)), encoding="utf-8")
        asked[UNLIKE] = Asked(HERE, ("why", *KERNEL, str(other)), ends=(0, problems.UNANSWERED))
        in_turn(1, {what: one for what, one in asked.items() if one.record})  # that is indexed
        made = in_turn(plan.runs, {HELP: Asked(HERE, (HELP,)), **asked})
    spent = {what: middle(one.cpu for one in some) for what, some in made.items()}
    for what in asked:
        yield Figure(PART, what, "CPU s", spent[what])
        yield Figure(PART, what, TIMES, spent[what] / spent[HELP])


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of them."""
    most = {what: times for what, (times, _words) in QUESTIONS.items()}
    most |= {what: times for what, (_first, times) in AGAIN.items()}
    most |= dict.fromkeys((LOG, UNLIKE), LONG)
    for what, times in most.items():
        yield at_most(12, f"{what}, in times of --help", times, found.here(PART, what, TIMES))
