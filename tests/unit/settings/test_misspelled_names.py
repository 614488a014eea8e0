"""Names that are nearly the name of a setting, in `.env` and in the environment."""

import pytest

from bot.settings.misspelled import misspelled_names


def found(tmp_path) -> list[str]:
    return misspelled_names(tmp_path / ".env")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DAILY_BUDGET", "DAILY_BUDGET_USD"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("DISCORD_TOKEN_FLE", "DISCORD_TOKEN_FILE"),
        ("ALOWED_GUILD_IDS", "ALLOWED_GUILD_IDS"),
        ("ideogram_apikey", "IDEOGRAM_API_KEY"),
        ("OPERATOR_CHANEL_ID", "OPERATOR_CHANNEL_ID"),
    ],
)
def test_a_typo_in_the_environment_is_mentioned_with_the_setting_that_was_meant(monkeypatch, tmp_path, name, meant):
    monkeypatch.setenv(name, "a-value-that-may-be-secret")
    assert found(tmp_path) == [f"{name} in the environment is not a setting and is ignored. Did you mean {meant}?"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "LOG",
            "DATABASE",
            "COOLDOWN",
            "HTTP_PROXY",
            "FTP_PROXY",
            "GRPC_PROXY",
            "no_proxy",
            "LOG_FMT",
            "LOGGING_LEVEL",
        ),
        *("LOGLEVEL", "LOG_FILE", "DATABASE_URI", "DATABASE_NAME", "POSTGRES_DB", "MAX_MEMORY_MB", "API_KEY", "TOKEN"),
        *(
            "CREDENTIALS_DIRECTORY",
            "SSL_CERT_FILE",
            "HOME",
            "PATH",
            "XDG_RUNTIME_DIR",
            "GITHUB_TOKEN",
            "OPENAI_API_KEY",
        ),
        *("GITHUB_TOKEN", "OPENAI_API_KEY", "DISCORD_TOKEN", "DISCORD_TOKEN_FILE", "max_queued"),
    ],
)
def test_settings_and_the_variables_of_other_programs_are_not_mentioned(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, "1")
    assert found(tmp_path) == []


def test_a_near_name_is_not_mentioned_if_the_setting_itself_is_set(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("DAILY_BUDGET_USD=7\n")
    monkeypatch.setenv("DAILY_BUDGET", "5")
    assert found(tmp_path) == []


def test_in_the_file_near_names_are_mentioned_and_foreign_ones_are_not(tmp_path):
    (tmp_path / ".env").write_text("COOLDOWN=3\nmax_queued=2\nDISCORD_TOKEN_FILE=x\nPOSTGRES_DB=x\nCOLDOWN_S=3\n")
    assert [line.split()[0] for line in found(tmp_path)] == ["COOLDOWN", "COLDOWN_S"]
