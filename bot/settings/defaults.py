"""Defaults of settings: those that follow from other settings, and lists."""

from collections.abc import Mapping
from typing import Any

from bot.rules.generations import MAX_UPLOAD_MB
from bot.rules.prices import Speed
from bot.settings.values import NoLimit

PRICES = {Speed.TURBO: 30_000, Speed.DEFAULT: 60_000, Speed.QUALITY: 100_000}
DISCORD_API, DISCORD_GATEWAY = "https://discord.com/api/v10", "wss://gateway.discord.gg"
CDN_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
IMAGE_HOSTS = frozenset({"ideogram.ai", "d2gu96o5zk2m7w.cloudfront.net"})

_SMALLEST_SHARE = 1_000_000


def grace(data: Mapping[str, Any]) -> float:
    return float(data["ideogram_timeout_s"]) + 15.0


def server_share(data: Mapping[str, Any]) -> int | NoLimit:
    """Else one server of strangers, with three accounts, could spend the day's budget of all."""
    daily = data["daily_budget_usd"]
    if data["allowed_guild_ids"] or daily == "none":
        return "none"
    share = max(daily // 2, _SMALLEST_SHARE)
    return share if share < daily else "none"


def upload(data: Mapping[str, Any]) -> int:
    return MAX_UPLOAD_MB[data["ideogram_api"]]
