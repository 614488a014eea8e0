"""Members and moderators who press anything that they can see, in any order, and what of it reaches whom.

Every prompt has a word of its own. Nobody but its authors and moderators may read it, nor see a picture made with it,
while no message shows that remix: because it waits for a review, was refused, hidden, removed, deleted or forgotten.
"""

import re
from functools import cache
from hashlib import sha256
from io import BytesIO
from random import Random

from PIL import Image
from simcord.backend.errors import SetupError
from simcord.results import to_discord_message
from sqlalchemy import func, select

from bot.rules.job_states import FINAL, JobState
from bot.rules.policies import Policy
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.engine.tables.moderation import log_entries
from bot.storage.remixes import results
from bot.storage.standing import policies, words
from tests.e2e.moderators import Desk
from tests.e2e.world import World

_BUTTON, _TEXT_INPUT = 2, 4
_TOKEN = re.compile(r"qz[0-9]+zq")
_AT_REST = FINAL | {JobState.IN_REVIEW, JobState.OUTCOME_UNKNOWN}

STEPS = {
    "remix": 6,
    "press": 12,
    "press_of_others": 4,
    "decide": 5,
    "list_own": 2,
    "moderate": 4,
    "look": 2,
    "change_settings": 2,
    "pass_time": 1,
    "begin_again": 1,
}
"""How often each comes."""

_TYPED = {"prompt", "reason", "text"}
_PEEKS = ("my-remixes", "remix-privacy", "remix-help", "remix-mod inbox", "remix-mod queue", "remix-mod cases")
_MODERATES = ("hide", "unhide", "remove")


class Strangers:
    """`log`: everybody can read that channel, so cards and entries there must not tell either."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random, self.typed = world, Random(seed), 0  # noqa: S311 - a repeatable story, no secret
        self.log = world.server.create_text_channel("log")
        self.open_channel = world.server.create_text_channel("open")
        self.desk = Desk(world)
        self.members = [world.mia, world.ben, world.person("cleo")]
        self.moderators = [self.desk.maud, self.desk.max]
        self.seen: dict[int, str] = {}
        self.was_secret: set[str] = set()
        self.pressed: list[str] = []
        self._set(review_channels=frozenset({world.channel.id}))
        self._list("flagged", Action.REVIEW)
        self._list("banned", Action.REFUSE)

    async def play(self, steps: int) -> None:
        for name in self.random.choices(list(STEPS), list(STEPS.values()), k=steps):
            try:
                await getattr(self, name)()
            except SetupError:
                # Discord's client would not let them.
                continue
            await self._settle()
            self.check(name)
        # The log is written in its own time.
        await self.world.until(self._log_is_written, "the log")
        self.check("all")

    # What people do.

    async def remix(self) -> None:
        who, channel = self._anybody(), self.random.choice([self.world.channel, self.world.channel, self.open_channel])
        words_ = self.random.choice(["a fox", "a fox", "flagged", "banned"])
        image = "picture.png", _picture(self.random.randrange(9))
        result = await self.world.remix(who, image, f"{words_} {self._token()}", channel=channel)
        await self._answered(result)

    async def press(self) -> None:
        """Any button of any message that they can see; a form is filled in."""
        who = self._anybody()
        found = [(each, id_) for each in self._messages() if each.visible_to(who.id) for id_ in _buttons(each)]
        if found:
            message, custom_id = self.random.choice(found[-60:])
            result = await who.click(to_discord_message(self.world.discord, message), custom_id=custom_id)
            await self._go_on(who, result)

    async def press_of_others(self) -> None:
        """Anybody can forge a custom id: one of a card, or of somebody else's private reply."""
        who = self.random.choice(self.members)
        found = [id_ for each in self._messages() for id_ in _buttons(each)]
        seen = [each for each in self._messages() if each.visible_to(who.id) and each.author_id == self._bot_id]
        if found and seen:
            on = self.random.choice(seen[-20:])
            result = await self.world.click_forged(who, on, self.random.choice(found[-80:]))
            await self._go_on(who, result)

    async def decide(self) -> None:
        """What waits for a review, on its card in the log."""
        who = self.random.choice(self.moderators)
        cards = [each for each in self.world.cards(self.log) if "Publish" in each.buttons]
        if cards:
            label = self.random.choice(["Publish", "Publish", "Refuse", "Show", "Claim"])
            result = await who.click(self.random.choice(cards).message, label=label)
            await self._go_on(who, result)

    async def list_own(self) -> None:
        who = self.random.choice(self.members)
        await self._answered(await who.slash(self._channel(), "my-remixes"))

    async def moderate(self) -> None:
        made = self.world.jobs()
        if made:
            who, command = self._anybody(), self.random.choice(_MODERATES)
            number = str(self.random.choice(made[-8:]).id)
            await self._answered(await who.slash(self._channel(), f"remix-mod {command}", remix=number))

    async def look(self) -> None:
        await self._answered(await self._anybody().slash(self._channel(), self.random.choice(_PEEKS)))

    async def change_settings(self) -> None:
        reviewed = [frozenset[int](), frozenset({self.world.channel.id}), frozenset({self.open_channel.id})]
        newcomers = self.random.choice([None, None, 86_400])
        self._set(review_channels=self.random.choice(reviewed), review_newcomers_s=newcomers)
        self._list("fox", self.random.choice([None, None, Action.REVIEW, Action.REFUSE]))

    async def pass_time(self) -> None:
        self.world.later(self.random.choice([600, 3_600, 90_000, 4 * 86_400]))

    async def begin_again(self) -> None:
        await self.world.restart()

    # What must be so.

    def check(self, step: str) -> None:
        """What is new in a message was sent since the check before, so what was secret then and is now, must not be."""
        jobs = self.world.jobs()
        self._check_posts(jobs)
        holders = {member.id: self._may_read(member.id, jobs) for member in self.members}
        secret = self._secret(jobs)
        stays_secret = secret & self.was_secret if self.was_secret else secret
        for message in self._messages():
            told = _content(message)
            if self.seen.get(message.id) == told:
                continue
            self.seen[message.id] = told
            tokens = set(_TOKEN.findall(told)) | self._tokens_of_pictures(message, jobs)
            for member in self.members:
                leaked = (tokens & stays_secret) - holders[member.id]
                # What a member types is in their own message and form.
                if leaked and message.visible_to(member.id) and message.author_id == self._bot_id:
                    raise AssertionError(f"after {step}, {member.name} reads {sorted(leaked)} in: {told[:600]}")
        self.was_secret = secret | {f"qz{number}zq" for number in range(self.typed + 1, self.typed + 40)}

    def _check_posts(self, jobs) -> None:
        """What moderators have to look at is posted only once one of them has published it."""
        for job in jobs:
            if job.approved_at is None and (job.review is not None or "flagged" in job.prompt):
                assert not self._posts(job), f"remix {job.id} was posted without a look"

    def _posts(self, job):
        return self.world.app.core.database.transaction_now(results.posts_of, job.id)

    def _secret(self, jobs) -> set[str]:
        """The words of prompts that no message shows. Those that were refused have no remix at all."""
        shown = {token for job in jobs if self._is_shown(job) for token in _TOKEN.findall(job.prompt)}
        return {f"qz{number}zq" for number in range(1, self.typed + 1)} - shown

    def _is_shown(self, job) -> bool:
        is_up = any(post.deleted_at is None for post in self._posts(job))
        return is_up and job.removed_at is None and not job.hidden

    @staticmethod
    def _may_read(user_id: int, jobs) -> set[str]:
        return {token for job in jobs if job.user_id == user_id for token in _TOKEN.findall(job.prompt)}

    def _tokens_of_pictures(self, message, jobs) -> set[str]:
        """Of the prompts that made a picture in that message, unless another remix with the same picture is shown."""
        names = {sha256(data).hexdigest() for data in self._pictures(message)}
        if not names:
            return set()
        made = [(job, each.hash) for job in jobs for each in self._results(job.id) if each.hash in names]
        shown = {hash_ for job, hash_ in made if self._is_shown(job)}
        return {token for job, hash_ in made if hash_ not in shown for token in _TOKEN.findall(job.prompt)}

    def _pictures(self, message) -> list[bytes]:
        found = [self.world.discord.backend.cdn.get(each["url"]) for each in message.attachments]
        return [data for data in found if data is not None]

    def _results(self, job_id: int):
        return self.world.app.core.database.transaction_now(results.of_job, job_id)

    # How it is done.

    def _token(self) -> str:
        self.typed += 1
        return f"qz{self.typed}zq"

    def _anybody(self):
        return self.random.choice([*self.members, *self.members, *self.moderators])

    def _channel(self):
        return self.random.choice([self.world.channel, self.open_channel])

    @property
    def _bot_id(self) -> int:
        return self.world.discord.backend.bot_user.id

    def _messages(self):
        every = self.world.discord.backend.messages
        return [message for channel_id in list(every) for message in every[channel_id].values()]

    def _set(self, **settings: object) -> None:
        policy, guild_id = Policy(log_channel=self.log.id, **settings), self.world.server.id

        def write(connection) -> None:
            policies.write(connection, guild_id, policy)
            words.count_change(connection, guild_id)

        self.world.app.core.database.transaction_now(write)

    def _list(self, text: str, action: Action | None) -> None:
        entry = WordEntry(text, action or Action.REFUSE)
        changes = {key_of(entry): entry if action is not None else None}
        self.world.app.core.database.transaction_now(words.write, self.world.server.id, changes)

    async def _go_on(self, who, result) -> None:
        await self._answered(result)
        if result.modal is None:
            return
        fields = [part["component"] for part in result.modal["components"] if "component" in part]
        names = {each["custom_id"] for each in fields if each.get("type") == _TEXT_INPUT}
        # Only a prompt is a secret: what a moderator gives as a reason is for the member.
        typed = {name: f"a fox {self._token()}" if name == "prompt" else "because" for name in names & _TYPED}
        await self._answered(await self.world.submit_form(who, result, **typed))

    async def _answered(self, result) -> None:
        is_answered = lambda: result.modal or result.acknowledged  # noqa: E731 - asked again and again
        await self.world.until(is_answered, "an answer")

    def _log_is_written(self) -> bool:
        return self.world.app.core.database.transaction_now(_entries_left) == 0

    async def _settle(self) -> None:
        await self.world.until(lambda: all(map(_is_at_rest, self.world.jobs())), "nothing to do for the worker")
        await self.world.until(lambda: not self.world.app.client.answering, "every answer")


@cache
def _picture(shade: int) -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").rotate(shade * 40).convert("RGB").save(file, "PNG")
    return file.getvalue()


def _entries_left(connection) -> int:
    return connection.scalar(select(func.count()).select_from(log_entries)) or 0


def _is_at_rest(job) -> bool:
    is_kept = job.state is JobState.GENERATED and job.lease is None and job.due_at is None
    return job.state in _AT_REST or is_kept


def _content(message) -> str:
    return f"{message.content} {message.components} {[each['filename'] for each in message.attachments]}"


def _buttons(message) -> list[str]:
    found, left = [], list(message.components)
    while left:
        part = left.pop()
        if part.get("type") == _BUTTON and part.get("custom_id"):
            found.append(part["custom_id"])
        left += [*part.get("components", []), *filter(None, [part.get("accessory")])]
    return found
