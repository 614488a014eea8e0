"""The systemd units: systemd itself finds no fault with them, they are locked down, and they agree with the bot."""

import configparser
import re
import shutil
import subprocess

import pytest

from bot.cli.kit.exits import WRONG_SETTINGS
from bot.settings.settings import Settings
from tests.meta.source_files import ROOT

UNITS = ROOT / "deploy" / "systemd"
PROGRAM = "/opt/remix-bot/bin/remix-bot"
MOST_EXPOSED = 2.0
"""Of 10, as `systemd-analyze security` counts. The units had 1.1 and 0.2 with systemd 252."""


class Unit(configparser.RawConfigParser):
    """Keeps capitals, and of a name that is there several times the last value."""

    def optionxform(self, optionstr):
        return optionstr


def unit(name):
    parser = Unit(strict=False)
    parser.read_string((UNITS / name).read_text(encoding="utf-8"))
    return parser


@pytest.fixture
def service():
    return unit("remix-bot.service")["Service"]


@pytest.fixture
def analyze(tmp_path):
    """Runs systemd-analyze over copies whose program exists. Nothing but a systemd has it, so CI can lack it."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze comes with systemd alone")
    for path in UNITS.glob("*.*"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"))

    def run(*arguments):
        return subprocess.run(  # noqa: S603 - systemd's own program
            [found, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("name", ["remix-bot.service", "remix-bot-backup.service", "remix-bot-backup.timer"])
def test_systemd_finds_no_fault(analyze, name):
    verified = analyze("verify", f"./{name}")
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("name", ["remix-bot.service", "remix-bot-backup.service"])
def test_systemd_counts_little_exposure(analyze, name):
    report = analyze("security", "--offline=true", f"./{name}").stdout
    (exposure,) = re.findall(r"Overall exposure level for \S+: (\d+\.\d)", report)
    assert float(exposure) < MOST_EXPOSED


def test_a_stop_waits_longer_than_the_bot_waits_for_paid_calls(service):
    settings = Settings(discord_token="made-up", ideogram_api_key="made-up", _env_file=None)
    assert int(service["TimeoutStopSec"]) > settings.shutdown_grace_s


def test_a_crash_leaves_no_copy_of_the_memory_with_token_and_key(service):
    assert service["LimitCORE"] == "0"


def test_wrong_settings_are_not_tried_again_and_a_crash_is(service):
    assert service["RestartPreventExitStatus"] == str(WRONG_SETTINGS)
    assert service["Restart"] == "on-failure"


def test_the_bot_says_that_it_is_ready_and_alive_and_may_start_slowly(service):
    assert service["Type"] == "notify"
    assert service["TimeoutStartSec"] == "infinity"
    assert 0 < int(service["WatchdogSec"]) <= 90


def test_token_and_key_can_be_credentials():
    text = (UNITS / "remix-bot.service").read_text(encoding="utf-8")
    loaded = re.findall(r"^LoadCredential=(\w+):remix-bot\.(\w+)$", text, re.MULTILINE)
    assert loaded == [("discord_token", "discord_token"), ("ideogram_api_key", "ideogram_api_key")]
    assert {name for name, _ in loaded} <= set(Settings.model_fields)


def test_every_command_of_the_units_and_of_the_wrapper_runs_as_the_same_user_in_the_same_folder(service):
    """Run by root or in another folder, it would leave files that the service cannot open, or read another `.env`."""
    backup = unit("remix-bot-backup.service")["Service"]
    wrapper = (UNITS / "remix-bot").read_text(encoding="utf-8")
    for name in ("User", "Group", "UMask", "StateDirectory", "StateDirectoryMode"):
        assert backup[name] == service[name]
        assert f"--property={name}={service[name]}" in wrapper
    assert backup["WorkingDirectory"] == service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert f"--working-directory={service['WorkingDirectory']}" in wrapper
    assert service["ExecStart"] == f"{PROGRAM} run"
    assert backup["ExecStart"].startswith(f"{PROGRAM} backup --keep ")
    assert wrapper.rstrip().endswith(f'{PROGRAM} "$@"')
    assert re.findall(r"LoadCredential=\S+", wrapper) == re.findall(
        r"^LoadCredential=\S+", (UNITS / "remix-bot.service").read_text(encoding="utf-8"), re.MULTILINE
    )


def commands(page, heading):
    """The lines of the shell blocks of that section, up to the next heading."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1]
    section = re.split(r"^##+ ", text, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


def test_the_documented_commands_create_in_order_what_the_service_needs(service):
    """As documented before, it did not start: nothing created its user, and root alone could read its settings."""
    lines, user, folder = commands("deploy.md", "systemd"), service["User"], service["WorkingDirectory"]
    venv = PROGRAM.removesuffix("/bin/remix-bot")
    needed = [
        f"python3 -m venv {venv}",
        f"{venv}/bin/pip install --require-hashes -r requirements/metrics.txt",
        f"{venv}/bin/pip install --no-deps .",
        f"useradd --system --home-dir {folder} --shell /usr/sbin/nologin {user}",
        f"install -d -o {user} -g {service['Group']} -m {service['StateDirectoryMode'][1:]} {folder}",
        f"cd {venv}/share/remix-bot/systemd",
        "install -m 644 *.service *.timer /etc/systemd/system/",
        "install -m 755 remix-bot /usr/local/bin/",
        "systemctl daemon-reload",
        "remix-bot setup",
        "systemctl enable --now remix-bot remix-bot-backup.timer",
    ]
    assert [line for line in lines if line in needed] == needed


def test_the_operators_page_has_the_same_commands():
    of_the_page = [line for line in commands("deploy.md", "systemd") if line != "remix-bot health"]
    assert commands("operators.md", "As a service") == of_the_page
