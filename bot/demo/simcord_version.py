"""Which simcord the demo runs on: asked before it is imported, for another may lack what live_discord.py uses."""

from importlib.metadata import PackageNotFoundError, version

PINNED = "3.2.1"


class WrongSimcordError(Exception):
    """Another simcord than the one whose private names are used, or none."""


def require_simcord() -> None:
    """Raises WrongSimcordError."""
    try:
        installed = version("simcord")
    except PackageNotFoundError:
        raise WrongSimcordError("simcord is not installed: install remix-bot[demo]") from None
    if installed != PINNED:
        raise WrongSimcordError(f"simcord {PINNED} is needed, and {installed} is installed: install remix-bot[demo]")
