"""REST for the bot itself: who it is, where the gateway is, its commands, its servers."""

from typing import Any

from aiohttp import web

from tests.wire.loopback_discord.model import new_id
from tests.wire.loopback_discord.payloads import (
    application_payload,
    channel_payload,
    guild_payload,
    member_payload,
    own_user_payload,
)
from tests.wire.loopback_discord.world import World

from . import errors
from .answers import answer

MOST_GUILDS = 200


class AccountRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self, api: str) -> list[web.RouteDef]:
        commands = f"{api}/applications/{{application:[0-9]+}}/commands"
        guild_commands = f"{api}/applications/{{application:[0-9]+}}/guilds/{{guild:[0-9]+}}/commands"
        return [
            web.get(f"{api}/users/@me", self._own_user),
            web.get(f"{api}/users/@me/guilds", self._own_guilds),
            web.get(f"{api}/applications/@me", self._own_application),
            web.get(f"{api}/oauth2/applications/@me", self._own_application),
            web.get(f"{api}/gateway", self._gateway_address),
            web.get(f"{api}/gateway/bot", self._gateway_address),
            web.get(commands, self._commands),
            web.put(commands, self._replace_commands),
            web.get(guild_commands, self._commands),
            web.put(guild_commands, self._replace_commands),
            web.get(f"{api}/guilds/{{guild:[0-9]+}}", self._guild),
            web.get(f"{api}/guilds/{{guild:[0-9]+}}/channels", self._guild_channels),
            web.get(f"{api}/guilds/{{guild:[0-9]+}}/members/{{user:[0-9]+}}", self._member),
        ]

    async def _own_user(self, _request: web.Request) -> web.Response:
        return answer(own_user_payload(self._world))

    async def _own_guilds(self, request: web.Request) -> web.Response:
        """A page in the order of their ids, as https://discord.com/developers/docs/resources/user has it."""
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", MOST_GUILDS))
        known = sorted((guild for guild in self._world.guilds.values() if guild.id > after), key=lambda guild: guild.id)
        return answer([{"id": str(guild.id), "name": guild.name, "features": []} for guild in known[:limit]])

    async def _own_application(self, _request: web.Request) -> web.Response:
        return answer(application_payload(self._world))

    async def _gateway_address(self, _request: web.Request) -> web.Response:
        limit = {
            "total": 1000,
            "remaining": 999,
            "reset_after": 86400000,
            "max_concurrency": self._world.identify_at_once,
        }
        address = {"url": f"{self._world.ws_origin}/gateway", "shards": self._world.recommended_shards}
        return answer(address | {"session_start_limit": limit})

    def _scope(self, request: web.Request) -> int | None:
        """The server whose commands are meant, None for the global ones."""
        if int(request.match_info["application"]) != self._world.application_id:
            raise errors.ApiError(404, 10002, "Unknown Application")
        guild = request.match_info.get("guild")
        return None if guild is None else self._known_guild(guild)

    def _known_guild(self, guild_id: str) -> int:
        if int(guild_id) not in self._world.guilds:
            raise errors.unknown_guild()
        return int(guild_id)

    async def _commands(self, request: web.Request) -> web.Response:
        return answer(self._world.commands.get(self._scope(request), []))

    async def _replace_commands(self, request: web.Request) -> web.Response:
        """What is left out is gone; a command keeps its id as long as its name and type stay."""
        scope = self._scope(request)
        before = {(c["name"], c["type"]): c["id"] for c in self._world.commands.get(scope, [])}
        commands = [self._stored(command, before, scope) for command in await request.json()]
        self._world.commands[scope] = commands
        self._world.syncs.append(scope)
        return answer(commands)

    def _stored(self, command: dict[str, Any], before: dict[tuple[str, int], str], scope: int | None) -> dict[str, Any]:
        kind = command.get("type", 1)
        added = {
            "id": before.get((command["name"], kind), str(new_id())),
            "application_id": str(self._world.application_id),
            "version": str(new_id()),
            "type": kind,
        }
        return {"description": "", "default_member_permissions": None} | command | added | _guild_field(scope)

    async def _guild(self, request: web.Request) -> web.Response:
        guild = self._world.guilds[self._known_guild(request.match_info["guild"])]
        return answer(guild_payload(guild, self._world))

    async def _guild_channels(self, request: web.Request) -> web.Response:
        guild = self._world.guilds[self._known_guild(request.match_info["guild"])]
        channels = [c for c in guild.channels.values() if c.parent is None and not c.deleted]
        return answer([channel_payload(channel, self._world.bot) for channel in channels])

    async def _member(self, request: web.Request) -> web.Response:
        if int(request.match_info["guild"]) in self._world.left:
            raise errors.missing_access()
        guild = self._world.guilds[self._known_guild(request.match_info["guild"])]
        if int(request.match_info["user"]) == self._world.bot.id:
            return answer(member_payload(self._world.bot, roles=(guild.bot_role_id,)))
        user = self._world.users.get(int(request.match_info["user"]))
        if user is None or user.id in guild.gone:
            raise errors.unknown_member()
        return answer(member_payload(user, timed_out=guild.timed_out.get(user.id)))


def _guild_field(scope: int | None) -> dict[str, str]:
    return {} if scope is None else {"guild_id": str(scope)}
