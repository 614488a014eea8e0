"""Keeps the bot connected: a failed login or first connection is tried again, a wrong token is not."""

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
_TROUBLE = (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, TimeoutError, OSError)

log = structlog.get_logger(__name__)


class DiscordRefusedError(Exception):
    """Discord will not have us: a wrong token, or a set-up that trying again does not mend."""


def use_endpoints(api_url: str | None, gateway_url: str | None) -> None:
    """Speak to another REST base or gateway than the real Discord's; None leaves it. For the whole process."""
    if api_url:
        Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


async def log_in(client: discord.Client, token: str) -> None:
    """Until Discord answers. Raises DiscordRefusedError for a wrong token."""

    async def attempt() -> None:
        try:
            await client.login(token)
        except discord.LoginFailure:
            raise DiscordRefusedError("Discord does not accept DISCORD_TOKEN") from None
        except _TROUBLE:
            await _forget_session(client)
            raise

    await _until_it_works(attempt, "cannot log in to Discord yet")


async def _forget_session(client: discord.Client) -> None:
    """Each log-in makes a new session on the connector that it finds: an open old one would leak, a closed one fail."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING


async def stay_connected(client: discord.Client) -> None:
    """Until the client is closed. Raises DiscordRefusedError where Discord closes for good."""

    async def attempt() -> None:
        try:
            await client.connect(reconnect=True)
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
            code = getattr(error, "code", 4014)
            raise DiscordRefusedError(f"Discord closed the connection for good (code {code})") from None
        except AttributeError as error:
            # discord.py reads the sequence of a connection that never came to be when its first attempt fails.
            if getattr(client, "ws", None) is not None:
                raise
            raise ConnectionError("the first connection failed") from error

    await _until_it_works(attempt, "cannot connect to Discord yet")


async def _until_it_works(attempt: Callable[[], Awaitable[None]], trouble: str) -> None:
    wait = _FIRST_WAIT_S
    while True:
        try:
            await attempt()
        except _TROUBLE as error:
            log.warning(trouble, error=type(error).__name__, status=getattr(error, "status", None), wait_s=wait)
        else:
            return
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT_S)
