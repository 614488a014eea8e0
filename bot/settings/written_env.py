"""Writes `.env`: the text of a new one, and changes that keep the other lines of an old one."""

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from glob import escape
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from bot.settings.rows import SettingRow, setting_rows
from bot.settings.values import ENCODING

_ROOT = 0
_HEAD = """\
# Copy this file to `.env` and fill in the two values that have no default. The environment overrides this file, and so
# do systemd's credentials. An empty value counts as unset. Written by `make settings-docs` from
# bot/settings/settings.py.
"""
_NEW_HEAD = """\
# Written by `remix-bot setup`. The environment overrides this file, and an empty value counts as unset. Lines that
# begin with # are not read: they show the defaults.
"""


def env_example() -> str:
    """The required settings are left empty; the others are commented out and show their default."""
    return _HEAD + _entries()


def new_env() -> str:
    """What setup fills in where there is no file yet."""
    return _NEW_HEAD + _entries()


def _entries() -> str:
    return "".join(_entry(row) for row in setting_rows())


def _entry(row: SettingRow) -> str:
    assignment = f"{row.name}={row.default}"
    return f"\n# {row.description.replace('`', '')}\n{assignment if row.required else f'#{assignment}'}\n"


def with_values(text: str, chosen: Mapping[str, str]) -> str:
    """The text with these values. Each stands where its name stood, or below its commented default, or at the end.

    An empty value takes the setting out. Other lines and all comments stay as they are.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    bindings = list(parse_stream(StringIO(text, newline="")))
    present, left, parts = {binding.key for binding in bindings}, dict(chosen), list[str]()
    for binding in bindings:
        part, name = binding.original.string, binding.key
        if name is not None and name in chosen:
            # A second line of the same name would win over the first, so it goes.
            parts.append(_replaced(part, name, left.pop(name, ""), newline))
            continue
        parts.append(part if part.endswith("\n") else part + newline)
        named = _commented_name(part)
        if named in left and named not in present:
            parts.append(_assignment(named, left.pop(named), newline))
    return "".join(parts) + "".join(_assignment(name, value, newline) for name, value in left.items())


def _replaced(part: str, name: str, value: str, newline: str) -> str:
    """Empty lines above belong to the part, and a comment behind an unquoted value stays."""
    empty_lines = part[: len(part) - len(part.lstrip("\r\n"))]
    comment = re.search(r"[ \t]+#.*", part) if value and not set(part) & set("'\"") else None
    return empty_lines + _assignment(name, value + (comment[0].rstrip() if comment else ""), newline)


def _commented_name(part: str) -> str:
    comment = part.strip()
    return comment[1:].partition("=")[0].strip() if comment.startswith("#") else ""


def _assignment(name: str, value: str, newline: str) -> str:
    return f"{name}={value}{newline}" if value else ""


def read_env(file: Path) -> str | None:
    """None if there is none. Raises OSError and UnicodeError."""
    if not file.exists():
        return None
    with file.open(encoding=ENCODING, newline="") as opened:
        return opened.read()


def write_env(file: Path, text: str, check: Callable[[Path], object], data: Path) -> None:
    """Replace the file at once, readable for its owner alone. Raises OSError, and what `check` raises for the new file.

    The owner of an old file stays, and a link goes on pointing to it. A new file of root gets the owner of the folder
    `data`, if there is one: the bot runs as that account, and must read it.
    """
    target = file.resolve()
    prefix = f"{target.name}.new-"
    for left in target.parent.glob(f"{escape(prefix)}*"):
        left.unlink()  # of a setup that was killed: it has secrets in it
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=prefix)
    new = Path(name)
    try:
        # mkstemp has made it with mode 0600, so the secrets were never open to others.
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        check(new)
        owned = target if target.exists() else data
        if os.name != "nt" and owned.exists() and (owned is target or os.geteuid() == _ROOT):
            owner = owned.stat()
            if owner.st_uid != os.geteuid():
                os.chown(new, owner.st_uid, owner.st_gid)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
