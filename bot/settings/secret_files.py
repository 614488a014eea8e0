"""Reads secrets from files: those that NAME_FILE names, and the credentials that systemd hands over."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from bot.settings.env_file import read_env_file
from bot.settings.values import ENCODING, unquoted

SUFFIX = "_FILE"
_LONGEST_BYTES = 10_000
_MOUNTED = Path("/run/secrets")
"""Docker and Kubernetes mount secrets readable for all, in a container that has one account."""


@dataclass(frozen=True, slots=True)
class CanBeFile:
    """Marks a setting whose value can be in a file instead."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a value that could not be read. `reason` completes the sentence `NAME ...`.

    It never has the path in it: somebody may have put the secret itself where the path belongs.
    """

    reason: str


def file_settings(settings: type[BaseSettings]) -> list[str]:
    """The fields that can be in a file."""
    return [name for name, field in settings.model_fields.items() if CanBeFile() in field.metadata]


class FilesSource(PydanticBaseSettingsSource):
    """Values from the files that `NAME_FILE` names, in the same place that `variables` come from."""

    def __init__(self, settings_cls: type[BaseSettings], variables: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._variables = variables.env_vars if isinstance(variables, EnvSettingsSource) else {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Never called: `__call__` does it all."""
        raise NotImplementedError

    def __call__(self) -> dict[str, Any]:
        found: dict[str, str | Unread] = {}
        for name in file_settings(self.settings_cls):
            path, variable = _given(self._variables, f"{name}{SUFFIX.lower()}"), f"{name.upper()}{SUFFIX}"
            if path and _given(self._variables, name):
                found[name] = Unread(f"is set twice: keep either {name.upper()} or {variable}")
            elif path:
                found[name] = _read(Path(path), f"cannot be read from {variable}")
        return found


class CredentialsSource(FilesSource):
    """The files in CREDENTIALS_DIRECTORY that have the name of a setting in small letters.

    https://systemd.io/CREDENTIALS/
    """

    def __call__(self) -> dict[str, Any]:
        folder = _given(self._variables, "credentials_directory")
        files = {name: Path(folder) / name for name in file_settings(self.settings_cls)} if folder else {}
        return {
            name: _read(path, f"cannot be read from the credential {name}")
            for name, path in files.items()
            if os.path.lexists(path)
        }


def _given(variables: Mapping[str, str | None], name: str) -> str:
    return unquoted(variables.get(name) or "")


def _read(path: Path, failure: str) -> str | Unread:
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(_LONGEST_BYTES + 1)
        text = content.decode(ENCODING).strip()
    except FileNotFoundError:
        return Unread(f"{failure}: there is no such file")
    except IsADirectoryError:
        return Unread(f"{failure}: it is a folder")
    except UnicodeError:
        return Unread(f"{failure}: it is not a text file")
    except (OSError, ValueError, RuntimeError):
        return Unread(f"{failure}: this account cannot open it")
    if len(content) > _LONGEST_BYTES:
        return Unread(f"{failure}: it has more than {_LONGEST_BYTES} bytes, so it is another file")
    return text or Unread(f"{failure}: it is empty")


def files_open_to_all(settings: type[BaseSettings], env_file: Path) -> list[tuple[str, Path]]:
    """The files with secrets that every account can read, each with the `NAME_FILE` that names it."""
    names = {f"{name.upper()}{SUFFIX}" for name in file_settings(settings)}
    given = {**read_env_file(env_file), **os.environ}
    named = [(name.upper(), Path(unquoted(value))) for name, value in given.items() if name.upper() in names]
    return [(name, path) for name, path in named if _is_open_to_all(path)]


def _is_open_to_all(path: Path) -> bool:
    try:
        path = path.expanduser()
        mode = path.stat().st_mode
    except (OSError, RuntimeError, ValueError):
        return False
    return os.name != "nt" and bool(mode & stat.S_IROTH) and not path.is_relative_to(_MOUNTED)
