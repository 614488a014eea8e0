"""compose.yaml locks the container down, stops it slowly enough, and agrees with the Dockerfile and the settings."""

import re

import pytest
import yaml

from bot.settings.settings import Settings
from tests.deploy.dockerfile import read_dockerfile
from tests.meta.source_files import ROOT

FOLDER = ROOT / "deploy"


@pytest.fixture
def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def bot(compose):
    (service,) = compose["services"].values()
    return service


@pytest.fixture
def image():
    return read_dockerfile((FOLDER / "Dockerfile").read_text(encoding="utf-8"))[-1]


def test_nothing_can_be_written_but_the_volume_and_a_tmp_without_programs(bot, compose, image):
    assert bot["read_only"] is True
    (volume,) = bot["volumes"]
    assert volume == f"data:{image.last('VOLUME').text}"
    assert compose["volumes"] == {"data": None}
    (tmp,) = bot["tmpfs"]
    assert tmp.startswith("/tmp:")  # noqa: S108 - the container's own
    assert {"noexec", "nosuid", "nodev"} <= set(tmp.split(":")[1].split(","))


def test_it_has_no_capability_and_cannot_get_one(bot):
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert {"privileged", "cap_add", "user", "network_mode", "ports"}.isdisjoint(bot)


def test_a_crash_leaves_no_copy_of_the_memory_with_token_and_key(bot):
    assert bot["ulimits"]["core"] == 0


def test_a_stop_waits_longer_than_the_bot_waits_for_paid_calls(bot):
    settings = Settings(discord_token="made-up", ideogram_api_key="made-up", _env_file=None)
    assert int(bot["stop_grace_period"].removesuffix("s")) > settings.shutdown_grace_s


def test_token_and_key_come_from_files_and_no_value_is_in_the_file(bot, compose):
    environment = bot["environment"]
    for name in ("discord_token", "ideogram_api_key"):
        assert environment[f"{name.upper()}_FILE"] == f"/run/secrets/{name}"
        assert name.upper() not in environment
        assert compose["secrets"][name] == {"file": f"secrets/{name}"}
    assert sorted(bot["secrets"]) == sorted(compose["secrets"])


def test_every_variable_is_a_setting(bot):
    names = {name.removesuffix("_FILE").lower() for name in bot["environment"]}
    assert names <= set(Settings.model_fields)


def test_the_secrets_of_the_checkout_are_never_committed():
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/deploy/secrets/" in lines


def test_the_health_check_is_the_one_of_the_dockerfile(bot, image):
    check = image.last("HEALTHCHECK")
    asked = {name.replace("-", "_"): value for name, value in check.flags.items()}
    asked |= {"retries": int(asked["retries"]), "test": ["CMD", *check.words]}
    assert bot["healthcheck"] == asked


def test_it_builds_that_dockerfile_from_the_checkout_and_its_log_is_limited(bot):
    assert (FOLDER / bot["build"]["context"]).resolve() == ROOT
    assert (ROOT / bot["build"]["dockerfile"]).is_file()
    assert bot["restart"] == "unless-stopped"
    assert re.fullmatch(r"\d+m", bot["logging"]["options"]["max-size"])
    assert int(bot["logging"]["options"]["max-file"]) > 1
