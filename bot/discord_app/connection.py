"""Logs in and stays connected, with retries for everything but a wrong token or setup.

discord.py survives an outage once it is connected (RESUME), but a 503 at login, or a first connection that fails, would
end the process.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.discord_app.account import DiscordOutOfReachError, GatewayAdvice, TokenRefusedError, read_gateway_advice
from bot.discord_app.sharded_client import Sharding
from bot.rules.roles import Shards

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_ASK_EVERY_S = 15.0
# Neither a reset connection nor a rate limit above MAX_RATE_LIMIT_S is a discord.HTTPException.
_CONNECTION_ERRORS = (
    discord.HTTPException,
    discord.RateLimited,
    discord.GatewayNotFound,
    DiscordOutOfReachError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
)

_NOT_ACCEPTED = "Discord does not accept DISCORD_TOKEN"
# Close codes after which nothing but another request can help:
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_WRONG_TOKEN = 4004
_SHARDING_REQUIRED = 4011
_DISALLOWED_INTENTS = 4014

log = structlog.get_logger(__name__)


class DiscordRefusedError(Exception):
    """The token or the setup is wrong, so trying again cannot help."""


class MoreShardsNeededError(Exception):
    """The bot is in more servers than its shards can have. The next start asks Discord how many it needs."""


def use_endpoints(api_url: str | None, gateway_url: str | None) -> None:
    """Uses another REST API or gateway than Discord's own in this process. None keeps Discord's own."""
    if api_url:
        Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


async def log_in(client: discord.Client, token: str) -> None:
    """Tries until Discord answers. Raises DiscordRefusedError for a wrong token."""

    async def attempt() -> None:
        try:
            await client.login(token)
        except discord.LoginFailure:
            raise DiscordRefusedError(_NOT_ACCEPTED) from None
        except _CONNECTION_ERRORS:
            await _forget_session(client)
            raise

    await _retry(attempt, "cannot log in to Discord, will retry")


async def stay_accepted(client: discord.Client) -> None:
    """Runs while Discord accepts the token. A gateway ends at once when it is reset; without one, the client asks.

    Raises DiscordRefusedError. Else its worker would go on paying for results that it cannot post.
    """
    while True:
        await asyncio.sleep(_ASK_EVERY_S)
        try:
            await client.http.request(Route("GET", "/users/@me"))
        except _CONNECTION_ERRORS as error:
            if getattr(error, "status", None) == HTTPStatus.UNAUTHORIZED:
                raise DiscordRefusedError(_NOT_ACCEPTED) from None


async def choose_sharding(token: str, proxy: str | None, shards: Shards | None) -> Sharding | None:
    """Asks Discord how many shards the bot needs, and tries until it answers. None: one connection is enough.

    `shards`: those that the operator wants here. Raises DiscordRefusedError for a wrong token.
    """
    advice = GatewayAdvice(1, 1)

    async def attempt() -> None:
        nonlocal advice
        try:
            advice = await read_gateway_advice(token, proxy)
        except TokenRefusedError:
            raise DiscordRefusedError(_NOT_ACCEPTED) from None

    await _retry(attempt, "cannot ask Discord how many shards the bot needs, will retry")
    if shards is not None and shards.count < advice.shards:
        log.warning("Discord recommends more shards", of=shards.count, recommended=advice.shards)
    chosen = shards or Shards(0, advice.shards - 1, advice.shards)
    return None if chosen.count == 1 else Sharding(chosen, advice.at_once)


async def _forget_session(client: discord.Client) -> None:
    """Closes the session and drops its connector. The next login would leak an open one and fail on a closed one."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING


async def stay_connected(client: discord.Client) -> None:
    """Runs until the client is closed.

    Raises DiscordRefusedError if Discord forbids reconnecting, and MoreShardsNeededError.
    """

    async def attempt() -> None:
        try:
            await client.connect(reconnect=True)
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
            code = getattr(error, "code", _DISALLOWED_INTENTS)
            if code == _SHARDING_REQUIRED:
                raise MoreShardsNeededError("Discord wants more shards for this many servers (--of)") from None
            wrong = _NOT_ACCEPTED if code == _WRONG_TOKEN else "Discord closed the connection and forbids reconnecting"
            raise DiscordRefusedError(f"{wrong} (code {code})") from None
        except AttributeError as error:
            # discord.py 2.7: if the very first connection fails, it reads the sequence of a gateway that is still None.
            if getattr(client, "ws", None) is not None:
                raise
            raise ConnectionError("the first connection failed") from error

    await _retry(attempt, "cannot connect to Discord, will retry")


async def _retry(attempt: Callable[[], Awaitable[None]], failure: str) -> None:
    wait = _FIRST_WAIT_S
    while True:
        try:
            await attempt()
        except _CONNECTION_ERRORS as error:
            log.warning(failure, error=type(error).__name__, status=getattr(error, "status", None), wait_s=wait)
        else:
            return
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT_S)
