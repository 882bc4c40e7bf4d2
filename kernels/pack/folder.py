"""A pack as files: the table, the C that tells, and the probe's C that sets up callers."""

from __future__ import annotations

from pathlib import Path

from kernels.machines.build import SOURCES
from kernels.pack.table import table
from kernels.pack.trials import trials
from model.kernel import Kernel

_OWN = Path(__file__).resolve().parent / "c"
_OF_THE_PROBE = (
    *("apply.c", "call.c", "caps.c", "case.c", "case.h", "driver.c", "ns_target.c", "parked.c"),
    *("prepare.c", "probe.h", "raw.c", "raw.h", "report.c", "report.h", "setup.c", "supervise.c"),
    *("userns.c", "view.c", "view.h", "wait.c"),
)
"""What of the probe makes one call from one caller; nothing of histories and workers."""

_MAKEFILE = """\
# Some compilers guard stacks and branches by default; callers here share stacks and TLS.
CFLAGS = -static -O2 -D_GNU_SOURCE -Wall -Wextra -Werror
CFLAGS += -fno-stack-protector -fcf-protection=none -fno-pie -no-pie

pack: {units} {headers}
\t$(CC) $(CFLAGS) -o $@ {units}

check: pack
\t./pack

clean:
\trm -f pack

.PHONY: check clean
"""


def pack(kernel: Kernel) -> dict[str, str]:
    """Return the files of the pack for a kernel, by name."""
    return files(table(kernel, trials(kernel)))


def files(told: str) -> dict[str, str]:
    """Return the files of a pack with such a table."""
    sources = [*sorted(_OWN.iterdir()), *(SOURCES / name for name in _OF_THE_PROBE)]
    found = {source.name: source.read_text(encoding="utf-8") for source in sources}
    found["table.c"] = told
    units = " ".join(sorted(name for name in found if name.endswith(".c")))
    headers = " ".join(sorted(name for name in found if name.endswith(".h")))
    return {**found, "Makefile": _MAKEFILE.format(units=units, headers=headers)}
