"""The compiler's arguments for a file of a kernel tree: what Kbuild says for x86-64, in short."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ARCHITECTURE = "x86"

_FIXED = (
    "-nostdinc -std=gnu11 -m64 -mno-red-zone -mcmodel=kernel -fshort-wchar -fno-strict-aliasing",
    "-fwrapv -fno-builtin -D__KERNEL__ -DCC_USING_FENTRY -w -ferror-limit=2000",
    "-fbracket-depth=256 -Wno-builtin-macro-redefined -D__LINE__=0",
)
"""``__LINE__`` is 0, so that a function that only moves reads the same."""

_DIALECT = ("-funsigned-char", "-fms-extensions")
"""Arguments that a tree's own build files set in some releases, and that change what C means."""

_FIRST, _THEN = ("compiler-version.h", "kconfig.h"), ("compiler_types.h",)


def folders(root: Path, generated: Sequence[Path]) -> list[Path]:
    """Return where headers are looked for, in Kbuild's order.

    ``generated`` are folders laid out like a built tree, in the order they are asked.
    """
    architecture = f"arch/{ARCHITECTURE}/include"
    found = [root / architecture]
    found += [each / architecture / "generated" for each in generated]
    found += [root / "include", *(each / "include" for each in generated)]
    found.append(root / architecture / "uapi")
    found += [each / architecture / "generated/uapi" for each in generated]
    found.append(root / "include/uapi")
    return [*found, *(each / "include/generated/uapi" for each in generated)]


def arguments(
    root: Path, path: str, generated: Sequence[Path], dialect: str, first: Path
) -> list[str]:
    """Return the arguments with which a file is parsed.

    ``dialect`` is the text of the files that set the compiler's arguments; ``first`` is a header
    that is included after the configuration, before all others.
    """
    name = Path(path).stem.replace("-", "_")
    said = [each for each in _DIALECT if each in dialect]
    named = [
        f'-DKBUILD_{what}="{value}"'
        for what, value in (("MODFILE", path.removesuffix(".c")), ("BASENAME", name))
    ]
    include = root / "include/linux"
    ahead = [include / each for each in _FIRST if (include / each).is_file()]
    then = [include / each for each in _THEN if (include / each).is_file()]
    return [
        *" ".join(_FIXED).split(),
        *said,
        *named,
        f'-DKBUILD_MODNAME="{name}"',
        f"-D__KBUILD_MODNAME=kmod_{name}",
        f"-fmacro-prefix-map={root}/=",
        *(f"-I{each}" for each in folders(root, generated)),
        *(word for each in (*ahead, first, *then) for word in ("-include", str(each))),
    ]
