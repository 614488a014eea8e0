"""Which proxy leads to an address, and which settings stop the start."""

import pytest

from bot.cli.checks import settings_checks
from bot.cli.checks.findings import Subject
from bot.proxies import DIRECT, Proxies
from bot.settings.settings import Settings, SettingsError, load_settings

SECURE, PLAIN = "http://user:s3cret-pass@proxy.example:3128", "http://other.example:8080"
BOTH = Proxies({"https": SECURE, "http": PLAIN}, "")


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://api.ideogram.ai/v1/remix", SECURE),
        ("wss://gateway.discord.gg/?v=10", SECURE),
        ("http://discord.example/api/v10", PLAIN),
        ("ws://discord.example", PLAIN),
        ("https://127.0.0.1:8123/x", None),
        ("http://localhost:8123/x", None),
        ("ws://[::1]:8123/x", None),
        ("https://127.0.0.1.example/x", SECURE),
    ],
)
def test_the_scheme_decides_and_this_machine_is_reached_directly(url, proxy):
    assert BOTH.proxy_for(url) == proxy
    assert DIRECT.proxy_for(url) is None


@pytest.mark.parametrize(
    ("exempt", "is_direct"),
    [
        ("", False),
        ("*", True),
        ("api.ideogram.ai", True),
        ("ideogram.ai", True),
        (".ideogram.ai", True),
        ("*.ideogram.ai", True),
        ("discord.com, IDEOGRAM.AI ,x", True),
        ("ideogram.ai:443", True),
        ("ideogram.ai:8443", False),
        ("gram.ai", False),
        ("api.ideogram.ai.example", False),
        (",", False),
    ],
)
def test_no_proxy_exempts_a_host_and_all_below_it(exempt, is_direct):
    assert (Proxies({"https": SECURE}, exempt).proxy_for("https://api.ideogram.ai/v1") is None) is is_direct


def test_what_is_shown_has_no_password():
    assert BOTH.shown_for("https://discord.com/api") == "proxy.example:3128"
    assert "s3cret" not in repr(BOTH)


@pytest.fixture
def env(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "a-made-up-token")
    monkeypatch.setenv("IDEOGRAM_API_KEY", "a-made-up-key")
    return monkeypatch


def settings(env, **values) -> Settings:
    for name, value in values.items():
        env.setenv(name, value)
    return load_settings(None)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", [SECURE, SECURE.removeprefix("http://"), f" {SECURE}/ "])
def test_the_usual_variables_are_read_and_their_password_is_a_secret(env, name, value):
    read = settings(env, **{name: value})
    assert read.proxies.proxy_for("https://discord.com") == SECURE
    assert "s3cret-pass" in read.secrets
    assert "s3cret-pass" not in repr(read)


def test_a_proxy_of_its_own_goes_before_the_one_for_all(env):
    read = settings(env, ALL_PROXY=PLAIN, HTTPS_PROXY=SECURE)
    assert read.proxies.proxy_for("https://discord.com") == SECURE
    assert read.proxies.proxy_for("http://discord.example") == PLAIN


@pytest.mark.parametrize(
    "value", ["socks5://s3cret-pass@proxy.example:1080", "ftp://x", "http://", "http://a b", "http://h:x"]
)
def test_another_kind_of_proxy_stops_the_start_with_one_line(env, value):
    with pytest.raises(SettingsError) as caught:
        settings(env, HTTPS_PROXY=value)
    (line,) = caught.value.lines
    assert line.startswith("HTTPS_PROXY must be the address of an HTTP proxy")
    assert "s3cret-pass" not in line


def test_commands_on_the_storage_alone_do_not_mind_a_proxy_that_they_do_not_need(env):
    env.setenv("ALL_PROXY", "socks5://proxy.example:1080")
    assert load_settings(None, needs="storage").proxies.proxy_for("https://discord.com") is None


@pytest.mark.parametrize("exempt", ["discord.com", "gateway.discord.gg"])
def test_one_way_to_the_api_of_discord_and_another_to_its_gateway_stop_the_start(env, exempt):
    with pytest.raises(SettingsError, match="in the same way"):
        settings(env, HTTPS_PROXY=SECURE, NO_PROXY=exempt)
    assert settings(env, NO_PROXY="discord.com,discord.gg").proxies.proxy_for("wss://gateway.discord.gg") is None


def test_doctor_says_what_goes_through_a_proxy_and_which_secret_is_open(env, tmp_path):
    key = tmp_path / "key"
    key.write_text("a-made-up-key")
    key.chmod(0o644)
    env.delenv("IDEOGRAM_API_KEY")
    read = settings(
        env, HTTPS_PROXY=SECURE, NO_PROXY="ideogram.ai", IDEOGRAM_API_KEY_FILE=str(key), ALLOWED_GUILD_IDS="1"
    )
    found = settings_checks.settings(Subject(read, tmp_path / ".env"))
    assert [each.sentence for each in found][:2] == [
        "Every account can read the file that IDEOGRAM_API_KEY_FILE names.",
        "The bot reaches Discord through proxy.example:3128, Ideogram directly.",
    ]
