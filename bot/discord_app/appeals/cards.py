"""Shows an appeal as moderators see it, with the buttons that decide it."""

from collections.abc import Sequence

from bot.discord_app.appeals import words
from bot.discord_app.kit.custom_ids import matter_id
from bot.rules.appeals import DECISIONS, Appealed, Decision
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.matters.matters import Matter
from bot.use_cases.appeals.read_appeal import AppealFacts, read_appeal
from bot.use_cases.core import Core
from bot.use_cases.matters.cards import CardButton, CardContents

BUTTON = "appeal"
FORM = "appeal-form"


class AppealView:
    """The MatterView of appeals."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def read(self, matter: Matter) -> CardContents | None:
        try:
            facts = await read_appeal(self._core, matter.subject)
        except BlobsAwayError:
            facts = await read_appeal(self._core, matter.subject, with_pictures=False)
        if facts is None:
            return None
        buttons = [
            CardButton(_label(facts.appeal.appealed, decision), matter_id(f"{BUTTON}-{decision}", matter.id))
            for decision in _decisions(facts)
        ]
        return CardContents(
            words.head(facts),
            words.details(facts),
            facts.pictures,
            buttons=buttons,
            outcome=words.outcome(facts, matter.closed_by),
        )


def _decisions(facts: AppealFacts) -> Sequence[Decision]:
    """Only admins change what AutoMod refuses, and only in Discord."""
    every = DECISIONS[facts.appeal.appealed]
    return [each for each in every if each is not Decision.ALLOW or not facts.by_automod]


def _label(appealed: Appealed, decision: Decision) -> str:
    is_picture = appealed is Appealed.PICTURE and decision is Decision.ALLOW
    return words.ALLOW_PICTURE if is_picture else words.LABELS[decision]
