"""Reads LOG_FORMAT before all other settings, so that a wrong setting is reported in that format."""

import logging
import os
from pathlib import Path

from dotenv import dotenv_values

from bot.settings.kinds import LogFormat
from bot.settings.values import ENCODING, unquoted


def early_log_format(env_file: Path) -> LogFormat:
    """What LOG_FORMAT will be. Never raises: `console` if it is wrong, or if `env_file` cannot be read."""
    chosen = _in_environment() or _in_file(env_file)
    return "json" if chosen.lower() == "json" else "console"


def _in_environment() -> str:
    return next((unquoted(value) for name, value in os.environ.items() if name.upper() == "LOG_FORMAT"), "")


def _in_file(env_file: Path) -> str:
    parser = logging.getLogger("dotenv.main")
    parser.disabled = True  # it logs each line that it cannot read, and will again when all settings are read
    try:
        found = dotenv_values(env_file, encoding=ENCODING)
    except (OSError, UnicodeError):
        return ""
    finally:
        parser.disabled = False
    return next((unquoted(value or "") for name, value in found.items() if name.upper() == "LOG_FORMAT"), "")
