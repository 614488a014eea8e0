"""Looks for posted remixes whose prompts have what a case has listed, the newest first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.policy_cases import WordsChange, from_details
from bot.rules.words.entries import Action, WordEntry
from bot.rules.words.matcher import Hit, Matcher, Prompt
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.remixes import results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.storage.standing import words
from bot.use_cases.core import Core

MOST_FOUND = 6
"""In one message, each with two buttons: Discord takes 40 components.

https://discord.com/developers/docs/components/reference
"""
SEARCHED = frozenset({Action.REFUSE, Action.REVIEW})
_AT_ONCE = 200
_MOST_LOOKED_AT = 4_000


@dataclass(frozen=True, slots=True)
class FoundRemix:
    job: Job
    hit: Hit
    post: Post


@dataclass(frozen=True, slots=True)
class FoundRemixes:
    """`looked_at`: how many remixes. `next_before`: where the search goes on; None: there are no earlier ones."""

    found: Sequence[FoundRemix]
    looked_at: int
    next_before: int | None


async def search_posted(core: Core, guild_id: int, case_number: int, before: int | None) -> FoundRemixes | None:
    """`before`: only remixes with a lower number. None: the case lists nothing that can be looked for."""
    entries = await core.database.read_long(_entries, guild_id, case_number)
    if not entries:
        return None
    matcher = await asyncio.to_thread(Matcher, entries)
    found, looked_at = list[FoundRemix](), 0
    while looked_at < _MOST_LOOKED_AT:
        page = await core.database.read_long(_posted, guild_id, before)
        if not page:
            return FoundRemixes(found, looked_at, None)
        for job, post, hit in await asyncio.to_thread(_matches, matcher, page):
            looked_at, before = looked_at + 1, job.id
            if hit is not None:
                found.append(FoundRemix(job, hit, post))
            if len(found) == MOST_FOUND:
                return FoundRemixes(found, looked_at, before)
    return FoundRemixes(found, looked_at, before)


def _entries(connection: Connection, guild_id: int, case_number: int) -> Sequence[WordEntry]:
    """What the case has listed, and what the server allows."""
    case = cases.find(connection, guild_id, case_number)
    made = from_details(case.details) if case is not None else None
    if not isinstance(made, WordsChange):
        return []
    listed = [
        WordEntry(each.text, each.after, each.kind) for each in made.words if each.after and each.after in SEARCHED
    ]
    allowed = [entry for entry in words.read(connection, guild_id) if entry.action is Action.ALLOW]
    return [*listed, *allowed] if listed else []


def _posted(connection: Connection, guild_id: int, before: int | None) -> Sequence[tuple[Job, Post]]:
    page = moderated_jobs.posted_before(connection, guild_id, before, _AT_ONCE)
    posts = [(job, results.posts_of(connection, job.id)) for job in page]
    return [(job, next(post for post in of_job if post.deleted_at is None)) for job, of_job in posts]


def _matches(matcher: Matcher, page: Sequence[tuple[Job, Post]]) -> Sequence[tuple[Job, Post, Hit | None]]:
    return [(job, post, _first(matcher.find(Prompt(job.request.sent_prompt)))) for job, post in page]


def _first(hits: Sequence[Hit]) -> Hit | None:
    return hits[0] if hits else None


def can_be_searched(changed: WordsChange) -> bool:
    return any(each.after in SEARCHED for each in changed.words)
