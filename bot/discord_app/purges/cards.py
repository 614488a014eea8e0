"""The card of a removal that waits for a second moderator."""

from bot.discord_app.kit.custom_ids import matter_id
from bot.discord_app.purges import words
from bot.storage.engine.database import Connection
from bot.storage.matters.matters import Matter
from bot.storage.moderation import purge_requests
from bot.storage.moderation.purge_requests import PurgeRequest
from bot.use_cases.core import Core
from bot.use_cases.matters.cards import CardButton, CardContents
from bot.use_cases.purges.second_moderator import count_left

CONFIRM, REFUSE = "purge", "purge-not"


class PurgeView:
    """Implements MatterView."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def read(self, matter: Matter) -> CardContents | None:
        def find(connection: Connection) -> tuple[PurgeRequest, int] | None:
            request = purge_requests.find(connection, matter.subject)
            return (request, count_left(connection, request)) if request is not None else None

        found = await self._core.database.read(find)
        if found is None:
            return None
        request, count = found
        buttons = (
            CardButton(words.CONFIRM, matter_id(CONFIRM, matter.id), danger=True),
            CardButton(words.REFUSE, matter_id(REFUSE, matter.id)),
        )
        # Once they are removed, the count of what is left says nothing.
        shown = count if matter.is_open else len(request.jobs)
        outcome = words.OUTCOMES[request.state]
        return CardContents(words.head(request, shown), words.details(request), buttons=buttons, outcome=outcome)
