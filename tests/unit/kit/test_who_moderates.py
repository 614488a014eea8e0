"""Who moderates a server, asked of Discord with the gateway's cache of roles and without it."""

from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bot.discord_app.kit.members import MemberLookup

SERVER, OWNER, MIA = 11, 7, 1
ROLES = [
    {"id": "11", "permissions": "0"},
    {"id": "21", "permissions": str(discord.Permissions(moderate_members=True).value)},
    {"id": "22", "permissions": str(discord.Permissions(manage_guild=True).value)},
    {"id": "23", "permissions": str(discord.Permissions(administrator=True).value)},
]


class Http:
    """Discord by REST. `roles`: those of whoever is asked about. `fails`: it does not answer."""

    def __init__(self, roles=(), fails=()):
        self.roles, self.fails = roles, fails

    async def get_member(self, _guild_id, _user_id):
        if "member" in self.fails:
            raise aiohttp.ClientError
        return {"roles": [str(each) for each in self.roles], "joined_at": None}

    async def get_guild(self, _guild_id, *, with_counts):
        assert with_counts is False
        if "guild" in self.fails:
            raise aiohttp.ClientError
        return {"owner_id": str(OWNER), "roles": ROLES}


def cached():
    roles = [
        SimpleNamespace(id=int(each["id"]), permissions=discord.Permissions(int(each["permissions"]))) for each in ROLES
    ]
    return SimpleNamespace(id=SERVER, owner_id=OWNER, roles=roles)


@pytest.mark.parametrize("guild", [cached(), None], ids=["cached", "by REST"])
@pytest.mark.parametrize(
    ("user_id", "roles", "expected"),
    [(MIA, [], False), (MIA, [21], True), (MIA, [22], True), (MIA, [23], True), (OWNER, [], True)],
)
async def test_the_owner_and_whoever_has_the_permission_moderate(guild, user_id, roles, expected):
    client = SimpleNamespace(http=Http(roles), get_guild=lambda _guild_id: guild)
    assert await MemberLookup(client).moderates(SERVER, user_id) is expected


@pytest.mark.parametrize("fails", ["member", "guild"])
async def test_no_answer_is_not_taken_for_a_no(fails):
    client = SimpleNamespace(http=Http([21], [fails]), get_guild=lambda _guild_id: None)
    assert await MemberLookup(client).moderates(SERVER, MIA) is None
