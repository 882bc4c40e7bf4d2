"""Every refuted property replayed on every kernel that can be had here, as a table.

python -m kernels.replay --all                  each refuted property on each kernel had here
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from checker.failures import Arguments, main_of
from kernels.histories.campaign import campaign as of_histories
from kernels.replay.campaign import ON, Campaign, campaign
from kernels.replay.telling import details, status, table


def _campaigns(where: str, wish: argparse.Namespace) -> Iterator[Campaign]:
    def say(text: str) -> None:
        print(text, file=sys.stderr)

    if not wish.histories:
        yield campaign(where, say, wish.result)
    yield of_histories(where, say)


def main() -> int:
    """Replay all counterexamples on the kernels of the command line and print the table."""
    parser = Arguments(prog="python -m kernels.replay")
    parser.add_argument("--all", action="store_true", required=True, help="every refuted property")
    parser.add_argument("--result", type=Path, help="a JSON report to take them from")
    parser.add_argument("--histories", action="store_true", help="only properties of histories")
    parser.add_argument("on", nargs="*", default=list(ON), help="running, 6.1, 6.12, an image")
    wish = parser.parse_args()
    campaigns = [one for where in wish.on for one in _campaigns(where, wish)]
    print("\n".join([*table(campaigns), *(line for one in campaigns for line in details(one))]))
    return status(campaigns)


if __name__ == "__main__":
    main_of("replay", main)
