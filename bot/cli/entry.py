"""Runs the subcommand that was asked for, for a person or for what collects the log (LOG_FORMAT=json)."""

import os
import sys
from pathlib import Path

import typer

from bot.cli.kit.stderr import speaking_json, tell
from bot.cli.lazy_group import ENV_FILE, LazyGroup
from bot.settings.log_format import early_log_format

_FOR_PEOPLE = frozenset({"demo", "setup"})
"""These subcommands talk to a person, whatever LOG_FORMAT is."""


def run_subcommand() -> None:
    if sys.stderr is None:
        # Started with `2>&-`. Else the database would be opened as file 2, into which libraries print.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    if not _is_for_machines():
        LazyGroup()()
        return
    with speaking_json():
        code = _run_for_machines()
    sys.exit(code)


def _is_for_machines() -> bool:
    """Whether a log collector reads stderr. At a terminal only `run` has readers other than the person there."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in _FOR_PEOPLE or (name != "run" and sys.stderr.isatty()):
        return False
    return early_log_format(ENV_FILE) == "json"


def _run_for_machines() -> int:
    """The exit code. Typer would draw a frame around a wrong option; here it is a sentence like all others."""
    try:
        code = LazyGroup().main(standalone_mode=False)
    except typer.Abort:
        tell("Aborted.")
        return 1
    except Exception as error:
        sentence = getattr(error, "format_message", None)
        if sentence is None:
            raise
        tell(sentence())
        return int(getattr(error, "exit_code", 1))
    return code if isinstance(code, int) else 0
