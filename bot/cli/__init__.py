"""The `remix-bot` command. Every subcommand has a module of its own, which is imported only when it is needed."""

import os
import sys


def main() -> None:
    # Prompts, pictures and reply tokens are in these files. The usual 022 lets every account of the machine read them.
    os.umask(0o077)
    if sys.argv[1:] == ["health"]:
        # A container runs it every 30 s. typer and the pydantic that it brings take four times as long as the rest.
        from bot.cli.health import answer  # noqa: PLC0415 - see above

        sys.exit(answer())
    from bot.cli.lazy_group import run_subcommand  # noqa: PLC0415 - see above

    run_subcommand()
