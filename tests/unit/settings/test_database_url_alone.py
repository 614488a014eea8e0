"""`remix-bot health` reads DATABASE_URL without pydantic, and finds what the bot itself finds."""

import pytest

from bot.settings.database_url import read_blob_dir_alone, read_database_url_alone, read_health_file_alone
from bot.settings.settings import SettingsError, load_settings

VALUES = [None, "", "sqlite:///a.db", "'sqlite:///a.db'", ' "sqlite:////b/c.db" ', "~", "mysql:", "postgres://bot@db/x"]
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


@pytest.mark.parametrize("way", ["DATABASE_URL_FILE", "database_url_file", "credential", "in .env", "missing", "twice"])
def test_it_finds_what_the_settings_find_in_other_files(tmp_path, monkeypatch, way):
    named, file, environment = tmp_path / "database_url", tmp_path / ".env", {}
    if way != "missing":
        named.write_text("sqlite:///named.db\n", encoding="utf-8")
    if way == "in .env":
        file.write_text(f"DATABASE_URL_FILE={named}\n", encoding="utf-8")
    elif way == "credential":
        environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    else:
        environment = {way if way.lower() == "database_url_file" else "DATABASE_URL_FILE": str(named)}
    if way == "twice":
        environment["DATABASE_URL"] = "sqlite:///other.db"
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = read_with_all(file)
    assert read_alone(environment, file) == found
    assert found == "sqlite:///named.db" or way in {"missing", "twice"}


@pytest.mark.parametrize("value", [None, "", "'/srv/pictures'", "~/pictures"])
@pytest.mark.parametrize("in_file", [None, "blob_dir=elsewhere\n"])
def test_it_finds_the_folder_that_the_settings_find(tmp_path, monkeypatch, value, in_file):
    file = tmp_path / ".env"
    if in_file is not None:
        file.write_text(in_file, encoding="utf-8")
    if value is not None:
        monkeypatch.setenv("BLOB_DIR", value)
    found = read_blob_dir_alone({} if value is None else {"BLOB_DIR": value}, file)
    assert found == load_settings(file, needs="storage").blob_dir


@pytest.mark.parametrize("value", [None, "", "'/run/one.json'", "~/two.json"])
@pytest.mark.parametrize("in_file", [None, "health_file=three.json\n"])
def test_it_finds_the_health_file_that_the_settings_find(tmp_path, monkeypatch, value, in_file):
    file = tmp_path / ".env"
    if in_file is not None:
        file.write_text(in_file, encoding="utf-8")
    if value is not None:
        monkeypatch.setenv("HEALTH_FILE", value)
    found = read_health_file_alone({} if value is None else {"HEALTH_FILE": value}, file)
    assert found == load_settings(file, needs="storage").health_file


@pytest.mark.parametrize(
    "url", ["file:///srv/pictures", "s3://bucket/prefix", "'file:///srv/with%20space/'", "http://x"]
)
@pytest.mark.parametrize("name", ["BLOB_URL", "blob_url"])
@pytest.mark.parametrize("both", [False, True])
def test_it_finds_the_folder_of_the_address_that_the_settings_find(tmp_path, monkeypatch, url, name, both):
    file, environment = tmp_path / ".env", {name: url, "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "made-up"}
    if both:
        file.write_text("BLOB_DIR=elsewhere\n", encoding="utf-8")
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    try:
        read = load_settings(file, needs="storage")
        expected = str(read.picture_folder or read.blob_dir)
    except SettingsError as error:
        expected = str(error)
    try:
        found = str(read_blob_dir_alone(environment, file))
    except ValueError as error:
        found = str(error)
    assert found == expected


def read_alone(environment, file):
    try:
        return read_database_url_alone(environment, file)
    except ValueError as error:
        return str(error)


def read_with_all(file):
    try:
        return load_settings(file, needs="storage").database_url
    except SettingsError as error:
        return str(error)
