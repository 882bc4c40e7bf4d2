"""Runs one command and tells what it cost: ``launch.py OUTPUT COMMAND…``, figures on stdout.

A process inherits its parent's peak memory until it outgrows it, so commands are started
from this small process, not from the one that has solvers loaded.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time

SAMPLE = 0.2
"""Seconds between two looks at the memory of all processes together."""


def descendants(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for one in found:
        try:
            with open(f"/proc/{one}/task/{one}/children") as stream:
                found += [int(child) for child in stream.read().split()]
        except OSError:
            continue
    return found


def shared_fairly(pid: int) -> int:
    """Return a process's memory in KB, each shared page divided among its users (PSS)."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as stream:
            return sum(int(line.split()[1]) for line in stream if line.startswith("Pss:"))
    except OSError:
        return 0


def watch(pid: int, over: threading.Event, most: list[int]) -> None:
    """Keep the most memory that the processes had together."""
    while not over.wait(SAMPLE):
        most[0] = max(most[0], sum(map(shared_fairly, descendants(pid))))


def main() -> None:
    """Run the command with its output in a file, and print its figures as JSON."""
    output, command = sys.argv[1], sys.argv[2:]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    over, most = threading.Event(), [0]
    begun = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    watcher = threading.Thread(target=watch, args=(pid, over, most))
    watcher.start()
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begun
    over.set()
    watcher.join()
    figures = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "largest": usage.ru_maxrss / 1024,
        "together": max(most[0], usage.ru_maxrss) / 1024,
        "code": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
