"""DATABASE_URL=postgresql://...: what is taken, and that no password is shown."""

import pytest

from bot.settings.settings import Settings, SettingsError, load_settings


def load(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings(None, needs="storage")


def lines(monkeypatch: pytest.MonkeyPatch, **values: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **values)
    return caught.value.lines


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("postgresql://bot:made-up@db.example:5433/remix", None),
        ("postgres://bot@db/remix", "postgresql://bot@db/remix"),
        ("postgresql://bot:p%40ss%2Fw%23rd@[::1]/remix?sslmode=require", None),
        ("postgresql://bot@/remix?host=/run/postgresql", None),
    ],
)
def test_a_server_can_be_named_by_its_address(monkeypatch, written, read):
    assert load(monkeypatch, DATABASE_URL=written).database_url == (read or written)


@pytest.mark.parametrize(
    "written",
    [
        "postgresql+psycopg://bot:made-up@db/remix",
        "postgresql:bot:made-up@db/remix",
        "postgresql://bot:made-up@db",
        "postgresql://bot:made-up@db/",
        "postgresql://bot:made-up@db:0/remix",
        "postgresql://bot:made-up@db:port/remix",
        "postgresql://bot:made/up@db/remix",
        "postgresql://bot:made-up@x@db/remix",
        "postgresql://bot:made#up@db/remix",
        "postgresql://bot:made-up@db/remix#more",
        "postgresql://bot:made up@db/remix",
    ],
)
def test_a_wrong_address_of_a_server_is_told_without_its_password(monkeypatch, written):
    (line,) = lines(monkeypatch, DATABASE_URL=written)
    assert line.startswith(("DATABASE_URL must be postgresql://", "DATABASE_URL has a password with"))
    assert "made" not in line


def test_the_passwords_of_a_database_are_secrets(monkeypatch):
    url = "postgresql://bot:first%40word@db/remix?sslpassword=second%2Fword"
    secrets = load(monkeypatch, DATABASE_URL=url).secrets
    assert {"first%40word", "first@word", "second%2Fword", "second/word"} <= set(secrets)


def test_nobody_waits_for_a_warning_about_backups_that_the_bot_does_not_see(monkeypatch):
    (line,) = lines(monkeypatch, DATABASE_URL="postgresql://db/remix", BACKUP_MAX_AGE_H="24")
    assert line.startswith("BACKUP_MAX_AGE_H must be empty with PostgreSQL")
