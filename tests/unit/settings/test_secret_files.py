"""Secrets from files: `NAME_FILE` and systemd credentials, their precedence, and files that cannot be read."""

import os
from pathlib import Path

import pytest

from bot.settings import secret_files
from bot.settings.secret_files import files_open_to_all
from bot.settings.settings import Settings, SettingsError, load_settings

TOKEN, KEY = "MTE4.made-up.0123456789abcdefghij", "made-up-key-0123456789"


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("IDEOGRAM_API_KEY", KEY)
    return monkeypatch


def written(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def token(env_file: Path | None = None) -> str:
    return load_settings(env_file).discord_token.get_secret_value()


def complaint() -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    (line,) = caught.value.lines
    return line


@pytest.mark.parametrize("content", [TOKEN, f"{TOKEN}\n", f"\ufeff {TOKEN}\r\n\n", f"'{TOKEN}'\n"])
def test_a_secret_is_read_from_the_file_that_its_setting_names(key, tmp_path, content):
    key.setenv("DISCORD_TOKEN_FILE", written(tmp_path / "token", content))
    assert token() == TOKEN


def test_each_secret_and_the_database_can_be_in_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("discord_token_file", written(tmp_path / "token", TOKEN))
    monkeypatch.setenv("IDEOGRAM_API_KEY_FILE", written(tmp_path / "key", KEY))
    monkeypatch.setenv("DATABASE_URL_FILE", written(tmp_path / "url", "sqlite:///elsewhere.db\n"))
    settings = load_settings(None)
    assert settings.ideogram_api_key.get_secret_value() == KEY
    assert settings.database_url == "sqlite:///elsewhere.db"
    assert load_settings(None, needs="storage").database_url == "sqlite:///elsewhere.db"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "there is no such file"),
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("x" * 10_001, "it has more than 10000 bytes, so it is another file"),
        (b"\xff\xfe\x00", "it is not a text file"),
        ("folder", "it is a folder"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line_without_the_path(key, tmp_path, content, why):
    path = tmp_path / "the-secret-itself"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        written(path, content)
    key.setenv("DISCORD_TOKEN_FILE", str(path))
    assert complaint() == f"DISCORD_TOKEN cannot be read from DISCORD_TOKEN_FILE: {why}"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every file is open to root")
def test_a_file_of_another_account_is_one_clear_line(key, tmp_path):
    path = tmp_path / "token"
    key.setenv("DISCORD_TOKEN_FILE", written(path, TOKEN))
    path.chmod(0)
    assert complaint() == "DISCORD_TOKEN cannot be read from DISCORD_TOKEN_FILE: this account cannot open it"


def test_a_secret_in_the_wrong_variable_is_not_shown(key):
    key.setenv("DISCORD_TOKEN_FILE", TOKEN)
    assert TOKEN not in complaint()


def test_more_than_a_secret_in_a_file_is_refused_like_elsewhere(key, tmp_path):
    key.setenv("DISCORD_TOKEN_FILE", written(tmp_path / "token", f"{TOKEN}\nand more\n"))
    assert complaint().startswith("DISCORD_TOKEN contains a space")


@pytest.mark.parametrize("where", ["environment", "file"])
def test_both_in_one_place_are_an_error(key, tmp_path, where):
    both = {"DISCORD_TOKEN": TOKEN, "DISCORD_TOKEN_FILE": written(tmp_path / "token", TOKEN)}
    env_file = tmp_path / ".env"
    if where == "environment":
        for name, value in both.items():
            key.setenv(name, value)
    else:
        env_file.write_text("".join(f"{name}={value}\n" for name, value in both.items()))
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file)
    assert caught.value.lines == ("DISCORD_TOKEN is set twice: keep either DISCORD_TOKEN or DISCORD_TOKEN_FILE",)


def test_the_environment_goes_before_a_credential_and_that_before_the_env_file(key, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    env_file = tmp_path / ".env"
    env_file.write_text(f"DISCORD_TOKEN_FILE={written(tmp_path / 'token', 'from-the-file-of-env')}\n")
    assert token(env_file) == "from-the-file-of-env"
    env_file.write_text("DISCORD_TOKEN=from-env-file\n")
    assert token(env_file) == "from-env-file"
    written(credentials / "discord_token", "from-the-credential\n")
    key.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert token(env_file) == "from-the-credential"
    key.setenv("DISCORD_TOKEN_FILE", written(tmp_path / "token", "from-the-named-file"))
    assert token(env_file) == "from-the-named-file"
    key.setenv("DISCORD_TOKEN_FILE", "")
    key.setenv("DISCORD_TOKEN", "from-the-environment")
    assert token(env_file) == "from-the-environment"


def test_an_empty_credential_is_an_error_and_a_missing_one_is_not(key, tmp_path):
    key.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    key.setenv("DISCORD_TOKEN_FILE", "")
    assert complaint().startswith("DISCORD_TOKEN is missing")
    written(tmp_path / "discord_token", "\n")
    assert complaint() == "DISCORD_TOKEN cannot be read from the credential discord_token: it is empty"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_file_that_everybody_can_read_is_found_unless_it_is_a_mounted_secret(key, tmp_path, monkeypatch):
    path = tmp_path / "token"
    key.setenv("DISCORD_TOKEN_FILE", written(path, TOKEN))
    path.chmod(0o640)
    assert files_open_to_all(Settings, tmp_path / ".env") == []
    path.chmod(0o644)
    assert files_open_to_all(Settings, tmp_path / ".env") == [("DISCORD_TOKEN_FILE", path)]
    monkeypatch.setattr(secret_files, "_MOUNTED", tmp_path)
    assert files_open_to_all(Settings, tmp_path / ".env") == []
