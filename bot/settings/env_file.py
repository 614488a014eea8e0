"""Reads names and values of `.env` before or beside the settings, which have their own way."""

import logging
from pathlib import Path

from dotenv import dotenv_values

from bot.settings.values import ENCODING


def read_env_file(env_file: Path) -> dict[str, str]:
    """Names without a value have an empty one. Never raises: load_settings reports a file that cannot be read."""
    parser = logging.getLogger("dotenv.main")
    parser.disabled = True  # it logs each line that it cannot read, and has or will when the settings are read
    try:
        found = dotenv_values(env_file, encoding=ENCODING)
    except (OSError, UnicodeError):
        return {}
    finally:
        parser.disabled = False
    return {name: value or "" for name, value in found.items()}
