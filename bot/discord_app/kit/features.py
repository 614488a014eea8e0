"""The use cases and settings that commands and buttons work with."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.discord_app.kit.attachments import AttachmentReader
from bot.rules.generations import IdeogramApi
from bot.rules.matters import MatterKind
from bot.rules.prices import Prices
from bot.rules.resolutions import Resolution
from bot.use_cases.appeals.decide_appeal import DecideAppeals
from bot.use_cases.consent.questions import PictureQuestions
from bot.use_cases.core import Core
from bot.use_cases.departures import Departures
from bot.use_cases.matters.cards import MatterView
from bot.use_cases.matters.redraw import RedrawMatters
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.ports import Moderators
from bot.use_cases.privacy.erase import Erase
from bot.use_cases.privacy.export_data import ExportData
from bot.use_cases.read_automod import ReadAutoMod
from bot.use_cases.remixes.hand_over_kept import HandOverKept
from bot.use_cases.remixes.job_status import JobStatuses
from bot.use_cases.remixes.sets.pick import PickResult
from bot.use_cases.remixes.submit_remix import SubmitRemix
from bot.use_cases.removal.change_posts import ChangePosts
from bot.use_cases.review.decide_review import DecideReviews
from bot.use_cases.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class OperatorFeatures:
    """The server that has `/remix-operator`, the people who can use it (Discord ids), and the notices to authors."""

    guild_id: int
    ids: frozenset[int]
    notify_authors: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PrivacyFeatures:
    """What `/remix-privacy` works with. `api`: where pictures are sent."""

    erase: Erase
    export: ExportData
    api: IdeogramApi


@dataclass(frozen=True, slots=True)
class MatterFeatures:
    """What waits for a moderator's decision: how each kind looks, and what draws its cards again."""

    views: Mapping[MatterKind, MatterView]
    redraw: RedrawMatters


@dataclass(frozen=True, slots=True)
class Features:
    """`resolutions`: those that members can choose. `picture_hosts`: Discord's CDN. `most_images`: how
    many one call of the API can make.

    Without `automod` nothing asks Discord about a server's rules. Without `operator` there is no `/remix-operator`.
    """

    core: Core
    rules: OperatorRules
    posts: ChangePosts
    submit: SubmitRemix
    picks: PickResult
    hand_over: HandOverKept
    statuses: JobStatuses
    thumbnails: Thumbnails
    departures: Departures
    reader: AttachmentReader
    prices: Prices
    most_images: int
    resolutions: Sequence[Resolution]
    max_prompt_chars: int
    privacy: PrivacyFeatures
    questions: PictureQuestions
    moderators: Moderators
    picture_hosts: Collection[str]
    matters: MatterFeatures
    reviews: DecideReviews
    appeals: DecideAppeals
    automod: ReadAutoMod | None = None
    operator: OperatorFeatures | None = None
