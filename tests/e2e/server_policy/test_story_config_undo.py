"""A setting or a plan is taken back by its case: all is as before, or nothing is changed and the admin reads why."""

import discord
import pytest

from bot.rules.policies import Plan, Policy
from bot.storage.standing import policies
from tests.e2e.admins import Admins
from tests.e2e.world import private_words


async def undo(admins, number):
    result = await admins.anna.slash(admins.world.channel, "remix-mod undo", number=number)
    await admins.world.until(lambda: private_words(result), "an answer to undo")
    return private_words(result)


@pytest.fixture
async def overseers(hasty_world):
    """Anna moderates as well."""
    admins = Admins(hasty_world)
    moderates = admins.world.server.create_role("mods too", permissions=discord.Permissions(moderate_members=True))
    backend = admins.world.discord.backend
    backend.get_member(admins.world.server.id, admins.anna.id).role_ids.append(moderates.id)
    return admins


async def test_a_setting_and_a_plan_are_taken_back_and_all_is_as_before(overseers):
    admins, before = overseers, await overseers.told("show")
    await admins.set("cooldown", "5m")
    await admins.set("channels", admins.world.channel.mention)
    await admins.told("plan", role=admins.artists, daily_quota="5", cooldown="30s")
    with_all = await admins.told("show")
    for number in (1, 2, 3):
        assert f"Case {number} (" in await undo(admins, number)
    assert await admins.told("show") == before
    assert "is already undone" in await undo(admins, 1)
    for number in (4, 5, 6):
        assert "is undone" in await undo(admins, number)
    assert await admins.told("show") == with_all


async def test_a_setting_that_was_changed_since_is_not_taken_back(overseers):
    admins = overseers
    await admins.set("cooldown", "5m")
    await admins.set("cooldown", "9m", who=admins.bert)
    await admins.told("plan", role=admins.artists, daily_quota="5")
    await admins.told("plan", role=admins.artists, daily_quota="6")
    for number in (1, 3):
        told = await undo(admins, number)
        assert told == "It has been changed again since then, so there is nothing to go back to.\nNothing was changed."
    assert admins.policy.cooldown_s == 540
    assert len(admins.cases) == 4


async def test_a_setting_is_not_taken_back_to_what_the_operator_does_not_allow_any_more(overseers):
    admins, server_id = overseers, overseers.world.server.id
    database = admins.world.app.core.database
    database.transaction_now(policies.write, server_id, Policy(queue_limit=9))
    database.transaction_now(policies.write_plan, server_id, admins.artists.id, Plan(queue_limit=9))
    await admins.set("queue-limit", "2")
    await admins.told("plan", role=admins.artists, queue_limit="2")
    for number in (1, 2):
        assert await undo(admins, number) == (
            "`queue-limit` can't be above 3, my operator's maximum.\nNothing was changed."
        )
    assert admins.policy.queue_limit == 2
    assert [case.undone_at for case in admins.cases] == [None, None]
