"""Looks at everything that the bot tells anybody, for prompts and pictures that they may not read or see.

Every prompt has a word of its own. Nobody but its authors and the moderators of its server may read it, nor see a
picture made with it, while no message shows that remix: because it waits for a review, was refused, hidden, removed,
deleted or forgotten. What a report or an appeal says is for moderators too. The picture that somebody sends is nobody
else's at any time. And nobody but a moderator of a server decides about what is in it.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby

from simcord.actors import MemberActor
from simcord.backend.models import Message

from bot.rules.cases import BY_RULE
from bot.rules.words.entries import Action
from bot.storage.consent import picture_requests
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.privacy import opt_outs
from bot.storage.remixes import families, post_changes, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from tests.e2e.world import World

_TOKEN = re.compile(r"qz[0-9]+zq")
_BUTTON = 2
_TEXTS = (".json", ".csv", ".txt")
_MOST_CASES = 100
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


class Watch:
    """`moderators`: those of `everybody` who moderate their server. A secret is a typed word, or a picture's hash."""

    def __init__(self, world: World, everybody: Collection[MemberActor], moderators: Collection[MemberActor]) -> None:
        self.world, self.everybody = world, everybody
        self._moderated = {who.id: who.guild.id for who in moderators}
        self.listed: dict[str, Action | None] = {}
        """What becomes of a prompt with that word."""
        self._typed: dict[str, MemberActor] = {}
        self._written_to: defaultdict[int, set[str]] = defaultdict(set)
        self._authors: defaultdict[str, set[int]] = defaultdict(set)
        """Of each picture, by its hash."""
        self._copies: dict[str, str] = {}
        """The hash of a picture by that of its small copy."""
        self._made_in: dict[str, int] = {}
        """The server of each result, by its hash."""
        self._told: list[tuple[MemberActor, str]] = []
        self._sent: list[Message] = []
        self._last_job = 0
        self._last_case: dict[int, int] = {}
        self._opted_out: set[int] = set()
        self._shown: set[str] = set()
        self._offered: defaultdict[int, set[str]] = defaultdict(set)
        self._note_what_is_sent()

    def _note_what_is_sent(self) -> None:
        """Each message as it was at any time, also one that is changed or deleted a moment later."""
        backend = self.world.discord.backend
        commit, edit = backend.commit_message, backend.edit_message

        def noted(message: Message) -> Message:
            self._sent.append(copy(message))
            return message

        backend.commit_message = lambda *given, **more: noted(commit(*given, **more))
        backend.edit_message = lambda *given, **more: noted(edit(*given, **more))

    def typed(self, who: MemberActor, *to: MemberActor) -> str:
        """The word of a new prompt of theirs, of what they write to moderators, or of what these write to somebody."""
        token = f"qz{len(self._typed) + 1}zq"
        self._typed[token] = who
        for each in to:
            self._written_to[each.id].add(token)
        return token

    def sent(self, who: MemberActor, data: bytes) -> None:
        """A picture that nobody else may see."""
        self._authors[sha256(data).hexdigest()].add(who.id)

    def told(self, who: MemberActor, text: str) -> None:
        """Something else than a message: a form, or what is offered while they type."""
        self._told.append((who, text))

    def tokens(self) -> list[str]:
        return list(self._typed)

    async def check(self, step: str) -> None:
        """What is new was sent since the check before, so what was a secret then and is one now must not be in it."""
        jobs = self.world.jobs()
        await self._learn(jobs)
        self._check_posts(jobs)
        shown, offered = self._shown_by(jobs), self._offered_now()
        may = {
            each.id: shown | self._shown | offered[each.id] | self._offered[each.id] | self._theirs(each, jobs)
            for each in self.everybody
        }
        self._check_origins(jobs, may)
        self._check_cases(jobs)
        for who, secrets, text in self._news(jobs):
            if leaked := secrets - may[who.id]:
                raise AssertionError(f"after {step}, {who.name} reads {sorted(leaked)} in: {text[:600]}")
        self._shown, self._offered = shown, offered

    async def check_what_is_left(self) -> None:
        """What stands in a channel in the end, whoever put it there and when."""
        # Refusals of one minute are counted in one entry.
        self.world.later(61)
        while await self.world.app.watchers.server_log.round():
            pass
        await self.world.app.watchers.erase.all_due()
        await self.world.until(lambda: self._read(post_changes.next_due_at) is None, "everything is drawn again")
        await self.check("all")
        jobs = self.world.jobs()
        shown, behind_spoiler = self._shown_by(jobs), self._behind_spoilers(jobs)
        for message in self._messages():
            if message.is_ephemeral or self._is_private(message):
                continue
            if leaked := self._secrets_in(message, behind_spoiler) - shown:
                raise AssertionError(f"in the end, a channel shows {sorted(leaked)} in: {_content(message)[:600]}")

    # What is a secret, and whose.

    async def _learn(self, jobs: Collection[Job]) -> None:
        """Remembers pictures and their small copies while they are kept: later they are the same secret."""
        for job in jobs:
            own = job.root_id is None and job.source_author_id is None
            made = [each.hash for each in self._results(job) if each.hash is not None]
            self._made_in |= dict.fromkeys(made, job.guild_id)
            for hash_ in filter(None, [*made, job.source_hash if own else None]):
                self._authors[hash_].add(job.user_id)
                if hash_ not in self._copies.values():
                    small = await self.world.app.client.features.thumbnails.of(hash_, job.user_id)
                    self._copies |= {sha256(small).hexdigest(): hash_} if small else {}

    def _shown_by(self, jobs: Collection[Job]) -> set[str]:
        shown: set[str] = set()
        for set_, posts in self._cards(jobs):
            if any(post.deleted_at is None for post in posts):
                for job in set_:
                    if job.removed_at is None and not job.hidden:
                        hashes = filter(None, (each.hash for each in self._results(job)))
                        shown |= {*_TOKEN.findall(job.prompt), *hashes}
        return shown

    def _cards(self, jobs: Collection[Job]) -> Iterator[tuple[list[Job], list[Post]]]:
        """The remixes of each set, or one alone, and the messages that show all of them."""
        key = lambda job: job.set_id or -job.id  # noqa: E731 - a remix alone is its own set
        for _, together in groupby(sorted(jobs, key=key), key):
            set_ = list(together)
            yield set_, [post for job in set_ for post in self._posts(job)]

    def _theirs(self, who: MemberActor, jobs: Collection[Job]) -> set[str]:
        # A new one gives nobody a right to what it was made from: `_check_origins` asks that first.
        earlier = [job for job in jobs if job.user_id == who.id and job.id <= self._last_job]
        asked_for = {token for job in earlier for token in _TOKEN.findall(job.prompt)}
        typed = {token for token, author in self._typed.items() if author.id == who.id}
        theirs = {hash_ for hash_, authors in self._authors.items() if who.id in authors}
        return asked_for | typed | theirs | self._written_to[who.id] | self._moderated_by(who)

    def _moderated_by(self, who: MemberActor) -> set[str]:
        """All that is typed and made in their server, but no picture that a member has sent."""
        guild_id = self._moderated.get(who.id)
        typed = {token for token, author in self._typed.items() if author.guild.id == guild_id}
        return typed | {hash_ for hash_, made_in in self._made_in.items() if made_in == guild_id}

    def _offered_now(self) -> defaultdict[int, set[str]]:
        """Prompts that somebody has sent to the author of a picture with the question whether they may use it."""
        offered = defaultdict[int, set[str]](set)
        for asker in self.everybody:
            for request in self._read(picture_requests.of_asker, self.world.server.id, asker.id, _EVER):
                prompt = request.request.prompt if request.request else ""
                if not any(action and word in prompt for word, action in self.listed.items()):
                    offered[request.author_id] |= {*_TOKEN.findall(prompt)}
        return offered

    def _check_posts(self, jobs: Collection[Job]) -> None:
        """What moderators have to look at is posted only once one of them has published it."""
        for job in jobs:
            if job.approved_at is None and (job.review is not None or "flagged" in job.prompt):
                assert not self._posts(job), f"remix {job.id} was posted without a look"

    def _check_origins(self, jobs: Collection[Job], may: Mapping[int, set[str]]) -> None:
        """Nobody makes a remix from one that they may not see, or of a picture whose owner wants nobody to."""
        opted_out = {who.id for who in self.everybody if self._read(opt_outs.since, who.id) is not None}
        known = {job.id: job for job in jobs}
        for job in jobs:
            parent = known.get(job.parent_id or 0)
            is_new, self._last_job = job.id > self._last_job, max(job.id, self._last_job)
            if is_new and job.user_id in may and parent is not None and (words := _TOKEN.findall(parent.prompt)):
                assert may[job.user_id].intersection(words), f"remix {job.id} was made from {parent.id}, a secret"
            if is_new and (owner_id := self._read(families.owner_of, job)) in opted_out & self._opted_out:
                assert owner_id == job.user_id, f"remix {job.id} is of a picture whose owner wants nobody to use it"
        self._opted_out = opted_out

    def _check_cases(self, jobs: Collection[Job]) -> None:
        """Every new case was made by a moderator of its server or by a rule, and is about a remix there."""
        servers = {job.id: job.guild_id for job in jobs}
        for guild_id in {who.guild.id for who in self.everybody}:
            newest = self._read(cases.newest, guild_id, CaseFilter(), _MOST_CASES)
            for case in newest:
                if case.number > self._last_case.get(guild_id, 0):
                    may = case.actor_id == BY_RULE or self._moderated.get(case.actor_id) == guild_id
                    assert may, f"somebody who moderates nothing there has made a case: {case.kind}"
                    about = servers.get(case.job_id or 0, guild_id)
                    assert about == guild_id, f"a case of {case.kind} is about a remix of another server"
            self._last_case[guild_id] = max([case.number for case in newest], default=0)

    # What people read and see.

    def _news(self, jobs: Collection[Job]) -> Iterator[tuple[MemberActor, set[str], str]]:
        told, self._told = self._told, []
        for who, text in told:
            yield who, set(_TOKEN.findall(text)), text
        sent, self._sent = self._sent, []
        behind_spoiler = self._behind_spoilers(jobs)
        for message in sent:
            if message.author_id == self.world.discord.backend.bot_user.id:
                secrets, text = self._secrets_in(message, behind_spoiler), _content(message)
                yield from ((who, secrets, text) for who in self.everybody if self._reaches(message, who))

    def _secrets_in(self, message: Message, behind_spoiler: Mapping[int, set[str]]) -> set[str]:
        files = {each["filename"]: self.world.discord.backend.cdn.get(each["url"]) for each in message.attachments}
        texts = [data.decode("utf-8-sig") for name, data in files.items() if data and name.endswith(_TEXTS)]
        hashes = {sha256(data).hexdigest() for data in files.values() if data}
        pictures = {self._copies.get(each, each) for each in hashes} & self._authors.keys()
        return {
            *_TOKEN.findall(_content(message)),
            *_TOKEN.findall(" ".join(texts)),
            *(pictures - behind_spoiler[message.id]),
        }

    def _behind_spoilers(self, jobs: Collection[Job]) -> Mapping[int, set[str]]:
        """A hidden remix stays on its card, behind a spoiler and without its prompt: its pictures, by the message."""
        found = defaultdict[int, set[str]](set)
        for set_, posts in self._cards(jobs):
            hidden = [job for job in set_ if job.hidden and job.removed_at is None]
            for hash_ in [each.hash for job in hidden for each in self._results(job) if each.hash is not None]:
                for post in posts:
                    found[post.message_id].add(hash_)
        return found

    def _messages(self) -> list[Message]:
        """All of the bot's. What members type is in messages of their own."""
        backend = self.world.discord.backend
        every = [message for channel in list(backend.messages.values()) for message in channel.values()]
        return [message for message in every if message.author_id == backend.bot_user.id]

    def _reaches(self, message: Message, who: MemberActor) -> bool:
        channel = self.world.discord.backend.get_channel(message.channel_id)
        if channel.recipient_ids:
            return who.id in channel.recipient_ids
        return channel.guild_id == who.guild.id and message.visible_to(who.id)

    def _is_private(self, message: Message) -> bool:
        return bool(self.world.discord.backend.get_channel(message.channel_id).recipient_ids)

    # What the database says.

    def _read(self, function, *given):
        return self.world.app.core.database.transaction_now(function, *given)

    def _posts(self, job: Job):
        return self._read(results.posts_of, job.id)

    def _results(self, job: Job):
        return self._read(results.of_job, job.id)


def _content(message: Message) -> str:
    """All that a client draws: alternative texts of pictures too."""
    files = [(each["filename"], each.get("description"), each["url"]) for each in message.attachments]
    return f"{message.content} {message.components} {message.embeds} {files}"


def buttons_of(message: Message) -> list[str]:
    found, left = [], list(message.components)
    while left:
        part = left.pop()
        if part.get("type") == _BUTTON and part.get("custom_id"):
            found.append(part["custom_id"])
        left += [*part.get("components", []), *filter(None, [part.get("accessory")])]
    return found
