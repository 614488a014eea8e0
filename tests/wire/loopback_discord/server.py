"""Starts and stops the loopback server, and gives a test its hands: people, servers, faults, the gateway's losses."""

import re
from collections.abc import Mapping
from typing import Self

from aiohttp import web

from .faults import Faults
from .gateway import Gateway
from .interaction import AUTOCOMPLETE, COMPONENT, MODAL_SUBMIT, SLASH, Interaction
from .model import MEMBER, Channel, Guild, Message, Permission, User, new_id
from .payloads import guild_create_payload, user_payload, user_role_payload
from .people import (
    Options,
    Picture,
    autocomplete_data,
    click_data,
    interaction_payload,
    modal_data,
    slash_data,
)
from .rest.rest import API, Rest
from .world import RecordedRequest, World

HOST = "127.0.0.1"
MODERATION_INTENT = 1 << 2
MADE_UP_TOKEN = "made-up-bot-token"
NO_OPTIONS: Options = {}


class LoopbackDiscord:
    """One Discord with one bot application. See the package's docstring for how to use it."""

    def __init__(self, token: str = MADE_UP_TOKEN, *, heartbeat_interval_ms: int = 41250) -> None:
        bot = User(new_id(), "remixer", bot=True)
        owner = User(new_id(), "operator")
        self.world = World(token, bot, owner, users={owner.id: owner})
        self.world.application_id = bot.id
        self.faults = Faults()
        self.gateway = Gateway(self.world, heartbeat_interval_ms)
        self._rest = Rest(self.world, self.gateway, self.faults)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listens on loopback; 0 takes any free port. After `close` it can be started again, with all it knows."""
        self._runner = web.AppRunner(self._rest.application(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        self.port = self._runner.addresses[0][1]
        self.world.origin = f"http://{HOST}:{self.port}"
        self.world.ws_origin = f"ws://{HOST}:{self.port}"

    async def close(self) -> None:
        if self._runner is None:
            return
        self.faults.clear()
        await self.gateway.close()
        await self._runner.cleanup()
        self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def api_url(self) -> str:
        return f"{self.world.origin}{API}"

    @property
    def gateway_url(self) -> str:
        return f"{self.world.ws_origin}/gateway"

    @property
    def bot(self) -> User:
        return self.world.bot

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request so far, in the order in which they were done with."""
        return self.world.requests

    @property
    def unknown_requests(self) -> list[RecordedRequest]:
        """What the bot asked for and this server does not know: assert that it is empty."""
        return [*self._rest.unknown_requests, *(r for r in self.world.requests if r.method == "GATEWAY")]

    def add_guild(self, name: str = "Makers", *, guild_id: int | None = None, boost_tier: int = 0) -> Guild:
        guild = Guild(guild_id or new_id(), name, self.gateway.announce, boost_tier)
        self.world.guilds[guild.id] = guild
        self.gateway.announce("GUILD_CREATE", guild)
        return guild

    def add_user(self, name: str, *, permissions: Permission = MEMBER) -> User:
        user = User(new_id(), name, permissions=permissions)
        self.world.users[user.id] = user
        if user.roles:
            for guild in self.world.guilds.values():
                role = {"guild_id": str(guild.id), "role": user_role_payload(user)}
                self.gateway.dispatch("GUILD_ROLE_CREATE", role)
        return user

    def ban(self, user: User, guild: Guild) -> None:
        """The bot hears of it if it asked for the MODERATION intent. Of who is kicked or leaves it hears nothing."""
        guild.gone.add(user.id)
        banned = {"guild_id": str(guild.id), "user": user_payload(user)}
        self.gateway.dispatch("GUILD_BAN_ADD", banned, intent=MODERATION_INTENT)

    def remove_bot(self, guild: Guild) -> None:
        self.world.left[guild.id] = self.world.guilds.pop(guild.id)
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)})

    def invite_bot_again(self, guild: Guild) -> None:
        self.world.guilds[guild.id] = self.world.left.pop(guild.id)
        joined = guild_create_payload(guild, self.world)
        # Only a server that was unavailable has the mark afterwards.
        del joined["unavailable"]
        self.gateway.dispatch("GUILD_CREATE", joined)

    def make_unavailable(self, guild: Guild) -> None:
        """An outage of Discord's: the bot is still in that server."""
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})

    async def ready(self, within_s: float = 10, *, shards: int = 1) -> None:
        """Returns when a bot is there that has identified or resumed, with that many shards."""
        await self.gateway.watch.wait_for(
            lambda: len(self.gateway.connected_shards) >= shards, within_s, "a bot on the gateway"
        )

    async def disconnected(self, within_s: float = 10) -> None:
        """Returns when no bot is on the gateway, as after its process was killed."""
        await self.gateway.watch.wait_for(lambda: not self.gateway.connected, within_s, "no bot on the gateway")

    async def wait_for_request(
        self, method: str, path: str, *, status: int | None = 200, times: int = 1, within_s: float = 10
    ) -> None:
        """Returns when that many requests were answered so. `path` is a regular expression on the masked path."""
        pattern = re.compile(path)

        def enough() -> bool:
            wanted = (r for r in self.requests if (r.method, r.status) == (method, status) and pattern.search(r.path))
            return sum(1 for _ in wanted) >= times

        await self.world.watch.wait_for(enough, within_s, f"{method} {path} answered {status}")

    async def drop_gateway(self, *, resumable: bool = True, code: int | None = None, shard: int | None = None) -> None:
        """Cuts every connection, or that shard's: with that close code, or by a TCP reset."""
        await self.gateway.drop(resumable=resumable, code=code, shard=shard)

    async def slash(
        self,
        name: str,
        user: User,
        channel: Channel,
        *,
        options: Options = NO_OPTIONS,
        attachment: bytes | Picture | None = None,
        attachment_size_limit: int | None = None,
    ) -> Interaction:
        """Bytes are attached as `picture.png` to the option `image`; a `Picture` says otherwise."""
        picture = Picture(attachment) if isinstance(attachment, bytes) else attachment
        data = slash_data(self.world, name, channel, options, (picture,) if picture else ())
        return self._send(Interaction(SLASH, user, channel, data), attachment_size_limit)

    async def autocomplete(
        self, name: str, user: User, channel: Channel, *, focused: str, typed: str, options: Options = NO_OPTIONS
    ) -> Interaction:
        """Once acknowledged, `choices` has the answer."""
        data = autocomplete_data(self.world, name, channel, focused, typed, options)
        return self._send(Interaction(AUTOCOMPLETE, user, channel, data))

    async def click(self, user: User, message: Message, custom_id: str, *, values: tuple[str, ...] = ()) -> Interaction:
        """A button, or a select with the chosen `values`."""
        data = click_data(message, custom_id, values)
        return self._send(Interaction(COMPONENT, user, message.channel, data, message))

    async def modal(self, user: User, opened: Interaction, values: Mapping[str, str]) -> Interaction:
        """Submits the modal that the bot opened in answer to `opened`."""
        data = modal_data(opened.modal, values)
        return self._send(Interaction(MODAL_SUBMIT, user, opened.channel, data, opened.message))

    def redeliver(self, interaction: Interaction) -> None:
        """Sends the same interaction once more."""
        self.gateway.dispatch("INTERACTION_CREATE", interaction_payload(self.world, interaction))

    def _send(self, interaction: Interaction, attachment_size_limit: int | None = None) -> Interaction:
        interaction.attachment_size_limit = attachment_size_limit or interaction.channel.guild.file_limit
        self.world.interactions[interaction.token] = interaction
        self.redeliver(interaction)
        return interaction

    async def post(self, user: User, channel: Channel, content: str) -> Message:
        """A person writes in the channel."""
        message = Message(channel, user, content)
        channel.messages.append(message)
        channel.watch.changed()
        return message
