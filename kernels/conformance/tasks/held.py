"""What tasks said of their calls, beside what the model says of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from kernels.conformance.tasks.calls import Made, Script
from kernels.conformance.tasks.looked import Values, looked
from model.around.calls import CALLS
from model.around.limits import NPROC, RLIM_NLIMITS, STACK
from model.around.rows import Came, Refusal, outcome
from model.around.task import Around, Asked, Asking, Counts, Given, Map, Namespace
from model.kernel import Kernel
from model.words import errno_name

ROOT = -1
"""The first namespace's root, as no id of a line is called."""
_UNMAPPED = 65534


@dataclass
class Held:
    """What came of a kernel's calls: by name how many agree, by row how often it decided."""

    calls: Counter[str] = field(default_factory=Counter)
    agree: Counter[str] = field(default_factory=Counter)
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    different: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Lines that ended before their last look."""

    def uncovered(self) -> list[tuple[str, str]]:
        """Return refusals, by call and name, that no agreeing call shows."""
        return [(call, row.name) for call, rows in CALLS.items() for row in rows
                if isinstance(row, Refusal) and not self.rows[call, row.name]]


@dataclass(frozen=True)
class Seen:
    """A look, what a call said (0, or an errno), and the look after it."""

    before: Values
    errno: int
    after: Values


@dataclass
class _Task:
    """What is known of a task beside its look: ids outside, and who else is counted."""

    script: Script
    uid: int = ROOT
    """The real uid that it had when it left the first namespace."""
    gid: int = ROOT
    others: Counter[int] = field(default_factory=Counter)
    shares_root: bool = False
    thread: bool = False
    """Its group's first thread is another, and counted."""
    beside: int = ROOT
    """The real uid that it had when it made that thread."""

    def outside(self, given: int, own: int) -> int:
        """Return a uid or gid as the first namespace has it."""
        if given == _UNMAPPED and self.script.ids_mapped is not None:
            return own
        return ROOT if given == 0 and self.script.ids_mapped is None else given


def held(kernel: Kernel, scripts: list[Script], rows: list[dict[str, Any]]) -> Held:
    """Return what came of tasks and their calls on a kernel of the model."""
    found = Held()
    for script, row in zip(scripts, rows, strict=True):
        said = row["said"][1:]
        if len(said) != len(script.steps) + 2 * len(script.calls) + 1:
            found.broken.append(f"{script.line}: {said[-1] if said else 'nothing said'}")
            continue
        given = Given(suid_dumpable=row["suid_dumpable"], nr_open=row["nr_open"])
        _hold(found, kernel, script, said, given)
    return found


def _hold(found: Held, kernel: Kernel, script: Script, said: list[Any], given: Given) -> None:
    start = len(script.steps)
    task = _task(script, said[:start], looked(said[start]))
    for number, made in enumerate(script.calls):
        before, errno, after = said[start + 2 * number:][:3]
        seen = Seen(looked(before), -min(0, errno), looked(after))
        came = predicted(kernel, task, made, seen.before, given)
        _note(found, f"{script.line}: {made.step}", made, came, differences(came, made, seen))
        if task.thread and after[0]:
            task.others[task.beside] -= 1
            task.thread = False


def _note(found: Held, line: str, made: Made, came: Came, wrong: list[str]) -> None:
    found.calls[made.name] += 1
    found.agree[made.name] += not wrong
    if wrong:
        found.different.append(f"{line}: {', '.join(wrong)}")
    elif came.row is not None:
        found.rows[made.name, came.row.name] += 1


def _task(script: Script, said: list[int], first: Values) -> _Task:
    """Return what the set-up made of a task, by what each of its steps said."""
    task = _Task(script)
    for step, result in zip(script.steps, said, strict=True):
        word, *args = step.split()
        if word == "others":
            task.others[int(args[1])] += result
        task.shares_root |= word == "shared" and not result
        task.thread |= word == "thread" and not result
    task.uid, task.gid = _ids_outside(script)
    task.beside = task.outside(first["uid"], task.uid)
    task.others[task.beside] += task.shares_root + task.thread
    return task


def _ids_outside(script: Script) -> tuple[int, int]:
    """Return the uid and gid of the first namespace that a task had when it left that."""
    uid, gid = ROOT, ROOT
    for step in script.steps:
        word, *args = step.split()
        if word == "ns":
            break
        if word == "setresuid":
            uid = int(args[0]) or ROOT
        if word == "setresgid":
            gid = int(args[0]) or ROOT
    return uid, gid


def predicted(kernel: Kernel, task: _Task, made: Made, before: Values, given: Given) -> Came:
    """Return what the model says of a call of a task that looked so."""
    asked = _asked(task, made, before)
    start = _around(task, made, before, asked)
    return outcome(CALLS[made.name], Asking(kernel, start, asked, given, start))


def _asked(task: _Task, made: Made, before: Values) -> Asked:
    facts = dict(made.asked)
    inner = task.script.ids_mapped is not None
    if made.name == "setgroups":
        groups = facts.get("groups", ())
        low, high = task.script.gids_mapped
        facts["all_mapped"] = not inner or all(low <= one <= high for one in groups)
        facts["groups"] = tuple(sorted(groups))
    if made.name == "prlimit":
        real = task.outside(before["uid"], task.uid), task.outside(before["gid"], task.gid)
        facts |= {"its_ids": real == (ROOT, ROOT), "in_own_ns": not inner}
    return Asked(**facts)


def _around(task: _Task, made: Made, before: Values, asked: Asked) -> Around:
    own = {name: before[name] for name in before if name != "limits"}
    limits = before["limits"]
    named = 2 * asked.resource if asked.resource < RLIM_NLIMITS else 0
    return Around(
        **own, egid_in_groups=before["egid"] in before["groups"],
        nproc=limits[2 * NPROC], stack=limits[2 * STACK],
        soft=limits[named], hard=limits[named + 1],
        shares_root=task.shares_root, user_ns=_namespace(task.script),
        counts=Counts(own=1 + task.others[task.outside(before["uid"], task.uid)],
                      asked=task.others[task.outside(asked.first, task.uid)]),
    )


def _namespace(script: Script) -> Namespace:
    if script.ids_mapped is None:
        return Namespace()
    low, high = script.gids_mapped
    gids = Map(low, high) if high >= low else Map(1, 0)
    return Namespace(level=1, uids=Map(*script.ids_mapped), gids=gids, setgroups=script.setgroups)


def differences(came: Came, made: Made, seen: Seen) -> list[str]:
    """Return each way in which a call did not come to what the model says."""
    expected = {name: getattr(came.task, name) for name in seen.before if name != "limits"}
    expected["limits"] = _limits(came, made, seen.before)
    wrong = [] if came.errno == seen.errno else [
        f"errno: model {errno_name(came.errno)}, kernel {errno_name(seen.errno)}"]
    return wrong + [f"{name}: model {expected[name]}, kernel {seen.after[name]}"
                    for name in expected if expected[name] != seen.after[name]]


def _limits(came: Came, made: Made, before: Values) -> tuple[int, ...]:
    """Return the limits of the task afterwards; those of others are not looked at."""
    limits = list(before["limits"])
    limits[2 * STACK] = came.task.stack
    if made.name.endswith("limit") and made.asked["of_itself"] and not came.errno:
        at = 2 * made.asked["resource"]
        limits[at:at + 2] = [came.task.soft, came.task.hard]
    return tuple(limits)
