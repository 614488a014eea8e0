"""Sends notifications to systemd: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

_MICROS = 1_000_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Systemd:
    """`address`: the socket of the service manager; None: it did not start this process. `watchdog_s`: how long it
    waits for a sign of life; None: for ever.
    """

    address: str | None = None
    watchdog_s: float | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Systemd":
        address = environment.get("NOTIFY_SOCKET", "")
        micros, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID")
        is_for_us = pid in (None, str(os.getpid()))
        watched = micros.isascii() and micros.isdigit() and int(micros) > 0 and is_for_us
        is_socket = address.startswith(("/", "@")) and hasattr(socket, "AF_UNIX")
        return cls(address if is_socket else None, int(micros) / _MICROS if watched else None)

    def tell(self, *lines: str) -> None:
        """Never blocks and never raises: a full or missing socket must not stop the bot."""
        if self.address is None:
            return
        # `@` stands for the zero byte that an abstract address begins with.
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
                link.setblocking(False)
                link.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            log.warning("systemd could not be notified", error=error.strerror)
