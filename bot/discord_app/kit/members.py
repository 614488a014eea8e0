"""Asks Discord about one member of a server. That needs no members intent and no cache."""

import discord

from bot.discord_app.kit.sending import DISCORD_ERRORS
from bot.rules.membership import Absent, Membership

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_UNKNOWN_SERVER = 10004
_UNKNOWN_MEMBER = 10007
_UNKNOWN_USER = 10013
_MISSING_ACCESS = 50001
# A bot that is in a server can always look up its members, so "missing access" says that it is not.
_ABSENT = {
    _UNKNOWN_MEMBER: Absent.MEMBER,
    _UNKNOWN_USER: Absent.MEMBER,
    _UNKNOWN_SERVER: Absent.BOT,
    _MISSING_ACCESS: Absent.BOT,
}


class MemberLookup:
    """Implements Members with a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def find(self, guild_id: int, user_id: int) -> Membership | Absent | None:
        """One request. None: Discord does not answer. https://discord.com/developers/docs/resources/guild#get-guild-member"""
        try:
            found = await self._client.http.get_member(guild_id, user_id)
        except discord.HTTPException as error:
            # By code, not by status: a proxy answers 403 and 404 too, and no remix may end for that.
            return _ABSENT.get(error.code)
        except DISCORD_ERRORS:
            return None
        role_ids = frozenset({guild_id, *map(int, found["roles"])})
        return Membership(
            role_ids=role_ids,
            joined_at=discord.utils.parse_time(found["joined_at"]),
            timed_out_until=discord.utils.parse_time(found.get("communication_disabled_until")),
            manages_server=self._manages(guild_id, user_id, role_ids),
        )

    async def moderates(self, guild_id: int, user_id: int) -> bool | None:
        """Whether they are the owner, or have Moderate Members, Manage Server or Administrator there.

        Also in a process without a gateway, which has no cache of roles. None: Discord does not answer.
        """
        found = await self.find(guild_id, user_id)
        if not isinstance(found, Membership):
            return None if found is None else False
        guild = self._client.get_guild(guild_id)
        if guild is not None:
            held = [role.permissions for role in guild.roles if role.id in found.role_ids]
            return guild.owner_id == user_id or any(map(_moderating, held))
        try:
            # https://discord.com/developers/docs/resources/guild#get-guild
            fetched = await self._client.http.get_guild(guild_id, with_counts=False)
        except DISCORD_ERRORS:
            return None
        held = [
            discord.Permissions(int(role["permissions"]))
            for role in fetched["roles"]
            if int(role["id"]) in found.role_ids
        ]
        return int(fetched["owner_id"]) == user_id or any(map(_moderating, held))

    def _manages(self, guild_id: int, user_id: int, role_ids: frozenset[int]) -> bool:
        """From the gateway's cache. A process without one believes that nobody does, so AutoMod holds for all."""
        guild = self._client.get_guild(guild_id)
        if guild is None:
            return False
        held = [role.permissions for role in guild.roles if role.id in role_ids]
        return guild.owner_id == user_id or any(each.manage_guild or each.administrator for each in held)


def _moderating(held: discord.Permissions) -> bool:
    return held.moderate_members or held.manage_guild or held.administrator
