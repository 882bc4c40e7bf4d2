"""The aspects that a reading compares: the fields of its record, by the sheet's rows."""

from __future__ import annotations

from typing import Any

from model.algebra import Truth, both, either, has, no
from model.child import Child
from model.copy_process import FORGETS_EXCESS
from model.evaluate import Outcome
from model.records import BOOL
from model.words import PF_NPROC_EXCEEDED
from source import effects
from source.effects import Reader
from source.interpreter import CallResult, Interpreter
from source.readings.reading import Aspect
from source.sheet import read_by


def aspects(reading: str, record: type[Any] = Child) -> tuple[Aspect, ...]:
    """Return the aspects of a record's fields that a reading compares, by the sheet's rows."""
    return tuple(_aspect(record, name, how) for name, how in read_by(reading, record).items())


_LOW = {"flags", "exit_signal"}
"""Fields that C keeps in 32 bits."""


def _aspect(record: type[Any], name: str, how: Reader) -> Aspect:
    meta = record.__dataclass_fields__[name].metadata

    def tell(outcome: Outcome) -> Any:
        value = getattr(outcome.after, name)
        if meta["width"] == BOOL:
            return value
        word = effects.as_64(value, meta["signed"])
        return word & 0xFFFFFFFF if name in _LOW else word

    return Aspect(name, how, tell, meta["signed"])


def _forgets_excess(machine: Interpreter, _done: CallResult) -> Truth:
    had = has(machine.call.current.flags, PF_NPROC_EXCEEDED)
    now = effects.has_bit("current->flags", "PF_NPROC_EXCEEDED")(machine, _done)
    return both(had, no(now))


def _forgot(outcome: Outcome) -> Truth:
    had = has(outcome.call.current.flags, PF_NPROC_EXCEEDED)
    return both(had, outcome.done.get(FORGETS_EXCESS, False))


def _init_of_ns(outcome: Outcome) -> Truth:
    child = outcome.child
    return either(
        child.is_child_reaper, both(child.same_thread_group, outcome.call.current.signal.unkillable)
    )


FORK_ASPECTS = (
    *aspects("copy_process"),
    Aspect("caller's PF_NPROC_EXCEEDED cleared", _forgets_excess, _forgot, always=True),
    Aspect(
        "signal is unkillable",
        effects.has_bit("p->signal->flags", "SIGNAL_UNKILLABLE"),
        _init_of_ns,
    ),
)
