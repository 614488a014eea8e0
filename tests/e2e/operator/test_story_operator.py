"""`/remix-operator`: in the operator's own server, for its operators alone, and all of it private."""

from datetime import timedelta
from types import SimpleNamespace

import discord
import pytest
from discord.channel import PartialMessageable

from bot.demo.ideogram_stand_in import Fault
from bot.discord_app.operator.words import NOT_AN_OPERATOR
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.unknown_outcomes import OnUnknownOutcome
from bot.use_cases.operator.decide_parked import decide
from tests.e2e.world import private_words

COMMANDS = {
    "status": {},
    "parked": {},
    "retry": {"job": 1},
    "write-off": {"job": 1, "charged": True},
    "pause": {"reason": "no"},
    "resume": {},
    "block-person": {"person": None},
    "unblock-person": {"person": None},
    "block-server": {"server": "11"},
    "unblock-server": {"server": "11"},
    "blocks": {},
}


class Office:
    """The operator's own server. `olga` is an operator, `adam` only manages that server."""

    def __init__(self, world):
        self.world = world
        self.server = world.discord.create_guild("Office")
        self.channel = self.server.create_text_channel("desk")
        manages = self.server.create_role("managers", permissions=discord.Permissions(manage_guild=True))
        self.olga = self.server.add_member(world.discord.create_user("olga"), roles=[manages])
        self.adam = self.server.add_member(world.discord.create_user("adam"), roles=[manages])

    async def open(self, **settings):
        ids = {"operator_guild_id": self.server.id, "operator_ids": frozenset({self.olga.id})}
        self.world.settings = self.world.settings.model_copy(update=ids | settings)
        await self.world.restart()

    async def press(self, command, who=None, **options):
        """What the operator is told, privately."""
        result = await (who or self.olga).slash(self.channel, f"remix-operator {command}", **options)
        await self.world.until(lambda: private_words(result), f"an answer to {command}")
        assert result.ephemeral
        return private_words(result)


@pytest.fixture
async def office(make_world):
    world = await make_world(cooldown_s=0)
    opened = Office(world)
    await opened.open()
    return opened


async def park_one(world, who, horse):
    world.ideogram.dials.fail = [Fault.INTERNAL]
    result = await world.remix(who, horse)
    await world.told(result, "I can't tell")
    return result


def said_in(world):
    """The bot's plain words in the channel, oldest first."""
    return [card.stored.content for card in world.cards() if card.stored.content]


def commands_put(world, server_id):
    asked = world.discord.backend.http_requests
    return [each for each in asked if each.method == "PUT" and f"/guilds/{server_id}/commands" in each.path]


async def test_without_the_setting_the_command_does_not_exist(world):
    office = Office(world)
    assert not [name for name in office.olga.available_commands(office.channel) if "operator" in name]


async def test_it_is_in_the_operators_server_and_nowhere_else(office):
    here = office.olga.available_commands(office.channel)
    there = office.world.rosa.available_commands(office.world.channel)
    assert {name.removeprefix("remix-operator ") for name in here if "operator" in name} == set(COMMANDS)
    assert set(there) == {"remix", "my-remixes", "remix-help", "remix-privacy", "remix-appeal"}


async def test_a_second_start_tells_discord_nothing_new_and_without_the_setting_it_is_taken_back(office):
    before = len(commands_put(office.world, office.server.id))
    assert before == 1
    await office.world.restart()
    assert len(commands_put(office.world, office.server.id)) == before
    await office.open(operator_guild_id=None)
    assert not [name for name in office.olga.available_commands(office.channel) if "operator" in name]


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_is_no_operator_is_refused_and_nothing_happens(office, horse, command):
    await park_one(office.world, office.world.mia, horse)
    options = {name: office.world.mia.user if value is None else value for name, value in COMMANDS[command].items()}

    told = await office.press(command, office.adam, **options)

    assert told == NOT_AN_OPERATOR
    assert office.world.job().state is JobState.OUTCOME_UNKNOWN
    await office.world.make(office.world.mia, horse)


async def test_the_status_tells_queue_slots_spend_what_is_parked_and_the_last_troubles(office, horse):
    await office.world.make(office.world.mia, horse)
    await park_one(office.world, office.world.ben, horse)
    office.world.hold_calls()
    await office.world.remix(office.world.mia, horse)
    await office.world.ideogram.until_running(1)

    told = (await office.press("status")).splitlines()

    assert told[:3] == [
        "**Running.**",
        "**Queue:** 0 waiting · 1 of 10 slots in use · 0 to deliver · 0 in review · 1 parked · 0 blocked",
        "**Spent (UTC):** $0.18 today · $0.18 this month · $0.12 reserved or unresolved",
    ]
    assert told[3].startswith("**Budgets:** no limit a day · no limit a month · no limit a day for each server · no")
    assert told[4] == "**In progress at most:** 500 · no limit for each server · 3 for each person"
    assert "there is no limit on what they spend together" in told[5]
    assert told[6] == "**Recent problems:**"
    assert told[7].startswith("- `2` was parked: outcome unknown · <t:")
    assert len(told) == 8


LIMITED = {
    "daily_budget_usd": 5_000_000,
    "server_daily_budget_usd": 1_500_000,
    "person_daily_budget_usd": 600_000,
    "max_queued_per_server": 40,
}


async def test_the_status_shows_the_limits_and_warns_only_where_strangers_spend_without_any(make_world):
    office = Office(await make_world(**LIMITED))
    await office.open()
    told = (await office.press("status")).splitlines()
    assert told[3:6] == [
        "**Budgets:** $5.00 a day · no limit a month · $1.50 a day for each server · $0.60 a day for each person",
        "**In progress at most:** 500 · 40 for each server · 3 for each person",
        "**Recent problems:** none",
    ]


async def test_a_parked_remix_is_listed_and_asked_again_and_its_author_is_told(office, horse):
    remix = await park_one(office.world, office.world.mia, horse)
    listed = await office.press("parked")
    assert "**Parked: 1.**" in listed
    assert f"<@{office.world.mia.id}> in server `{office.world.server.id}` · Default · $0.06 unresolved" in listed

    told = await office.press("retry", job=1)

    assert told.startswith("Remix `1` is back in the queue")
    await office.world.until_job(lambda job: job.state is JobState.DELIVERED, "delivered")
    await office.world.until(lambda: said_in(office.world), "a word in the channel")
    (word,) = said_in(office.world)
    assert word.startswith(f"<@{office.world.mia.id}>, Ideogram's reply about your remix from <t:")
    assert "back in the queue" in word
    # It said "you can try again now", which would have been paid once more.
    await office.world.told(remix, "**Done.**")
    assert await office.press("parked") == "Nothing is parked."
    assert (await office.press("retry", job=1)).startswith("There is no parked remix `1`.")


@pytest.mark.parametrize(("charged", "spent"), [(True, "$0.06 today"), (False, "$0.00 today")])
async def test_a_parked_remix_is_written_off_and_its_author_is_told(office, horse, charged, spent):
    await park_one(office.world, office.world.mia, horse)

    told = await office.press("write-off", job=1, charged=charged)

    assert told.startswith("Remix `1` is closed")
    await office.world.until(lambda: said_in(office.world), "a word in the channel")
    assert "doesn't count against you" in said_in(office.world)[0]
    assert spent in await office.press("status")
    assert "$0.00 reserved" in await office.press("status")
    listed = await office.world.mia.slash(office.world.channel, "my-remixes")
    await office.world.told(listed, "has closed this remix")


async def test_a_remix_that_is_asked_again_and_refused_then_is_told_in_the_channel(office, horse):
    await park_one(office.world, office.world.mia, horse)
    office.world.ideogram.dials.fail = [Fault.REJECTED]

    await office.press("retry", job=1)

    await office.world.until(lambda: any("didn't work out" in word for word in said_in(office.world)), "its end")


async def test_what_was_decided_while_the_bot_was_stopped_is_told_once_at_its_start(office, horse):
    world = office.world
    await park_one(world, world.mia, horse)
    off = ParkedDecision.WRITTEN_OFF
    world.app.core.database.transaction_now(decide, 1, off, by=None, queue_age=timedelta(hours=1), now=world.bot_time())

    await world.restart()

    await world.until(lambda: said_in(world), "a word in the channel")
    await world.restart()
    await world.make(world.ben, horse)
    assert len(said_in(world)) == 1


@pytest.mark.parametrize(("status", "words"), [(503, 1), (403, 0)])
async def test_what_could_not_be_told_for_now_is_told_at_the_next_start(office, horse, status, words, monkeypatch):
    world = office.world
    await park_one(world, world.mia, horse)
    refused = []
    with monkeypatch.context() as patched:
        patched.setattr(PartialMessageable, "send", refuse_with(status, refused))
        await office.press("write-off", job=1, charged=True)
        await world.until(lambda: refused, "Discord has refused it")
    assert said_in(world) == []

    await world.restart()

    await world.make(world.ben, horse)
    assert len(said_in(world)) == words


MISSING_PERMISSIONS = 50013


def refuse_with(status, refused):
    async def send(*_arguments, **_options):
        refused.append(status)
        code = MISSING_PERMISSIONS if status == 403 else 0
        raise discord.HTTPException(SimpleNamespace(status=status, reason="no"), {"code": code, "message": "no"})

    return send


async def test_where_the_operator_has_chosen_so_an_unknown_outcome_is_asked_again_once(make_world, horse):
    world = await make_world(on_unknown_outcome=OnUnknownOutcome.RETRY_ONCE)
    world.ideogram.dials.fail = [Fault.INTERNAL]
    result = await world.remix(world.mia, horse)
    await world.told(result, "You are next")
    await world.until(lambda: len(world.ideogram.calls) == 1 and not world.job().lease, "the first call is over")

    world.later(30)

    await world.told(result, "**Done.**")
    assert len(world.ideogram.calls) == 2


async def test_while_paused_people_read_the_reason_safely_also_after_a_restart_until_it_is_resumed(office, horse):
    world = office.world
    world.hold_calls()
    running = [await world.remix(world.person(f"p{number}"), horse) for number in range(10)]
    await world.ideogram.until_running(10)
    waiting = await world.remix(world.mia, horse, "mia's")
    await world.told(waiting, "You are next")

    assert (await office.press("pause", reason="new @everyone *key*")).startswith("**Paused.**")

    reason = r"> new \@everyone \*key\*"
    await world.told(waiting, reason)
    await world.told(await world.remix(world.ben, horse), reason)
    world.let_calls_go()
    for result in running:
        await world.told(result, "**Done.**")
    await world.restart()
    assert world.jobs()[-1].state is JobState.QUEUED
    refused = await world.told(await world.remix(world.ben, horse), reason)
    assert "charged" not in refused
    assert f"**Paused** by <@{office.olga.id}>" in await office.press("status")

    assert (await office.press("resume")).startswith("**Resumed.**")

    await world.told(waiting, "**Done.**")
    assert await office.press("resume") == "Nothing was paused."


async def test_a_pause_needs_a_reason_that_can_be_read(office, horse):
    assert (await office.press("pause", reason="\u200b \u202e")).startswith("Please give a reason")
    await office.world.make(office.world.mia, horse)


async def test_a_blocked_person_is_refused_also_after_a_restart_until_unblocked(office, horse):
    world = office.world

    told = await office.press("block-person", person=world.mia.user, note="*spam*")

    assert told.startswith(f"<@{world.mia.id}> is blocked everywhere")
    assert (await office.press("block-person", person=world.mia.user)).endswith("is already blocked.")
    assert r"\*spam\*" in await office.press("blocks")
    await world.restart()
    refused = await world.told(await world.remix(world.mia, horse), "I can't make remixes for you")
    assert "spam" not in refused
    await world.make(world.ben, horse)
    assert (await office.press("unblock-person", person=world.mia.user)).endswith("can make remixes again.")
    assert (await office.press("unblock-person", person=world.mia.user)).endswith("is not blocked.")
    await world.make(world.mia, horse)
    assert await office.press("blocks") == "Nobody is blocked."


async def test_in_a_blocked_server_everybody_is_refused_and_what_waits_ends_uncharged(office, horse):
    world = office.world
    world.hold_calls()
    for number in range(10):
        await world.remix(world.person(f"p{number}"), horse)
    await world.ideogram.until_running(10)
    waiting = await world.remix(world.mia, horse)
    await world.told(waiting, "You are next")

    told = await office.press("block-server", server=str(world.server.id))

    assert told.startswith(f"Server `{world.server.id}` is blocked everywhere")
    await world.told(await world.remix(world.ben, horse), "I can't make remixes in this server")
    world.let_calls_go()
    ended = await world.told(waiting, "I can't make remixes in this server any more")
    assert "Nothing was charged" in ended
    assert (await office.press("unblock-server", server=str(world.server.id))).endswith("can make remixes again.")
    await world.make(world.mia, horse)


@pytest.mark.parametrize("command", ["block-server", "unblock-server"])
async def test_what_is_no_server_id_is_told_and_nothing_is_blocked(office, command):
    for server in ("Studio", "0", "9" * 20):
        assert (await office.press(command, server=server)).startswith("That isn't a server ID")
    assert await office.press("blocks") == "Nobody is blocked."
