"""Writes `.env.example` and the table in docs/settings.md from the settings class: `make settings-docs`."""

from pathlib import Path

from bot.settings.rows import SettingRow, setting_rows
from bot.settings.written_env import env_example

ROOT = Path(__file__).parents[2]
START = "<!-- settings: written by `make settings-docs` -->"
END = "<!-- settings: end -->"


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
