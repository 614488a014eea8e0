"""Names the kinds of matters that moderators decide on cards. The only place that knows them all."""

from collections.abc import Callable

import discord

from bot.discord_app.appeals.cards import AppealView
from bot.discord_app.kit.features import MatterFeatures
from bot.discord_app.matters.cards import MatterCards, Views
from bot.discord_app.purges.cards import PurgeView
from bot.discord_app.reporting.card import ReportView
from bot.discord_app.review.cards import ReviewView
from bot.rules.matters import MatterKind
from bot.use_cases.core import Core
from bot.use_cases.matters.redraw import RedrawMatters


def matter_cards(client: discord.Client, core: Core, covers: Callable[[int], bool]) -> MatterCards:
    views: Views = {
        MatterKind.APPEAL: AppealView(core),
        MatterKind.PURGE: PurgeView(core),
        MatterKind.REVIEW: ReviewView(core),
        MatterKind.REPORT: ReportView(core),
    }
    return MatterCards(client, core, views, covers)


def matter_features(core: Core, cards: MatterCards) -> MatterFeatures:
    return MatterFeatures(cards.views, RedrawMatters(core, cards))
