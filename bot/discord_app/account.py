"""Asks Discord with a token who the bot is and how its application is set up. Needs no connected client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bot.discord_app.kit.permissions import needed_permissions

TIMEOUT_S = 10.0
_PRIVILEGED = {
    "Presence": ("gateway_presence", "gateway_presence_limited"),
    "Server Members": ("gateway_guild_members", "gateway_guild_members_limited"),
    "Message Content": ("gateway_message_content", "gateway_message_content_limited"),
}
"""The switches of the Developer Portal, by the flags of an application that has them on."""


class TokenRefusedError(Exception):
    """Discord does not accept the token."""


class DiscordOutOfReachError(Exception):
    """Discord did not answer, or not as it should. The text says how."""


@dataclass(frozen=True, slots=True)
class GatewayAdvice:
    """Into how many shards Discord would divide the bot's servers, and how many can begin within five seconds.

    https://discord.com/developers/docs/events/gateway#get-gateway-bot
    """

    shards: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's account and application.

    `owner_id`: None if a team owns it. `privileged_intents`: those that are switched on in the Developer Portal.
    `clock_error`: how far this machine's clock is ahead of Discord's, None if the answer had no date.
    """

    name: str
    application_id: int
    owner_id: int | None
    privileged_intents: tuple[str, ...]
    needs_code_grant: bool
    has_interactions_url: bool
    clock_error: timedelta | None

    @property
    def invite_link(self) -> str:
        """Opens Discord's page on which an admin adds the bot, with the permissions that it needs and no others."""
        return discord.utils.oauth_url(
            self.application_id, permissions=needed_permissions(), scopes=("bot", "applications.commands")
        )


async def read_account(token: str, clock: Callable[[], datetime], proxy: str | None) -> Account:
    """Raises TokenRefusedError and DiscordOutOfReachError. Uses the address that `use_endpoints` has set.

    `clock` returns aware times.
    """
    async with _session(token, proxy) as session:
        user, answered_at = await _get(session, "/users/@me")
        clock_error = clock() - answered_at if answered_at is not None else None
        application, _ = await _get(session, "/applications/@me")
    try:
        return _read(user, application, clock_error)
    except (KeyError, TypeError, ValueError):
        raise DiscordOutOfReachError("the answer was not Discord's") from None


async def read_gateway_advice(token: str, proxy: str | None) -> GatewayAdvice:
    """Raises TokenRefusedError and DiscordOutOfReachError."""
    async with _session(token, proxy) as session:
        found, _ = await _get(session, "/gateway/bot")
    try:
        return GatewayAdvice(
            shards=max(1, int(found["shards"])), at_once=max(1, int(found["session_start_limit"]["max_concurrency"]))
        )
    except (KeyError, TypeError, ValueError):
        raise DiscordOutOfReachError("the answer was not Discord's") from None


def _session(token: str, proxy: str | None) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (remix-bot, setup)"}
    return aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), proxy=proxy)


def _read(user: Mapping[str, Any], application: Mapping[str, Any], clock_error: timedelta | None) -> Account:
    flags = discord.ApplicationFlags._from_value(int(application.get("flags") or 0))  # noqa: SLF001 - no public way
    owner = None if application.get("team") else application.get("owner")
    return Account(
        name=str(user["username"]),
        application_id=int(application["id"]),
        owner_id=int(owner["id"]) if owner else None,
        privileged_intents=tuple(
            name for name, either in _PRIVILEGED.items() if any(getattr(flags, flag) for flag in either)
        ),
        needs_code_grant=bool(application.get("bot_require_code_grant")),
        has_interactions_url=bool(application.get("interactions_endpoint_url")),
        clock_error=clock_error,
    )


async def _get(session: aiohttp.ClientSession, path: str) -> tuple[Mapping[str, Any], datetime | None]:
    """The JSON object, and the date of the answer."""
    try:
        async with session.get(Route.BASE + path) as response:
            if response.status == HTTPStatus.UNAUTHORIZED:
                raise TokenRefusedError("Discord does not accept the token")
            if response.status != HTTPStatus.OK:
                raise DiscordOutOfReachError(f"it answered with status {response.status}")
            found = await response.json()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # Only the kind of error: its text can have an address or a header in it.
        raise DiscordOutOfReachError(type(error).__name__) from None
    return found, _date(response.headers.get("Date", ""))


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
