"""``python -m command`` is the command ``cloneproof``."""

from __future__ import annotations

from checker.ground import signals


def main() -> None:
    """Run the command; a signal ends it well from here on, while it still starts."""
    signals.end_at_once("cloneproof")
    from command.cloneproof import main as command

    command()


if __name__ == "__main__":
    main()
