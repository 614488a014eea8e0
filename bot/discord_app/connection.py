"""Logs in and stays connected, with retries for everything but a wrong token or setup.

discord.py survives an outage once it is connected (RESUME), but a 503 at login, or a first connection that fails, would
end the process.
"""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
# Neither a reset connection nor a rate limit above MAX_RATE_LIMIT_S is a discord.HTTPException.
_CONNECTION_ERRORS = (
    discord.HTTPException,
    discord.RateLimited,
    discord.GatewayNotFound,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
)

log = structlog.get_logger(__name__)


class DiscordRefusedError(Exception):
    """The token or the setup is wrong, so trying again cannot help."""


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
            raise DiscordRefusedError("Discord does not accept DISCORD_TOKEN") from None
        except _CONNECTION_ERRORS:
            await _forget_session(client)
            raise

    await _retry(attempt, "cannot log in to Discord, will retry")


async def _forget_session(client: discord.Client) -> None:
    """Closes the session and drops its connector. The next login would leak an open one and fail on a closed one."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING


async def stay_connected(client: discord.Client) -> None:
    """Runs until the client is closed. Raises DiscordRefusedError if Discord forbids reconnecting."""

    async def attempt() -> None:
        try:
            await client.connect(reconnect=True)
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
            # 4014 is "disallowed intents": https://discord.com/developers/docs/topics/opcodes-and-status-codes
            code = getattr(error, "code", 4014)
            raise DiscordRefusedError(f"Discord closed the connection and forbids reconnecting (code {code})") from None
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
