"""Writes and reads `health.json`: how the bot was when its event loop last had a turn.

Imports little more than the standard library: a container runs `remix-bot health` every 30 seconds.
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.rules.roles import Role

_SIZE = 4096
"""Every file has this many bytes, so that it can be overwritten in place while the disk is full."""
_READS = 3
_BETWEEN_READS_S = 0.02


class Phase(StrEnum):
    """`running`: Discord's gateway has been ready once, and may be away since. A worker, which has none, has begun."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Health:
    """Times are aware UTC. `jobs`: how many are in each state that is not final.

    `monotonic_s`: the clock that all processes of the machine share and nobody sets, so a change of the time of day
    neither hides a hang nor looks like one. `worker_alive` None: it has not started yet, or this process has none.
    `shards`: how many connections to the gateway this process has; 0 for a worker.
    """

    time: datetime
    monotonic_s: float
    pid: int
    version: str
    phase: Phase
    started_at: datetime
    gateway_since: datetime | None = None
    gateway_away_since: datetime | None = None
    gateway_latency_s: float | None = None
    role: str = Role.ALL
    shards: int = 1
    shards_connected: int = 0
    worker_alive: bool | None = None
    writer_alive: bool = True
    database_away: bool = False
    slots_in_use: int = 0
    slots: int = 0
    jobs: Mapping[str, int] = field(default_factory=dict)
    oldest_queued_at: datetime | None = None
    held: str | None = None
    paused: bool = False
    last_delivery_at: datetime | None = None
    last_backup_at: datetime | None = None

    @property
    def queued(self) -> int:
        return self.jobs.get("queued", 0)


def health_path(database_url: str, pictures: Path) -> Path:
    """Beside the file of a `sqlite:///` URL; of another database, beside the folder of the pictures."""
    is_file = database_url.startswith("sqlite:///")
    return (Path(database_url.removeprefix("sqlite:///")) if is_file else pictures).with_name("health.json")


def write_health(path: Path, health: Health) -> None:
    """Replace the file at once or, if the disk is full, overwrite it. Raises OSError if neither works."""
    data = json.dumps({name: _plain(value) for name, value in asdict(health).items()}).encode().ljust(_SIZE - 1) + b"\n"
    try:
        _replace(path, data)
    except OSError:
        _overwrite(path, data)


def read_health(path: Path) -> Health | None:
    """None: there is no such file, or nobody can make sense of it."""
    for attempt in range(_READS):
        try:
            return _read(path)
        except (ValueError, KeyError, TypeError):
            # It was being overwritten in place at that moment.
            if attempt < _READS - 1:
                time.sleep(_BETWEEN_READS_S)
        except OSError:
            return None
    return None


def _replace(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write_all(file, data)
        finally:
            os.close(file)
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


def _overwrite(path: Path, data: bytes) -> None:
    """Without truncating it: the blocks that the file has can be written even if no other block is free."""
    file = os.open(path, os.O_WRONLY)
    try:
        _write_all(file, data)
    finally:
        os.close(file)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _read(path: Path) -> Health:
    written = json.loads(path.read_bytes())
    known = {each.name: written[each.name] for each in fields(Health) if each.name in written}
    times = {name: _time(value) for name, value in known.items() if name == "time" or name.endswith(("_at", "_since"))}
    return Health(**{**known, **times, "phase": Phase(known["phase"])})


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of JSON
    return value.isoformat() if isinstance(value, datetime) else value


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
