"""Settings: what is read, what is refused and in which words, and that no secret is ever in those words."""

import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.rules.prices import Speed
from bot.rules.unknown_outcomes import OnUnknownOutcome
from bot.settings.rows import setting_rows
from bot.settings.settings import Settings, SettingsError, load_settings

TOKEN = "MTE4.made-up.0123456789abcdefghij"
KEY = "made-up-key-0123456789"


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with token and key, and nothing else of ours."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("IDEOGRAM_API_KEY", KEY)
    return monkeypatch


def load(env: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        env.setenv(name, value)
    return load_settings(None)


def lines(env: pytest.MonkeyPatch, **values: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(env, **values)
    return caught.value.lines


def test_token_and_key_are_enough_and_the_rest_has_the_documented_defaults(env):
    settings = load(env)
    assert settings.discord_token.get_secret_value() == TOKEN
    assert settings.ideogram_api_key.get_secret_value() == KEY
    assert settings.database_url == "sqlite:///data/remix.db"
    assert settings.blob_dir == Path("data/blobs")
    assert settings.allowed_guild_ids == settings.sync_guild_ids == frozenset()
    assert settings.discord_api_url is None
    assert settings.discord_gateway_url is None
    assert settings.ideogram_image_hosts == {"ideogram.ai", "d2gu96o5zk2m7w.cloudfront.net"}
    assert settings.ideogram_prices == {Speed.TURBO: 30_000, Speed.DEFAULT: 60_000, Speed.QUALITY: 100_000}
    assert (settings.resolutions, settings.log_format, settings.log_level) == ("2k", "console", "INFO")


def test_every_written_default_reads_as_the_value_that_is_used_without_it(env):
    unset = load(env)
    written = {row.name: row.default for row in setting_rows() if row.default}
    assert load(env, **written) == unset


def test_an_empty_value_is_an_unset_one(env):
    unset = load(env)
    empty = {row.name: "" for row in setting_rows() if not row.required}
    assert load(env, **empty) == unset
    assert load(env, **dict.fromkeys(empty, ' "" ')) == unset


@pytest.mark.parametrize("row", setting_rows(), ids=lambda row: row.name)
def test_an_empty_variable_does_not_hide_the_file(env, tmp_path, row):
    given = {"DISCORD_API_URL": "http://a", "DISCORD_GATEWAY_URL": "ws://a", "METRICS_LISTEN": "a:1"}
    given |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://a")
    given |= {"BLOB_URL": "file:///a", "AWS_ACCESS_KEY_ID": "AKID", "AWS_ENDPOINT_URL": "http://a"}
    given |= {"EVIDENCE_PUBLIC_KEY": "A" * 43 + "="}
    value = row.default or given.get(row.name, "7")
    env.setenv("OPERATOR_IDS", "7")  # without them an OPERATOR_GUILD_ID is refused
    (tmp_path / ".env").write_text(f"{row.name}={value}\n", encoding="utf-8")
    env.setenv(row.name, "")
    from_file = load_settings(tmp_path / ".env")
    env.setenv(row.name, value)
    assert load_settings(None) == from_file


def test_the_environment_wins_over_the_file(env, tmp_path):
    file = tmp_path / ".env"
    file.write_text("COOLDOWN_S=1\nMAX_QUEUED=77 # as discussed\nSOMETHING_ELSE=x\nBARE\n", encoding="utf-8")
    env.setenv("COOLDOWN_S", "2")
    settings = load_settings(file)
    assert (settings.cooldown_s, settings.max_queued) == (2, 77)


@pytest.mark.usefixtures("env")
def test_a_file_that_is_not_there_is_no_error(tmp_path):
    assert load_settings(tmp_path / ".env") == load_settings(None)


@pytest.mark.usefixtures("env")
def test_a_file_with_a_windows_mark_and_line_ends_is_read(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfMAX_QUEUED=77\r\nCOOLDOWN_S=1\r\n")
    settings = load_settings(tmp_path / ".env")
    assert (settings.max_queued, settings.cooldown_s) == (77, 1)


@pytest.mark.usefixtures("env")
def test_a_file_in_another_encoding_is_one_clear_line(tmp_path):
    (tmp_path / ".env").write_bytes(f"IDEOGRAM_API_KEY={KEY}".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"\.env cannot be read: it must be a UTF-8 text file"):
        load_settings(tmp_path / ".env")


def test_missing_secrets_are_told_with_what_they_are_and_where_to_get_them():
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    token, key = caught.value.lines
    assert token.startswith("DISCORD_TOKEN is missing: The bot's token")
    assert "Developer Portal" in token
    assert key.startswith("IDEOGRAM_API_KEY is missing: The key that pays")


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_settings(monkeypatch):
    told = lines(monkeypatch, LOG_LEVEL="loud", COOLDOWN_S="abc", IDEOGRAM_TIMEOUT_S="0")
    assert [line.split()[0] for line in told] == [
        "DISCORD_TOKEN",
        "IDEOGRAM_API_KEY",
        "COOLDOWN_S",
        "IDEOGRAM_TIMEOUT_S",
        "LOG_LEVEL",
    ]
    assert told[2] == 'COOLDOWN_S must be a number of seconds, 0 or more, a year at most (it is "abc")'


def test_commands_on_the_storage_alone_neither_need_nor_read_token_and_key(monkeypatch):
    assert load_settings(None, needs="storage").database_url == "sqlite:///data/remix.db"
    monkeypatch.setenv("DISCORD_TOKEN", "Bot with blanks")
    assert load_settings(None, needs="storage").discord_token == SecretStr("")


def test_commands_on_the_storage_alone_are_told_of_a_wrong_database(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    with pytest.raises(SettingsError, match="DATABASE_URL must be sqlite:///"):
        load_settings(None, needs="storage")


@pytest.mark.parametrize("written", [f"  {TOKEN}\n", f'"{TOKEN}"', f"'{TOKEN}' ", f'" {TOKEN} "', f"\"'{TOKEN}'\""])
def test_blanks_and_quotes_around_a_secret_are_taken_off(env, written):
    assert load(env, DISCORD_TOKEN=written).discord_token.get_secret_value() == TOKEN


WRONG_SECRETS = [
    ("Bot abcdefgh", 'starts with a word: leave out "Bot"'),
    ("bearer abcdefgh", "starts with a word"),
    ("abc defgh", "contains a space or another character"),
    ("abc\tdefgh", "contains a space or another character"),
    ("abc\r\nX-Evil: 1", "contains a space or another character"),
    ("abcdéfgh", "contains a space or another character"),
    ("abc\u200bdefgh", "contains a space or another character"),
    ("'\"'\"", "has only quotes in it"),
]


@pytest.mark.parametrize(("written", "told"), WRONG_SECRETS)
@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "IDEOGRAM_API_KEY"])
def test_a_wrong_secret_is_told_without_being_shown(env, name, written, told):
    with pytest.raises(SettingsError) as caught:
        load(env, **{name: written})
    (line,) = caught.value.lines
    assert line.startswith(f"{name} {told}")
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "abc" not in shown
    assert caught.value.__context__ is None


def test_a_secret_is_in_no_form_of_the_settings_that_can_be_printed(env):
    settings = load(env)
    for text in (repr(settings), str(settings), f"{settings}", settings.model_dump_json(), repr(settings.model_dump())):
        assert TOKEN not in text
        assert KEY not in text


_TAKE_ANY = {"BLOB_DIR", "HEALTH_FILE", "NO_PROXY", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
CHECKED = [row for row in setting_rows() if not row.required and row.name not in _TAKE_ANY]


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row.name)
def test_a_secret_in_the_wrong_line_is_not_shown(env, row):
    (line,) = lines(env, **{row.name: TOKEN})
    assert line.startswith(f"{row.name} must be ")
    assert TOKEN not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COOLDOWN_S", "-1"),
        ("COOLDOWN_S", "inf"),
        ("COOLDOWN_S", "1e20"),
        ("MAX_QUEUED", "0"),
        ("MAX_QUEUED", "1.5"),
        ("MAX_QUEUED", "9" * 20),
        ("MAX_QUEUE_AGE_S", "0"),
        ("IDEOGRAM_TIMEOUT_S", "0"),
        ("IDEOGRAM_TIMEOUT_S", "-3"),
        ("IDEOGRAM_TIMEOUT_S", "nan"),
        ("SHUTDOWN_GRACE_S", "0"),
        ("MAX_PROMPT_CHARS", "6001"),
        ("KEEP_PICTURES_DAYS", "0"),
        ("RESOLUTIONS", "4k"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "5"),
    ],
)
def test_a_number_or_word_out_of_range_is_one_line_that_shows_it(env, name, value):
    (line,) = lines(env, **{name: value})
    assert line.startswith(f"{name} must be ")
    assert f'(it is "{value}")' in line


def test_words_are_read_in_capitals_and_small_letters(env):
    settings = load(env, LOG_LEVEL="debug", LOG_FORMAT="JSON", RESOLUTIONS="Both")
    assert (settings.log_level, settings.log_format, settings.resolutions) == ("DEBUG", "json", "both")


@pytest.mark.parametrize("seconds", ["0.001", "1", "86400", "1000000000"])
def test_time_out_and_grace_are_any_positive_number(env, seconds):
    settings = load(env, IDEOGRAM_TIMEOUT_S=seconds, SHUTDOWN_GRACE_S=seconds)
    assert settings.ideogram_timeout_s == settings.shutdown_grace_s == float(seconds)


def test_the_grace_time_follows_the_time_out_unless_it_is_set(env):
    assert load(env).shutdown_grace_s == 315
    assert load(env, IDEOGRAM_TIMEOUT_S="20").shutdown_grace_s == 35
    assert load(env, SHUTDOWN_GRACE_S="5").shutdown_grace_s == 5


def test_ids_are_read_from_a_list_with_commas_and_blanks(env):
    ids = load(env, ALLOWED_GUILD_IDS=" 1, 81384788765712384 ,,1,").allowed_guild_ids
    assert ids == {1, 81384788765712384}


@pytest.mark.parametrize("written", ["abc", "1;2", "-1", "0", "1.0", "[1]", "9" * 30, "²"])
def test_a_wrong_id_is_refused_for_it_decides_who_spends_the_money(env, written):
    (line,) = lines(env, ALLOWED_GUILD_IDS=written)
    assert line.startswith("ALLOWED_GUILD_IDS must be server ids separated by commas")


def test_prices_are_exact_micro_dollars(env):
    prices = load(env, IDEOGRAM_PRICES="quality = 0.1, TURBO=0.000001,Default=1234567.000003").ideogram_prices
    assert prices == {Speed.TURBO: 1, Speed.DEFAULT: 1_234_567_000_003, Speed.QUALITY: 100_000}


@pytest.mark.parametrize(
    "written",
    [
        "TURBO=0.03,DEFAULT=0.06",
        "TURBO=0.03,DEFAULT=0.06,QUALITY=",
        "TURBO=0.03,DEFAULT=0.06,QUALITY=0.1,FLASH=0.01",
        "TURBO=0.03,TURBO=0.04,DEFAULT=0.06,QUALITY=0.1",
        "TURBO=-0.03,DEFAULT=0.06,QUALITY=0.1",
        "TURBO=0.0000001,DEFAULT=0.06,QUALITY=0.1",
        "TURBO=NaN,DEFAULT=0.06,QUALITY=0.1",
        "TURBO=Infinity,DEFAULT=0.06,QUALITY=0.1",
        "TURBO=1e40,DEFAULT=0.06,QUALITY=0.1",
        "TURBO=0,03;DEFAULT=0,06",
        "0.03",
    ],
)
def test_prices_that_are_not_one_for_each_speed_are_refused(env, written):
    (line,) = lines(env, IDEOGRAM_PRICES=written)
    assert line.startswith("IDEOGRAM_PRICES must be dollars per image for each speed")


def test_image_hosts_are_bare_names_and_loopback_hosts_with_their_port(env):
    hosts = load(env, IDEOGRAM_IMAGE_HOSTS="Ideogram.AI, 127.0.0.1:8123,localhost:1,[::1]:65535").ideogram_image_hosts
    assert hosts == {"ideogram.ai", "127.0.0.1:8123", "localhost:1", "[::1]:65535"}


@pytest.mark.parametrize(
    "host",
    [
        "https://ideogram.ai",
        "ideogram.ai/images",
        "ideogram.ai?sig=made-up",
        "ideogram.ai:443",
        "ideogram.ai.",
        "*.ideogram.ai",
        "user@ideogram.ai",
        "ideogram ai",
        "ideogram",
        "-a.example",
        "10.0.0.1",
        "10.0.0.1:80",
        "8.8.8.8",
        "[2606:4700::1]",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:99999",
        "127.0.0.1:8123/x",
        "localhost.example:80",
        ",",
    ],
)
def test_any_other_image_host_is_refused(env, host):
    (line,) = lines(env, IDEOGRAM_IMAGE_HOSTS=host)
    assert line.startswith("IDEOGRAM_IMAGE_HOSTS must be host names")


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("IDEOGRAM_API_URL", "https://api.ideogram.ai/", "https://api.ideogram.ai"),
        ("IDEOGRAM_API_URL", "http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("IDEOGRAM_API_URL", "http://localhost:8123", "http://localhost:8123"),
        ("IDEOGRAM_API_URL", "http://[::1]:8123", "http://[::1]:8123"),
        ("DISCORD_API_URL", "http://proxy.example:80/api/v10/", "http://proxy.example:80/api/v10"),
        ("DISCORD_GATEWAY_URL", "ws://127.0.0.1:9/gateway", "ws://127.0.0.1:9/gateway"),
        ("DISCORD_GATEWAY_URL", "wss://gateway.example", "wss://gateway.example"),
        ("DATABASE_URL", "sqlite:///remix.db", "sqlite:///remix.db"),
        ("DATABASE_URL", "sqlite:////var/lib/remix.db", "sqlite:////var/lib/remix.db"),
        ("DATABASE_URL", "sqlite:///~/r.db", f"sqlite:///{Path.home().as_posix()}/r.db"),
        ("BLOB_DIR", "~/blobs", Path.home() / "blobs"),
        ("DATABASE_URL", "sqlite:///C:/bot/remix.db", "sqlite:///C:/bot/remix.db"),
    ],
)
def test_addresses_are_read(env, name, written, read):
    assert getattr(load(env, **{name: written}), name.lower()) == read


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("IDEOGRAM_API_URL", "http://api.ideogram.ai"),
        ("IDEOGRAM_API_URL", "http://127.0.0.1.example"),
        ("IDEOGRAM_API_URL", "api.ideogram.ai"),
        ("IDEOGRAM_API_URL", "https://me:made-up@api.ideogram.ai"),
        ("IDEOGRAM_API_URL", "https://api.ideogram.ai?key=made-up"),
        ("IDEOGRAM_API_URL", "https://"),
        ("IDEOGRAM_API_URL", "https://a:made-up"),
        ("IDEOGRAM_API_URL", "https://[::1"),
        ("DISCORD_API_URL", "ws://127.0.0.1"),
        ("DISCORD_GATEWAY_URL", "https://gateway.example"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///remix.db?mode=ro"),
        ("DATABASE_URL", "remix.db"),
        ("DATABASE_URL", "mysql://root:made-up@db/x"),
    ],
)
def test_wrong_addresses_are_told_without_being_shown(env, name, written):
    (line,) = lines(env, **{name: written})
    assert line.startswith(f"{name} must ")
    assert "made-up" not in line


def test_a_picture_larger_than_the_budget_for_reading_is_refused_for_it_would_wait_for_ever(env):
    (line,) = lines(env, MAX_SOURCE_MB="201")
    assert line.startswith("SOURCE_READ_BUDGET_MB must be at least MAX_SOURCE_MB")


def test_an_operators_server_without_operators_is_refused(env):
    (line,) = lines(env, OPERATOR_GUILD_ID="11")
    assert line.startswith("OPERATOR_IDS must list who can use /remix-operator")


def test_the_operators_and_their_server_are_read(env):
    settings = load(env, OPERATOR_GUILD_ID=" 11 ", OPERATOR_IDS="1, 2")
    assert (settings.operator_guild_id, settings.operator_ids) == (11, {1, 2})


@pytest.mark.parametrize("name", ["OPERATOR_GUILD_ID", "OPERATOR_IDS"])
@pytest.mark.parametrize("written", ["me", "0", "-1", "99999999999999999999"])
def test_wrong_ids_of_operators_are_told(env, name, written):
    assert any(line.startswith(f"{name} must be ") for line in lines(env, **{name: written}))


def test_what_follows_an_unknown_outcome_is_one_of_two(env):
    assert load(env, ON_UNKNOWN_OUTCOME="Retry_Once").on_unknown_outcome is OnUnknownOutcome.RETRY_ONCE
    assert lines(env, ON_UNKNOWN_OUTCOME="retry") == ('ON_UNKNOWN_OUTCOME must be park or retry_once (it is "retry")',)


def test_settings_cannot_be_changed_after_the_start(env):
    with pytest.raises(ValueError, match="frozen"):
        load(env).max_queued = 1


def test_the_error_under_the_line_does_not_hold_the_secret_either(env):
    env.setenv("DISCORD_TOKEN", "abc defgh")
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    assert "defgh" not in str(caught.value) + repr(caught.value)
