"""Gives files that the superuser writes to the account that runs the bot."""

import os
from contextlib import suppress
from pathlib import Path

_HAS_OWNERS = os.name != "nt"


def give_to_owner_of(like: Path, *paths: Path) -> None:
    """Where the superuser writes files, give them to the account that the bot runs as. Others cannot, and need not.

    Symbolic links are left alone. Raises OSError.
    """
    if not _HAS_OWNERS or os.geteuid() != 0:
        return
    owner = like.stat()
    for path in paths:
        if path.exists() and not path.is_symlink():
            os.chown(path, owner.st_uid, owner.st_gid)


def write_whole(file: Path, text: str) -> None:
    """Replace the file at once, and give it to the owner of its folder. Raises OSError."""
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    new.write_text(text, "utf-8")
    with suppress(OSError):  # some file systems let nobody give files away
        give_to_owner_of(file.parent, new)
    new.replace(file)
