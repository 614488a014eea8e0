"""`remix-bot health` reads DATABASE_URL without pydantic, and finds what the bot itself finds."""

import pytest

from bot.settings.database_url import read_database_url_alone
from bot.settings.settings import SettingsError, load_settings

VALUES = [None, "", "sqlite:///a.db", "'sqlite:///a.db'", ' "sqlite:////b/c.db" ', "~", "mysql:"]
FILES = [None, "", "DATABASE_URL=sqlite:///file.db\n", "\ufeffdatabase_url='sqlite:///f.db'"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", ["DATABASE_URL", "database_url"])
@pytest.mark.parametrize("in_file", FILES)
def test_it_finds_what_the_settings_find(tmp_path, monkeypatch, name, value, in_file):
    file = tmp_path / ".env"
    if in_file is not None:
        file.write_text(in_file, encoding="utf-8")
    if value is not None:
        monkeypatch.setenv(name, value)
    assert read_alone({} if value is None else {name: value}, file) == read_with_all(file)


def read_alone(environment, file):
    try:
        return read_database_url_alone(environment, file)
    except ValueError as error:
        return f"DATABASE_URL {error}"


def read_with_all(file):
    try:
        return load_settings(file, needs="storage").database_url
    except SettingsError as error:
        return str(error)
