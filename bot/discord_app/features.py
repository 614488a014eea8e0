"""What the commands and buttons can ask for: the use cases and the operator's choices that people see."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord_app.attachments import AttachmentReader
from bot.discord_app.decision_teller import DecisionTeller
from bot.rules.policy_fields import Bounds
from bot.rules.prices import Prices
from bot.rules.resolutions import Resolution
from bot.use_cases.block_subjects import BlockSubjects
from bot.use_cases.cancel_remix import CancelRemix
from bot.use_cases.change_policy import ChangePolicy
from bot.use_cases.collect_result import CollectResult
from bot.use_cases.compare_pictures import ComparePictures
from bot.use_cases.decide_parked import DecideParked
from bot.use_cases.delete_result import DeleteResult
from bot.use_cases.job_status import JobStatuses
from bot.use_cases.member_standing import MemberStandings
from bot.use_cases.operator_status import OperatorStatus
from bot.use_cases.pause_queue import PauseQueue
from bot.use_cases.server_settings import ReadServerSettings
from bot.use_cases.submit_remix import SubmitRemix


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
    config: ConfigFeatures
    operator: OperatorFeatures | None = None
