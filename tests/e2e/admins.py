"""Anna and bert manage the server: what they set by `/remix-config`, and what they are told privately."""

import discord

from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.standing import policies
from tests.e2e.world import private_words

COMMANDS = {
    "panel": {},
    "set": {"name": "cooldown", "value": "5m"},
    "plan": {"role": None, "daily_quota": "5"},
    "plans": {},
    "grant": {"member": None, "remixes": 3, "until": "7d"},
    "grants": {},
    "show": {},
    "export": {},
    "style-add": {"name": "Fog", "prompt_ending": "in thick fog"},
    "style-remove": {"name": "Fog"},
    "styles": {},
    "word-add": {"words": "fog"},
    "word-remove": {"word": "fog"},
    "words": {},
    "picture-add": {"remix": "1"},
    "picture-remove": {"number": 1},
    "pictures": {},
    "import": {"file": ("settings.json", b'{"settings": {"cooldown": "5m"}}')},
}


class Admins:
    """Anna and bert manage the server; rosa only moderates."""

    def __init__(self, world):
        self.world = world
        manages = world.server.create_role("admins", permissions=discord.Permissions(manage_guild=True))
        self.anna = world.server.add_member(world.discord.create_user("anna"), roles=[manages])
        self.bert = world.server.add_member(world.discord.create_user("bert"), roles=[manages])
        self.artists = world.server.create_role("artists")

    def options(self, command):
        given = {"role": self.artists, "member": self.world.mia}
        return {name: given[name] if value is None else value for name, value in COMMANDS[command].items()}

    async def press(self, command, who=None, **options):
        result = await (who or self.anna).slash(self.world.channel, f"remix-config {command}", **options)
        await self.world.until(lambda: private_words(result), f"an answer to {command}")
        assert result.ephemeral
        return result

    async def told(self, command, who=None, **options):
        return private_words(await self.press(command, who, **options))

    async def set(self, name, value, who=None):
        return await self.told("set", who, name=name, value=value)

    async def select(self, panel, name, values, who=None):
        """Chosen in the panel, which is then shown anew."""
        return await (who or self.anna).select(panel.response, values, custom_id=f"remix-config:set:{name}")

    async def until_policy(self, holds):
        await self.world.until(lambda: holds(self.policy), "a policy")

    async def form(self, panel, label, who=None):
        shown = await (who or self.anna).click(panel.response, label=label)
        await self.world.until(lambda: shown.modal, "a form")
        return shown

    def field(self, shown, name):
        """The custom id of a field of the form."""
        ids = [part["component"]["custom_id"] for part in shown.modal["components"]]
        return next(each for each in ids if each.startswith(f"{name}="))

    @property
    def policy(self):
        return self._read(policies.read)

    @property
    def cases(self):
        return self.world.app.core.database.transaction_now(cases.newest, self.world.server.id, CaseFilter(), 100)

    def _read(self, function, *more):
        return self.world.app.core.database.transaction_now(function, self.world.server.id, *more)
