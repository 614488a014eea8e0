"""Shows an appeal as moderators see it, with the buttons that decide it."""

from bot.discord_app.appeals import words
from bot.discord_app.kit.custom_ids import matter_id
from bot.rules.appeals import DECISIONS, Appealed, Decision
from bot.storage.matters.matters import Matter
from bot.use_cases.appeals.read_appeal import read_appeal
from bot.use_cases.core import Core
from bot.use_cases.matters.cards import CardButton, CardContents

BUTTON = "appeal"
FORM = "appeal-form"


class AppealView:
    """The MatterView of appeals."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def read(self, matter: Matter) -> CardContents | None:
        facts = await read_appeal(self._core, matter.subject)
        if facts is None:
            return None
        appealed = facts.appeal.appealed
        buttons = [
            CardButton(_label(appealed, decision), matter_id(f"{BUTTON}-{decision}", matter.id))
            for decision in DECISIONS[appealed]
        ]
        return CardContents(
            words.head(facts),
            words.details(facts),
            buttons=buttons,
            outcome=words.outcome(facts, matter.closed_by),
        )


def _label(appealed: Appealed, decision: Decision) -> str:
    is_picture = appealed is Appealed.PICTURE and decision is Decision.ALLOW
    return words.ALLOW_PICTURE if is_picture else words.LABELS[decision]
