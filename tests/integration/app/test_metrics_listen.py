"""METRICS_LISTEN stops a start that cannot serve it: with one line and exit code 2, before anything is paid."""

import socket
import sys
from contextlib import closing
from ipaddress import IPv4Address

import pytest
from pydantic import SecretStr

from bot.monitor import MetricsUnavailableError, Monitor
from bot.monitoring.judgement import Sickness, find_sickness
from bot.settings.settings import Settings, SettingsError, load_settings
from bot.settings.values import Listen
from tests.integration.app.test_command_line import COMPLETE

EVERYWHERE = str(IPv4Address(0))


def settings(folder, host, port):
    return Settings(
        _env_file=None,
        discord_token=SecretStr("no-token"),
        ideogram_api_key=SecretStr("no-key"),
        database_url=f"sqlite:///{(folder / 'remix.db').as_posix()}",
        metrics_listen=Listen(host, port),
    )


@pytest.fixture(params=["127.0.0.1", "::1"])
def taken(request):
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with closing(socket.socket(family)) as other:
        other.bind((request.param, 0))
        other.listen()
        yield request.param, other.getsockname()[1]


@pytest.mark.parametrize(
    ("value", "read"), [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:80", ("::1", 80)), (" Box:1 ", ("box", 1))]
)
def test_addresses_are_read(monkeypatch, value, read):
    for name, text in {**COMPLETE, "METRICS_LISTEN": value}.items():
        monkeypatch.setenv(name, text)
    assert load_settings(None).metrics_listen == read


@pytest.mark.parametrize(
    "value",
    ["9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "http://a:1", "a b:1", ":1", "::1", "a:1/x", "a@b:1"],
)
def test_a_wrong_address_is_told(monkeypatch, value):
    for name, text in {**COMPLETE, "METRICS_LISTEN": value}.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError, match=r"^METRICS_LISTEN must be an address and a port"):
        load_settings(None)


def test_a_missing_package_is_told_with_the_extra_that_brings_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    for name in [name for name in sys.modules if name in {"bot.monitoring.exporter", "bot.monitoring.metrics"}]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MetricsUnavailableError, match=r"the package prometheus_client\..*requirements/metrics\.txt"):
        Monitor(settings(tmp_path, "127.0.0.1", 9464))


async def test_a_taken_port_is_told(tmp_path, taken):
    with pytest.raises(MetricsUnavailableError, match="another program uses the port"):
        async with Monitor(settings(tmp_path, *taken)):
            pytest.fail("served on a taken port")
    assert not (tmp_path / "health.json").exists()


async def test_an_address_of_another_machine_is_told(tmp_path):
    with pytest.raises(MetricsUnavailableError, match=r"METRICS_LISTEN cannot be 192\.0\.2\.1:9464: "):
        async with Monitor(settings(tmp_path, "192.0.2.1", 9464)):
            pytest.fail("served on an address that this machine has not")


async def test_a_port_that_others_can_reach_is_warned_of(tmp_path, capsys):
    async with Monitor(settings(tmp_path, EVERYWHERE, 0)) as monitor:
        assert monitor.exporter.port
        assert find_sickness(monitor.heartbeat.health, monitor.heartbeat.health.monotonic_s) is None
    assert "let nobody else reach it" in capsys.readouterr().out
    assert find_sickness(monitor.heartbeat.health, 0) is Sickness.STOPPED


def test_the_command_line_says_so_in_one_line_and_exits_2(run):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = run("run", **COMPLETE, METRICS_LISTEN=address, LOG_LEVEL="ERROR")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"METRICS_LISTEN cannot be {address}: another program uses the port."]
