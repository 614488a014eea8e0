"""Reads LOG_FORMAT before all other settings, so that a wrong setting is reported in that format."""

import os
from collections.abc import Mapping
from pathlib import Path

from bot.settings.env_file import read_env_file
from bot.settings.kinds import LogFormat
from bot.settings.values import unquoted


def early_log_format(env_file: Path) -> LogFormat:
    """What LOG_FORMAT will be. Never raises: `console` if it is wrong, or if `env_file` cannot be read."""
    chosen = _find(os.environ) or _find(read_env_file(env_file))
    return "json" if chosen.lower() == "json" else "console"


def _find(variables: Mapping[str, str]) -> str:
    return next((unquoted(value) for name, value in variables.items() if name.upper() == "LOG_FORMAT"), "")
