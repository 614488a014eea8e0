"""Maud moderates the server: what she types, and what she is told privately."""

import discord

from tests.e2e.world import private_words


class Desk:
    """`maud` moderates. `max` does too, with a higher role; `hugo` has a high role and moderates nothing."""

    def __init__(self, world):
        self.world = world
        moderates = discord.Permissions(moderate_members=True)
        # Each new role stands below the ones before.
        honoured = world.server.create_role("honoured", permissions=discord.Permissions.none())
        high = world.server.create_role("head moderators", permissions=moderates)
        self.role = world.server.create_role("moderators", permissions=moderates)
        self.maud = world.server.add_member(world.discord.create_user("maud"), roles=[self.role])
        self.max = world.server.add_member(world.discord.create_user("max"), roles=[high])
        self.hugo = world.server.add_member(world.discord.create_user("hugo"), roles=[honoured])

    async def press(self, command, who=None, **options):
        """What the moderator is told, privately."""
        result = await (who or self.maud).slash(self.world.channel, f"remix-mod {command}", **options)
        return await self.words(result, command)

    async def menu(self, name, card, who=None, **fields):
        """As `press`, by the menu of a message and the form that it opens."""
        result = await (who or self.maud).context_menu(self.world.channel, name, card.message)
        return await self.submit(result, name, who, **fields)

    async def click(self, label, card, who=None, **fields):
        """As `menu`, by a button of the log."""
        result = await (who or self.maud).click(card.message, label=label)
        return await self.submit(result, label, who, **fields)

    async def submit(self, result, what, who=None, **fields):
        """The answer to the form; or to what opens it, if that was refused."""
        await self.world.until(lambda: result.modal or private_words(result), f"an answer to {what}")
        if result.modal:
            result = await (who or self.maud).submit_modal(result, prefilled(result) | fields)
        return await self.words(result, what)

    async def words(self, result, what):
        await self.world.until(lambda: private_words(result), f"an answer to {what}")
        assert result.ephemeral
        return private_words(result)


def prefilled(form):
    """What the fields of a form say before anybody types, which Discord's own client submits too."""
    fields = [part["component"] for part in form.modal["components"]]
    return {field["custom_id"]: field["value"] for field in fields if field.get("value")}


def aside(result):
    """What was said privately beside the answer."""
    return [each.content for each in result.followups]
