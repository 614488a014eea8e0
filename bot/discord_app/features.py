"""What the commands and buttons can ask for: the use cases and the operator's choices that people see."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord_app.attachments import AttachmentReader
from bot.discord_app.decision_teller import DecisionTeller
from bot.discord_app.posted_cards import PostedCards
from bot.rules.policy_fields import Bounds
from bot.rules.prices import Prices
from bot.rules.resolutions import Resolution
from bot.use_cases.block_subjects import BlockSubjects
from bot.use_cases.cancel_remix import CancelRemix
from bot.use_cases.case_book import CaseBook
from bot.use_cases.change_policy import ChangePolicy
from bot.use_cases.collect_result import CollectResult
from bot.use_cases.compare_pictures import ComparePictures
from bot.use_cases.decide_parked import DecideParked
from bot.use_cases.delete_result import DeleteResult
from bot.use_cases.explain_gate import ExplainGate
from bot.use_cases.find_result import FindResult
from bot.use_cases.hide_result import HideResult
from bot.use_cases.job_status import JobStatuses
from bot.use_cases.member_standing import MemberStandings
from bot.use_cases.moderate_member import ModerateMember
from bot.use_cases.moderate_queue import ModerateQueue
from bot.use_cases.operator_status import OperatorStatus
from bot.use_cases.pause_queue import PauseQueue
from bot.use_cases.read_usage import ReadUsage
from bot.use_cases.remove_result import RemoveResult
from bot.use_cases.server_settings import ReadServerSettings
from bot.use_cases.submit_remix import SubmitRemix
from bot.use_cases.undo_case import UndoCase


@dataclass(frozen=True, slots=True)
class OperatorFeatures:
    """What `/remix-operator` can ask for, in which server it is, and who may use it (Discord ids)."""

    guild_id: int
    ids: frozenset[int]
    status: OperatorStatus
    decide: DecideParked
    teller: DecisionTeller
    pause: PauseQueue
    block: BlockSubjects


@dataclass(frozen=True, slots=True)
class UsageFeatures:
    """What `/remix-mod usage` can ask for."""

    read: ReadUsage


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
    members: MemberStandings
    bounds: Bounds
    allowed_guild_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Features:
    """Built by app.py. `resolutions` are those on offer.

    Without `operator` there is no `/remix-operator`.
    """

    submit: SubmitRemix
    cancel: CancelRemix
    delete: DeleteResult
    collect: CollectResult
    compare: ComparePictures
    statuses: JobStatuses
    reader: AttachmentReader
    prices: Prices
    resolutions: Sequence[Resolution]
    max_prompt_chars: int
    usage: UsageFeatures
    moderation: ModerationFeatures
    config: ConfigFeatures
    operator: OperatorFeatures | None = None
