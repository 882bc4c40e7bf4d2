"""Try each race for some seconds on real kernels.

python -m kernels.races                          the kernel that runs here (needs root)
python -m kernels.races --on 6.1 --on 6.12       Debian's, in virtual machines of two processors

SEEN is possible: it was.  NOT SEEN proves nothing, and is never counted as agreement.
"""

from __future__ import annotations

import argparse

from checker.failures import Arguments, main_of
from kernels.machines.place import RUNNING
from kernels.races.tried import end_of, tried


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
    found = [tried(where, wish.seconds) for where in wish.on or [RUNNING]]
    print("\n".join(line for one in found for line in one.lines))
    return end_of(found)


if __name__ == "__main__":
    main_of("races", main)
