"""The compiler's arguments for a file of a kernel tree: what Kbuild says, in short."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from source.c.architecture import Architecture

if TYPE_CHECKING:
    from source.c.built import Built

_FIXED = (
    "-nostdinc -std=gnu11 -fshort-wchar -fno-strict-aliasing",
    "-fwrapv -fno-builtin -D__KERNEL__ -DCC_USING_FENTRY -w -ferror-limit=2000",
    "-fbracket-depth=256 -Wno-builtin-macro-redefined -D__LINE__=0",
)
"""``__LINE__`` is 0, so that a function that only moves reads the same."""

_DIALECT = ("-funsigned-char", "-fms-extensions")
"""Arguments that a tree's own build files set in some releases, and that change what C means."""

_FIRST, _THEN = ("compiler-version.h", "kconfig.h"), ("compiler_types.h",)


def folders(root: Path, generated: Sequence[Path], of: Architecture) -> list[Path]:
    """Return where headers are looked for, in Kbuild's order.

    ``generated`` are folders laid out like a built tree, in the order they are asked.
    """
    own = f"{of.root}/include"
    found = [root / own]
    found += [each / of.generated for each in generated]
    found += [root / "include", *(each / "include" for each in generated)]
    found.append(root / own / "uapi")
    found += [each / of.generated / "uapi" for each in generated]
    found.append(root / "include/uapi")
    return [*found, *(each / "include/generated/uapi" for each in generated)]


def arguments(root: Path, path: str, makes: Built) -> list[str]:
    """Return the arguments with which a file of a tree that lies at ``root`` is parsed."""
    name = Path(path).stem.replace("-", "_")
    said = [each for each in _DIALECT if each in makes.dialect]
    named = [
        f'-DKBUILD_{what}="{value}"'
        for what, value in (("MODFILE", path.removesuffix(".c")), ("BASENAME", name))
    ]
    include = root / "include/linux"
    ahead = [include / each for each in _FIRST if (include / each).is_file()]
    then = [include / each for each in _THEN if (include / each).is_file()]
    return [
        *makes.of.compiler,
        *" ".join(_FIXED).split(),
        *said,
        *named,
        *(f"-D{each}=1" for each in makes.options),
        f'-DKBUILD_MODNAME="{name}"',
        f"-D__KBUILD_MODNAME=kmod_{name}",
        f"-fmacro-prefix-map={root}/=",
        *(f"-I{each}" for each in folders(root, makes.folders, makes.of)),
        *(word for each in (*ahead, makes.first, *then) for word in ("-include", str(each))),
    ]
