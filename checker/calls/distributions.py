"""Names that ``uname -r`` gives: which distribution wrote one, and what its number says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from checker.calls.versions import FINAL, Version, version_in
from checker.ground.problems import Problem

DEBIAN = "Debian's"


@dataclass(frozen=True, slots=True)
class Running:
    """A kernel as somebody's ``uname -r`` names it."""

    version: Version
    """Its number; without a point release where the third number is not one."""
    maker: str
    """Whose kernel it is, as far as the name says: ``Ubuntu's``."""
    debian: bool = False
    brings: str = "backports it has"
    """What is not known of it."""
    abi: int | None = None
    """The number of Debian's ABI, where it stands for the point release."""
    follows: bool = False
    """Its point release is the least that its maker's kernels of that release follow."""
    build: tuple[str, int] | None = None
    """Whose build it is, and its number: ("el7", 1127) of 3.10.0-1127.el7."""


@dataclass(frozen=True, slots=True)
class _Maker:
    name: str
    looks: str
    points: bool
    """Whether the third number is that of a point release, and not always 0, or frozen."""
    follows: dict[str, int] = field(default_factory=dict)
    """Point releases that all its kernels of a release follow, where the number does not say."""


MAKERS = (
    _Maker("WSL2's", r"microsoft", True),
    _Maker("Amazon's", r"\.amzn\d", True),
    _Maker("Oracle's UEK:", r"uek", False),
    _Maker("ELRepo's (of kernel.org)", r"\.elrepo", True),
    _Maker("Red Hat's (or a rebuild's)", r"\.el\d+", False),
    _Maker("Virtuozzo's (of Red Hat's)", r"\.vz\d", False),
    _Maker("openEuler's", r"\.oe\d", False),
    _Maker("Alibaba's", r"\.al\d", True),
    _Maker("Azure Linux's", r"\.(?:cm|azl)\d", True),
    _Maker("Photon OS's", r"\.ph\d", True),
    _Maker("Fedora's", r"\.fc\d+", True),
    _Maker("Pop!_OS's", r"-7\d{7}-generic$", True),
    _Maker(DEBIAN, r"\+(deb|bpo)\d*", True),
    _Maker(DEBIAN, r"^v?\d+\.\d+\.0-(?:0\.)?(?:(?:deb|bpo)\S*?)?\d+(?:\.bpo\.\d+)?-(?:cloud-|rt-)?"
           r"(?:amd64|arm64|armmp|686|686-pae|s390x|riscv64|loong64|powerpc64le|marvell)\b", False),
    _Maker(DEBIAN, r"^v?\d+\.\d+\.[1-9]\d*-(?:cloud-|rt-)?"
           r"(?:amd64|arm64|armmp|686|686-pae|s390x|riscv64|loong64|powerpc64le)$", True),
    _Maker("Raspberry Pi's", r"rpi|-v7l?\+$|-v8(?:-16k)?\+$", True),
    _Maker("Android's", r"android", True),
    _Maker("Qualcomm's", r"-(?:perf|qgki)\b", True),
    _Maker("SUSE's", r"-1\d{5}[\d.]*-(?!g[0-9a-f]+$)\w+$", False),
    _Maker("SUSE's", r"^v?(?:4\.4|4\.12\.14|5\.3\.18)\S*-(?:lp15\d\.)?[\d.]+-"
           r"(?:default|azure|rt|preempt)$", False),
    _Maker("openSUSE's", r"-[\d.]+-default$", True),
    _Maker("Proxmox's", r"-pve$", True),
    _Maker(
        "Ubuntu's",
        r"-\d+(?:\.[\d.]+)?(?:~[\d.]+)?-(generic|lowlatency|aws|azure|gcp|gke|gkeop|oracle|kvm|raspi|ibm|oem|nvidia|virtual"
        r"|realtime|intel|fips|hwe|riscv|laptop|xilinx|bluefield|iot|starfive|snapdragon)\S*$",
        False,
        {"v5.15": 30},
    ),
    _Maker("Arch Linux's", r"-(arch|zen|hardened)", True),
    _Maker("Manjaro's", r"-MANJARO$", True),
    _Maker("LinuxKit's (Docker Desktop's)", r"-linuxkit", True),
    _Maker("NVIDIA's Tegra", r"-tegra$", True),
    _Maker("Flatcar's", r"-flatcar$", True),
    _Maker("Talos Linux's", r"-talos$", True),
    _Maker("Gentoo's", r"-gentoo", True),
    _Maker("CachyOS's", r"-cachyos", True),
    _Maker("XanMod's", r"-xanmod", True),
    _Maker("Cloudflare's", r"-cloudflare", True),
    _Maker("Civil Infrastructure Platform's", r"-cip\d*", True),
    _Maker("Arch Linux's or Alpine's", r"-\d+-(lts|virt)$", True),
    _Maker("a real-time", r"[-+]rt\d*", True),
)


_NUMBERED = re.compile(r"v?\d+\.\d+\.\d+\S*", re.IGNORECASE)
_DESCRIBED = re.compile(r"v?\d+\.\d+(?:-rc\d+)?(?:-(\d+)-g[0-9a-f]+)?(?:-dirty)?\+?", re.IGNORECASE)


def running_named(name: str) -> Running | None:
    """Return what a name says that begins with a number of three parts, or that ``git describe``
    gives; nothing for another.

    Raises :class:`Problem` for one that is no Linux.
    """
    version = version_in(name)
    if version is None or not (_NUMBERED.fullmatch(name) or _DESCRIBED.fullmatch(name)):
        return None
    if re.search(r"-\d+-microsoft$", name, re.IGNORECASE):
        raise Problem(f"{name} is WSL1, which is no Linux: nothing here speaks of it")
    described = _DESCRIBED.fullmatch(name)
    if described:
        count = f"{described[1]} commits after" if described[1] else "a tree after"
        return Running(version, count, brings="patches came since")
    maker = next((one for one in MAKERS if re.search(one.looks, name)), None)
    if maker is None:
        return Running(version, "somebody's own")
    debian = maker.name == DEBIAN
    if maker.points:
        return Running(version, maker.name, debian)
    abi = re.match(r"v?\d+\.\d+\.0-(\d+)-", name) if debian else None
    least = maker.follows.get(version.release, 0) if version.rc == FINAL else 0
    plain = Version(version.major, version.minor, version.rc, least)
    built = re.search(r"-(\d+)(?:\.[\d.]+)?\.(el\d+)", name)
    build = (built[2], int(built[1])) if built else None
    return Running(plain, maker.name, debian, abi=int(abi[1]) if abi else None, build=build,
                   follows=bool(least))
