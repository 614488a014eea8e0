"""Names the accounts of this machine that files belong to."""

import os
from pathlib import Path

ROOT = 0


def owner_of(path: Path) -> int | None:
    """The number of the account; None for a file that is not there, and on Windows, which has no such numbers."""
    if os.name == "nt" or not path.exists():
        return None
    return path.stat().st_uid


def own_account() -> int | None:
    return None if os.name == "nt" else os.geteuid()


def account_name(number: int | None) -> str:
    if number is None or os.name == "nt":
        return "another account"
    import pwd  # noqa: PLC0415 - Windows has no such module

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        # A container often runs under a number without a name.
        return str(number)
