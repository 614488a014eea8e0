"""The AutoMod rules that are known hold until Discord says others, and asking for them keeps nobody waiting."""

import asyncio
from datetime import timedelta

import pytest

from bot.discord_app.automod_rules import found_in
from bot.rules.policies import Policy
from bot.rules.words.automod import AutoModFound, AutoModRule, AutoModUse
from bot.storage.standing import automod, policies, words
from bot.use_cases import read_automod
from bot.use_cases.read_automod import ReadAutoMod

FOG, MIST = AutoModRule(1, "x", ("fog",)), AutoModRule(1, "x", ("mist",))


class Discord:
    """Says `found`, and counts how often it is asked."""

    def __init__(self):
        self.found, self.asked, self.answers = AutoModFound([FOG]), 0, asyncio.Event()
        self.answers.set()

    async def read(self, _guild_id):
        self.asked += 1
        await self.answers.wait()
        return self.found


@pytest.fixture
def discord():
    return Discord()


@pytest.fixture
def reading(core, discord):
    return ReadAutoMod(core, discord)


async def known(core):
    found = await core.database.read(automod.find, 11)
    return found.rules if found is not None else "never asked"


async def hits(core, prompt):
    found = await core.database.read(core.words.judge, 11, prompt)
    return [each.hit.piece for each in found.by_automod]


async def test_rules_are_read_when_they_are_old_and_when_they_change(core, clock, discord, reading):
    for _ in range(3):
        await reading.keep_fresh(11)
    assert (discord.asked, await hits(core, "fog")) == (1, ["fog"])
    discord.found = AutoModFound([MIST])
    await reading.refresh(11)
    assert (await hits(core, "fog"), await hits(core, "mist")) == ([], ["mist"])
    clock.move(minutes=10)
    discord.found = AutoModFound(None)
    await reading.keep_fresh(11)
    assert (discord.asked, await known(core), await hits(core, "mist")) == (3, None, [])
    clock.now -= timedelta(days=1)
    await reading.keep_fresh(11)
    assert discord.asked == 4


async def test_many_at_once_ask_once(discord, reading):
    discord.answers.clear()
    asking = [asyncio.create_task(reading.keep_fresh(11)) for _ in range(20)]
    await asyncio.sleep(0)
    discord.answers.set()
    await asyncio.gather(*asking)
    assert discord.asked == 1


@pytest.mark.parametrize("silent", [True, False])
async def test_the_known_rules_hold_while_discord_does_not_answer(core, clock, discord, reading, silent, monkeypatch):
    await reading.keep_fresh(11)
    monkeypatch.setattr(read_automod, "_LONGEST_WAIT_S", 0.01)
    clock.move(minutes=10)
    if silent:
        discord.answers.clear()
    else:
        discord.found = None
    for _ in range(3):
        await reading.keep_fresh(11)
    assert (discord.asked, await known(core), await hits(core, "fog")) == (2, [FOG], ["fog"])
    clock.move(minutes=1)
    await reading.keep_fresh(11)
    assert discord.asked == 3


async def test_a_database_that_is_away_stops_nobody(core, reading):
    core.database.close()
    await reading.keep_fresh(11)


async def test_off_means_that_no_rule_holds(core, reading):
    await reading.keep_fresh(11)
    await core.database.transaction(policies.write, 11, Policy(automod=AutoModUse.OFF))
    await core.database.transaction(words.count_change, 11)
    assert await hits(core, "fog") == []


def rule(**changes):
    """As Discord sends it."""
    plain = {
        "id": "1",
        "name": "x",
        "event_type": 1,
        "trigger_type": 1,
        "trigger_metadata": {"keyword_filter": ["fog"], "regex_patterns": ["a"], "allow_list": ["b"]},
        "actions": [{"type": 1, "metadata": {}}],
        "enabled": True,
        "exempt_roles": ["5"],
        "exempt_channels": ["6"],
    }
    return {**plain, **changes}


def test_enabled_rules_about_keywords_in_messages_are_taken():
    (read,) = found_in([rule()]).rules
    assert read == AutoModRule(1, "x", ("fog",), ("a",), ("b",), frozenset({5}), frozenset({6}))
    assert found_in([rule(actions=[{"type": 2}])]).rules[0].blocks is False
    assert found_in([rule(actions=[{"type": 2}, {"type": 3}])]).rules[0].blocks is True
    assert found_in([rule(trigger_metadata={}, actions=[])]).rules[0].keywords == ()


@pytest.mark.parametrize("change", [{"enabled": False}, {"event_type": 2}, {"trigger_type": 3}, {"trigger_type": 6}])
def test_others_are_left_out(change):
    assert found_in([rule(**change)]) == AutoModFound([], 0)


def test_discords_own_lists_are_counted():
    assert found_in([rule(trigger_type=4, trigger_metadata={"presets": [1]}), rule()]).presets == 1
