"""Notifications to systemd, through real sockets: a path and an abstract address."""

import os
import socket
from contextlib import closing, contextmanager

import pytest

from bot.monitoring.systemd import Systemd


@contextmanager
def manager(address):
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as link:
        link.bind("\0" + address[1:] if address.startswith("@") else address)
        link.setblocking(False)
        yield link


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_lines_reach_the_service_manager(tmp_path, kind):
    address = str(tmp_path / "notify") if kind == "path" else f"@remix-bot-test-{os.getpid()}"
    with manager(address) as link:
        Systemd.of({"NOTIFY_SOCKET": address}).tell("READY=1", "STATUS=Ready")
        assert link.recv(100) == b"READY=1\nSTATUS=Ready"


@pytest.mark.parametrize("address", ["", "relative", "vsock:2:1234"])
def test_without_a_usable_socket_nothing_is_sent(address):
    systemd = Systemd.of({"NOTIFY_SOCKET": address})
    assert systemd.address is None
    systemd.tell("READY=1")


def test_a_socket_that_is_gone_or_full_stops_nothing(tmp_path, capsys):
    address = str(tmp_path / "notify")
    Systemd(address).tell("READY=1")
    assert "systemd could not be notified" in capsys.readouterr().out
    with manager(address):
        for _ in range(2_000):
            Systemd(address).tell("WATCHDOG=1")


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "90000000"}, 90.0),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": str(os.getpid())}, 90.0),
        # Meant for the process that has started this one.
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_read(environment, watchdog_s):
    assert Systemd.of(environment).watchdog_s == watchdog_s
