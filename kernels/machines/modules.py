"""Collect the modules a run needs, decompressed and in the order to load them."""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
from pathlib import Path

from checker.ground.scratch import folder_for_a_while

WANTED = ("tun", "vhost_net", "vhost_vsock", "vhost_scsi", "kvm_amd")


def _name(path: str) -> str:
    return Path(path).name.split(".ko")[0].replace("-", "_")


def _read_dependencies(listing: str) -> dict[str, list[str]]:
    """modules.dep: each line a module and everything it needs, the nearest first."""
    table: dict[str, list[str]] = {}
    for line in listing.splitlines():
        module, _, needs = line.partition(":")
        table[_name(module)] = [*reversed(needs.split()), module]
    return table


def _load_order(table: dict[str, list[str]]) -> list[str]:
    order: list[str] = []
    for wanted in WANTED:
        for module in table.get(wanted, []):
            if module not in order:
                order.append(module)
    return order


def _decompressed(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout
    return data


def _depmod() -> str:
    found = shutil.which("depmod", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise FileNotFoundError("depmod is not installed (package kmod)")
    return found


def _dependencies(folder: Path) -> dict[str, list[str]]:
    """Ask depmod, in a scratch tree, so that the given folder is not written to."""
    with folder_for_a_while("cloneproof-depmod.") as scratch:
        base = scratch / "lib" / "modules"
        base.mkdir(parents=True)
        (base / folder.name).symlink_to(folder.resolve())
        done = subprocess.run(
            [_depmod(), "-n", "-b", str(scratch), folder.name],
            capture_output=True,
            text=True,
            check=True,
        )
    listing = done.stdout.partition("# Aliases")[0]
    return _read_dependencies(
        "\n".join(line for line in listing.splitlines() if ".ko" in line.partition(":")[0])
    )


def collect(folder: Path, target: Path) -> list[str]:
    """Copy what is wanted of lib/modules/RELEASE to `target`; the names in load order."""
    target.mkdir(parents=True)
    names = []
    for module in _load_order(_dependencies(folder)):
        name = _name(module) + ".ko"
        (target / name).write_bytes(_decompressed(folder / module))
        names.append(name)
    (target / "order").write_text("".join(f"{name}\n" for name in names))
    return names
