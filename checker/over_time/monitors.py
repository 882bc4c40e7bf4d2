"""What a running kernel can be watched for: histories by the events that tracing shows.

Each is about one task, from its first event on.  Its automaton accepts what the system of
histories can show, no more and no less; where histories tell of no further event it accepts any.
A kernel that shows something else does what no history of the model does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from checker.over_time.explore import explore
from checker.over_time.language import Automaton, language
from model.kernel import Kernel
from model.over_time import de_thread, io_wq_exit, reaping
from model.over_time.places import Execve, Life, Thread
from model.over_time.step import TransitionSystem

Value = bool | IntEnum


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a monitor: a fact of the histories that comes to a value, maybe from some.

    ``shown_by`` says how a kernel shows it.
    """

    name: str
    fact: str
    into: tuple[Value, ...]
    shown_by: str
    of: tuple[Value, ...] = ()

    def is_seen(self, before: Any, after: Any) -> bool:
        """Return whether a step between two states is this event."""
        old, new = getattr(before, self.fact), getattr(after, self.fact)
        comes = old != new and new in map(int, self.into)
        return bool(comes and (not self.of or old in map(int, self.of)))


@dataclass(frozen=True, slots=True)
class Monitor:
    """What is watched: which task, in which system of histories, by which events.

    ``never`` is a word of events that a kernel without a known fault does not show.
    """

    name: str
    about: str
    system: TransitionSystem
    events: tuple[Event, ...]
    never: tuple[str, ...]

    def automaton(self, kernel: Kernel) -> Automaton:
        """Return what can be seen of it on a kernel.

        Raises :class:`~checker.over_time.language.NotWhole` where not all histories are known.
        """
        names = tuple(event.name for event in self.events)
        return language(explore(self.system, kernel), names, self._seen).of_one()

    def _seen(self, before: Any, after: Any) -> str:
        found = [event.name for event in self.events if event.is_seen(before, after)]
        assert len(found) < 2, f"one step is {' and '.join(found)}"
        return found[0] if found else ""


_STARTS = "task_newtask of the worker"
_EXEC = Event("program_runs", "execve", (Execve.DONE,), "sched_process_exec of its process")
_IO_WQ = (
    Event("worker_starts", "made", (True,), _STARTS),
    Event("worker_ends", "worker_gone", (True,), "a kprobe on io_worker_exit(), by the worker"),
)

MONITORS = (
    Monitor("vhost_exec", "a vhost worker of a process that executes another program",
            de_thread.SYSTEM,
            (Event("worker_starts", "vhost", (Thread.LIVE,), _STARTS),
             Event("worker_ends", "vhost", (Thread.GONE,), "sched_process_exit of the worker"),
             _EXEC),
            ("worker_starts", "program_runs")),
    Monitor("iowq_exec", "an io_uring worker of a process that executes another program",
            de_thread.SYSTEM, (*_IO_WQ, _EXEC), ("worker_starts", "program_runs")),
    Monitor("iowq_exit", "an io_uring worker of a thread that ends", io_wq_exit.SYSTEM,
            (*_IO_WQ, Event("thread_ends", "owner_gone", (True,),
                            "sched_process_exit of the thread")),
            ("worker_starts", "thread_ends")),
    Monitor("reaping", "a child that its parent waits for", reaping.SYSTEM,
            (Event("child_starts", "child", (Life.ALIVE,), "task_newtask of the child"),
             Event("child_ends", "child", (Life.ZOMBIE, Life.GONE),
                   "sched_process_exit of the child", (Life.ALIVE,)),
             Event("child_is_waited_for", "child", (Life.GONE, Life.NONE),
                   "sys_exit of a wait4() or waitid() that tells its end", (Life.ZOMBIE,))),
            ("child_starts", "child_is_waited_for")),
)
