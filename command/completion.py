"""``cloneproof completion``: what a shell needs to complete our verbs and names."""

from __future__ import annotations

import click

from checker.ground import problems


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell.

    \b
    Example:
      eval "$(cloneproof completion bash)"
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    command = context.find_root().command
    click.echo(found(command, {}, "cloneproof", "_CLONEPROOF_COMPLETE").source())
    return problems.AS_EXPECTED
