"""The people of the stories of strangers, in two servers, and how they press, type and forge."""

from dataclasses import replace
from functools import cache
from io import BytesIO
from random import Random

import discord
from PIL import Image
from simcord.backend.errors import BackendError, SetupError

from bot.rules.job_states import FINAL, JobState
from bot.rules.others_pictures import OthersPictures
from bot.rules.policies import Policy
from bot.rules.styles import Style, style_key
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.standing import policies, styles, words
from tests.e2e.moderators import Desk
from tests.e2e.review.watch import Watch
from tests.e2e.world import World

_TEXT_INPUT = 4
_AT_REST = FINAL | {JobState.IN_REVIEW, JobState.OUTCOME_UNKNOWN}
_TYPED = {"prompt", "reason", "text", "answer"}
_SECRET = {"prompt", "text"}


class Cast:
    """`log`: everybody can read that channel, so cards and entries there must not tell either.

    Nora may do everything in another server of the bot, olaf nothing, and both have no part in this one. `appellant`:
    whom moderators answer now, where that is known.
    """

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, Random(seed)  # noqa: S311 - a repeatable story, no secret
        self.log = world.server.create_text_channel("log")
        self.open_channel = world.server.create_text_channel("open")
        self.desk = Desk(world)
        self.members = [world.mia, world.ben, world.person("cleo")]
        self.moderators = [self.desk.maud, self.desk.max]
        self.elsewhere = world.discord.create_guild("Elsewhere")
        self.far_channel = self.elsewhere.create_text_channel("far")
        everything = self.elsewhere.create_role("admins", permissions=discord.Permissions.all())
        self.nora = self.elsewhere.add_member(world.discord.create_user("nora"), roles=[everything])
        self.olaf = world.person("olaf", self.elsewhere)
        self.everybody = [*self.members, *self.moderators, self.desk.hugo, self.nora, self.olaf]
        self.watch = Watch(world, self.everybody, {*self.moderators, self.nora})
        self.appellant = None
        self._offer_all_commands()
        self.set(review_channels=frozenset({world.channel.id}))
        self.list_word("flagged", Action.REVIEW)
        self.list_word("banned", Action.REFUSE)
        self._style(Style("Fog", "in thick fog"))
        self._poll_at_once()

    # What they set.

    def set(self, **settings: object) -> None:
        given = {"others_pictures": OthersPictures.ASK, **settings}
        policy, guild_id = Policy(log_channel=self.log.id, **given), self.world.server.id

        def write(connection) -> None:
            policies.write(connection, guild_id, policy)
            words.count_change(connection, guild_id)

        self.world.app.core.database.transaction_now(write)

    def list_word(self, text: str, action: Action | None) -> None:
        entry = WordEntry(text, action or Action.REFUSE)
        changes = {key_of(entry): entry if action is not None else None}
        self.watch.listed[text] = action
        self.world.app.core.database.transaction_now(words.write, self.world.server.id, changes)

    def _style(self, style: Style) -> None:
        key, guild_id = style_key(style.name), self.world.server.id
        self.world.app.core.database.transaction_now(styles.write, guild_id, key, style)

    def _offer_all_commands(self) -> None:
        """Admins can offer any command to any member, whom the bot then has to refuse."""
        here = [*self.members, *self.moderators, self.desk.hugo]
        for name in ("remix-mod", "remix-config"):
            command = int(self.world.discord.backend.find_command(name, None)["id"])
            self.world.server.set_command_permissions(command, dict.fromkeys(here, True))
            self.elsewhere.set_command_permissions(command, {self.olaf: True})

    def _poll_at_once(self) -> None:
        """The stand-in is done at once, and a story has no time to wait for the first poll."""
        poll = self.world.app.remixes.poll
        poll.pace = replace(poll.pace, shortest_s=0.0, longest_s=0.1)

    async def restart(self) -> None:
        await self.world.restart()
        self._poll_at_once()

    # What they find.

    @property
    def bot_id(self) -> int:
        return self.world.discord.backend.bot_user.id

    def messages(self):
        every = self.world.discord.backend.messages
        return [message for channel_id in list(every) for message in every[channel_id].values()]

    def channel_of(self, who):
        """Where that person is."""
        return self.far_channel if who.guild.id == self.elsewhere.id else self.open_channel

    # What they do.

    async def remix(self, who, channel, words_: str, **options: object):
        data = picture(self.random.randrange(9), self.everybody.index(who))
        self.watch.sent(who, data)
        prompt = f"{words_} {self.watch.typed(who)}"
        result = await self.world.remix(who, ("picture.png", data), prompt, channel=channel, **options)
        await self.answered(result)
        return result

    async def forge(self, who, message, custom_id: str) -> None:
        """Raises SetupError where Discord would take no click of theirs."""
        if self.world.discord.backend.get_channel(message.channel_id).guild_id != who.guild.id:
            raise SetupError("that channel is not in their server")
        await self.go_on(who, await self.world.click_forged(who, message, custom_id))

    async def send_form(self, who, custom_id: str, **typed: str) -> None:
        """A form that the bot never opened for them."""
        await self.answered(await self.world.submit_forged(who, custom_id, channel=self.channel_of(who), **typed))

    async def own_message(self, who):
        """On which a button can be forged too."""
        sent = await who.send(self.channel_of(who), "mine")
        return self.world.discord.backend.get_message(self.channel_of(who).id, sent.id)

    async def private_reply(self, who, command: str):
        """The reply to that command, on which a button can be forged."""
        shown = await who.slash(self.channel_of(who), command)
        await self.world.until(lambda: shown.response and shown.response.components, f"the reply to {command}")
        return self.world.discord.backend.get_message(shown.response.channel_id, shown.response.id)

    async def press_privacy(self, who, custom_id: str) -> None:
        await self.forge(who, await self.private_reply(who, "remix-privacy"), custom_id)

    async def go_on(self, who, result, **chosen: str) -> None:
        """Fills in the form, if it is one. `chosen`: in its menus, where otherwise anything is chosen."""
        await self.answered(result)
        if result.modal is None:
            return
        self.watch.told(who, str(result.modal))
        shown = self.world.fields_of(result)
        for each in [part["component"] for part in result.modal["components"] if "component" in part]:
            name = each["custom_id"]
            if each.get("options") and not shown[name]:
                chosen.setdefault(name, self.random.choice(each["options"])["value"])
            if each.get("type") == _TEXT_INPUT and name in _TYPED:
                chosen[name] = self._typed(who, name)
        try:
            await self.answered(await self.world.submit_form(who, result, **chosen))
        except BackendError:
            # The message that it was opened from is gone.
            await self.send_form(who, result.modal["custom_id"], **chosen)

    def _typed(self, who, name: str) -> str:
        if name == "answer" and self.appellant is not None:
            return f"no {self.watch.typed(who, self.appellant)}"
        # What a moderator gives as a reason is for the member, so it is no secret.
        return f"a fox {self.watch.typed(who)}" if name in _SECRET else "because"

    async def answered(self, result) -> None:
        is_answered = lambda: result.modal or result.acknowledged  # noqa: E731 - asked again and again
        await self.world.until(is_answered, "an answer")

    async def settle(self) -> None:
        answering = lambda: self.world.app.client.answering  # noqa: E731 - asked again and again
        # In this order: what is being answered can become a remix.
        await self.world.until(
            lambda: not answering() and all(map(_is_at_rest, self.world.jobs())), "nothing left to do"
        )
        # By itself it writes a message in a second.
        while await self.world.app.watchers.server_log.round():
            pass


@cache
def picture(shade: int, tint: int) -> bytes:
    """Pictures that differ only in their tint are the same to the picture memory, and other files."""
    grey, file = Image.linear_gradient("L").rotate(shade * 40), BytesIO()
    Image.merge("RGB", [grey, grey.point(lambda value: value * (20 - tint) // 20), grey]).save(file, "PNG")
    return file.getvalue()


def _is_at_rest(job) -> bool:
    is_kept = job.state is JobState.GENERATED and job.lease is None and job.due_at is None
    return job.state in _AT_REST or is_kept
