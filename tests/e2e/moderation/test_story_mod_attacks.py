"""What attackers tried on the moderators' tools, and what must go on holding: other servers, forged buttons, races."""

import asyncio

import discord
import pytest

from bot.rules.cases import CaseKind
from bot.rules.policies import Policy
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.standing import policies
from tests.e2e.admins import Admins
from tests.e2e.moderators import Desk
from tests.e2e.world import private_words


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


class Elsewhere:
    """Another server, where eve may do everything and vic makes remixes."""

    def __init__(self, world):
        self.server = world.discord.create_guild("Elsewhere")
        self.channel = self.server.create_text_channel("pictures")
        power = self.server.create_role("power", permissions=discord.Permissions(administrator=True))
        self.eve = self.server.add_member(world.discord.create_user("eve"), roles=[power])
        self.vic = self.server.add_member(world.discord.create_user("vic"))


def recorded(world, server=None):
    found = world.app.core.database.transaction_now(cases.newest, (server or world.server).id, CaseFilter(), 50)
    return [case.kind for case in found]


ON_A_REMIX = [(command, n) for command in ("hide", "remove", "cancel", "unhide") for n in range(8)]
"""With each way to name the remix of the other server, and with what is no number."""


async def test_a_moderator_of_another_server_reaches_nothing_here(desk, horse):
    world, other = desk.world, Elsewhere(desk.world)
    card = await world.make(world.mia, horse, "in A")
    await desk.press("block", member=world.ben, reason="secret of A")
    link = "https://discord.com/channels/{}/{}/{}"
    references = [
        "1",
        link.format(world.server.id, world.channel.id, card.message.id),
        link.format(other.server.id, world.channel.id, card.message.id),
        str(card.message.id),
        "9223372036854775807",
        "9" * 20,
        "-1",
        "\uff11",
    ]
    tries = [(command, {"remix": references[n]}) for command, n in ON_A_REMIX]
    tries += [(command, {"number": 1}) for command in ("case", "undo")]
    tries += [("reason", {"number": 1, "reason": "x"}), ("cases", {}), ("blocks", {})]
    for command, options in tries:
        result = await other.eve.slash(other.channel, f"remix-mod {command}", **options)
        await world.until(lambda result=result: private_words(result), command)
        told = private_words(result)
        assert "secret" not in told
        assert any(words in told for words in ("can't find that remix", "no case", "No cases", "Nobody is blocked"))
    assert len(world.cards()) == 1
    assert (world.job(1).hidden, world.job(1).removed_at) == (False, None)
    assert (recorded(world), recorded(world, other.server)) == ([CaseKind.BLOCK], [])


FORGED = [
    *(f"remix:{action}:1" for action in ("again", "details", "compare", "delete", "collect", "cancel")),
    *(f"remix:log-{action}:1" for action in ("hide", "show", "remove", "warn", "block")),
    "remix:log-remove:999999999999999999",
    f"remix:again:{'9' * 18}",
    f"remix:again:{'9' * 19}",
    "remix:again:-1",
    "remix:again:\uff11",
    "remix:never:1",
    "remix:log-never:1",
    "remix:undo:1",
    "remix:undo:-1",
    "remix:undo:999999999",
    "remix:cases:999999999:::",
    "remix:cases:1:9999999999999999999:9999999999999999999:block",
    "remix:cases:5:::nokind",
    "remix-config:form:limits",
    "remix-config:form:nope",
    "remix-config:set:channels",
    "remix-config:set:nope",
]


@pytest.mark.parametrize("custom_id", FORGED)
async def test_a_forged_button_does_nothing_in_another_server_and_nothing_for_a_member(desk, horse, custom_id):
    world, other = desk.world, Elsewhere(desk.world)
    await world.make(world.mia, horse, "secret of A")
    await desk.press("warn", member=world.ben, reason="secret of A")
    await world.remix(other.vic, horse, "in B", channel=other.channel)
    card = await world.card(1, other.channel)
    jobs = len(world.jobs())

    result = await world.click_forged(other.vic, card.stored, custom_id)

    await world.app.client.answered()
    assert "secret" not in world.words_for(result)
    assert (len(world.jobs()), len(world.cards()), len(world.cards(other.channel))) == (jobs, 1, 1)
    assert (recorded(world), recorded(world, other.server)) == ([CaseKind.WARN], [])
    assert world.app.core.database.transaction_now(policies.read, other.server.id) == Policy()


async def test_two_moderators_at_once_make_one_case(desk, horse):
    world = desk.world
    await world.make(world.mia, horse)
    await asyncio.gather(desk.press("remove", remix="1"), desk.press("remove", who=desk.max, remix="1"))
    assert recorded(world) == [CaseKind.REMOVE]
    await desk.press("block", member=world.ben)
    told = await asyncio.gather(*(desk.press("undo", who=who, number=2) for who in (desk.maud, desk.max)))
    assert sum("is already undone" in each for each in told) == 1
    assert recorded(world) == [CaseKind.UNBLOCK, CaseKind.BLOCK, CaseKind.REMOVE]


async def test_a_panel_or_form_left_open_changes_nothing_once_the_role_is_gone(desk):
    world, admins = desk.world, Admins(desk.world)
    panel = await admins.press("panel")
    form = await admins.form(panel, "Limits")
    backend = world.discord.backend
    for role_id in list(backend.get_member(world.server.id, admins.anna.id).role_ids):
        backend.remove_member_role(world.server.id, admins.anna.id, role_id)

    submitted = await admins.anna.submit_modal(form, {admins.field(form, "cooldown"): "5h"})
    chosen = await admins.select(panel, "channels", [world.channel])

    for result in (submitted, chosen):
        await world.until(lambda result=result: "Manage Server" in world.words_for(result), "a refusal")
    assert admins.policy == Policy()
    assert recorded(world) == []


async def test_a_decorative_role_of_the_same_height_protects_and_a_low_administrator_does_not(desk):
    world = desk.world
    admin = world.server.create_role("low admin", permissions=discord.Permissions(administrator=True))
    low = world.server.add_member(world.discord.create_user("low"), roles=[admin])
    assert "isn't below yours" in await desk.press("block", member=desk.hugo)
    assert "is blocked" in await desk.press("block", member=low)
