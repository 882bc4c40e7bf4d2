"""Headers that a build makes, made here from the tree's own tables and a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checker.ground.problems import Problem
from source.c import arm64
from source.c.architecture import ARM64, Architecture
from source.c.borrowed import version
from source.c.configured import autoconf, built_in, from_dot_config
from source.c.timeconst import timeconst
from source.tree import Tree

_LISTED = re.compile(r"^(generic-y|mandatory-y)\s*\+=\s*(.+)$", re.MULTILINE)
_CALL = re.compile(r"^(\d+)\s+(\w+)\s+(\w+)", re.MULTILINE)
_NUMBER = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL)\s*=\s*(\d+)\s*$", re.MULTILINE)

COMPILER = "compiler.h"
_COMPILER = """\
#undef CONFIG_CC_HAS_COUNTED_BY
#undef CONFIG_CC_HAS_COUNTED_BY_PTR
#ifndef CONFIG_CLANG_VERSION
#define CONFIG_CLANG_VERSION 0
#endif
#ifndef CONFIG_GCC_VERSION
#define CONFIG_GCC_VERSION 0
#endif
"""
"""Attributes of other compilers that libclang does not know and that change no meaning."""

STANDARD = {
    "include/stdarg.h": """\
#ifndef MADE_STDARG_H
#define MADE_STDARG_H
typedef __builtin_va_list va_list;
#define va_start(list, last) __builtin_va_start(list, last)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_end(list) __builtin_va_end(list)
#define va_copy(to, from) __builtin_va_copy(to, from)
#endif
""",
    "include/stddef.h": "#include <linux/stddef.h>\n",
}
"""Headers that come with a compiler, and that releases before 5.16 include."""

_BOUNDS = """\
#define NR_PAGEFLAGS 25
#define MAX_NR_ZONES 5
#define NR_CPUS_BITS 13
#define SPINLOCK_SIZE 4
#define LRU_GEN_WIDTH 3
#define __LRU_REFS_WIDTH 2
"""
_MASKS = """\
#define DISABLED_MASK_BIT_SET(x) 0
#define REQUIRED_MASK_BIT_SET(x) 0
"""
_COMPILE = """\
#define LINUX_COMPILE_BY "nobody"
#define LINUX_COMPILE_HOST "nowhere"
#define LINUX_COMPILER "a compiler"
"""


def compiler() -> str:
    """Return the header that stands between the configuration and all others."""
    return _COMPILER


def configuration(tree: Tree, of: Architecture) -> tuple[dict[str, str], str]:
    """Return a tree's configuration, and whose it is, in words.

    Raises :class:`Problem` where the tree is configured for another architecture.
    """
    own = tree.text(".config")
    if own is not None:
        symbols = from_dot_config(own)
        if of.option.removeprefix("CONFIG_") not in symbols:
            raise Problem(
                f"the tree's .config sets no {of.option}: --arch names another architecture,"
                " but none of 32 bits is read"
            )
        return symbols, "the tree's .config"
    found = built_in(version(tree.text("Makefile") or ""), of)
    return found, "a configuration like a distribution's"


def headers(tree: Tree, symbols: dict[str, str], of: Architecture) -> dict[str, str]:
    """Return the headers that a build of a tree would make, by path, as far as they are known."""
    ticks = symbols.get("HZ", "")
    return {
        "include/generated/autoconf.h": autoconf(symbols),
        "include/generated/bounds.h": _BOUNDS,
        "include/generated/timeconst.h": timeconst(int(ticks) if ticks.isdigit() else 250),
        "include/generated/compile.h": f'#define UTS_MACHINE "{of.name}"\n{_COMPILE}',
        "include/generated/asm-offsets.h": "",
        "include/generated/rq-offsets.h": "#define RQ_nr_pinned 0\n",
        "include/generated/utsversion.h": '#define UTS_VERSION "#1"\n',
        **_version(tree.text("Makefile") or ""),
        **(arm64.headers(tree) if of is ARM64 else _x86(tree, of.generated)),
        **_wrappers(tree, of, ""),
        **_wrappers(tree, of, "uapi/"),
    }


def _version(makefile: str) -> dict[str, str]:
    said = dict(_NUMBER.findall(makefile))
    version, level, sub = (
        int(said.get(word, "0")[:4]) for word in ("VERSION", "PATCHLEVEL", "SUBLEVEL")
    )
    code = (version << 16) + (level << 8) + min(sub, 255)
    text = (
        f"#define LINUX_VERSION_CODE {code}\n"
        "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n"
        f"#define LINUX_VERSION_MAJOR {version}\n#define LINUX_VERSION_PATCHLEVEL {level}\n"
        f"#define LINUX_VERSION_SUBLEVEL {sub}\n"
    )
    return {
        "include/generated/utsrelease.h": f'#define UTS_RELEASE "{version}.{level}.{sub}"\n',
        "include/generated/uapi/linux/version.h": text,
    }


def _x86(tree: Tree, generated: str) -> dict[str, str]:
    wide = _table(tree, "64", ("common", "64"))
    narrow = _table(tree, "32", ("i386",))
    extra = _table(tree, "64", ("x32",))
    user = f"{generated}/uapi/asm"
    return {
        f"{generated}/asm/cpufeaturemasks.h": _MASKS,
        f"{user}/unistd_64.h": _numbers(wide, "__NR_"),
        f"{user}/unistd_32.h": _numbers(narrow, "__NR_"),
        f"{user}/unistd_x32.h": "",
        f"{generated}/asm/unistd_32_ia32.h": _numbers(narrow, "__NR_ia32_"),
        f"{generated}/asm/unistd_64_x32.h": _numbers([*wide, *extra], "__NR_x32_"),
        f"{generated}/asm/syscalls_64.h": "",
        f"{generated}/asm/syscalls_32.h": "",
    }


def _table(tree: Tree, width: str, kinds: Iterable[str]) -> list[tuple[str, str]]:
    text = tree.text(f"arch/x86/entry/syscalls/syscall_{width}.tbl") or ""
    return [(name, number) for number, kind, name in _CALL.findall(text) if kind in kinds]


def _numbers(calls: list[tuple[str, str]], prefix: str) -> str:
    return "".join(f"#define {prefix}{name} {number}\n" for name, number in calls)


def _wrappers(tree: Tree, of: Architecture, part: str) -> dict[str, str]:
    own = f"{of.root}/include/{part}asm"
    folder = f"{of.generated}/{part}asm"
    lists = (f"{own}/Kbuild", f"include/{part}asm-generic/Kbuild")
    names = {
        name
        for path in lists
        for _, listed in _LISTED.findall(tree.text(path) or "")
        for name in listed.split()
        if name.endswith(".h")
    }
    return {
        f"{folder}/{name}": f"#include <asm-generic/{name}>\n"
        for name in sorted(names)
        if tree.text(f"{own}/{name}") is None
    }


def stand_in(tree: Tree, name: str, beside: str, of: Architecture) -> tuple[str, str, bool]:
    """Return the path and the text of a header that was not found, and whether the tree has it.

    ``beside`` is the folder of the file that is read.
    """
    for place in ("include", f"{of.root}/include", beside):
        own = tree.text(f"{place}/{name}")
        if own is not None:
            return f"include/{name}", own, True
    stem = name.removeprefix("asm/")
    if stem != name and tree.text(f"include/asm-generic/{stem}") is not None:
        return f"{of.generated}/asm/{stem}", f"#include <asm-generic/{stem}>\n", True
    return f"include/{name}", "", False
