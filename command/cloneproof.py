"""The verbs of ``cloneproof``, and the one place for their failures."""

from __future__ import annotations

import gc
from functools import partial
from importlib import import_module
from typing import NoReturn

import click

from checker.ground import problems
from checker.ground.problems import nearest
from command.failures import main_of

VERBS = {
    "Decide": {
        "verify": "verify",
        "system": "system",
    },
    "Look": {
        "list": "listing",
        "show": "listing",
        "explain": "explain",
        "trace": "explain",
        "run": "run",
        "explore": "explore",
        "predict": "predict",
        "why": "why",
        "ask": "ask",
        "diff": "diff",
        "backport": "backport",
        "timeline": "timeline",
        "blame": "blame",
        "impact": "impact",
        "matrix": "matrix",
        "rules": "rules",
        "spec": "spec",
        "revisions": "revisions",
    },
    "Hold against real kernels": {
        "replay": "replay",
        "reproduce": "reproduce",
        "conform": "conform",
        "histories": "histories",
        "races": "races",
        "claim": "claim",
        "probe": "probe",
    },
    "Hold against the kernel's C": {
        "review": "review",
        "source": "source",
        "drift": "source",
    },
    "Check the checker": {
        "second-opinion": "second_opinion",
        "flood": "flood",
        "certify": "certificates",
        "check-certificate": "certificates",
        "mutate": "mutate",
    },
    "Report": {
        "page": "page",
        "export": "export",
        "render": "reports",
        "changes": "reports",
    },
    "Set up": {
        "fetch": "fetch",
        "completion": "completion",
    },
}
"""Every verb, by what one wants to do, with the file of this folder that it stands in."""


class Verbs(click.Group):
    """The verbs; one is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all verbs, in the order of :data:`VERBS`."""
        return [name for verbs in VERBS.values() for name in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb of a name, or nothing for none."""
        for verbs in VERBS.values():
            if cmd_name in verbs:
                return _verb(verbs[cmd_name], cmd_name)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb of some words; raise :class:`click.UsageError` that names one near it."""
        from checker.ground.json_text import short

        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            hint = nearest(args[0], known) or "; --help lists them"
            ctx.fail(f"no command {short(args[0])}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs with the first sentence of each."""
        longest = max(map(len, self.list_commands(ctx)))
        for wish, verbs in VERBS.items():
            with formatter.section(wish):
                found = {name.ljust(longest): _verb(file, name) for name, file in verbs.items()}
                room = formatter.width - longest - 6
                rows = [(name, one.get_short_help_str(room)) for name, one in found.items()]
                formatter.write_dl(rows)


def _verb(file: str, name: str) -> click.Command:
    commands = vars(import_module(f"command.{file}")).values()
    return next(one for one in commands if isinstance(one, click.Command) and one.name == name)


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=problems.EXIT_CODES,
)
@click.version_option(package_name="cloneproof")
def cli() -> None:
    """Prove or refute what Linux task creation promises, on many kernels at once.

    \b
    Examples:
      cloneproof verify                        decide the whole catalogue on every kernel
      cloneproof verify V01t --kernel v6.12    decide one property on one kernel
      cloneproof show P02                      what a property claims, and where it should hold
      cloneproof explain out/counterexamples/V01@v3.10.json
      echo '{"request": {"entry": "clone", "flags": "CLONE_NEWUSER|CLONE_FS"}}' \\
        | cloneproof predict
    """


def main() -> NoReturn:
    """Run the command; every failure ends as one line and a documented exit code."""
    gc.set_threshold(200_000, 20, 20)  # next to nothing goes round in circles
    command = partial(cli.main, prog_name="cloneproof", standalone_mode=False)
    main_of("cloneproof", command, unwind=False)
