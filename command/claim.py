"""``cloneproof claim``: what the series promises of RLIMIT_NPROC, measured beside the model."""

from __future__ import annotations

import json

import click

from checker.ground import problems, signals
from command.options import OUTPUT, SKIPS, formats
from command.output import emit, say


@click.command(epilog=SKIPS)
@formats()
@OUTPUT
def claim(style: str, output: str | None) -> int:
    """Count the vhost owners that 6.1 and 6.12 allow under RLIMIT_NPROC, beside the model.

    Both kernels are booted in virtual machines; `cloneproof fetch` brings them.

    \b
    Example:
      cloneproof claim
    """
    from kernels.conformance.claim import cannot_run, differences, document, measure, table
    from kernels.observe.owners import TRIED

    signals.end_by_exception("cloneproof")
    missing = cannot_run()
    if missing:
        say(f"skipped, not passed: {missing[0]}")
        return problems.UNANSWERED
    rows = measure(say)
    head = f"VHOST_SET_OWNER by one owner on {TRIED} devices: how many succeed, and what ends it."
    document_ = json.dumps(document(rows), indent=2)
    emit(document_ if style == "json" else "\n".join([head, "", *table(rows)]), output)
    wrong = differences(rows)
    for line in wrong:
        say(line)
    return problems.BROKEN if wrong else problems.AS_EXPECTED
