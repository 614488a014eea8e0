"""The part of the composition root that builds what moderators use."""

from collections.abc import Callable
from dataclasses import dataclass, field

import discord

from bot.discord_app.kit.features import ModerationFeatures
from bot.discord_app.remixes.posted_cards import PostedCards
from bot.storage.engine.blobs import BlobStore
from bot.storage.engine.database import Database
from bot.storage.moderation.cases import Case
from bot.use_cases.moderation.case_book import CaseBook
from bot.use_cases.moderation.explain_gate import ExplainGate
from bot.use_cases.moderation.find_result import FindResult
from bot.use_cases.moderation.hide_result import HideResult
from bot.use_cases.moderation.moderate_member import ModerateMember
from bot.use_cases.moderation.moderate_queue import ModerateQueue
from bot.use_cases.moderation.remove_result import RemoveResult
from bot.use_cases.moderation.undo_case import UndoCase, UndoChange
from bot.use_cases.ports import Clock, JobListener
from bot.use_cases.remixes.submit_remix import SubmissionRules


@dataclass(slots=True)
class CaseNews:
    """Hands every new case on."""

    listeners: list[Callable[[Case], None]] = field(default_factory=list)

    def case_added(self, case: Case) -> None:
        for listener in self.listeners:
            listener(case)


def moderation_features(
    database: Database,
    blobs: BlobStore,
    client: discord.Client,
    rules: SubmissionRules,
    *,
    slots: int,
    undo_change: UndoChange,
    clock: Clock,
    listener: JobListener,
    cases: CaseNews,
) -> ModerationFeatures:
    hide = HideResult(database, blobs, clock=clock, cases=cases)
    return ModerationFeatures(
        members=ModerateMember(database, clock=clock, cases=cases),
        find=FindResult(database),
        hide=hide,
        remove=RemoveResult(database, clock=clock, listener=listener, cases=cases),
        queue=ModerateQueue(database, slots=slots, clock=clock, listener=listener, cases=cases),
        cases=CaseBook(database, clock=clock),
        undo=UndoCase(database, hide, undo_change, clock=clock, listener=listener, cases=cases),
        explain=ExplainGate(database, rules, clock=clock),
        cards=PostedCards(client),
    )
