"""The pictures of docs/page.md, made of the page: ``python -m tests.page.pictures FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.page.browser import CHROMIUM, chromium, opened

PICTURES = (
    ("refused", "#/call?k=v6.12&entry=clone3&flags=CLONE_NEWUSER|CLONE_FS", (1120, 560)),
    ("vhost", "#/kernels?k=v6.4&beside=v6.1&q=vhost", (1120, 700)),
    ("p60", "#/statement/P60?k=v6.4", (1120, 960)),
    ("child", "#/call?k=v6.12&entry=clone3&flags=CLONE_NEWUSER|CLONE_NEWPID|CLONE_VM|CLONE_FILES",
     (1120, 720)),
)  # fmt: skip


def taken(page: Path, folder: Path) -> list[Path]:
    """Write a picture of each view; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with chromium() as browser:
        for name, link, (width, height) in PICTURES:
            tab = opened(browser, page, {"width": width, "height": height})
            tab.go(link)
            tab.page.wait_for_timeout(600)
            made.append(folder / f"{name}.png")
            tab.page.screenshot(path=str(made[-1]))
            tab.page.close()
    return made


def main() -> None:
    """Make the page, and its pictures in the folder that is named."""
    if CHROMIUM is None:
        sys.exit("page-pictures: skipped, there is no chromium")
    from command.page import written

    with TemporaryDirectory() as folder:
        given = [Path(one) for one in sys.argv[2:]]
        page = given[0] if given else written(Path(folder) / "cloneproof.html")
        for made in taken(page, Path(sys.argv[1])):
            print(made)


if __name__ == "__main__":
    main()
