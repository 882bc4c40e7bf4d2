"""Headers that a build of arm64 makes from tables of the tree: registers and capabilities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from source.tree import Tree

_TOOLS = "arch/arm64/tools"
_GENERATED = "arch/arm64/include/generated"
_MADE = f"{_GENERATED}/asm"
_FIELDS = {"Field": None, "Enum": None, "UnsignedEnum": "false", "SignedEnum": "true"}
"""What opens a field, and what its sign is called."""

_COMMON = ("common", "64", "renameat", "rlimit", "memfd_secret")
_TABLES = (
    ("asm/unistd_compat_32.h", "__NR_compat32_", f"{_TOOLS}/syscall_32.tbl", ("common", "32")),
    ("asm/unistd_32.h", "__NR_", f"{_TOOLS}/syscall_32.tbl", ("common", "32")),
    ("uapi/asm/unistd_64.h", "__NR_", "scripts/syscall.tbl", _COMMON),
)
_CALL = re.compile(r"^(\d+)\s+(\w+)\s+(\w+)", re.MULTILINE)

_FIXED = {"Res0": "RES0", "Res1": "RES1", "Unkn": "UNKN"}


def headers(tree: Tree) -> dict[str, str]:
    """Return the headers by path; of a table that is not there, none."""
    registers = tree.text(f"{_TOOLS}/sysreg")
    names = tree.text(f"{_TOOLS}/cpucaps")
    found = {f"{_GENERATED}/{file}": text for file, text in _calls(tree)}
    if registers is not None:
        found[f"{_MADE}/sysreg-defs.h"] = "".join(_registers(registers))
    if names is not None:
        found[f"{_MADE}/cpucap-defs.h"] = "".join(_capabilities(names))
    return found


def _calls(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the numbers of system calls as scripts/syscallhdr.sh writes them, by file."""
    for file, prefix, path, kinds in _TABLES:
        listed = _CALL.findall(tree.text(path) or "")
        lines = (f"#define {prefix}{name} {n}\n" for n, kind, name in listed if kind in kinds)
        text = "".join(lines)
        if text:
            yield file, text


def _capabilities(text: str) -> Iterator[str]:
    names = [line.strip() for line in text.splitlines()]
    names = [name for name in names if name and not name.startswith("#")]
    for number, name in enumerate([*names, "NCAPS"]):
        yield f"#define ARM64_{name} {number}\n"


def _registers(text: str) -> Iterator[str]:
    """Yield the definitions of arch/arm64/tools/gen-sysreg.awk."""
    register, field = "", ""
    fixed: dict[str, list[str]] = {}
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        kind, given = words[0], words[1:]
        if kind in ("Sysreg", "SysregFields"):
            register, fixed = given[0], {name: [] for name in _FIXED.values()}
            yield from _encoding(register, given[1:])
        elif kind in ("EndSysreg", "EndSysregFields"):
            yield from _fixed(register, fixed)
        elif kind == "Fields":
            fixed = {}
        elif kind in _FIXED:
            fixed.get(_FIXED[kind], []).append(given[0])
        elif kind in _FIELDS and len(given) == 2:
            field = given[1]
            yield from _field(f"{register}_{field}", given[0], _FIELDS[kind])
        elif kind.startswith("0b") and given:
            yield f"#define {register}_{field}_{given[0]} UL({kind})\n"


def _encoding(register: str, numbers: list[str]) -> Iterator[str]:
    if len(numbers) != 5:
        return
    yield f"#define REG_{register} S{'{}_{}_C{}_C{}_{}'.format(*numbers)}\n"
    yield f"#define SYS_{register} sys_reg({', '.join(numbers)})\n"
    for name, number in zip(("Op0", "Op1", "CRn", "CRm", "Op2"), numbers, strict=True):
        yield f"#define SYS_{register}_{name} {number}\n"


def _field(name: str, bits: str, sign: str | None) -> Iterator[str]:
    high, _, low = bits.partition(":")
    low = low or high
    yield f"#define {name} GENMASK({high}, {low})\n#define {name}_MASK GENMASK({high}, {low})\n"
    yield f"#define {name}_SHIFT {low}\n#define {name}_WIDTH ({high} - {low} + 1)\n"
    if sign is not None:
        yield f"#define {name}_SIGNED {sign}\n"


def _fixed(register: str, fixed: dict[str, list[str]]) -> Iterator[str]:
    for name, bits in fixed.items():
        masks = "".join(_mask(each) for each in bits)
        yield f"#define {register}_{name} (UL(0){masks})\n"


def _mask(bits: str) -> str:
    high, _, low = bits.partition(":")
    return f" | GENMASK_ULL({high}, {low or high})"
