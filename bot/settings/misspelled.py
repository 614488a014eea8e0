"""Finds names in `.env` and in the environment that are nearly the name of a setting."""

import difflib
import os
from pathlib import Path

from bot.settings.env_file import read_env_file
from bot.settings.secret_files import SUFFIX, file_settings
from bot.settings.settings import Settings
from bot.settings.values import unquoted

_NEARLY = 0.8
_ALMOST_THE_SAME = 0.92
_COMMON_WORDS = frozenset(
    {"API", "DATABASE", "DIR", "FILE", "FORMAT", "HTTP", "HTTPS", "KEY", "LEVEL", "LOG", "MAX", "MIN", "NO", "URL"}
)
"""Other programs have names with these words: DATABASE_URI and LOG_FMT are not typos of ours."""


def misspelled_names(env_file: Path) -> list[str]:
    """One sentence for each name that resembles a setting: it is ignored, probably by mistake.

    Everything in `env_file` is meant for the bot. The environment has variables of other programs too, so a name there
    has to be closer, to share a word with a setting, and that setting must not be set.
    """
    known = _known_names()
    in_file = read_env_file(env_file)
    lines = []
    for name in in_file:
        meant = difflib.get_close_matches(name.upper(), known, n=1, cutoff=_NEARLY)
        if meant and name.upper() not in known:
            lines.append(_sentence(name, env_file.name, meant[0]))
    given = {name.upper() for names in (in_file, os.environ) for name, value in names.items() if unquoted(value)}
    nearest = {name: _nearest(name.upper(), known) for name in os.environ}
    near_misses = {name: near for name, near in nearest.items() if near is not None and near not in given}
    return [*lines, *(_sentence(name, "the environment", near) for name, near in near_misses.items())]


def _known_names() -> list[str]:
    fields = [name.upper() for name in Settings.model_fields]
    return [*fields, *(f"{name.upper()}{SUFFIX}" for name in file_settings(Settings))]


def _nearest(name: str, known: list[str]) -> str | None:
    words = set(name.split("_"))
    if name in known or len(words) == 1 or words & {"PROXY"}:
        return None
    for near in difflib.get_close_matches(name, known, n=3, cutoff=_NEARLY):
        shared = words & set(near.split("_"))
        ratio = difflib.SequenceMatcher(None, name, near).ratio()
        if shared - _COMMON_WORDS or (shared and ratio >= _ALMOST_THE_SAME):
            return near
    return None


def _sentence(name: str, where: str, meant: str) -> str:
    return f"{name} in {where} is not a setting and is ignored. Did you mean {meant}?"
