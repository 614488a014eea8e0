"""What was typed for a remix that came to nothing is erased too."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.demo.ideogram_stand_in import Fault
from bot.rules.remix_request import RawOptions
from bot.storage.drafts import drafts
from bot.storage.drafts.drafts import Attached, NewDraft
from bot.storage.engine.tables import drafts as draft_tables
from bot.use_cases.privacy.erase import Erase
from tests.integration.privacy.test_erasing import MIA, Discord, finish


async def test_what_was_typed_for_a_refused_or_failed_remix_goes_with_its_picture(bot):
    bot.clock.now = datetime.now(UTC)  # the times of files are real
    erase = Erase(bot.core, Discord())
    bot.stand_in.dials.fail = [Fault.PROMPT_UNSAFE]
    failed = await bot.remix(MIA, prompt="my secret garden")
    await bot.work(failed.id)
    typed = NewDraft(RawOptions("my secret garden"), Attached("https://cdn.example/secret", 10))
    await bot.do(drafts.save, 11, MIA, typed, bot.clock() + timedelta(minutes=15))
    assert bot.blobs.path(failed.source_hash).exists()

    await erase.ask(MIA)
    await finish(bot, erase)

    assert await bot.do(lambda c: c.scalar(sa.select(sa.func.count()).select_from(draft_tables.drafts))) == 0
    assert not bot.blobs.path(failed.source_hash).exists()
