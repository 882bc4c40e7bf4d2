"""The pull request's claim, measured: vhost owners under RLIMIT_NPROC, beside the model.

python -m kernels.claim               boots 6.1 and 6.12, prints a table in Markdown
"""

from __future__ import annotations

import sys

from checker.failures import Arguments, main_of
from kernels.conformance.claim import cannot_run, differences, measure, table
from kernels.observe.owners import TRIED


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def main() -> int:
    """Measure and print the table; 1 if the model says otherwise, 2 if nothing can be run."""
    Arguments(prog="python -m kernels.claim", description=__doc__).parse_args()
    missing = cannot_run()
    if missing:
        _say(f"skipped, not passed: {missing[0]}")
        return 2
    rows = measure(_say)
    print(f"VHOST_SET_OWNER by one owner on {TRIED} devices: how many succeed, and what ends it.\n")
    print("\n".join(table(rows)))
    wrong = differences(rows)
    for line in wrong:
        _say(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    main_of("claim", main)
