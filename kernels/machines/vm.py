"""Boot a kernel under QEMU, run the probe in it, bring the observations back."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from checker.ground.problems import Problem
from checker.ground.scratch import folder_for_a_while
from kernels.machines.build import BuildFailed, build_probe
from kernels.machines.bzimage import NotAKernel
from kernels.machines.fetch import StoredKernel, stored, unpack
from kernels.machines.initramfs import initramfs

Row = dict[str, Any]
QEMU = "qemu-system-x86_64"
MACHINE = [
    *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
    *("-M", "pc,usb=off,vmport=off"),
    *("-accel", "tcg,thread=multi", "-cpu", "max,erms=off,la57=off,smap=off,smep=off", "-m", "512"),
]
"""What no case can see of the processor is left out of it where that is slow to emulate: bytes
that are stored one by one, a fifth level of page tables, guards of user memory."""
CMDLINE = (
    "console=ttyS0 panic=-1 reboot=t nokaslr mitigations=off tsc=reliable random.trust_cpu=on quiet"
)
BOOT_SECONDS = 60
STALL_SECONDS = 30


class GuestFailed(Problem):
    """The virtual machine did not start, crashed, or hung."""


def can_run(line: str) -> str | None:
    """Why `run_vm` cannot work here, in one line; None if it can."""
    if not shutil.which(QEMU):
        return f"{QEMU} is not installed"
    if not Path(line).is_file() and not stored(line):
        return f"no kernel {line} fetched"
    try:
        build_probe()
    except BuildFailed as failed:
        return str(failed)
    return None


def find_kernel(line: str) -> StoredKernel:
    """A stored kernel by name, or an image file of the user's own (without modules)."""
    kernel = stored(line)
    if kernel:
        return kernel
    if Path(line).is_file():
        try:
            return unpack(Path(line), None, f"own-{Path(line).name}")
        except NotAKernel as wrong:
            raise GuestFailed(f"{line}: {wrong}") from wrong
    raise GuestFailed(f"no kernel {line}: fetch it first (cloneproof fetch {line})")


def run_vm(line: str, cases: Iterable[str]) -> list[Row]:
    """Run the cases on the kernel `line` ("6.1", "6.12", or an image file), in one boot."""
    lines = [case for case in cases if case.strip() and not case.lstrip().startswith("#")]
    rows = with_retry(
        find_kernel(line), {"cases": "".join(f"{case}\n" for case in lines).encode()}
    )
    if len(rows) != len(lines):
        raise GuestFailed(f"the guest answered {len(rows)} of {len(lines)} cases")
    return rows


def run_vm_workers(line: str) -> list[Row]:
    """Observe vhost and io_uring workers on the kernel `line`."""
    return with_retry(find_kernel(line), {"workers": b""})


def told_of(line: str) -> tuple[str, bytes]:
    """Return a kernel's release, and its /proc/config.gz: empty where it does not have one."""
    (row,) = with_retry(find_kernel(line), {"config": b""})
    return str(row["kernel"]), bytes.fromhex(row["config"])


def run_program(line: str, program: Path) -> tuple[str, list[str]]:
    """Return a kernel's release and the lines that a static program says on it, run as root."""
    lines = _twice(find_kernel(line), {"program": program.read_bytes()})
    told = [one for one in lines if not re.match(r"#(kernel|module|status|end) ", one)]
    return _release(lines), told


def with_retry(
    kernel: StoredKernel, files: dict[str, bytes], processors: int = 1
) -> list[Row]:
    """Return what a boot with these files in its initramfs brings; a failed boot is tried twice."""
    lines = _twice(kernel, files, processors)
    release = _release(lines)
    return [{"kernel": release, **json.loads(line)} for line in lines if line.startswith("{")]


def _twice(kernel: StoredKernel, files: dict[str, bytes], processors: int = 1) -> list[str]:
    try:
        return _boot(kernel, files, processors)
    except GuestFailed:
        return _boot(kernel, files, processors)


def _boot(kernel: StoredKernel, files: dict[str, bytes], processors: int) -> list[str]:
    with folder_for_a_while("cloneproof-vm.") as folder:
        (folder / "initrd").write_bytes(initramfs(build_probe(), files, kernel.modules))
        _run_qemu(kernel, folder, processors)
        return _read_lines(folder)


def qemu_command(
    program: Path, kernel: StoredKernel, folder: Path, processors: int = 1
) -> list[str]:
    """Return QEMU's command line for an initrd in a folder; ``program`` ties it to our life.

    What the guest says is in the folder's ``out``, the kernel's own words in ``console``.
    """
    return [
        *(str(program), "tied"),
        *(QEMU, *MACHINE, "-smp", str(processors)),
        *("-kernel", str(kernel.vmlinux), "-initrd", str(folder / "initrd"), "-append", CMDLINE),
        *("-serial", f"file:{folder / 'console'}"),
        *("-chardev", f"file,id=out,path={folder / 'out'}"),
        *("-device", "isa-debugcon,iobase=0xe9,chardev=out"),
    ]


def _run_qemu(kernel: StoredKernel, folder: Path, processors: int) -> None:
    if not shutil.which(QEMU):
        raise GuestFailed(f"{QEMU} is not installed")
    qemu = subprocess.Popen(
        qemu_command(build_probe(), kernel, folder, processors),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _watch(qemu, folder)
    finally:
        if qemu.poll() is None:
            os.killpg(qemu.pid, signal.SIGKILL)
        qemu.wait()
        if qemu.stderr:
            qemu.stderr.close()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _watch(qemu: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait for the end; no output for too long is a hang."""
    size, since = 0, time.monotonic()
    while qemu.poll() is None:
        time.sleep(0.05)
        now_size = _size(folder / "out")
        if now_size != size:
            size, since = now_size, time.monotonic()
        limit = STALL_SECONDS if size else BOOT_SECONDS
        if time.monotonic() - since > limit:
            raise GuestFailed(
                f"the guest {'hung' if size else 'did not boot'} ({limit} s): {_last_words(folder)}"
            )
    if qemu.returncode:
        message = qemu.stderr.read().decode(errors="replace").strip() if qemu.stderr else ""
        raise GuestFailed(f"{QEMU} ended with {qemu.returncode}: {message}")


def _last_words(folder: Path) -> str:
    console = folder / "console"
    lines = console.read_text(errors="replace").splitlines() if console.exists() else []
    told = [
        line.strip()
        for line in lines
        if any(word in line for word in ("Kernel panic", "BUG:", "Oops"))
    ]
    said = [line.strip() for line in reversed(lines) if line.strip()]
    return (told or said or ["nothing on the console"])[0]


def _release(lines: list[str]) -> str:
    return next((line[8:] for line in lines if line.startswith("#kernel")), "")


def _read_lines(folder: Path) -> list[str]:
    """Return what a guest said; raise :class:`GuestFailed` if it did not end well."""
    lines = (
        (folder / "out").read_text(errors="replace").splitlines()
        if (folder / "out").exists()
        else []
    )
    ends = [line for line in lines if line.startswith("#end")]
    if not ends:
        raise GuestFailed(f"the guest crashed after {len(lines)} lines: {_last_words(folder)}")
    if ends[0] != "#end 0":
        told = [line for line in lines if line.startswith("probe:")]
        raise GuestFailed(f"the probe ended with {ends[0][5:]}: {(told or [''])[0]}")
    return lines
