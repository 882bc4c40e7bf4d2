"""Which package of a line of kernels is fetched: the newest that has an image and its modules."""

import re

import pytest

from kernels.machines import fetch
from kernels.machines.fetch import KernelNotFetched, newest_package

KNOWN = {
    "linux-image-6.1.9-cloud-amd64": "6.1.9-1",
    "linux-image-6.1.10-cloud-amd64": "6.1.10-1",
    "linux-image-6.1.10-cloud-amd64-unsigned": "6.1.10-1",
    "linux-image-7.2.1-cloud-amd64": "7.2.1-1",
    "linux-binary-unsigned-7.2.1-cloud-amd64": "7.2.1-1",
    "linux-modules-7.2.1-cloud-amd64": "7.2.1-1",
    "linux-binary-7.2.3-cloud-amd64": "7.2.3-1",
    "linux-binary-7.0.3-cloud-amd64": "7.0.3-1",
    "linux-image-7.0.3-cloud-amd64": "7.0.3-1",
}


def run(*command: str, cwd: str | None = None) -> str:
    """Stand for apt, which knows these packages."""
    if command[1] == "search":
        found = [name for name in KNOWN if re.match(command[-1], name)]
        return "".join(f"{name} - a kernel\n" for name in found)
    if command[-1] not in KNOWN:
        raise KernelNotFetched("no such package")
    return f"Version: {KNOWN[command[-1]]}\n"


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("6.1", "linux-image-6.1.10-cloud-amd64-unsigned"),
        ("7.2", "linux-binary-unsigned-7.2.1-cloud-amd64"),
    ],
)
def test_the_newest_whole_package_is_taken(
    line: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside linux-binary-… a linux-image-… holds no image; without its modules one is no use."""
    monkeypatch.setattr(fetch, "_run", run)
    assert newest_package(line) == (package, KNOWN[package])


def test_a_line_without_a_whole_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_run", run)
    with pytest.raises(KernelNotFetched, match=r"apt knows no cloud-amd64 image of 7\.0"):
        newest_package("7.0")
