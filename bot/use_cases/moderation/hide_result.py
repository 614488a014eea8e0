"""Puts a result's pictures behind a spoiler, or removes the spoiler; its cards are drawn again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.cases import CaseKind
from bot.rules.job_states import FINAL, JobState
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post, Result
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.ports import Cards
from bot.use_cases.remixes.fetch_results import load_delivery


@dataclass(frozen=True, slots=True)
class Hidden:
    """The cards to draw. `case` None: it was hidden (or shown) before, and only the cards are drawn again."""

    cards: Cards
    case: Case | None


@dataclass(frozen=True, slots=True)
class _Found:
    job: Job
    results: Sequence[Result]
    posts: Sequence[Post]


async def hide_result(core: Core, acting: Acting, job_id: int, *, hidden: bool) -> Hidden | NotModerated:
    """Commits first; the caller draws the cards then. If Discord refuses that, call this again for the cards."""
    # Reading the pictures takes a while, so it happens outside the transaction, which checks that nothing has changed.
    cards = await load_cards(core, acting.guild_id, job_id, hidden=hidden)
    if isinstance(cards, NotModerated):
        return cards
    shown = cards

    def hide(connection: Connection) -> Case | NotModerated | None:
        if moved_on := check_unmoved(connection, acting.guild_id, job_id, shown):
            return moved_on
        return hide_job(connection, acting, jobs.get(connection, job_id), hidden=hidden, now=core.clock())

    case = await core.database.transaction(hide)
    if isinstance(case, NotModerated):
        return case
    if case is not None:
        core.news.case_added(case)
    elif not cards.posts:
        return NotModerated.DONE_BEFORE
    return Hidden(cards, case)


async def load_cards(core: Core, guild_id: int, job_id: int, *, hidden: bool) -> Cards | NotModerated:
    """Read the pictures before anything changes: without all of them no card can be drawn again."""
    found = await core.database.transaction(_find, guild_id, job_id)
    if isinstance(found, NotModerated):
        return found
    job = replace(found.job, hidden=hidden)
    delivery = await asyncio.to_thread(load_delivery, core.blobs, job, found.results)
    kept = {picture.result.position for picture in delivery.pictures}
    if not all(kept.issuperset(post.positions) for post in found.posts):
        return NotModerated.PICTURES_GONE
    return Cards(delivery, found.posts)


def _find(connection: Connection, guild_id: int, job_id: int) -> _Found | NotModerated:
    job = jobs.find(connection, job_id)
    if job is None or job.guild_id != guild_id:
        return NotModerated.NOT_FOUND
    # A request to Discord may be under way, and we do not know the id of its message yet.
    if job.state is JobState.GENERATED and job.lease is not None and job.posting_at is not None:
        return NotModerated.NOT_YET
    posts = [post for post in results.posts_of(connection, job_id) if post.deleted_at is None]
    if job.removed_at is not None or (not posts and job.state in FINAL):
        return NotModerated.NOTHING_SHOWN
    return _Found(job, results.of_job(connection, job_id), posts)


def check_unmoved(connection: Connection, guild_id: int, job_id: int, cards: Cards) -> NotModerated | None:
    """Checks that the job was not posted or removed while its pictures were read: then `cards` would miss a message."""
    found = _find(connection, guild_id, job_id)
    if isinstance(found, NotModerated):
        return found
    before, now = ({post.message_id for post in posts} for posts in (cards.posts, found.posts))
    return NotModerated.NOT_YET if now - before else None


def hide_job(connection: Connection, acting: Acting, job: Job, *, hidden: bool, now: datetime) -> Case | None:
    """None: nothing to change. A job that is not posted yet will be posted with, or without, the spoiler."""
    if job.hidden == hidden:
        return None
    moderated_jobs.set_hidden(connection, job.id, hidden=hidden)
    kind = CaseKind.HIDE if hidden else CaseKind.UNHIDE
    return cases.add(connection, case_about(connection, acting, kind, job), now)
