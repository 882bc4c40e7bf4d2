"""All systems by name, and the enumerations that their facts are numbers of."""

from __future__ import annotations

from enum import IntEnum

from model.system import (
    accounts,
    devices,
    dumping,
    execing,
    families,
    forkers,
    freezing,
    killing,
    life,
    nested,
    publishing,
    retrying,
    sharing,
)
from model.system.step import System

SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        accounts.ACCOUNTS,
        nested.NESTED,
        forkers.FORKERS,
        forkers.THREADS,
        devices.SYSTEM,
        life.SYSTEM,
        freezing.SYSTEM,
        execing.SYSTEM,
        dumping.SYSTEM,
        killing.SYSTEM,
        retrying.SYSTEM,
        sharing.SYSTEM,
        families.SYSTEM,
        publishing.SYSTEM,
    )
}

ENUMS: dict[str, type[IntEnum]] = {
    "life": accounts.Life,
    "joined": accounts.Joined,
    "run": life.Run,
    "stop": life.Stop,
    "exec": execing.Exec,
    "worker": execing.Thread,
    "dump": dumping.Dump,
    "thread": dumping.Thread,
    "fork": killing.Fork,
    "kill": killing.Kill,
    "family": families.Life,
    "parents": families.Parent,
    "half": publishing.Half,
    "child": publishing.Child,
}
