"""A Discord server with people in it, the unchanged bot, and an Ideogram stand-in: what the stories are told in.

Nothing here waits for a time: `until` waits for a state of things, and looks whenever something has crossed Discord.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import sqlalchemy as sa
from simcord import actors, interactions
from simcord._clock import Clock
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.backend.models import Message, Overwrite
from simcord.builders import ChannelHandle, GuildHandle
from simcord.enums import OverwriteType
from simcord.results import InteractionResult

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.live_discord import LiveDiscord
from bot.demo.smoke import demo_settings
from bot.discord_app.kit.attachments import open_through_client
from bot.images.processes.kept_children import Children
from bot.rules.job_states import JobState
from bot.storage.engine.tables import remixes as tables
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job, select_jobs
from bot.wiring import App, open_app
from tests.e2e.cards import Card

CHILDREN = Children()
"""Picture processes for all stories: starting some for each would take longer than many of them. They end with us."""
WITHIN_S = 20.0
"""Nothing takes this long; what does is a failure."""
LOOK_AGAIN_S = 0.02
GRACE_S = 10.0
EVERY_CALL_WAITS_S = 600.0

_STEPS = re.compile("\n-# (?:\\*\\*\u25b8|\u2713) ")


class BotTime:
    """The clock the bot is built with: the real one, set back to the start of its minute, and as far ahead as told.

    A story so ends in the same minute, day and month in which it began: the log channel folds the refusals of a
    minute, and quotas count by the day. Set forward, the clock would make a file that is just written an old one.
    """

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self.ahead = timedelta(seconds=-now.second, microseconds=-now.microsecond)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class DiscordTime(Clock):
    """simcord's clock, as far from the real one as a story says."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class _Transcript(list[Any]):
    """Everything that crosses Discord is appended here, so this is where who waits is woken."""

    def __init__(self, crossed: asyncio.Event) -> None:
        super().__init__()
        self._crossed = crossed

    def append(self, entry: Any) -> None:
        super().append(entry)
        self._crossed.set()


class World:
    """`open` it first. `server` has one channel and three people: mia and ben make remixes, rosa moderates."""

    def __init__(self, folder: Path, ideogram: IdeogramStandIn, **settings: object) -> None:
        self.ideogram = ideogram
        shipped = demo_settings(folder, ideogram)
        # Of its own class: `Settings` would look into the environment, which takes 4 ms for each of 1,000 tests.
        self.settings = type(shipped).model_validate(shipped.model_dump() | settings)
        self.bot_time = BotTime()
        self.discord_time = DiscordTime()
        self._crossed = asyncio.Event()
        self._open = AsyncExitStack()

    discord: LiveDiscord
    app: App
    server: GuildHandle
    channel: ChannelHandle
    mia: MemberActor
    ben: MemberActor
    rosa: MemberActor

    async def open(self) -> None:
        self.app = await self._build_app()
        self.discord = LiveDiscord(self.app.client)
        self.discord.backend.clock = self.discord_time
        self.discord.backend.transcript = _Transcript(self._crossed)
        await self.discord.start()
        self.server = self.discord.create_guild("Studio")
        self.channel = self.server.create_text_channel("remixes")
        moderates = self.server.create_role("mods", permissions=discord.Permissions(manage_messages=True))
        self.mia, self.ben = self.person("mia"), self.person("ben")
        self.rosa = self.server.add_member(self.discord.create_user("rosa"), roles=[moderates])
        await self._start_work()

    async def close(self) -> None:
        await self._stop_app()
        await self.discord.shutdown()

    async def restart(self) -> None:
        """The bot's process ends in order, and another begins on the same database."""
        await self._stop_app()
        self.app = await self._build_app()
        await self.discord.restart_bot(self.app.client)
        await self._start_work()

    async def _build_app(self) -> App:
        return await self._open.enter_async_context(
            open_app(
                self.settings,
                clock=self.bot_time,
                jitter=lambda: 0.0,
                open_attachment=open_through_client,
                children=CHILDREN,
            ),
        )

    async def _start_work(self) -> None:
        with self.discord.reachable():
            await self.app.start_work()

    async def _stop_app(self) -> None:
        self.let_calls_go()
        with self.discord.reachable():
            await self.app.stop_work(GRACE_S)
        await self._open.aclose()

    def person(self, name: str, server: GuildHandle | None = None) -> MemberActor:
        return (server or self.server).add_member(self.discord.create_user(name))

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Until it holds. Fails, naming `what`, if it never does."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not holds():
                    await self._something_happens()
        except TimeoutError:
            raise AssertionError(f"it never came to this: {what}") from None

    async def _something_happens(self) -> None:
        """Something crosses Discord. The stand-in and the database are looked at now and then: they cross nothing."""
        self._crossed.clear()
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._crossed.wait()
        except TimeoutError:
            return

    async def remix(
        self,
        who: MemberActor,
        image: tuple[str, bytes],
        prompt: str = "as a watercolour",
        *,
        channel: ChannelHandle | None = None,
        **options: object,
    ) -> InteractionResult:
        """The person presses enter; nothing is waited for."""
        return await who.slash(channel or self.channel, "remix", image=image, prompt=prompt, **options)

    async def told(self, result: InteractionResult, words: str) -> str:
        """What the private reply says, as soon as these words are in it."""
        try:
            await self.until(lambda: words in private_words(result), words)
        except AssertionError:
            raise AssertionError(f"not told {words!r}; the last words were {private_words(result)!r}") from None
        return private_words(result)

    def cards(self, channel: ChannelHandle | None = None) -> list[Card]:
        """What the bot has posted for all to see, oldest first."""
        stored = self.discord.backend.messages.get((channel or self.channel).id, {})
        bot_id = self.discord.backend.bot_user.id
        return [
            Card(self.discord, each) for each in stored.values() if each.author_id == bot_id and not each.is_ephemeral
        ]

    async def card(self, number: int = 1, channel: ChannelHandle | None = None) -> Card:
        """The n-th card of the channel, as soon as it is there."""
        await self.until(lambda: len(self.cards(channel)) >= number, f"{number} cards in the channel")
        return self.cards(channel)[number - 1]

    async def make(
        self, who: MemberActor, image: tuple[str, bytes], prompt: str = "as a watercolour", **options: object
    ) -> Card:
        """A remix from the command to its card; the private reply says done by then."""
        before = len(self.cards())
        result = await self.remix(who, image, prompt, **options)
        card = await self.card(before + 1)
        await self.told(result, "**Done.**")
        return card

    async def press(self, who: MemberActor, card: Card, label: str) -> InteractionResult:
        """A button of the card, or one that More shows."""
        if label in card.buttons:
            return await who.click(card.message, label=label)
        more = await self.open_more(who, card)
        return await who.click(more.response, label=label)

    async def open_more(self, who: MemberActor, card: Card) -> InteractionResult:
        more = await who.click(card.message, label="More")
        await self.until(lambda: more.response, "what More shows")
        return more

    async def open_form(self, who: MemberActor, card: Card, label: str) -> InteractionResult:
        shown = await self.press(who, card, label)
        await self.until(lambda: shown.modal, "a form")
        return shown

    @staticmethod
    def fields_of(form: InteractionResult) -> dict[str, str]:
        """What each field of a form shows, by its custom id."""
        fields = [part["component"] for part in form.modal["components"]]
        chosen = {each["custom_id"]: _default_of(each) for each in fields}
        return {name: value or "" for name, value in chosen.items()}

    async def submit_form(self, who: MemberActor, form: InteractionResult, **typed: str) -> InteractionResult:
        """With what it shows, where nothing else is typed."""
        menus = {part["component"]["custom_id"] for part in form.modal["components"] if "options" in part["component"]}
        values = self.fields_of(form) | typed
        return await who.submit_modal(form, {name: [v] if name in menus else v for name, v in values.items()})

    async def submit_forged(
        self, who: MemberActor, custom_id: str, *, channel: ChannelHandle | None = None, **typed: str
    ) -> InteractionResult:
        """A form that the bot never opened for that person in that channel."""
        fields = [{"type": 18, "component": {"type": 4, "custom_id": n, "value": v}} for n, v in typed.items()]
        data = {"custom_id": custom_id, "components": fields}
        return await actors._dispatch_actor_interaction(who, 5, channel or self.channel, data)

    def hold_calls(self) -> None:
        """Every paid call waits from now on, until `let_calls_go`."""
        self.ideogram.dials.latency_s = EVERY_CALL_WAITS_S

    def let_calls_go(self) -> None:
        """Those that wait are answered, and later ones at once."""
        self.ideogram.dials.latency_s = 0.0
        self.ideogram.release()

    def later(self, seconds: float) -> None:
        """It is that much later for the bot, whose worker looks at the clock again."""
        self.bot_time.ahead += timedelta(seconds=seconds)
        self.app.worker.wake()

    def sent_picture(self, call: int = -1) -> bytes:
        """The bytes that reached Ideogram: the stand-in knows their hash, and the bot keeps its pictures by hash."""
        name = self.ideogram.calls[call].source_sha256
        return (self.settings.blob_dir / name[:2] / name).read_bytes()

    def deny(self, *permissions: str, channel: ChannelHandle | None = None) -> None:
        """Takes these permissions from the bot in that channel."""
        denied = discord.Permissions(**dict.fromkeys(permissions, True)).value
        me = self.discord.backend.bot_user.id
        overwrite = Overwrite(target_id=me, type=OverwriteType.MEMBER, allow=0, deny=denied)
        self.discord.backend.set_overwrite((channel or self.channel).id, overwrite)

    def expire_token(self, result: InteractionResult) -> None:
        """Discord takes no edit of that reply any more."""
        result._interaction.expires_at = datetime(2000, 1, 1, tzinfo=UTC).isoformat()

    async def told_aside(self, result: InteractionResult, words: str) -> None:
        """As `told`, for what is said beside the message that was clicked."""
        await self.until(lambda: any(words in each.content for each in result.followups), words)

    def words_for(self, result: InteractionResult) -> str:
        """All that was said privately to who clicked."""
        return "".join(
            [private_words(result) if result.ephemeral else "", *(each.content for each in result.followups)]
        )

    async def click_forged(self, who: MemberActor, stored: Message, custom_id: str) -> InteractionResult:
        """A click on a button that this message has never had: no client of Discord makes one."""
        message = dict(serializers.message_payload(self.discord.backend, stored))
        button = {"type": 2, "style": 2, "label": "Forged", "custom_id": custom_id}
        message["components"] = [{"type": 1, "components": [button]}]
        channel = ChannelHandle(self.discord, who.guild, self.discord.backend.get_channel(stored.channel_id))
        data = {"custom_id": custom_id, "component_type": button["type"]}
        return await actors._dispatch_actor_interaction(
            who, 3, channel, data, extra={"message": message}, source_message_id=stored.id
        )

    def reply_to(self, number: int) -> Message:
        """The private reply to the n-th interaction, as Discord keeps it."""
        asked = list(self.discord.backend.interactions.values())[number - 1]
        return self.discord.backend.get_message(asked.channel_id, asked.message_id)

    async def stray_dm(self, who: MemberActor, name: str, image: tuple[str, bytes]) -> InteractionResult:
        """The command in a DM, where it is not offered: from a client that shows an older version of it."""
        channel = who.user.dm_channel
        root = self.discord.backend.find_command(name, None)
        given = {"image": image, "prompt": "fog"} if name == "remix" else {}
        options, resolved = interactions.build_options(who.user, name, root, given, channel_id=channel.id)
        data = {"id": root["id"], "name": name, "type": 1, "options": options, "resolved": resolved}
        return await actors._dispatch_actor_interaction(who.user, 2, channel, data)

    async def unknown_command(self, who: MemberActor, name: str) -> dict[str, Any]:
        """What Discord sends for a command that the bot does not have (any more)."""
        data = {"id": "1", "name": name, "type": 1, "options": []}
        _, payload = interactions.base_payload(
            self.discord.backend,
            type=2,
            channel_id=self.channel.id,
            guild_id=self.server.id,
            user_id=who.id,
            data=data,
        )
        return payload

    def jobs(self) -> list[Job]:
        """All that were ever queued, oldest first."""
        return self.app.core.database.transaction_now(select_jobs, sa.select(tables.jobs).order_by(tables.jobs.c.id))

    def job(self, job_id: int = 1) -> Job:
        return self.app.core.database.transaction_now(jobs.get, job_id)

    async def until_job(self, holds: Callable[[Job], object], what: str) -> None:
        """Until it holds for the first job."""
        await self.until(lambda: any(holds(job) for job in self.jobs()[:1]), what)

    def deliver_twice(self) -> None:
        """Discord sends the last interaction again, as it does after a lost connection."""
        events = [event for kind, *event in self.discord.backend.transcript if kind == "GATEWAY"]
        name, payload = next(event for event in reversed(events) if event[0] == "INTERACTION_CREATE")
        self.discord.backend.emit(name, payload)


def _default_of(field: dict[str, Any]) -> str | None:
    if "options" in field:
        return next((option["value"] for option in field["options"] if option.get("default")), None)
    return field.get("value")


def private_words(result: InteractionResult) -> str:
    """The text of the private reply, be it plain or laid out, without the steps and the bar under it."""
    if result.response is None:
        return ""
    words = result.response.content or Card(result._env, result.response._message).text
    return _STEPS.split(words)[0]


def private_buttons(result: InteractionResult) -> list[str]:
    """Of the private reply."""
    return list(Card(result._env, result.response._message).buttons)


def once_in_vain(job: Job) -> bool:
    """Fetching or posting its result has failed once, and nobody is at it now."""
    return job.state is JobState.GENERATED and job.attempts == 1 and job.lease is None


def is_kept(job: Job) -> bool:
    """It could not be delivered, and waits for its person."""
    return job.state is JobState.GENERATED and job.attempts > 0 and job.lease is None and job.due_at is None
