"""What is left of appeals once their author has their data erased, and what a copy of it has."""

import json

from bot.rules.appeals import Outcome
from bot.storage.appeals import appeals
from bot.storage.matters import matters
from bot.use_cases.appeals.end_appeals import to_tell
from bot.use_cases.appeals.own_appeals import unread_outcomes
from bot.use_cases.privacy.erase import Erase
from bot.use_cases.privacy.export_data import ExportData
from tests.integration.appeals.made_appeals import MIA, NUDE, SERVER, appeal_of_prompt, decide, list_word


class Discord:
    """Nothing of hers was posted."""

    async def take_down(self, _post):
        return True

    async def take_out_of_log(self, _message):
        return True


async def test_what_they_wrote_goes_and_open_ones_are_withdrawn(bot):
    await list_word(bot)
    first = await appeal_of_prompt(bot)
    await decide(bot, first, "once", says="hello mia")
    second = await appeal_of_prompt(bot, "another nude")
    await Erase(bot.core, Discord()).ask(MIA)
    await Erase(bot.core, Discord()).all_due()

    left = [await bot.do(appeals.find, made.appeal.id) for made in (first, second)]
    assert [(each.text, each.prompt, each.answer) for each in left] == [(None, None, None)] * 2
    assert [each.outcome for each in left] == [Outcome.ALLOWED_ONCE, Outcome.WITHDRAWN]
    matter = await bot.do(matters.get, second.matter_id)
    assert (matter.is_open, matter.outcome) == (False, "withdrawn")
    # What was allowed goes too, and the limit of appeals a day does not begin again.
    assert (await bot.ask(prompt=NUDE)).reason.value == "word_refused"
    assert await bot.do(appeals.count_since, SERVER, MIA, first.appeal.made_at.replace(year=2000)) == 2
    assert [told.appeal.outcome for told in await to_tell(bot.core)] == [Outcome.ALLOWED_ONCE, Outcome.WITHDRAWN]
    assert list(await unread_outcomes(bot.core, SERVER, MIA)) == []


async def test_a_copy_of_ones_data_has_ones_own_appeals(bot):
    await list_word(bot)
    await decide(bot, await appeal_of_prompt(bot, text="it is art"), "once", says="fine")
    document = json.loads(await ExportData(bot.core).collect(MIA))
    (appeal,) = document["appeals"]
    assert (appeal["text"], appeal["prompt"], appeal["answer"]) == ("it is art", NUDE, "fine")
    assert len(document["allowed_once"]) == 1
    assert json.loads(await ExportData(bot.core).collect(2))["appeals"] == []
