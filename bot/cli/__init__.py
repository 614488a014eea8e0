"""The `remix-bot` command. Every subcommand has a module of its own, which is imported only when it is needed."""

import os

from bot.cli.lazy_group import LazyGroup


def main() -> None:
    # Prompts, pictures and reply tokens are in these files. The usual 022 lets every account of the machine read them.
    os.umask(0o077)
    LazyGroup()()
