"""Random tasks that make calls round task creation: the lines of the probe, and what they ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from model.around.calls import CALLS, PRCTL
from model.around.task import UNCHANGED

CHAIN = 8
"""So many calls one task makes, each after the other."""
UNKNOWN_PID = 4000000
DRIVER = 1
"""The pid of the probe's driver: root's, of the first user namespace, and nobody's child here."""
_NEVER = RLIM = 2**64 - 1
VERSION, NO_VERSION = 0x20080522, 0x20080523


@dataclass(frozen=True)
class Made:
    """One call: its name in the model, its step of the probe, and what it asks for."""

    name: str
    step: str
    asked: dict[str, Any]


@dataclass
class Script:
    """A task: its set-up, which case it is, and its calls."""

    setup: list[str] = field(default_factory=list)
    calls: list[Made] = field(default_factory=list)
    uids_mapped: tuple[int, int] = (0, 0)
    """The uids and gids of its user namespace, where it gets one."""
    gids_mapped: tuple[int, int] = (0, 0)
    setgroups: bool = True
    crowded: bool = False
    """There are, or may be, others of some uid beside it."""

    @property
    def steps(self) -> list[str]:
        """Return the steps of the set-up, each of which says one number."""
        return ";".join(self.setup).split(";") if self.setup else []

    @property
    def line(self) -> str:
        """Return the steps: a look before each call, and after the last."""
        calls = [step for one in self.calls for step in ("look", one.step)]
        return ";".join([*self.setup, *calls, "look"])


def scripts(count: int, chance: Random, full: int) -> list[Script]:
    """Return tasks that make each call ``count`` times in all."""
    names = [name for name in CALLS for _ in range(count)]
    chance.shuffle(names)
    return [_script(names[at:at + CHAIN], chance, full) for at in range(0, len(names), CHAIN)]


def _script(names: list[str], chance: Random, full: int) -> Script:
    made = Script()
    made.setup = list(_becomes(made, chance, full))
    made.calls = [_call(name, chance, full) for name in names]
    return made


def _id(chance: Random) -> int:
    return chance.choice((0, 0, 1, 1, 2, 2, 3, 4))


def _becomes(made: Script, chance: Random, full: int) -> Iterator[str]:
    """Yield steps that give a task credentials and limits, first what needs most privilege."""
    if chance.random() < 0.3:
        yield from _namespace(made, chance)
    if chance.random() < 0.4:
        yield f"setgroups {chance.randrange(3)} 1 2"
    if chance.random() < 0.5:
        yield f"prctl 28 {chance.choice((1, 2, 4, 5, 0x10, 0x20, 0x40, 0x4, 0xf, 0x500, 0xf00))}"
    if chance.random() < 0.3:
        yield f"prctl 24 {chance.choice((0, 6, 7, 8, 21, 24, 40))}"
    if chance.random() < 0.3:
        yield from _others(made, chance)
    if chance.random() < 0.5:
        yield f"setresgid {_id(chance)} {_id(chance)} {_id(chance)}"
    if chance.random() < 0.5:
        yield f"capset {full} {full} {chance.choice((full, _some(chance, full)))}"
        yield f"prctl 47 2 {chance.choice((0, 6, 7, 8, 21, 24))}"
    if chance.random() < 0.5:
        yield f"setresuid {_id(chance)} {_id(chance)} {_id(chance)}"
    if chance.random() < 0.4:
        some = _some(chance, full)
        yield f"capset {some & chance.getrandbits(41)} {some} {_some(chance, full)}"
    yield from _rest(chance)
    if not made.crowded and chance.random() < 0.3:
        yield from _crowded(chance)
    else:
        yield from (step for step in ("shared", "thread") if chance.random() < 0.3)
    yield from _limits(chance)


def _crowded(chance: Random) -> Iterator[str]:
    """Yield steps to become a user who has others already, as many as its limit or more."""
    uid, many = chance.randint(1, 3), chance.randint(1, 3)
    yield f"others {many} {uid};prlimit 0 6 {chance.randint(0, many + 1)} 10"
    yield chance.choice((f"setresuid {uid} {uid} {uid}", f"setuid {uid}", f"setreuid {uid} {uid}"))
    if chance.random() < 0.4:
        yield "prlimit 0 6 10 10"


def _namespace(made: Script, chance: Random) -> Iterator[str]:
    if chance.random() < 0.6:
        gid, uid = chance.randrange(5), chance.randrange(5)
        yield f"setresgid {gid} {gid} {gid};setresuid {uid} {uid} {uid}"
    first = chance.randrange(2)
    made.uids_mapped = (first, 4)
    made.gids_mapped = (chance.randrange(2), chance.choice((4, 4, 4, -1)))
    made.setgroups = chance.random() < 0.7
    yield "ns {} {} {} {} {:d}".format(*made.uids_mapped, *made.gids_mapped, made.setgroups)
    made.setgroups = made.setgroups and made.gids_mapped[1] >= 0


def _some(chance: Random, full: int) -> int:
    kind = chance.randrange(4)
    if kind == 0:
        return full
    if kind == 1:
        return 0
    bits = sum(1 << one for one in (0, 6, 7, 8, 21, 24, 27, 32, 40) if chance.random() < 0.5)
    return bits & full if kind == 2 else full & ~bits


def _others(made: Script, chance: Random) -> Iterator[str]:
    for uid in chance.sample((1, 2, 3), chance.randint(1, 3)):
        made.crowded = True
        yield f"others {chance.randint(1, 3)} {uid}"


def _limits(chance: Random) -> Iterator[str]:
    if chance.random() < 0.6:
        yield f"prlimit 0 6 {chance.randrange(5)} {chance.choice((5, 5, 10, RLIM))}"
    if chance.random() < 0.3:
        yield f"prlimit 0 3 {chance.choice((1, 8, 16)) << 20} {16 << 20}"
    if chance.random() < 0.3:
        yield f"prlimit 0 {chance.choice((4, 10, 12))} {chance.randrange(3)} 3"


def _rest(chance: Random) -> Iterator[str]:
    """Yield what anybody may do, last as credentials take some of it back."""
    many = {
        "prctl 38 1": 0.25, "prctl 8 1": 0.3, f"prctl 4 {chance.randrange(2)}": 0.4,
        "prctl 36 1": 0.2, f"prctl 1 {chance.choice((9, 15))}": 0.5,
        f"personality {chance.choice((0x40000, 0x240000, 0x400000, 8))}": 0.3,
        f"setfsuid {_id(chance)}": 0.3, f"setfsgid {_id(chance)}": 0.5,
    }
    yield from (step for step, often in many.items() if chance.random() < often)


# ---- calls ---------------------------------------------------------------------------


def _call(name: str, chance: Random, full: int) -> Made:
    """Return a call with random arguments."""
    if name.startswith("prctl("):
        return _prctl(name, chance)
    if name.startswith("exec"):
        return _exec(name, chance)
    if name.endswith("limit"):
        return _limit(name, chance)
    if name == "capset":
        return _capset(chance, full)
    if name == "setgroups":
        return _setgroups(chance)
    return _by_ids(name, chance)


def _by_ids(name: str, chance: Random) -> Made:
    many = 2 if "setre" in name and "res" not in name else 3 if "res" in name else 1
    ids = [chance.choice((0, 1, 1, 2, 2, 3, 4, 5, UNCHANGED)) for _ in range(many)]
    asked = dict(zip(("first", "second", "third"), ids, strict=False))
    return Made(name, f"{name} {' '.join(map(str, ids))}", asked)


def _setgroups(chance: Random) -> Made:
    groups = [chance.randrange(6) for _ in range(chance.choice((0, 1, 2, 3)))]
    if chance.random() < 0.2:
        return Made("setgroups", "setgroups 65537", {"many": 65537})
    asked = {"many": len(groups), "groups": tuple(groups)}
    return Made("setgroups", f"setgroups {len(groups)} {' '.join(map(str, groups))}", asked)


def _capset(chance: Random, full: int) -> Made:
    permitted = _some(chance, full)
    effective = permitted if chance.random() < 0.6 else _some(chance, full)
    sets = {"effective": effective, "permitted": permitted, "inheritable": _some(chance, full)}
    version = NO_VERSION if chance.random() < 0.1 else VERSION
    pid = DRIVER if chance.random() < 0.1 else 0
    step = f"capset {' '.join(map(str, sets.values()))} {version} {pid}"
    return Made("capset", step, {**sets, "known_version": version == VERSION,
                                 "of_itself": pid == 0})


def _prctl(name: str, chance: Random) -> Made:
    option = name[len("prctl("):-1]
    value, rest = _VALUES[option](chance), 0
    if option == "PR_CAP_AMBIENT":
        rest = 0 if value == 4 else chance.choice((0, 6, 7, 8, 21, 24, 40, 41))
        rest = 1 if chance.random() < 0.05 else rest
    if option == "PR_SET_NO_NEW_PRIVS":
        rest = int(chance.random() < 0.2)
    number = PRCTL[option][0]
    return Made(name, f"prctl {number} {value} {rest}", {"value": value, "rest": rest})


_CAPS = (0, 6, 7, 8, 21, 24, 40, 41, 63, 64, 2**32)
_VALUES: dict[str, Any] = {
    "PR_SET_NO_NEW_PRIVS": lambda chance: chance.choice((0, 1, 1, 2)),
    "PR_SET_DUMPABLE": lambda chance: chance.choice((0, 1, 2, 3, 2**32)),
    "PR_SET_CHILD_SUBREAPER": lambda chance: chance.choice((0, 1, 2, 2**32)),
    "PR_SET_PDEATHSIG": lambda chance: chance.choice((0, 1, 9, 64, 65, 2**32)),
    "PR_SET_KEEPCAPS": lambda chance: chance.choice((0, 1, 1, 2)),
    "PR_SET_SECUREBITS": lambda chance: chance.choice(
        (0, 1, 2, 4, 0x10, 0x14, 0x30, 0x40, 0xff, 0x100, 0x400, 0x500, 0xf00, 0x1000, 2**32,
         chance.getrandbits(8), chance.getrandbits(12) & 0xf00)),
    "PR_CAPBSET_DROP": lambda chance: chance.choice(_CAPS),
    "PR_CAP_AMBIENT": lambda chance: chance.choice((2, 2, 2, 3, 3, 4, 5)),
}

_SIZES = {0: (1000, 2000, RLIM), 1: (2**40, 2**41, RLIM), 2: (2**40, 2**41, RLIM),
          3: (2**20, 2**23, 2**24), 5: (2**40, RLIM), 7: (64, 256, 2**20, 2**20 + 1, 2**21),
          9: (2**45, RLIM)}
"""Limits that a task of the probe can live under, of resources of which not all are that."""


def _limit(name: str, chance: Random) -> Made:
    resource = chance.choice((*range(17), 6, 6, 6, 7))
    sizes = _SIZES.get(resource, (0, 1, 2, 3, 5, 10, RLIM))
    soft, hard = chance.choice(sizes), chance.choice(sizes)
    pid = chance.choice((0, 0, 0, DRIVER, UNKNOWN_PID)) if name == "prlimit" else 0
    if pid == DRIVER:
        resource, soft, hard = chance.choice((10, 10, 16)), 0, 0
    asked = {"resource": resource, "soft": soft, "hard": hard, "there": pid != UNKNOWN_PID,
             "of_itself": pid == 0}
    return Made(name, f"{name} {pid} {resource} {soft} {hard}", asked)


def _exec(name: str, chance: Random) -> Made:
    missing = chance.random() < 0.15
    if name == "execve":
        return Made(name, "exec missing" if missing else "exec execve", {"missing": missing})
    flags = chance.choice((0x1000, 0x1000, 0x1000, 0x1100, 0x1001, 0x1200))
    if missing:
        flags &= 0xff
    return Made(name, f"exec {'missing-' if missing else ''}{flags}",
                {"value": flags, "missing": missing})
