"""What is done about an interaction that is acknowledged already, when a second copy of the bot may have done that."""

from types import SimpleNamespace

import discord
import pytest

from bot.discord_app.kit.interactions import AnsweredElsewhereError, answer_unexpected_error, defer
from bot.rules.alarms import Alarm

ALREADY_ACKNOWLEDGED = 40060


class Alarms:
    def __init__(self, *kinds):
        self.open = [SimpleNamespace(alarm=kind) for kind in kinds]
        self.raised = []

    def raise_(self, alarm):
        self.raised.append(alarm)


def acknowledged_already():
    response = SimpleNamespace(status=400, reason="Bad Request")
    return discord.HTTPException(response, {"code": ALREADY_ACKNOWLEDGED, "message": ""})


def interaction(alarms, *, ours):
    async def refuse(**_):
        raise acknowledged_already()

    acknowledgements = SimpleNamespace(may_be_ours=lambda _id: ours)
    client = SimpleNamespace(answering=set(), acknowledgements=acknowledgements, alarms=alarms)
    return SimpleNamespace(id=7, client=client, response=SimpleNamespace(defer=refuse))


async def test_what_may_be_ours_goes_on_and_raises_no_alarm():
    alarms = Alarms(Alarm.DISK_LOW)
    await defer(interaction(alarms, ours=True))
    assert alarms.raised == []


async def test_what_cannot_be_ours_is_dropped_and_raises_the_alarm():
    alarms = Alarms()
    with pytest.raises(AnsweredElsewhereError):
        await defer(interaction(alarms, ours=False))
    assert alarms.raised == [Alarm.SECOND_COPY]


async def test_while_a_second_copy_is_known_what_may_be_ours_is_dropped_too():
    """The copy may have come in between two attempts of ours, and both would pay."""
    alarms = Alarms(Alarm.SECOND_COPY)
    with pytest.raises(AnsweredElsewhereError):
        await defer(interaction(alarms, ours=True))


@pytest.mark.parametrize("ours", [True, False])
async def test_a_form_or_message_that_is_too_late_raises_it_as_well(ours):
    alarms = Alarms()
    await answer_unexpected_error(interaction(alarms, ours=ours), acknowledged_already())
    assert alarms.raised == ([] if ours else [Alarm.SECOND_COPY])


async def test_nothing_is_answered_to_what_another_process_answers():
    """This interaction could answer nothing."""
    await answer_unexpected_error(SimpleNamespace(), AnsweredElsewhereError())
