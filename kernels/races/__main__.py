"""Try each race for some seconds on real kernels.

python -m kernels.races                          the kernel that runs here (needs root)
python -m kernels.races --on 6.1 --on 6.12       Debian's, in virtual machines of two processors

SEEN is possible: it was.  NOT SEEN proves nothing, and is never counted as agreement.
"""

from __future__ import annotations

import argparse

from checker.failures import Arguments, main_of
from kernels.conform import RUNNING
from kernels.races.run import RacesFailed, try_races
from kernels.races.told import findings, line, status


def _on(where: str, seconds: int) -> int:
    try:
        release, revision, told = try_races(where, seconds)
    except RacesFailed as failed:
        print(f"{where}: skipped, not passed: {failed}")
        return 2
    found = findings(told, revision.kernel)
    print(f"{where} ({release}), held against {revision.name}, {seconds} s a race:")
    print("\n".join(f"  {line(one)}" for one in found))
    return status(found)


def main() -> int:
    """Return 0; 1 if the model is contradicted; 2 if something could not be tried."""
    parser = Arguments(
        prog="python -m kernels.races",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--on", action="append", help="running (the default), 6.1, 6.12, an image")
    parser.add_argument("--seconds", type=int, default=5, help="how long to try each (5)")
    wish = parser.parse_args()
    ends = [_on(where, wish.seconds) for where in wish.on or [RUNNING]]
    return 1 if 1 in ends else max(ends)


if __name__ == "__main__":
    main_of("races", main)
