"""Drive histories on real kernels and compare every state with the model.

python -m kernels.histories --walks 100 --seed 1 --on running 6.1 6.12      random ones
python -m kernels.histories --every                  every step from every state, at least once
"""

from __future__ import annotations

import sys
import time

from checker.counterexample import kernel_named
from checker.failures import Arguments, main_of
from kernels.histories.catalogue import DRIVES
from kernels.histories.telling import told
from kernels.histories.walks import Wish, status, walks
from kernels.machines.place import RUNNING


def main() -> int:
    """Walk on the kernels of the command line and print the table."""
    parser = Arguments(prog="python -m kernels.histories")
    parser.add_argument("--walks", type=int, default=100, help="random histories of each system")
    parser.add_argument("--every", action="store_true", help="every step from every state")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", nargs="*", default=[RUNNING], help="running, 6.1, 6.12, an image")
    parser.add_argument("--only", nargs="*", default=list(DRIVES), choices=list(DRIVES))
    parser.add_argument("--model", help="hold this kernel of the model against it instead")
    asked = parser.parse_args()
    model = kernel_named(asked.model) if asked.model else None
    count = 0 if asked.every else asked.walks
    wish = Wish(count, asked.seed, tuple(asked.only), model)
    reports = []
    for where in asked.on:
        begun = time.monotonic()
        reports.append(walks(where, wish))
        print(f"{where}: {time.monotonic() - begun:.1f} s", file=sys.stderr)
    print("\n".join(told(reports)))
    return status(reports)


if __name__ == "__main__":
    main_of("histories", main)
