"""``cloneproof fetch``: kernels for the virtual machines, and kernel sources to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from checker.ground import problems, signals
from checker.ground.problems import Problem
from command.options import FILE


@click.command()
@click.argument("lines", nargs=-1, metavar="[LINE]...")
@click.option("--source", is_flag=True, help="Not the kernels, but their sources (150 MB each).")
@click.option("--image", type=FILE, metavar="FILE",
              help="Take in a bzImage or vmlinux of your own, and download nothing.")
@click.option("--modules", type=FILE, metavar="DIR", help="With --image: its lib/modules/RELEASE.")
@click.option("--name", default="own", show_default=True, help="With --image: what to call it.")
@click.option("--build", is_flag=True,
              help="Not Debian's kernels, but small ones built from their sources (1.6 GB): LINE "
              "may name options to leave out, 6.12-CONFIG_USER_NS.")
@click.option("--tree", type=FILE, metavar="DIR", help="With --build: a source of your own.")
def fetch(
    *, lines: tuple[str, ...], source: bool, image: Path | None, modules: Path | None, name: str,
    build: bool, tree: Path | None,
) -> int:
    """Fetch, check and unpack Debian's kernels or their sources; nothing gets installed.

    LINE is a line of Debian's kernels that apt knows, such as 6.1, 6.18 or 7.3.  Default: 6.1 and
    6.12.  What is here already is not fetched again.

    \b
    Examples:
      cloneproof fetch
      cloneproof fetch 6.12 --source
      cloneproof fetch 7.2 7.3
      cloneproof fetch --build 6.12 6.12-CONFIG_USER_NS-CONFIG_KEYS
      cloneproof fetch --image bzImage --modules lib/modules/6.9.1 --name mine
    """
    signals.end_by_exception("cloneproof")
    if image is not None and (lines or source):
        raise Problem("--image takes in a kernel of your own: leave out LINE and --source")
    if build and (source or image is not None):
        raise Problem("--build builds a kernel: leave out --source and --image")
    if tree is not None and not build:
        raise Problem("--tree is a source to build from: say --build, too")
    made = _built(lines, tree) if build else _fetched(lines, source)
    for line in _own(image, modules, name) if image else made:
        click.echo(line)
    return problems.AS_EXPECTED


def _own(image: Path, modules: Path | None, name: str) -> list[str]:
    from kernels.machines.fetch import unpack

    made = unpack(image, modules, name)
    return [f"{made.name}: {made.release} (given)"]


def _built(names: tuple[str, ...], tree: Path | None) -> Iterator[str]:
    """Yield a line for each kernel, as soon as it is built."""
    from kernels.machines.tiny import build

    if not names:
        raise Problem("--build builds what you name: 6.12, or 6.12-CONFIG_USER_NS")
    for name in names:
        made, seconds = build(name, tree)
        yield f"{made.name}: {made.release} (built from {made.package}, {seconds} s)"


def _fetched(lines: tuple[str, ...], source: bool) -> Iterator[str]:
    """Yield a line for each kernel, or source, as soon as it is there."""
    if source:
        from source.fetch import fetch as fetch_source
        from source.trees import LIKE

        for line in lines or LIKE:
            folder, version = fetch_source(line)
            yield f"linux-source-{line} {version}: {folder}"
        return
    from kernels.machines.fetch import LINES
    from kernels.machines.fetch import fetch as fetch_kernel

    for line in lines or LINES:
        made = fetch_kernel(line)
        yield f"{made.name}: {made.release} ({made.package})"
