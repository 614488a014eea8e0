"""Somebody appeals, and moderators read it and decide: what both sides press and read."""

import discord

from bot.rules.policies import Policy
from bot.rules.words.entries import WordEntry, key_of
from bot.storage.appeals import appeals
from bot.storage.standing import policies, words
from tests.e2e.moderators import Desk


class Hearing(Desk):
    """With a log channel that only moderators read."""

    def __init__(self, world):
        super().__init__(world)
        unseen, seen = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True)
        rules = dict.fromkeys([self.role, world.server.roles["head moderators"], world.app.client.user], seen)
        rules[world.server.default_role] = unseen
        self.log = world.server.create_text_channel("mod-log", overwrites=rules)
        self.policy()

    def policy(self, **settings):
        policy = Policy(log_channel=self.log.id, **settings)
        self.world.app.core.database.transaction_now(policies.write, self.world.server.id, policy)

    def list_word(self, text):
        entry = WordEntry(text)
        self.world.app.core.database.transaction_now(words.write, self.world.server.id, {key_of(entry): entry})

    async def appeal(self, result, who, label="Appeal", **fields):
        """What the person reads after they have pressed that button and submitted the form."""
        await self.world.until(lambda: result.response, "the message with the button")
        form = await who.click(result.response, label=label)
        return await self.submit(form, "the appeal", who, **{"text": "please", **fields})

    async def card(self, said=""):
        """The newest card of an appeal in the log channel, as soon as it is there."""

        def found():
            return [
                card for card in self.world.cards(self.log) if card.text.startswith("**Appeal") and said in card.text
            ]

        await self.world.until(found, "the card of an appeal")
        return found()[-1]

    async def closed_card(self, outcome):
        """The card, once it says so."""

        def closed():
            return [card for card in self.world.cards(self.log) if f"**{outcome}**" in card.text]

        await self.world.until(closed, f"a card that says {outcome}")
        return closed()[-1]

    async def decide(self, label, who=None, answer=""):
        """What the moderator reads once they have decided on the newest card."""
        card = await self.card()
        form = await (who or self.maud).click(card.message, label=label)
        return await self.submit(form, label, who, answer=answer)

    def appeals(self, who):
        """All that the person has made, oldest first."""
        numbers = range(1, 100)
        read = self.world.app.core.database.transaction_now
        found = [each for number in numbers if (each := read(appeals.find, number)) is not None]
        return [each for each in found if each.user_id == who.id]

    def messages_to(self, who):
        """What the bot has sent that person directly."""
        return [card.stored.content for card in self.world.cards(who.user.dm_channel)]

    def refuse_messages_to(self, who, *, refuses=True):
        """Discord says of bots that they cannot be written to, as of people who take no messages."""
        self.world.discord.backend.users[who.id].bot = refuses

    async def told_directly(self, who, said):
        await self.world.until(lambda: any(said in text for text in self.messages_to(who)), said)
