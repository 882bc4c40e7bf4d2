"""Headers that arm64's build makes of its tables, and its C under review."""

import pytest

pytest.importorskip("clang.cindex")

from source.c.architecture import ARM64, Building
from source.c.arm64 import headers
from source.c.unit import unit
from tests.source.c.test_real import EACH, tree
from tests.source.patch.test_patches import Texts

REGISTERS = """
# a comment
Sysreg	CTR_EL0	3	3	0	0	1
Res0	63:38
Field	37:32	TminLine
UnsignedEnum	15:14	L1Ip
	0b10	VIPT
EndEnum
Field	3	IDC
EndSysreg
"""
CALLS = "3\tcommon\tread\tsys_read\n220\t32\tclone\tsys_clone\n9\tx32\tother\tsys_other\n"
MADE = "arch/arm64/include/generated/asm"


def test_tables_of_the_tree_become_the_headers_that_a_build_makes():
    tools = "arch/arm64/tools"
    made = headers(
        Texts(
            {
                f"{tools}/sysreg": REGISTERS,
                f"{tools}/cpucaps": "# names\nHAS_PAN\nSVE\n",
                f"{tools}/syscall_32.tbl": CALLS,
            }
        )
    )
    registers = made[f"{MADE}/sysreg-defs.h"]
    assert "#define SYS_CTR_EL0 sys_reg(3, 3, 0, 0, 1)\n" in registers
    assert "#define CTR_EL0_TminLine_MASK GENMASK(37, 32)\n" in registers
    assert "#define CTR_EL0_L1Ip_VIPT UL(0b10)\n" in registers
    assert "#define CTR_EL0_IDC_SHIFT 3\n" in registers
    assert "#define CTR_EL0_RES0 (UL(0) | GENMASK_ULL(63, 38))\n" in registers
    assert made[f"{MADE}/cpucap-defs.h"].endswith("ARM64_SVE 1\n#define ARM64_NCAPS 2\n")
    compat = made[f"{MADE}/unistd_compat_32.h"]
    assert "#define __NR_compat32_clone 220\n" in compat and "other" not in compat


def test_a_tree_without_the_tables_has_none():
    assert headers(Texts({})) == {}


@EACH
def test_arm64s_copy_thread_is_read_whole(line):
    base = tree(line)
    path = ARM64.threads[0]
    if base.text(path) is None:
        pytest.skip("no files of arm64 here")
    read = unit(base, path, Building(ARM64))
    body = read.function("copy_thread")
    read.close()
    assert body is not None and body.troubles == () and "Unread(" not in repr(body)
    assert "tp_value" in repr(body)
