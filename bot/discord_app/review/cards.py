"""What moderators see of a result that waits for them."""

from bot.discord_app.kit.custom_ids import matter_id
from bot.discord_app.review import words
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.matters.matters import Matter
from bot.use_cases.core import Core
from bot.use_cases.matters.cards import CardButton, CardContents
from bot.use_cases.review.read_review import read_review


class ReviewView:
    """The MatterView of reviews."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def read(self, matter: Matter) -> CardContents | None:
        try:
            found = await read_review(self._core, matter)
        except BlobsAwayError:
            found = await read_review(self._core, matter, with_pictures=False)
        if found is None:
            return None
        return CardContents(
            head=words.head(found.job),
            details=words.details(found.job),
            pictures=found.pictures,
            buttons=(
                CardButton(words.PUBLISH, matter_id("publish", matter.id)),
                CardButton(words.REFUSE, matter_id("refuse", matter.id), danger=True),
            ),
            outcome=words.outcome(matter.outcome),
        )
