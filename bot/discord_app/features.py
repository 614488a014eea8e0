"""What the commands and buttons can ask for: the use cases and the operator's choices that people see."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord_app.attachments import AttachmentReader
from bot.discord_app.decision_teller import DecisionTeller
from bot.rules.prices import Prices
from bot.rules.resolutions import Resolution
from bot.use_cases.block_subjects import BlockSubjects
from bot.use_cases.cancel_remix import CancelRemix
from bot.use_cases.collect_result import CollectResult
from bot.use_cases.compare_pictures import ComparePictures
from bot.use_cases.decide_parked import DecideParked
from bot.use_cases.delete_result import DeleteResult
from bot.use_cases.job_status import JobStatuses
from bot.use_cases.log_actions import LogActions
from bot.use_cases.operator_status import OperatorStatus
from bot.use_cases.pause_queue import PauseQueue
from bot.use_cases.read_usage import ReadUsage
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
class LogFeatures:
    """What the buttons in log channels can ask for."""

    actions: LogActions


@dataclass(frozen=True, slots=True)
class UsageFeatures:
    """What `/remix-mod usage` can ask for."""

    read: ReadUsage


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
    log: LogFeatures
    usage: UsageFeatures
    operator: OperatorFeatures | None = None
