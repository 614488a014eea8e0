"""REST for channels and the messages in them, with the bot's own token and its permissions there."""

from aiohttp import web

from tests.wire.loopback_discord.model import Channel, Message, Permission
from tests.wire.loopback_discord.payloads import channel_payload, message_payload
from tests.wire.loopback_discord.world import World
from tests.wire.loopback_discord.writing import change_message, delete, new_message, post

from . import errors
from .answers import answer, no_content
from .uploads import Form, read_form

HISTORY_DEFAULT, HISTORY_MAX = 50, 100


class ChannelRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self, api: str) -> list[web.RouteDef]:
        channel = f"{api}/channels/{{channel:[0-9]+}}"
        message = f"{channel}/messages/{{message:[0-9]+}}"
        return [
            web.get(channel, self._channel),
            web.get(f"{channel}/messages", self._history),
            web.post(f"{channel}/messages", self._post),
            web.get(message, self._message),
            web.patch(message, self._edit),
            web.delete(message, self._delete),
        ]

    def _visible(self, request: web.Request) -> Channel:
        channel = self._world.channel(int(request.match_info["channel"]))
        if channel is None:
            raise errors.unknown_channel()
        if Permission.VIEW_CHANNEL not in channel.bot_permissions:
            raise errors.missing_access()
        return channel

    def _standing(self, request: web.Request) -> Message:
        wanted = int(request.match_info["message"])
        for message in self._visible(request).standing:
            if message.id == wanted:
                return message
        raise errors.unknown_message()

    async def _channel(self, request: web.Request) -> web.Response:
        return answer(channel_payload(self._visible(request), self._world.bot))

    async def _post(self, request: web.Request) -> web.Response:
        form = await read_form(request, request_limit=self._world.request_limit)
        channel = self._visible(request)
        _check_may_post(channel, form)
        message = new_message(self._world, channel, form, file_limit=channel.guild.file_limit)
        enforced = form.payload.get("enforce_nonce") is True
        earlier = self._world.message_of_nonce(message.nonce) if enforced else None
        return answer(message_payload(earlier or post(self._world, message), self._world))

    async def _history(self, request: web.Request) -> web.Response:
        """Newest first. Empty for a bot that may not read it."""
        channel = self._visible(request)
        readable = Permission.READ_MESSAGE_HISTORY in channel.bot_permissions
        messages = _page(channel.standing, request) if readable else []
        return answer([message_payload(message, self._world) for message in messages])

    async def _message(self, request: web.Request) -> web.Response:
        return answer(message_payload(self._standing(request), self._world))

    async def _edit(self, request: web.Request) -> web.Response:
        form = await read_form(request, request_limit=self._world.request_limit)
        message = self._standing(request)
        if message.author is not self._world.bot:
            raise errors.not_the_author()
        change_message(self._world, message, form, file_limit=message.channel.guild.file_limit)
        message.channel.watch.changed()
        return answer(message_payload(message, self._world))

    async def _delete(self, request: web.Request) -> web.Response:
        message = self._standing(request)
        own = message.author is self._world.bot
        if not own and Permission.MANAGE_MESSAGES not in message.channel.bot_permissions:
            raise errors.missing_permissions()
        delete(message)
        return no_content()


def _check_may_post(channel: Channel, form: Form) -> None:
    send = Permission.SEND_MESSAGES_IN_THREADS if channel.parent else Permission.SEND_MESSAGES
    needed = send | Permission.ATTACH_FILES if form.files else send
    if needed not in channel.bot_permissions:
        raise errors.missing_permissions()


def _page(messages: list[Message], request: web.Request) -> list[Message]:
    """As https://discord.com/developers/docs/resources/message#get-channel-messages describes it."""
    limit = int(request.query.get("limit", HISTORY_DEFAULT))
    if not 1 <= limit <= HISTORY_MAX:
        raise errors.invalid_form("limit is 1 to 100")
    newest_first = messages[::-1]
    if "around" in request.query:
        return _around(newest_first, int(request.query["around"]), limit)
    if "after" in request.query:
        return [message for message in newest_first if message.id > int(request.query["after"])][-limit:]
    before = int(request.query.get("before", 1 << 63))
    return [message for message in newest_first if message.id < before][:limit]


def _around(newest_first: list[Message], middle: int, limit: int) -> list[Message]:
    newer = [message for message in newest_first if message.id > middle][-(limit // 2) :] if limit > 1 else []
    rest = [message for message in newest_first if message.id <= middle]
    return newer + rest[: limit - len(newer)]
