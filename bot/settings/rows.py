"""Shows each setting with its default and description, for `.env.example` and docs/settings.md."""

from dataclasses import dataclass
from pathlib import Path

from pydantic.fields import FieldInfo

from bot.settings.kinds import IsMoney, amount
from bot.settings.secret_files import SUFFIX, CanBeFile
from bot.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting as `.env.example` and docs/settings.md show it. `default` is written as in the environment."""

    name: str
    default: str
    required: bool
    description: str


def setting_rows() -> list[SettingRow]:
    """One row for each setting, in the order of the class."""
    return [
        SettingRow(name.upper(), _written(field), field.is_required(), _description(name, field))
        for name, field in Settings.model_fields.items()
    ]


def _description(name: str, field: FieldInfo) -> str:
    in_file = f" `{name.upper()}{SUFFIX}` can name a file with it." if CanBeFile() in field.metadata else ""
    return f"{field.description}{in_file}"


def _written(field: FieldInfo) -> str:
    default = field.default
    if IsMoney() in field.metadata and isinstance(default, int):
        default = amount(default).removesuffix(".00")
    match default:
        case str() as text:
            return text
        case Path() as path:
            return path.as_posix()
        case int() | float() as number:
            return f"{number:g}"
        case frozenset() as several:
            return ",".join(sorted(str(each) for each in several))
        case dict() as prices:
            return ",".join(f"{speed}={amount(micros)}" for speed, micros in prices.items())
    return ""
