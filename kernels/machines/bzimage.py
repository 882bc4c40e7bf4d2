"""Take the uncompressed vmlinux out of a bzImage (it boots faster as an ELF file)."""

from __future__ import annotations

import lzma
import struct
import subprocess
import zlib

from checker.ground.problems import Problem

ELF = b"\x7fELF"


class NotAKernel(Problem):
    """The file is neither an x86 boot image nor an ELF kernel."""


def _pipe(tool: str, data: bytes) -> bytes:
    try:
        done = subprocess.run([tool, "-dc"], input=data, capture_output=True, check=False)
    except FileNotFoundError as missing:
        raise NotAKernel(
            f"the image is compressed with {tool}, which is not installed"
        ) from missing
    return done.stdout


def _gunzip(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    kernel = unpacking.decompress(data)
    if not unpacking.eof:
        raise NotAKernel("the kernel image is cut short")
    return kernel


def _decompress(payload: bytes) -> bytes:
    """The payload: what follows its end is ignored, its size where the tool does not keep it."""
    if payload.startswith(ELF):
        return payload
    if payload.startswith(b"\xfd7zXZ"):
        return lzma.LZMADecompressor().decompress(payload)
    if payload.startswith(b"\x1f\x8b"):
        return _gunzip(payload)
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        return _pipe("zstd", payload[:-4])
    if payload.startswith(b"\x02\x21\x4c\x18"):
        return _pipe("lz4", payload[:-4])
    raise NotAKernel("unknown compression of the kernel image")


def extract_vmlinux(image: bytes) -> bytes:
    """The ELF kernel in `image`; the boot protocol's header says where it lies."""
    if image.startswith(ELF):
        return image
    if image[0x202:0x206] != b"HdrS":
        raise NotAKernel("no boot header in the kernel image")
    (sectors,) = struct.unpack_from("<B", image, 0x1F1)
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = ((sectors or 4) + 1) * 512 + offset
    kernel = _decompress(image[start : start + length])
    if not kernel.startswith(ELF):
        raise NotAKernel("the kernel image did not decompress to an ELF file")
    return kernel
