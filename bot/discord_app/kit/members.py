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
        return Membership(
            role_ids=frozenset({guild_id, *map(int, found["roles"])}),
            joined_at=discord.utils.parse_time(found["joined_at"]),
            timed_out_until=discord.utils.parse_time(found.get("communication_disabled_until")),
        )
