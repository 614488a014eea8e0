"""Reads what the card of a report shows: the result, who reported it and why, and what moderators did since."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.reports import ReportReason
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.engine.database import Connection
from bot.storage.matters import reports
from bot.storage.matters.matters import Matter
from bot.storage.matters.reports import Report
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.storage.sets import sets
from bot.use_cases.core import Core

_PICTURES = 4


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """`acted`: what moderators did to its author because of it since it was reported. `pictures`: their bytes."""

    job: Job
    posts: Sequence[Post]
    reports: Sequence[Report]
    acted: Sequence[Case]
    pictures: Sequence[bytes] = field(default=(), repr=False)

    @property
    def is_illegal(self) -> bool:
        """Neither its picture nor its prompt is ever shown."""
        return any(report.reason is ReportReason.ILLEGAL for report in self.reports)


async def read_report(core: Core, matter: Matter) -> ReportFacts | None:
    """None: it is about no remix."""
    if matter.job_id is None:
        return None
    facts, hashes = await core.database.read(_read, matter, matter.job_id)
    if facts.is_illegal or not matter.is_open:
        return facts
    try:
        pictures = await core.blobs.in_thread(core.blobs.find_all, hashes)
    except BlobsAwayError:
        # The card is drawn without them, and **Show** tries again.
        return facts
    return ReportFacts(facts.job, facts.posts, facts.reports, facts.acted, pictures)


def _read(connection: Connection, matter: Matter, job_id: int) -> tuple[ReportFacts, Sequence[str]]:
    found = [
        case
        for kind in (CaseKind.WARN, CaseKind.BLOCK)
        if (case := cases.newest_about(connection, job_id, [kind])) is not None
        and case.at >= matter.opened_at
        and case.actor_id != BY_RULE
    ]
    facts = ReportFacts(
        jobs.get(connection, job_id),
        results.posts_of(connection, job_id),
        reports.of_matter(connection, matter.id),
        found,
    )
    # A card shows the results of a whole set.
    shown = [
        result for each in sets.with_siblings(connection, facts.job) for result in results.of_job(connection, each.id)
    ]
    hashes = [result.hash for result in shown if result.hash is not None]
    return facts, hashes[:_PICTURES]
