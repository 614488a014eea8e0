"""Moderators and the operator get a notice about a member whose remixes are refused as unsafe again and again."""

from bot.demo.ideogram_stand_in import Fault
from tests.e2e.operator.test_story_budget import messages_in
from tests.e2e.server_log.test_story_log import Office
from tests.e2e.world import private_words


async def refuse(world, picture, prompt="something nasty"):
    world.ideogram.dials.fail = [Fault.PROMPT_UNSAFE]
    await world.told(await world.remix(world.mia, picture, prompt), "safety check refused the prompt")


async def test_twelve_unsafe_prompts_in_a_row_end_with_the_third(make_world, horse):
    world = await make_world(cooldown_s=0, safety_refusals_per_person=3)
    office = Office(world)
    operators = world.server.create_text_channel("office")
    world.app.watchers.safety._operator._channel_id = operators.id

    for _ in range(3):
        await refuse(world, horse)

    await office.says("**Safety refusals**")
    await office.says("remix-bot, by rule, blocked")
    assert f"<@{world.mia.id}> · Ideogram's safety check refused 3 of their remixes within 24 hours" in office.text
    assert "nasty" not in office.text
    await world.until(lambda: messages_in(world, operators), "a notice")
    (notice,) = messages_in(world, operators)
    assert notice.startswith("**Safety refusals**: Ideogram's safety check refused 3 remixes by")
    assert "nasty" not in notice

    refused = await world.remix(world.mia, horse, "something nice")
    await world.told(refused, "You're blocked from making remixes")
    assert "Ideogram's safety check refused 3 remixes within 24 hours" in private_words(refused)
    assert len(world.ideogram.calls) == 3
