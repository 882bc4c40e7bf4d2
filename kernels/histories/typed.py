"""Random system calls of a few processes, typed as a person would, on a real kernel.

Each is played on the kernel and compared after every call: its errno, and of each task what
/proc shows of it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from checker.running.processes import Calling, CallMade, errno_of
from kernels.histories.drive import answer, differing, user
from kernels.histories.play import play
from kernels.histories.script import Facts, HistoryScript, Row, broke_off
from kernels.machines.place import CannotRun, place
from kernels.observe.comparison import Difference
from model.kernel import Kernel
from model.processes.world import Around, Life, Process, Processes
from model.words import SIGCHLD, Flag

AROUND = Around(init_waits=False, root_maps=True)
"""The director, who waits for nobody unasked, and root, who maps all uids."""
OPTIONS = "counts=u1,u2"
MOST = 6
"""Tasks of one history."""
LIMIT = 3
"""RLIMIT_NPROC to begin with."""
ROOTS = 1000
"""Tasks of root's beside: more than any bound of a history, as on any machine."""
_MADE = ("fork", "fork", "vfork", "clone CLONE_VM CLONE_SIGHAND CLONE_THREAD")
_CLONES = (
    "0", "CLONE_FS", "CLONE_VM", "CLONE_VM CLONE_SIGHAND", "CLONE_PARENT", "CLONE_NEWUSER",
    "CLONE_NEWPID", "CLONE_SIGHAND", "CLONE_VM CLONE_THREAD", "CLONE_NEWPID CLONE_PARENT",
    "CLONE_NEWUSER CLONE_FS", "CLONE_NEWUSER CLONE_VM CLONE_SIGHAND CLONE_THREAD",
    "CLONE_NEWNS", "CLONE_NEWNS CLONE_FS",
)
_UNSHARES = (
    "CLONE_NEWUSER", "CLONE_NEWPID", "CLONE_NEWNS", "CLONE_FS", "CLONE_THREAD",
    "CLONE_SIGHAND", "CLONE_NEWUSER CLONE_NEWPID",
)
UIDS = (0, 1, 2)


@dataclass(frozen=True)
class TypedHistory:
    """What was typed, the worlds between the calls, and how each call ended."""

    typed: tuple[str, ...]
    made: tuple[CallMade, ...]
    worlds: tuple[Processes, ...]

    @property
    def script(self) -> HistoryScript:
        """Return it as the player takes it."""
        steps = tuple(
            tuple(_commands(one, *self.worlds[n : n + 2])) for n, one in enumerate(self.made)
        )
        return HistoryScript(OPTIONS, ("director start t1", f"t1 setrlimit {LIMIT}"), steps)


def drawn(kernel: Kernel, chance: random.Random, length: int) -> TypedHistory:
    """Return a random history of calls that user space can make, refused ones among them."""
    calling = Calling(kernel, 0, AROUND)
    calling.make(f"setrlimit {LIMIT}")
    calling.make(f"others 0 {ROOTS}")
    begun = len(calling.worlds) - 1
    made: list[CallMade] = []
    for _ in range(20 * length):
        if len(made) == length:
            break
        world = calling.worlds[-1]
        typed = _one(world, chance)
        if typed is None:
            break
        done = calling.make(typed)
        if not isinstance(done, CallMade):
            continue
        if done.name == "exit" and _is_ending(calling.worlds[-1], done.who):
            calling.worlds.pop()
            break
        made.append(done)
    lines = tuple(one.typed for one in made)
    return TypedHistory(lines, tuple(made), tuple(calling.worlds[begun:]))


def _is_ending(world: Processes, number: int) -> bool:
    """Return whether an init waits for others: an end that the player would wait for in vain."""
    return number in world.tasks and world.tasks[number].life is Life.ENDING


def _can_be_reaped(world: Processes, one: Process) -> bool:
    """Return whether the player can have it reaped: by a first thread, which /proc tells.

    A parent in a pid namespace of its own is given the number by which the child knows itself.
    """
    parent = world.tasks.get(one.parent)
    if one.life is not Life.ZOMBIE or parent is None:
        return one.life is Life.ZOMBIE
    known = parent.spaces.pid_ns in (0, one.spaces.pid_ns)
    return parent.is_leader and parent.alive and known


def _one(world: Processes, chance: random.Random) -> str | None:
    """Return a call that somebody could make now; nothing if nobody is left."""
    able = [one for one in world.living() if one.waits_for is None]
    if not able:
        return None
    who = chance.choice(able)
    zombies = [one for one in world.tasks.values() if _can_be_reaped(world, one)]
    if zombies and chance.random() < 0.3:
        return f"{who.number}: reap {chance.choice(zombies).number}"
    return f"{who.number}: {_call(world, who, chance)}"


def _call(world: Processes, who: Process, chance: random.Random) -> str:
    uid = chance.choice(UIDS)
    spaces = [ns for ns in world.user_spaces if ns]
    calls = [
        f"setuid {uid}", f"setresuid {uid} {uid} {uid}", f"setreuid {chance.choice(UIDS)} {uid}",
        f"setrlimit {chance.choice((1, 2, 3))}", "execve", "execve", "exit",
        f"unshare {chance.choice(_UNSHARES)}", *(f"setns CLONE_NEWUSER {ns}" for ns in spaces[:1]),
    ]
    if world.born < MOST:
        calls += [chance.choice(_MADE) for _ in range(4)] + [f"clone {chance.choice(_CLONES)}"] * 2
    if who.number == 1 and who.cred.effective and who.cred.user_ns == 0 and len(world.tasks) > 1:
        calls.append(f"kill {chance.choice([one for one in world.tasks if one != 1])}")
    return chance.choice(calls)


def _commands(made: CallMade, before: Processes, after: Processes) -> list[str]:
    """Return the player's lines of a call: the call, what root does after it, and waits."""
    me, name, new = f"t{made.who}", made.name, f"t{before.born + 1}"
    verb, *given = name.split()
    lines = [_line(me, verb, given, new)]
    fresh = [ns for ns in after.user_spaces if ns not in before.user_spaces]
    for ns in fresh:
        inside = new if verb == "clone" else me
        parent = after.user_spaces[ns].parent
        kept = f" ns{parent}" if parent else ""
        lines += [f"director keep ns{ns} {inside} user", f"director map {inside}{kept}"]
    return [*lines, *_settling(made, before, after)]


def _line(me: str, verb: str, given: list[str], new: str) -> str:
    flags = 0
    for one in given:
        flags |= int(Flag[one.removeprefix("CLONE_")]) if one.startswith("CLONE_") else 0
    quiet = "0" in given or flags & (Flag.THREAD | Flag.PARENT)
    return {
        "clone": f"{me} clone {new} {flags:#x} {0 if quiet else SIGCHLD}",
        "unshare": f"{me} unshare {flags:#x}",
        "setns": f"{me} join @ns{given[-1] if given else ''} {flags:#x}",
        "kill": f"director kill t{given[-1] if given else ''} 9",
        "reap": f"director reap t{given[-1] if given else ''} wall",
        "setrlimit": f"{me} setrlimit {given[-1] if given else ''}",
        "fork": f"{me} fork {new}",
        "vfork": f"{me} vfork {new}",
    }.get(verb, " ".join([me, verb, *(_uid(one) for one in given[:_ARGUMENTS.get(verb, 0)])]))


_ARGUMENTS = {"setuid": 1, "setresuid": 1, "setreuid": 2}


def _uid(word: str) -> str:
    return f"u{word}" if word != "0" else word


def _settling(made: CallMade, before: Processes, after: Processes) -> list[str]:
    """Return waits: for the end of others, and for the answer of a vfork()."""
    lines = []
    for number, was in before.tasks.items():
        now = after.tasks.get(number)
        ended = now is None or now.life is Life.ZOMBIE
        lived = was.life is not Life.ZOMBIE
        if lived and ended and not (number == made.who and made.name == "exit"):
            lines.append(f"director await t{number} 2000")
        if was.waits_for is not None and now is not None and now.alive and now.waits_for is None:
            lines.append(f"director answered t{number}")
    return lines


def expected(world: Processes) -> Facts:
    """Return what should be seen of a world: the counts, and of each task what it is."""
    facts: Facts = {f"u{uid}": world.count(0, uid) for uid in (1, 2)}
    for number in range(1, world.born + 1):
        task = world.tasks.get(number)
        facts[f"t{number}.life"] = task.life.value if task is not None else "gone"
        if task is not None and task.life is Life.ENDING:
            facts[f"t{number}.life"] = None
        if task is not None and task.alive:
            facts |= {f"t{number}.{name}": value for name, value in _seen_of(world, task).items()}
    return {name: value for name, value in facts.items() if value is not None}


def _seen_of(world: Processes, task: Process) -> Facts:
    """Return what /proc shows of a task: the parent's process, not which of its threads it is."""
    spaces, parent = task.spaces, world.tasks.get(task.parent)
    return {
        "uid": task.cred.uid,
        "euid": task.cred.euid,
        "marked": task.marked,
        "limit": task.limit,
        "leader": task.leader,
        "parent": parent.leader if parent is not None else task.parent,
        "waits": task.waits_for is not None,
        "initial pid_ns": spaces.pid_ns == 0,
        "own children": spaces.pid_ns == spaces.pid_ns_for_children,
        "user_ns": task.cred.user_ns,
    }


def observed(rows: list[Row], initial: Any) -> Facts:
    """Return the same from the last answer to a step's commands.

    ``initial`` is the pid namespace that the first task was in.
    """
    row = rows[-1]
    facts: Facts = dict(row["counts"])
    for actor, one in row["seen"].items():
        facts[f"{actor}.life"] = one["life"]
        if one["life"] == "alive":
            facts |= {f"{actor}.{name}": value for name, value in _told_of(one, initial).items()}
    return facts


def _told_of(one: dict[str, Any], initial: Any) -> Facts:
    return {
        "uid": user(one["uid"]),
        "euid": user(one["euid"]),
        "marked": one["marked"],
        "limit": one.get("limit"),
        "leader": _number(one["leader"]),
        "parent": 0 if one["parent"] == "director" else _number(one["parent"]),
        "waits": one["waits"],
        "initial pid_ns": one["pid_ns"] == initial,
        "own children": one["for_children"] == "own",
        "user_ns": 0 if one["ns"] == "init" else _number(one["ns"]),
    }


def _number(name: Any) -> Any:
    digits = str(name).lstrip("nst")
    return int(digits) if digits.isdigit() else name


@dataclass(frozen=True)
class Compared:
    """How far a history agrees: calls and facts, what differs first, and why it broke off."""

    calls: int
    facts: int
    differences: tuple[Difference, ...] = ()
    broke_off: str = ""


def compared(history: TypedHistory, rows: list[Row]) -> Compared:
    """Hold a history against what was seen of it, call by call."""
    script = history.script
    setup, by_step = script.rows_by_step(rows)
    if broke_off(script, rows) and not any(by_step):
        return Compared(0, 0, broke_off=broke_off(script, rows))
    initial = setup[0]["seen"]["t1"]["pid_ns"]
    calls = facts = 0
    for made, after, answers in zip(history.made, history.worlds[1:], by_step, strict=True):
        if not answers or any("prepared" in one for one in answers):
            return Compared(calls, facts, broke_off=broke_off(script, rows))
        wanted = {"answer": _ended(made), **expected(after)}
        told = {"answer": answer(answers), **observed(answers, initial)}
        found = differing(wanted, told)
        facts += sum(1 for name in wanted if told.get(name) is not None)
        if found:
            return Compared(calls, facts, found)
        calls += 1
    return Compared(calls, facts, broke_off=broke_off(script, rows))


@dataclass
class TypedReport:
    """Random histories on one kernel: how much agrees, and the first that does not."""

    where: str
    release: str = ""
    revision: str = ""
    histories: int = 0
    agree: int = 0
    calls: int = 0
    facts: int = 0
    broke_off: int = 0
    disagree: int = 0
    first: dict[str, Any] | None = None
    skipped: str = ""


def typed_report(
    where: str, count: int, seed: int, model: Kernel | None = None, length: int = 12
) -> TypedReport:
    """Play random histories of calls on a kernel, and compare each with the model's."""
    report = TypedReport(where)
    chance = random.Random(seed)
    try:
        here = place(where)
        kernel = model or here.kernel
        report.revision = kernel.name
        drawn_ones = {f"calls/{n}": drawn(kernel, chance, length) for n in range(count)}
        rows = play(where, {name: one.script for name, one in drawn_ones.items()})
    except CannotRun as cannot:
        report.skipped = str(cannot)
        return report
    report.release = next((str(one[0]["kernel"]) for one in rows.values()), "")
    for name, history in drawn_ones.items():
        _add(report, history, compared(history, rows.get(name, [])))
    return report


def _add(report: TypedReport, history: TypedHistory, found: Compared) -> None:
    report.histories += 1
    report.calls += found.calls
    report.facts += found.facts
    if found.differences:
        report.disagree += 1
        typed = list(history.typed[: found.calls + 1])
        shown = {"calls": typed, "differences": [vars_of(one) for one in found.differences]}
        shorter = report.first is None or len(typed) < len(report.first["calls"])
        report.first = shown if shorter else report.first
    elif found.broke_off:
        report.broke_off += 1
    else:
        report.agree += 1


def vars_of(one: Difference) -> dict[str, Any]:
    """Return a difference as JSON writes it."""
    return {"field": one.field, "model": one.model, "kernel": one.kernel}


def told(reports: list[TypedReport]) -> list[str]:
    """Return reports as text."""
    lines = []
    for one in reports:
        if one.skipped:
            lines.append(f"{one.where}: skipped: {one.skipped}")
            continue
        lines += [
            f"{one.where} ({one.release}, held against {one.revision}): {one.agree} of "
            f"{one.histories} histories of calls agree; {one.calls} calls, {one.facts} facts",
            *([f"  {one.broke_off} broke off"] if one.broke_off else []),
        ]
        if one.first is not None:
            lines += [f"  differs: {'; '.join(one.first['calls'])}"]
            lines += [
                f"    {at['field']}: model {at['model']}, kernel {at['kernel']}"
                for at in one.first["differences"]
            ]
    return lines


def status(reports: list[TypedReport]) -> int:
    """Return 0 if all agree, 1 if one differs, 2 if something was not seen."""
    if any(one.disagree for one in reports):
        return 1
    return 2 if any(one.skipped or one.broke_off for one in reports) else 0


def _ended(made: CallMade) -> str:
    if made.name == "exit":
        return "ended"
    return errno_of(made.errno) if made.errno else "OK"
