"""Collects one person's own data over all servers as a JSON file."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.storage.privacy import personal_data
from bot.use_cases.core import Core

PAUSE = timedelta(minutes=10)
"""Between two exports of one person: reading a long history takes the one writer thread many times."""

_JOBS_AT_ONCE = 100
_MOST_BYTES = 8_000_000
_REMEMBERED = 10_000


class ExportData:
    """At most one export runs at a time, and each person waits between two.

    With several processes, each one sees to that for itself: all servers of a shard have the same one.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._last: dict[int, datetime] = {}
        self._turn = asyncio.Lock()

    def wait_until(self, user_id: int) -> datetime | None:
        """None: the person can have an export now, and this starts it."""
        now = self._core.clock()
        last = self._last.get(user_id)
        if last is not None and now - last < PAUSE:
            return last + PAUSE
        if len(self._last) >= _REMEMBERED:
            self._last = {each: at for each, at in self._last.items() if now - at < PAUSE}
        self._last[user_id] = now
        return None

    async def collect(self, user_id: int, max_bytes: int = _MOST_BYTES) -> bytes:
        """UTF-8 JSON of at most about `max_bytes`. What does not fit, the oldest remixes, is counted in the file."""
        async with self._turn:
            records = await self._core.database.read_long(personal_data.other_records, user_id)
            rest = {name: [_readable(row) for row in rows] for name, rows in records.items()}
            remixes = await self._remixes(user_id, min(max_bytes, _MOST_BYTES) - len(_written(rest)))
            total = await self._core.database.read_long(personal_data.count_remixes, user_id)
        document = {
            "person": str(user_id),
            "exported_at": self._core.clock().isoformat(),
            "remixes": remixes,
            "older_remixes_left_out": max(0, total - len(remixes)),
            **rest,
        }
        return _written(document)

    async def _remixes(self, user_id: int, space: int) -> list[dict[str, Any]]:
        collected: list[dict[str, Any]] = []
        before: int | None = None
        while page := await self._core.database.read_long(personal_data.remixes_before, user_id, before, _JOBS_AT_ONCE):
            for row in page:
                remix = _remix(row)
                space -= len(_written(remix))
                if space < 0:
                    return collected
                collected.append(remix)
            before = page[-1]["id"]
        return collected


def _remix(row: Mapping[str, Any]) -> dict[str, Any]:
    posts = [
        {"link": f"https://discord.com/channels/{row['guild_id']}/{post['channel_id']}/{post['message_id']}"}
        | {name: post[name] for name in ("posted_at", "deleted_at")}
        for post in row["posts"]
    ]
    micros = row["settled_micros"]
    plain = {name: value for name, value in row.items() if name not in {"settled_micros", "status", "posts", "results"}}
    cost = None if micros is None else micros / 1_000_000
    return _readable(plain | {"cost_usd": cost, "results": row["results"], "messages": posts})


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Ids as texts: they exceed the numbers that JavaScript can tell apart. Times in ISO 8601."""
    return {name: _readable_value(name, value) for name, value in row.items()}


def _readable_value(name: str, value: object) -> object:
    if isinstance(value, list):
        return [_readable(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if name.endswith("_id") and value is not None else value


def _written(document: object) -> bytes:
    # A prompt can contain half a surrogate pair, which UTF-8 cannot write.
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace")
