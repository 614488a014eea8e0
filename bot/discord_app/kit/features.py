"""What the commands and buttons can ask for: the use cases and the operator's choices that people see."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.discord_app.kit.attachments import AttachmentReader
from bot.discord_app.remixes.posted_cards import PostedCards
from bot.rules.policy_fields import Bounds
from bot.rules.prices import Prices
from bot.rules.resolutions import Resolution
from bot.use_cases.core import Core
from bot.use_cases.moderation.case_book import CaseBook
from bot.use_cases.moderation.explain_gate import ExplainGate
from bot.use_cases.moderation.find_result import FindResult
from bot.use_cases.moderation.hide_result import HideResult
from bot.use_cases.moderation.moderate_member import ModerateMember
from bot.use_cases.moderation.moderate_queue import ModerateQueue
from bot.use_cases.moderation.remove_result import RemoveResult
from bot.use_cases.moderation.undo_case import UndoCase
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.hand_over_kept import HandOverKept
from bot.use_cases.remixes.job_status import JobStatuses
from bot.use_cases.remixes.submit_remix import SubmitRemix
from bot.use_cases.server_policy.change_policy import ChangePolicy
from bot.use_cases.server_policy.member_allowance import MemberAllowances
from bot.use_cases.server_policy.server_settings import ReadServerSettings


@dataclass(frozen=True, slots=True)
class OperatorFeatures:
    """The server that has `/remix-operator`, the people who can use it (Discord ids), and the notices to authors."""

    guild_id: int
    ids: frozenset[int]
    notify_authors: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ModerationFeatures:
    """What moderators can ask for, and what members are told of it. `cards` makes posted cards anew."""

    members: ModerateMember
    find: FindResult
    hide: HideResult
    remove: RemoveResult
    queue: ModerateQueue
    cases: CaseBook
    undo: UndoCase
    explain: ExplainGate
    cards: PostedCards


@dataclass(frozen=True, slots=True)
class ConfigFeatures:
    """What `/remix-config`, `/remix-help` and the greeting ask for. `allowed_guild_ids` empty: every server."""

    change: ChangePolicy
    settings: ReadServerSettings
    members: MemberAllowances
    bounds: Bounds
    allowed_guild_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Features:
    """Built by wiring.py. `resolutions` are those on offer.

    Without `operator` there is no `/remix-operator`.
    """

    core: Core
    rules: OperatorRules
    submit: SubmitRemix
    hand_over: HandOverKept
    statuses: JobStatuses
    reader: AttachmentReader
    prices: Prices
    resolutions: Sequence[Resolution]
    max_prompt_chars: int
    moderation: ModerationFeatures
    config: ConfigFeatures
    operator: OperatorFeatures | None = None
