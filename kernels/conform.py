"""Hold the model against running kernels, call by call.

python -m kernels.conform running               the kernel that runs here (needs root)
python -m kernels.conform 6.1 6.12              Debian's, in virtual machines
"""

from __future__ import annotations

import sys

from checker.failures import Arguments, main_of
from kernels.conformance.conform import conform, status
from kernels.conformance.telling import details, table
from kernels.machines.place import RUNNING


def main() -> int:
    """Compare the kernels of the command line and print the table."""
    parser = Arguments(prog="python -m kernels.conform")
    parser.add_argument("on", nargs="*", default=[RUNNING], help="running, 6.1, 6.12, an image")
    wish = parser.parse_args()
    reports = conform(wish.on, lambda text: print(text, file=sys.stderr))
    print("\n".join([*table(reports), *(line for one in reports for line in details(one))]))
    return status(reports)


if __name__ == "__main__":
    main_of("conform", main)
