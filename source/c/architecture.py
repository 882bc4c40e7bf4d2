"""The architectures for which C is read: where their files stand, and how they are compiled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Architecture:
    """One architecture.

    ``name`` is the one of ``uname -m``, ``folder`` stands in ``arch/``; ``compiler`` are its own
    arguments, as its Makefile has them; ``threads`` are its files of copy_thread().
    """

    name: str
    folder: str
    compiler: tuple[str, ...]
    threads: tuple[str, ...]

    @property
    def root(self) -> str:
        """Return the folder of its files in a tree."""
        return f"arch/{self.folder}"

    @property
    def option(self) -> str:
        """Return the option that a configuration for it sets."""
        return f"CONFIG_{self.name.upper()}"

    @property
    def generated(self) -> str:
        """Return the folder of the headers that a build makes for it."""
        return f"{self.root}/include/generated"


X86_64 = Architecture(
    "x86_64",
    "x86",
    ("-m64", "-mno-red-zone", "-mcmodel=kernel"),
    ("arch/x86/kernel/process.c", "arch/x86/kernel/process_64.c"),
)
ARM64 = Architecture(
    "arm64",
    "arm64",
    ("--target=aarch64-linux-gnu", "-mgeneral-regs-only"),
    ("arch/arm64/kernel/process.c",),
)

ARCHITECTURES = {one.name: one for one in (X86_64, ARM64)}
"""By name; all are of 64 bits, as addresses are in what is compared."""


@dataclass(frozen=True, slots=True)
class Building:
    """What a tree is read as built for: an architecture, and a folder of generated headers.

    ``options`` are set beside those of the configuration.
    """

    architecture: Architecture = X86_64
    headers: Path | None = None
    """The folder of a headers package; without one a fitting one is looked for."""
    options: tuple[str, ...] = ()
