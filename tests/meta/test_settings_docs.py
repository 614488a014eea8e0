"""The settings class, `.env.example` and the table in docs/settings.md agree."""

import re

import pytest

from bot.settings.rows import setting_rows
from bot.settings.settings import Settings, load_settings
from bot.settings.written_env import env_example
from tests.meta.settings_docs import settings_table, table_in
from tests.meta.source_files import ROOT

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
AGAIN = "run `make settings-docs`"


def test_the_example_file_is_what_the_class_says():
    assert env_example() == EXAMPLE, AGAIN


def test_the_table_of_the_page_is_what_the_class_says():
    assert settings_table() == table_in(PAGE), AGAIN


def test_all_three_have_the_same_names_in_the_same_order():
    names = [name.upper() for name in Settings.model_fields]
    assert re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE) == names
    assert re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE) == names


def test_every_setting_has_a_description_that_fits_a_table():
    for row in setting_rows():
        assert row.description.endswith("."), row.name
        assert "|" not in row.description, row.name
        assert "\n" not in row.description, row.name


@pytest.mark.parametrize("uncommented", [False, True])
def test_a_copy_of_the_example_with_the_two_secrets_filled_in_gives_the_defaults(tmp_path, monkeypatch, uncommented):
    text = EXAMPLE.replace("DISCORD_TOKEN=", "DISCORD_TOKEN=made-up-1").replace("_API_KEY=", "_API_KEY=made-up-2")
    copy = tmp_path / ".env"
    copy.write_text(re.sub(r"^#(?=[A-Z])", "", text, flags=re.MULTILINE) if uncommented else text, encoding="utf-8")
    monkeypatch.setenv("DISCORD_TOKEN", "made-up-1")
    monkeypatch.setenv("IDEOGRAM_API_KEY", "made-up-2")
    assert load_settings(copy) == load_settings(None)
