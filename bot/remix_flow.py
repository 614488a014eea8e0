"""Builds the use cases of a remix: from the command to the posted result."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.ideogram.client import IdeogramClient
from bot.rules.api_trouble import ApiTrouble
from bot.rules.polling import Pace
from bot.use_cases.appeals.decide_appeal import DecideAppeals
from bot.use_cases.author_facts import AuthorFacts
from bot.use_cases.core import Core, News
from bot.use_cases.departures import Departures
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.ports import Members, ResultPoster
from bot.use_cases.remixes.deliver_result import DeliverResult
from bot.use_cases.remixes.fetch_results import FetchResults
from bot.use_cases.remixes.generate_image import GenerateImage
from bot.use_cases.remixes.hand_over_kept import HandOverKept
from bot.use_cases.remixes.job_status import JobStatuses
from bot.use_cases.remixes.poll_generation import PollGeneration
from bot.use_cases.remixes.sets.pick import PickResult
from bot.use_cases.remixes.submit_remix import SubmitRemix
from bot.use_cases.review.decide_review import DecideReviews
from bot.use_cases.shared_calls import SharedCalls


@dataclass(frozen=True, slots=True)
class Remixes:
    """The use cases of a remix. Those of the worker report to `worker_news`: its own changes need not wake it."""

    submit: SubmitRemix
    fetch: FetchResults
    generate: GenerateImage
    poll: PollGeneration
    deliver: DeliverResult
    picks: PickResult
    hand_over: HandOverKept
    statuses: JobStatuses
    trouble: ApiTrouble
    departures: Departures
    reviews: DecideReviews
    appeals: DecideAppeals
    shared: SharedCalls | None


def build_remixes(
    core: Core,
    rules: OperatorRules,
    ideogram: IdeogramClient,
    poster: ResultPoster,
    members: Members,
    *,
    free_bytes: Callable[[], int],
    worker_news: News | None = None,
    pace: Pace | None = None,
    shared: SharedCalls | None = None,
) -> Remixes:
    """`pace`: how often generations are polled. By default it follows from `rules.slots`.

    `shared`: what limits the paid calls where several processes make them.
    """
    worker_core = replace(core, news=worker_news or core.news)
    fetch, trouble, authors = FetchResults(core, ideogram), ApiTrouble(), AuthorFacts(core.clock, members)
    return Remixes(
        submit=SubmitRemix(core, rules, free_bytes=free_bytes),
        fetch=fetch,
        generate=GenerateImage(worker_core, ideogram, rules, authors, shared),
        poll=PollGeneration(worker_core, ideogram, pace or Pace(rules.slots), shared),
        deliver=DeliverResult(worker_core, fetch, poster, authors),
        picks=PickResult(core, poster, rules.allowed_guild_ids),
        hand_over=HandOverKept(core, fetch),
        statuses=JobStatuses(core, trouble, slots=rules.slots),
        trouble=trouble,
        departures=Departures(core, authors),
        reviews=DecideReviews(core, authors),
        appeals=DecideAppeals(core, authors),
        shared=shared,
    )
