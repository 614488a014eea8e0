"""Finds names in `.env` that are nearly the name of a setting."""

import difflib
from pathlib import Path

from dotenv import dotenv_values

from bot.settings.settings import Settings
from bot.settings.values import ENCODING

_NEARLY = 0.8


def misspelled_names(env_file: Path) -> list[str]:
    """One sentence for each name in `env_file` that resembles a setting: it is ignored, probably by mistake."""
    known = [name.upper() for name in Settings.model_fields]
    lines = []
    for name in dotenv_values(env_file, encoding=ENCODING):
        meant = difflib.get_close_matches(name.upper(), known, n=1, cutoff=_NEARLY)
        if meant and name.upper() != meant[0]:
            lines.append(f"{name} in {env_file.name} is not a setting and is ignored. Did you mean {meant[0]}?")
    return lines
