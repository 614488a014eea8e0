"""Builds what runs beside the worker: watches, replies, log channels, housekeeping."""

from dataclasses import dataclass
from datetime import timedelta

from bot.background_tasks import BackgroundTasks
from bot.discord_app.end_notices import EndNotices
from bot.discord_app.kit.features import Features
from bot.discord_app.operator.decision_notices import DecisionNotices
from bot.discord_app.remixes.private_replies import PrivateReplies
from bot.ideogram.client import IdeogramClient
from bot.rules.roles import Part
from bot.use_cases.adopt_replies import AdoptReplies
from bot.use_cases.consent.questions import PictureQuestions
from bot.use_cases.core import Core, News
from bot.use_cases.matters.redraw import RedrawMatters
from bot.use_cases.moderation.oversight.watch_points import WatchPoints
from bot.use_cases.operator.alarms import Alarms
from bot.use_cases.operator.log_remixes import LogRemixes
from bot.use_cases.operator.watch_alarms import WatchAlarms
from bot.use_cases.operator.watch_api import WatchApi
from bot.use_cases.operator.watch_budgets import WatchBudgets
from bot.use_cases.operator.watch_safety import WatchSafety
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.pictures.make_prints import MakePrints
from bot.use_cases.ports import OperatorNotices
from bot.use_cases.privacy.erase import Erase
from bot.use_cases.purges.watch_ends import WatchEnds
from bot.use_cases.removal.change_posts import ChangePosts
from bot.use_cases.reporting.seal_evidence import SealEvidence
from bot.use_cases.server_log.hidden_entries import HiddenEntries
from bot.use_cases.server_log.log_facts import LogChannel
from bot.use_cases.server_log.watch_server_budgets import WatchServerBudgets
from bot.use_cases.server_log.write_log import WriteLog
from bot.worker.housekeeping import Housekeeping
from bot.worker.worker import Worker


@dataclass(frozen=True, slots=True)
class Watchers:
    """What runs beside the worker. `start` starts it."""

    alarms: Alarms
    bot_state: WatchAlarms
    replies: PrivateReplies
    adopted: AdoptReplies
    decisions: DecisionNotices
    housekeeping: Housekeeping
    budgets: WatchBudgets
    api: WatchApi
    posts: ChangePosts
    server_log: WriteLog
    hidden_entries: HiddenEntries
    server_budgets: WatchServerBudgets
    erase: Erase
    safety: WatchSafety
    points: WatchPoints
    ends: WatchEnds
    questions: PictureQuestions
    remix_log: LogRemixes
    matters: RedrawMatters
    evidence: SealEvidence
    prints: MakePrints
    ends_told: EndNotices

    def start(self, tasks: BackgroundTasks, part: Part) -> None:
        """What every process does."""
        tasks.start("alarms", self.alarms.run)
        tasks.start("state of the bot", self.bot_state.run)
        if part.answers:
            tasks.start("private replies", self.replies.run)
            tasks.start("private replies of others", self.adopted.run)
        if part.makes:
            tasks.start("Ideogram's API", self.api.run)

    def start_leading(self, tasks: BackgroundTasks) -> None:
        """What one process does for all."""
        self.server_budgets.look_everywhere()
        self.remix_log.take_over()
        tasks.start("housekeeping", self.housekeeping.run)
        tasks.start("decisions of the command line", self.decisions.run)
        tasks.start("budgets", self.budgets.run)
        tasks.start("erased data", self.erase.run)
        tasks.start("changes of posts", self.posts.run)
        tasks.start("log channels", self.server_log.run)
        tasks.start("cards for moderators", self.matters.run)
        tasks.start("sealed evidence", self.evidence.run)
        tasks.start("messages about appeals and reports", self.ends_told.run)
        tasks.start("buttons of log entries", self.hidden_entries.run)
        tasks.start("servers' budgets", self.server_budgets.run)
        tasks.start("safety refusals", self.safety.run)
        tasks.start("points", self.points.run)
        tasks.start("ends of raid modes and of large removals", self.ends.run)
        tasks.start("questions about pictures", self.questions.run)
        tasks.start("log lines of remixes", self.remix_log.run)
        tasks.start("fingerprints of removed pictures", self.prints.run)


def build_watchers(
    core: Core,
    rules: OperatorRules,
    replies: PrivateReplies,
    to_people: tuple[DecisionNotices, EndNotices],
    bot_state: WatchAlarms,
    notices: OperatorNotices,
    log_channel: LogChannel,
    ideogram: IdeogramClient,
    features: Features,
) -> Watchers:
    server_log = WriteLog(core, log_channel)
    decisions, ends_told = to_people
    return Watchers(
        alarms=bot_state.alarms,
        bot_state=bot_state,
        erase=features.privacy.erase,
        replies=replies,
        adopted=AdoptReplies(features.statuses, replies.job_changed),
        decisions=decisions,
        housekeeping=_housekeeping(core, rules),
        budgets=WatchBudgets(core, rules, notices),
        api=WatchApi(ideogram, notices, core.process),
        posts=features.posts,
        server_log=server_log,
        hidden_entries=HiddenEntries(core, log_channel),
        server_budgets=WatchServerBudgets(core, rules.reservation, server_log.wake),
        safety=WatchSafety(core, 0 if rules.points_ladder else rules.safety_refusals, notices),
        points=WatchPoints(core, rules, features.moderators, notices),
        ends=WatchEnds(core),
        questions=features.questions,
        remix_log=LogRemixes(core, ideogram.api),
        matters=features.matters.redraw,
        evidence=SealEvidence(core, notices, rules.evidence_public_key, rules.keep_sealed),
        prints=MakePrints(core),
        ends_told=ends_told,
    )


def _housekeeping(core: Core, rules: OperatorRules) -> Housekeeping:
    pictures, prompts = timedelta(days=rules.keep_pictures_days), timedelta(days=rules.keep_prompts_days)
    return Housekeeping(core, keep_pictures=pictures, keep_prompts=prompts)


def subscribe(news: News, worker_news: News, watchers: Watchers, worker: Worker, part: Part) -> None:
    if part.answers:
        worker_news.on_job.append(watchers.replies.job_changed)
    server_log, server_budgets = watchers.server_log, watchers.server_budgets
    worker_news.on_job += [
        watchers.budgets.job_changed,
        server_log.wake,
        server_budgets.job_changed,
        watchers.safety.job_changed,
        watchers.points.job_changed,
    ]
    worker_news.on_job += [watchers.bot_state.job_changed, watchers.remix_log.job_changed, watchers.prints.job_changed]
    news.on_job += [worker_news.job_changed, lambda _job_id: worker.wake()]
    news.on_case += [server_log.case_added, server_budgets.case_added, watchers.hidden_entries.case_added]
    news.on_case += [watchers.points.case_added, lambda _case: watchers.matters.wake()]
    # A case can end reports.
    news.on_case.append(lambda _case: watchers.ends_told.wake())
    news.on_refusal += [server_log.wake, watchers.points.job_changed]
    news.on_case.append(lambda _case: watchers.prints.look_soon())
    news.on_loop.append(watchers.alarms.loop_did)
    news.on_post_change.append(worker_news.post_change_due)
    # Only those of other processes: a worker knows its own slots.
    worker_news.on_slot.append(worker.look_for_slots)
    worker_news.on_post_change += [watchers.posts.wake, watchers.matters.wake, server_log.wake, watchers.ends_told.wake]
    news.on_anything += [worker.wake, server_log.wake, server_budgets.look_everywhere, watchers.posts.wake]
    news.on_anything += [watchers.matters.wake, watchers.ends_told.wake, watchers.evidence.look_soon]
    worker_news.on_post_change.append(watchers.evidence.look_soon)
    news.on_anything += [each.look_soon for each in (watchers.budgets, watchers.safety, watchers.bot_state)]
    news.on_anything += [watchers.points.look_soon, watchers.prints.look_soon]
    news.on_anything += [watchers.remix_log.look_soon, watchers.adopted.look_at_anything]
    worker_news.on_count.append(news.count)
