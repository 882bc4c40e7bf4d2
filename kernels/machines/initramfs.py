"""Write an initramfs (a newc cpio archive) without tools and without root."""

from __future__ import annotations

from pathlib import Path


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _entry(number: int, name: str, mode: int, data: bytes) -> bytes:
    encoded = name.encode() + b"\0"
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
    header = b"070701" + b"".join(b"%08X" % f for f in fields)
    return _padded(header + encoded) + _padded(data)


def initramfs(probe: Path, files: dict[str, bytes], modules: Path | None) -> bytes:
    """The probe as /init, the given files, and the modules with their load order."""
    entries = [(name, 0o100644, data) for name, data in files.items()]
    entries.insert(0, ("init", 0o100755, probe.read_bytes()))
    if modules and modules.is_dir():
        entries.append(("modules", 0o040755, b""))
        entries += [
            (f"modules/{m.name}", 0o100644, m.read_bytes()) for m in sorted(modules.iterdir())
        ]
    archive = b"".join(_entry(n + 1, *entry) for n, entry in enumerate(entries))
    return archive + _entry(0, "TRAILER!!!", 0, b"")
