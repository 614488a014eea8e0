"""Writes `.env.example` and the table in docs/settings.md from the settings class: `make settings-docs`."""

from pathlib import Path

from bot.settings.rows import SettingRow, setting_rows

ROOT = Path(__file__).parents[2]
START = "<!-- settings: written by `make settings-docs` -->"
END = "<!-- settings: end -->"

HEAD = """\
# Copy this file to `.env` and fill in the two values that have no default. The environment overrides this file, and so
# do systemd's credentials. An empty value counts as unset. Written by `make settings-docs` from
# bot/settings/settings.py.
"""


def env_example() -> str:
    """The required settings are left empty; the others are commented out and show their default."""
    return HEAD + "".join(_env_entry(row) for row in setting_rows())


def _env_entry(row: SettingRow) -> str:
    assignment = f"{row.name}={row.default}"
    return f"\n# {row.description.replace('`', '')}\n{assignment if row.required else f'#{assignment}'}\n"


def settings_table() -> str:
    lines = [START, "", "| Setting | Default | What it is |", "|---|---|---|"]
    lines += [f"| `{row.name}` | {_default(row)} | {row.description} |" for row in setting_rows()]
    return "\n".join([*lines, "", END])


def _default(row: SettingRow) -> str:
    if row.required:
        return "**required**"
    return f"`{row.default}`" if row.default else "(empty)"


def table_in(page: str) -> str:
    return START + page.partition(START)[2].partition(END)[0] + END


def write(root: Path) -> None:
    (root / ".env.example").write_text(env_example(), encoding="utf-8")
    page = root / "docs" / "settings.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(table_in(text), settings_table()), encoding="utf-8")


if __name__ == "__main__":
    write(ROOT)
