"""What is unpacked of a source package: what the two ways of reading C open, and little else."""

import pytest

from source.fetch import is_wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("kernel/fork.c", True),
        ("fs/namespace.c", True),
        ("include/linux/sched.h", True),
        ("arch/x86/include/asm/current.h", True),
        ("arch/arm64/include/asm/current.h", True),
        ("arch/mips/include/asm/current.h", False),
        ("drivers/net/tun.c", False),
        ("tools/include/linux/kernel.h", False),
    ],
)
def test_headers_and_files_of_task_creation_are_unpacked(path: str, wanted: bool) -> None:
    assert is_wanted(path) is wanted
