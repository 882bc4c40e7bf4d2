"""What tasks said of their calls, beside what the model says of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kernels.conformance.tasks.calls import Made, Script
from kernels.conformance.tasks.looked import Values, looked
from model.around.calls import CALLS, refusals
from model.around.limits import NPROC, RLIM_NLIMITS, STACK
from model.around.rows import Came, Row, outcome
from model.around.task import Around, Asked, Asking, Counts, Given, Map, Namespace
from model.kernel import Kernel
from model.words import errno_name

ROOT = -1
"""The first namespace's root, as no id of a line is called."""
_UNMAPPED = 65534


@dataclass(frozen=True)
class Observed:
    """One call on a kernel: what it asked, of which task, and what was seen before and after."""

    line: str
    made: Made
    asked: Asked
    start: Around
    given: Given
    before: Values
    errno: int
    after: Values

    def came(self, kernel: Kernel, rows: tuple[Row, ...]) -> Came:
        """Return what some rows say of the call on a kernel of the model."""
        return outcome(rows, Asking(kernel, self.start, self.asked, self.given, self.start))


@dataclass
class Held:
    """What came of a kernel's calls: by name how many agree, by row how often it decided."""

    calls: Counter[str] = field(default_factory=Counter)
    agree: Counter[str] = field(default_factory=Counter)
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """What differs, and lines that said too little."""

    def uncovered(self) -> list[tuple[str, str]]:
        """Return refusals, by call and name, that no agreeing call shows."""
        return [(call, row.name) for call in CALLS for row in refusals(call)
                if not self.rows[call, row.name]]


def held(kernel: Kernel, observed: list[Observed | str]) -> Held:
    """Return what came of calls on a kernel of the model; a text is a line that went wrong."""
    found = Held()
    for one in observed:
        if isinstance(one, str):
            found.wrong.append(one)
        else:
            _note(found, one, one.came(kernel, CALLS[one.made.name]))
    return found


def _note(found: Held, one: Observed, came: Came) -> None:
    name, wrong = one.made.name, differences(came, one)
    found.calls[name] += 1
    found.agree[name] += not wrong
    if wrong:
        found.wrong.append(f"{one.line}: {one.made.step}: {', '.join(wrong)}")
    elif came.row is not None:
        found.rows[name, came.row.name] += 1


def differences(came: Came, one: Observed) -> list[str]:
    """Return each way in which a call did not come to what the model says."""
    expected = {name: getattr(came.task, name) for name in one.before if name != "limits"}
    expected["limits"] = _limits(came, one)
    wrong = [] if came.errno == one.errno else [
        f"errno: model {errno_name(came.errno)}, kernel {errno_name(one.errno)}"]
    return wrong + [f"{name}: model {expected[name]}, kernel {one.after[name]}"
                    for name in expected if expected[name] != one.after[name]]


def _limits(came: Came, one: Observed) -> tuple[int, ...]:
    """Return the limits of the task afterwards; those of others are not looked at."""
    limits = list(one.before["limits"])
    limits[2 * STACK] = came.task.stack
    if one.made.name.endswith("limit") and one.made.asked["of_itself"] and not came.errno:
        at = 2 * one.made.asked["resource"]
        limits[at:at + 2] = [came.task.soft, came.task.hard]
    return tuple(limits)


# ---- what a line of the probe says ---------------------------------------------------


@dataclass
class _Task:
    """What is known of a task beside its look: ids outside, and who else is counted."""

    script: Script
    inside: bool = False
    """It has a user namespace of its own."""
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
        if given == _UNMAPPED and self.inside:
            return own
        return ROOT if given == 0 and not self.inside else given


def observed(scripts: list[Script], rows: list[dict[str, Any]]) -> list[Observed | str]:
    """Return each call that the tasks of a kernel made, or a line that said too little."""
    return [one for script, row in zip(scripts, rows, strict=True) for one in _calls(script, row)]


def _calls(script: Script, row: dict[str, Any]) -> Iterator[Observed | str]:
    said, start = row["said"][1:], len(script.steps)
    if len(said) != start + 2 * len(script.calls) + 1:
        yield f"{script.line}: {said[-1] if said else 'nothing said'}"
        return
    given = Given(suid_dumpable=row["suid_dumpable"], nr_open=row["nr_open"])
    task = _task(script, said[:start], looked(said[start]))
    for number, made in enumerate(script.calls):
        before, errno, after = said[start + 2 * number:][:3]
        seen = looked(before)
        asked = _asked(task, made, seen)
        around = _around(task, made, seen)
        yield Observed(script.line, made, asked, around, given, seen, -min(0, errno), looked(after))
        if task.thread and after[0]:
            task.others[task.beside] -= 1
            task.thread = False


def _task(script: Script, said: list[int], first: Values) -> _Task:
    """Return what the set-up made of a task, by what each of its steps said."""
    task = _Task(script)
    for step, result in zip(script.steps, said, strict=True):
        word, *args = step.split()
        if word == "others":
            task.others[int(args[1])] += result
        task.inside |= word == "ns" and not result
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


def _asked(task: _Task, made: Made, before: Values) -> Asked:
    facts = dict(made.asked)
    if made.name == "setgroups":
        groups = facts.get("groups", ())
        low, high = task.script.gids_mapped
        facts["all_mapped"] = not task.inside or all(low <= one <= high for one in groups)
        facts["groups"] = tuple(sorted(groups))
    if made.name == "prlimit":
        real = task.outside(before["uid"], task.uid), task.outside(before["gid"], task.gid)
        facts |= {"its_ids": real == (ROOT, ROOT), "in_own_ns": not task.inside}
    return Asked(**facts)


def _around(task: _Task, made: Made, before: Values) -> Around:
    own = {name: before[name] for name in before if name != "limits"}
    limits = before["limits"]
    resource = made.asked.get("resource", 0)
    named = 2 * resource if resource < RLIM_NLIMITS else 0
    return Around(
        **own, egid_in_groups=before["egid"] in before["groups"],
        nproc=limits[2 * NPROC], stack=limits[2 * STACK],
        soft=limits[named], hard=limits[named + 1],
        shares_root=task.shares_root, user_ns=_namespace(task),
        counts=Counts(own=1 + task.others[task.outside(before["uid"], task.uid)],
                      asked=task.others[task.outside(made.asked.get("first", 0), task.uid)]),
    )


def _namespace(task: _Task) -> Namespace:
    script = task.script
    if not task.inside:
        return Namespace()
    low, high = script.gids_mapped
    gids = Map(low, high) if high >= low else Map(1, 0)
    return Namespace(level=1, uids=Map(*script.uids_mapped), gids=gids, setgroups=script.setgroups)
