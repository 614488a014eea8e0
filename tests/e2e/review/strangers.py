"""Members and moderators who do anything that they can, in any order. `Watch` looks at what of it reaches whom."""

from collections.abc import Collection

from simcord.backend.errors import SetupError
from simcord.results import to_discord_message

from bot.discord_app.privacy.card import EXPORT_ID, FORGET_ID
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.others_pictures import OthersPictures
from bot.rules.words.entries import Action
from tests.e2e.review.cast import Cast, picture
from tests.e2e.review.dangers import DANGERS, CannotGoOnError
from tests.e2e.review.watch import buttons_of

FORGET_NOW_ID = "remix-privacy:forget-now"

STEPS = {
    "make_remix": 5,
    "make_set": 2,
    "hold_back": 2,
    "pick": 3,
    "post_picture": 1,
    "use_picture": 3,
    "answer": 2,
    "start_from_card": 5,
    "press": 8,
    "press_of_others": 4,
    "send_form_of_others": 2,
    "decide": 5,
    "search_own": 2,
    "moderate": 4,
    "look": 3,
    "type_along": 2,
    "come_from_elsewhere": 2,
    "export": 1,
    "forget": 1,
    "change_settings": 2,
    "pass_time": 1,
    "begin_again": 1,
}
"""How often each comes. A story begins again with all of them once it has had them all."""

_ABOUT_REMIX = ("hide", "hide", "unhide", "remove", "records deleted")
_PEEKS = (
    "remix-privacy",
    "remix-help",
    "remix-appeal",
    "remix-mod inbox",
    "remix-mod queue",
    "remix-mod cases",
    "remix-mod records export",
    "remix-mod records usage",
    "remix-mod records statistics",
    "remix-config pictures",
    "remix-config words",
    "remix-config styles",
)
_OFFERED = (
    ("remix", "style"),
    ("remix-config style-remove", "name"),
    ("remix-config word-remove", "word"),
    ("remix-config picture-remove", "number"),
    ("remix-mod cases", "kind"),
)
_FORMS = ("remix:form:edit:{}", "remix:form:result:{}:{card}", "remix:draft-form:{}", "remix:picture:{}")


class Strangers(Cast):
    """They play one story."""

    async def play(self, steps: int, dangers: Collection[str] = ()) -> None:
        """Each of the dangers comes somewhere among the steps."""
        left, places = list[str](), {danger: self.random.randrange(steps) for danger in dangers}
        for number in range(steps):
            left = left or self.random.sample(list(STEPS), counts=list(STEPS.values()), k=sum(STEPS.values()))
            await self._go_through_some([danger for danger, place in places.items() if place == number])
            name = left.pop()
            try:
                await getattr(self, name)()
            except SetupError:
                # Discord's client would not let them.
                continue
            await self._look(name)
        await self.watch.check_what_is_left()

    async def go_through(self, danger: str) -> None:
        """Raises CannotGoOnError, SetupError."""
        async for done in DANGERS[danger](self):
            await self._look(f"{danger}, {done}")

    async def _go_through_some(self, dangers: Collection[str]) -> None:
        for danger in dangers:
            try:
                await self.go_through(danger)
            except (CannotGoOnError, SetupError):
                await self._look(danger)

    async def _look(self, name: str) -> None:
        await self.settle()
        await self.watch.check(name)

    # What people make.

    async def make_remix(self) -> None:
        words_ = self.random.choice(["a fox", "a fox", "flagged", "banned"])
        await self._remix_somewhere(words_, **self.random.choice([{}, {}, {"style": "Fog"}]))

    async def make_set(self) -> None:
        """A weight ladder, or where Ideogram offers it several pictures of one call."""
        with_count = self.world.settings.ideogram_api is IdeogramApi.V2
        options = self.random.choice([{"ladder": True}, {"count": 2} if with_count else {"ladder": True}])
        await self._remix_somewhere(self.random.choice(["a fox", "flagged"]), **options)

    async def hold_back(self) -> None:
        """A word of it is listed while it is made. Its author appeals, and everybody else tries to."""
        self.list_word("fox", None)
        self.world.hold_calls()
        before = len(self.world.jobs())
        await self._remix_somewhere("a fox")
        await self.world.until(lambda: not self.world.app.client.answering, "every answer")
        made = self.world.jobs()[before:]
        await self.world.until(lambda: not made or self.world.job(made[0].id).generating_at, "the paid call")
        self.list_word("fox", Action.REFUSE)
        self.world.let_calls_go()
        await self.settle()
        for who in (*self.members, *self.moderators):
            if made and (seen := self._seen_by(who)):
                await self.forge(who, seen[-1], f"remix:appeal:job:{made[0].id}")

    async def pick(self) -> None:
        """A number of a grid, or a forged one of a set of theirs that is not posted."""
        grids = [(each, id_) for each in self.messages() for id_ in buttons_of(each) if ":pick:" in id_]
        if grids and self.random.random() < 0.6:
            message, custom_id = self.random.choice(grids[-20:])
            await self.forge(self._anybody(), message, custom_id)
            return
        sets = [job for job in self.world.jobs() if job.request.images > 1 or job.set_id]
        cards = [each for each in self.messages() if not each.is_ephemeral and each.author_id == self.bot_id]
        if sets and cards:
            job = self.random.choice(sets[-8:])
            who = next((each for each in self.members if each.id == job.user_id), self._anybody())
            await self.forge(who, cards[-1], f"remix:pick:{self.random.randrange(2)}:{job.id}")

    async def start_from_card(self) -> None:
        """From a posted result, whatever has become of it meanwhile."""
        cards = [each for each in self.messages() if any(":again:" in id_ for id_ in buttons_of(each))]
        cards = [each for each in cards if not each.is_ephemeral]
        hidden = [each for each in cards if "hidden" in str(each.components)]
        if cards:
            card, who = self.random.choice([*cards[-3:], *hidden]), self._anybody()
            on_card = [id_ for id_ in buttons_of(card) if not id_.startswith("remix:more")]
            job_id = on_card[0].rsplit(":", 1)[-1]
            in_more = [f"remix:details:{job_id}", f"remix:compare:{job_id}", f"remix:ladder:TURBO:{job_id}"]
            await self.forge(who, card, self.random.choice([*on_card, *in_more]))

    async def post_picture(self) -> None:
        """For all to see, so it is no secret."""
        look = "look.png", picture(self.random.randrange(9), 9)
        await self.random.choice(self.members).send(self._channel(), "look", attachments=[look])

    async def use_picture(self) -> None:
        """Of a message: their own, somebody else's, whose author is asked, or one that the bot has posted."""
        who, channel = self._anybody(), self._channel()
        every = self.world.discord.backend.messages.get(channel.id, {}).values()
        posted = [each for each in every if not each.is_ephemeral]
        if posted:
            message = to_discord_message(self.world.discord, self.random.choice(posted[-12:]))
            await self.go_on(who, await who.context_menu(channel, "Remix picture", message))

    async def answer(self) -> None:
        """The question to a picture's author, who wants to read the prompt first. A word of it may be refused since."""
        asked = [(each, id_) for each in self.messages() for id_ in buttons_of(each) if ":ask:" in id_]
        if asked:
            message, custom_id = self.random.choice([*asked[-8:], *(each for each in asked if ":prompt:" in each[1])])
            self.list_word("fox", self.random.choice([None, Action.REFUSE]))
            for who in self.members:
                await self.forge(who, message, custom_id)

    # What they press.

    async def press(self) -> None:
        """Any button of any message that they can see; a form is filled in."""
        who = self._anybody()
        found = [(each, id_) for each in self.messages() if each.visible_to(who.id) for id_ in buttons_of(each)]
        if found:
            message, custom_id = self.random.choice(found[-60:])
            result = await who.click(to_discord_message(self.world.discord, message), custom_id=custom_id)
            await self.go_on(who, result)

    async def press_of_others(self) -> None:
        """Anybody can forge a custom id: one of a card, or of somebody else's private reply."""
        who = self.random.choice(self.members)
        seen = self._seen_by(who)
        if seen and (forged := self._any_custom_id()):
            await self.forge(who, self.random.choice(seen[-20:]), forged)

    async def send_form_of_others(self) -> None:
        """A form that the bot never opened for them, about any remix, draft or question."""
        who = self.random.choice(self.members)
        await self._send_forged_form(who, self._channel())

    async def come_from_elsewhere(self) -> None:
        """Nora may do everything in another server of the bot, and nothing here."""
        made = self.world.jobs()
        way = self.random.choice(["command", "press", "form"])
        if way == "command" and made:
            number, command = str(self.random.choice(made[-8:]).id), self.random.choice(_ABOUT_REMIX)
            await self.answered(await self.nora.slash(self.far_channel, f"remix-mod {command}", remix=number))
        elif way == "press" and (forged := self._any_custom_id()):
            hers = await self.nora.send(self.far_channel, "mine")
            stored = self.world.discord.backend.get_message(self.far_channel.id, hers.id)
            await self.forge(self.nora, stored, forged)
        else:
            await self._send_forged_form(self.nora, self.far_channel)

    async def decide(self) -> None:
        """What waits for a review, or was appealed, on its card in the log."""
        who = self.random.choice(self.moderators)
        cards = [each for each in self.world.cards(self.log) if {"Publish", "Keep"} & {*each.buttons}]
        if cards:
            card, wanted = self.random.choice(cards), self.random.choice(["Publish", "Allow once", None])
            label = wanted if wanted in card.buttons else self.random.choice(list(card.buttons))
            await self.go_on(who, await who.click(card.message, label=label))

    # What they type.

    async def search_own(self) -> None:
        """By a part of anybody's prompt, or all of them."""
        who = self.random.choice(self.members)
        # Not the whole word, which the answer repeats.
        text = self.random.choice([{}, {"text": "fox"}, *({"text": each[:-1]} for each in self.watch.tokens()[-3:])])
        await self.answered(await who.slash(self._channel(), "my-remixes", **text))

    async def moderate(self) -> None:
        """Mostly a moderator, and what is posted."""
        made = self.world.jobs()
        posted = [job for job in made if job.state is JobState.DELIVERED]
        if made:
            who, command = self.random.choice([*self.moderators, self._anybody()]), self.random.choice(_ABOUT_REMIX)
            number = str(self.random.choice([*posted[-6:], *posted[-3:], *made[-3:]]).id)
            await self.answered(await who.slash(self._channel(), f"remix-mod {command}", remix=number))

    async def look(self) -> None:
        await self.answered(await self._anybody().slash(self._channel(), self.random.choice(_PEEKS)))

    async def type_along(self) -> None:
        """What is offered while somebody types."""
        who, (command, option) = self._anybody(), self.random.choice(_OFFERED)
        await who.autocomplete(self._channel(), command, option, self.random.choice(["", "f", "qz"]))
        asked = list(self.world.discord.backend.interactions.values())[-1]
        await self.world.until(lambda: asked.autocomplete_choices is not None, "choices")
        self.watch.told(who, str(asked.autocomplete_choices))

    async def export(self) -> None:
        """Everything that the bot has about them. Between two copies lie ten minutes."""
        self.world.later(600)
        await self.press_privacy(self.random.choice(self.members), EXPORT_ID)

    async def forget(self) -> None:
        await self.press_privacy(self.random.choice(self.members), self.random.choice([FORGET_ID, FORGET_NOW_ID]))

    # What happens around them.

    async def change_settings(self) -> None:
        reviewed = [frozenset[int](), frozenset({self.world.channel.id}), frozenset({self.open_channel.id})]
        newcomers = self.random.choice([None, None, 86_400])
        others = self.random.choice([OthersPictures.ASK, OthersPictures.EVERYONE])
        self.set(review_channels=self.random.choice(reviewed), review_newcomers_s=newcomers, others_pictures=others)
        self.list_word("fox", self.random.choice([None, None, Action.REVIEW, Action.REFUSE]))

    async def pass_time(self) -> None:
        self.world.later(self.random.choice([600, 3_600, 90_000, 4 * 86_400]))

    async def begin_again(self) -> None:
        await self.restart()

    # How it is done.

    def _anybody(self):
        return self.random.choice([*self.members, *self.members, *self.moderators])

    def _channel(self):
        return self.random.choice([self.world.channel, self.open_channel])

    def _seen_by(self, who):
        """What the bot has sent, in their server."""
        seen = [each for each in self.messages() if each.visible_to(who.id) and each.author_id == self.bot_id]
        channels = self.world.discord.backend.channels
        return [each for each in seen if channels[each.channel_id].guild_id == who.guild.id]

    def _any_custom_id(self) -> str | None:
        found = [id_ for each in self.messages() for id_ in buttons_of(each)]
        return self.random.choice(found[-80:]) if found else None

    async def _remix_somewhere(self, words_: str, **options: object) -> None:
        who, channel = self._anybody(), self.random.choice([self.world.channel, self.world.channel, self.open_channel])
        await self.remix(who, channel, words_, **options)

    async def _send_forged_form(self, who, channel) -> None:
        cards = [each.id for each in self.messages() if each.author_id == self.bot_id and not each.is_ephemeral]
        number, card = self.random.randrange(1, 12), self.random.choice(cards[-12:] or [0])
        custom_id = self.random.choice(_FORMS).format(number, card=card)
        prompt = f"a fox {self.watch.typed(who)}"
        await self.answered(await self.world.submit_forged(who, custom_id, channel=channel, prompt=prompt))
