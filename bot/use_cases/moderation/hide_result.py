"""Moderators put a result's pictures behind a spoiler, and show them again: its cards are made anew."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.cases import CaseKind
from bot.rules.job_states import FINAL, JobState
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post, Result
from bot.use_cases.core import Core
from bot.use_cases.moderation.case_book import Acting
from bot.use_cases.moderation.find_result import NotModerated
from bot.use_cases.ports import Delivery
from bot.use_cases.remixes.deliver_result import load_delivery


@dataclass(frozen=True, slots=True)
class Cards:
    """A job as it is to be shown now, its pictures, and the messages that show them. No message: not posted yet."""

    delivery: Delivery
    posts: Sequence[Post]


@dataclass(frozen=True, slots=True)
class Hidden:
    """`case` None: it was so before, and the cards are only made anew."""

    cards: Cards
    case: Case | None


@dataclass(frozen=True, slots=True)
class _Found:
    job: Job
    answered: Sequence[Result]
    posts: Sequence[Post]


class HideResult:
    """First the commit, then the cards. Made again, it mends what Discord has refused."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def run(self, acting: Acting, job_id: int, *, hidden: bool) -> Hidden | NotModerated:
        cards = await self.cards(acting.guild_id, job_id, hidden=hidden)
        if isinstance(cards, NotModerated):
            return cards
        case = await self._core.database.transaction(self._hide, acting, job_id, cards, hidden=hidden)
        if isinstance(case, NotModerated):
            return case
        if case is not None:
            self._core.news.case_added(case)
        elif not cards.posts:
            return NotModerated.DONE_BEFORE
        return Hidden(cards, case)

    async def cards(self, guild_id: int, job_id: int, *, hidden: bool) -> Cards | NotModerated:
        """What is to be shown, read before anything is changed: without its pictures no card can be made anew."""
        found = await self._core.database.transaction(self._find, guild_id, job_id)
        if isinstance(found, NotModerated):
            return found
        shown = replace(found.job, hidden=hidden)
        delivery = await asyncio.to_thread(load_delivery, self._core.blobs, shown, found.answered)
        kept = {picture.result.position for picture in delivery.pictures}
        if not all(kept.issuperset(post.positions) for post in found.posts):
            return NotModerated.PICTURES_GONE
        return Cards(delivery, found.posts)

    def _find(self, connection: Connection, guild_id: int, job_id: int) -> _Found | NotModerated:
        job = jobs.find(connection, job_id)
        if job is None or job.guild_id != guild_id:
            return NotModerated.NOT_FOUND
        if job.state is JobState.GENERATED and job.lease is not None and job.posting_at is not None:
            return NotModerated.NOT_YET
        posts = [post for post in results.posts_of(connection, job_id) if post.deleted_at is None]
        if job.removed_at is not None or (not posts and job.state in FINAL):
            return NotModerated.NOTHING_SHOWN
        return _Found(job, results.of_job(connection, job_id), posts)

    def _hide(
        self, connection: Connection, acting: Acting, job_id: int, cards: Cards, *, hidden: bool
    ) -> Case | NotModerated | None:
        if moved_on := self.moved_on(connection, acting.guild_id, job_id, cards):
            return moved_on
        return hide_job(connection, acting, jobs.get(connection, job_id), hidden=hidden, now=self._core.clock())

    def moved_on(self, connection: Connection, guild_id: int, job_id: int, cards: Cards) -> NotModerated | None:
        """Whether it was posted or removed while its pictures were read: then these cards are not those to change."""
        found = self._find(connection, guild_id, job_id)
        if isinstance(found, NotModerated):
            return found
        before, now = ({post.message_id for post in posts} for posts in (cards.posts, found.posts))
        return NotModerated.NOT_YET if now - before else None


def hide_job(connection: Connection, acting: Acting, job: Job, *, hidden: bool, now: datetime) -> Case | None:
    """None: it is so already. One that is not posted yet will be posted so."""
    if job.hidden == hidden:
        return None
    moderated_jobs.set_hidden(connection, job.id, hidden=hidden)
    kind = CaseKind.HIDE if hidden else CaseKind.UNHIDE
    return cases.add(connection, case_about(connection, acting, kind, job), now)


def case_about(connection: Connection, acting: Acting, kind: CaseKind, job: Job) -> NewCase:
    """A case about one remix, with the first message that shows it."""
    posts = results.posts_of(connection, job.id)
    return NewCase(
        guild_id=acting.guild_id,
        kind=kind,
        actor_id=acting.actor_id,
        target_id=job.user_id,
        reason=acting.reason,
        job_id=job.id,
        channel_id=posts[0].channel_id if posts else job.channel_id,
        message_id=posts[0].message_id if posts else None,
    )
