"""compose.several.yaml locks its bots down as compose.yaml does, and gives the processes what fits together."""

import pytest
import yaml

from bot.cli.run import run as run_command
from bot.rules.roles import Role
from bot.settings.settings import Settings
from tests.meta.source_files import ROOT

FOLDER = ROOT / "deploy"
BOTS = ("gateway", "worker")
AS_ALONE = (
    "build",
    "image",
    "init",
    "restart",
    "stop_grace_period",
    "read_only",
    "cap_drop",
    "security_opt",
    "pids_limit",
    "ulimits",
    "mem_limit",
    "healthcheck",
    "logging",
)


def read(name):
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


@pytest.fixture
def compose():
    return read("compose.several.yaml")


@pytest.fixture(params=BOTS)
def bot(request, compose):
    return compose["services"][request.param]


def test_each_bot_is_locked_down_and_stopped_as_one_alone_is(bot):
    alone = read("compose.yaml")["services"]["bot"]
    assert {name: bot[name] for name in AS_ALONE} == {name: alone[name] for name in AS_ALONE}
    assert {"privileged", "cap_add", "user", "network_mode", "ports", "volumes"}.isdisjoint(bot)
    assert all({"noexec", "nosuid", "nodev"} <= set(each.split(":")[1].split(",")) for each in bot["tmpfs"])


def test_there_are_a_gateway_and_two_workers_with_the_same_settings(compose):
    gateway, worker = (compose["services"][name] for name in BOTS)
    assert (gateway["command"], worker["command"]) == (
        ["run", "--role", Role.GATEWAY.value],
        ["run", "--role", Role.WORKER.value],
    )
    assert "deploy" not in gateway
    assert worker["deploy"] == {"replicas": 2}
    assert gateway["environment"] == worker["environment"]
    assert "role" in run_command.__annotations__


def test_every_variable_is_a_setting_and_every_secret_comes_from_a_file(bot, compose):
    files = {name: value for name, value in bot["environment"].items() if value.startswith("/run/secrets/")}
    names = {name.removesuffix("_FILE") if name in files else name for name in bot["environment"]}
    assert {name.lower() for name in names} <= set(Settings.model_fields)
    assert {value.removeprefix("/run/secrets/") for value in files.values()} == set(bot["secrets"])
    assert all(name.endswith("_FILE") for name in files)
    used = {secret for service in compose["services"].values() for secret in service["secrets"]}
    assert compose["secrets"] == {name: {"file": f"secrets/{name}"} for name in used}


def test_the_settings_fit_together(bot):
    given = bot["environment"].items()
    plain = {name.lower(): value for name, value in given if value and not value.startswith("/run/secrets/")}
    secrets = {
        "discord_token": "made-up",
        "ideogram_api_key": "made-up",
        "database_url": "postgresql://remixbot:made-up@database/remix",
        "aws_access_key_id": "made-up",
        "aws_secret_access_key": "made-up",
    }
    Settings(**plain, **secrets, _env_file=None)


def test_database_and_store_keep_their_data_and_are_reached_by_nobody_outside(compose):
    for name in ("database", "store"):
        service = compose["services"][name]
        (volume,) = service["volumes"]
        assert volume.partition(":")[0] in compose["volumes"]
        assert "ports" not in service
