"""Fetch, check and unpack kernels for the virtual machines; nothing gets installed.

python -m kernels.fetch                         the newest 6.1 and 6.12 of this Debian
python -m kernels.fetch 6.1                     one of them
python -m kernels.fetch --image bzImage --modules lib/modules/6.9.1 --name mine
"""

from __future__ import annotations

import argparse
from pathlib import Path

from checker.failures import Arguments, main_of
from kernels.machines.fetch import LINES, fetch, unpack


def _arguments() -> argparse.Namespace:
    parser = Arguments(
        prog="python -m kernels.fetch", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "lines", nargs="*", default=[], help=f"kernel lines (default: {' '.join(LINES)})"
    )
    parser.add_argument("--image", type=Path, help="a bzImage or vmlinux of your own")
    parser.add_argument("--modules", type=Path, help="its lib/modules/RELEASE folder")
    parser.add_argument("--name", default="own", help="what to call it (default: own)")
    return parser.parse_args()


def main() -> int:
    """Fetch what the command line asks for; one line each."""
    wish = _arguments()
    if wish.image:
        kernels = [unpack(wish.image, wish.modules, wish.name)]
    else:
        kernels = [fetch(line) for line in wish.lines or LINES]
    for kernel in kernels:
        print(f"{kernel.name}: {kernel.release} ({kernel.package or 'given'})")
    return 0


if __name__ == "__main__":
    main_of("fetch", main)
