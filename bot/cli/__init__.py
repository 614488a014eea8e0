"""The `remix-bot` command. Every subcommand has a module of its own, which is imported only when it is needed."""

from bot.cli.lazy_group import LazyGroup


def main() -> None:
    LazyGroup()()
