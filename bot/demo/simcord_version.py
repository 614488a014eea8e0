"""Checks the version of simcord before it is imported, because live_discord.py needs private names of this version."""

from importlib.metadata import PackageNotFoundError, version

PINNED = "3.2.1"


class WrongSimcordError(Exception):
    """simcord is missing or has another version."""


def require_simcord() -> None:
    """Raises WrongSimcordError."""
    try:
        installed = version("simcord")
    except PackageNotFoundError:
        raise WrongSimcordError("simcord is not installed: install remix-bot[demo]") from None
    if installed != PINNED:
        raise WrongSimcordError(f"simcord {PINNED} is needed, but {installed} is installed: install remix-bot[demo]")
