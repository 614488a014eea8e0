"""REST for interactions: the callback, and the webhook that an interaction's token opens.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

import time
from typing import Any

from aiohttp import web

from tests.wire.loopback_discord.interaction import AUTOCOMPLETE, COMPONENT, MODAL_SUBMIT, Interaction
from tests.wire.loopback_discord.model import EPHEMERAL, LOADING, Message
from tests.wire.loopback_discord.payloads import message_payload
from tests.wire.loopback_discord.world import World
from tests.wire.loopback_discord.writing import change_message, delete, new_message, post

from . import errors
from .answers import answer, no_content
from .uploads import Form, read_form

REPLY, DEFERRED_REPLY, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
MAX_CHOICES = 25
WITH_MESSAGE = (REPLY, UPDATE)


class InteractionRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self, api: str) -> list[web.RouteDef]:
        webhook = f"{api}/webhooks/{{application:[0-9]+}}/{{token}}"
        message = f"{webhook}/messages/{{message}}"
        return [
            web.post(f"{api}/interactions/{{interaction:[0-9]+}}/{{token}}/callback", self._acknowledge),
            web.post(webhook, self._follow_up),
            web.get(message, self._message),
            web.patch(message, self._edit),
            web.delete(message, self._delete),
        ]

    async def _acknowledge(self, request: web.Request) -> web.Response:
        form = await read_form(request, request_limit=self._world.request_limit)
        interaction = self._awaiting(request)
        kind, data = _callback(form, interaction)
        self._respond(interaction, kind, Form(data, form.files))
        interaction.acknowledged_after = time.monotonic() - interaction.sent_at
        interaction.acknowledged.set_result(form.payload)
        interaction.record()
        if request.query.get("with_response") not in {"1", "true"}:
            return no_content()
        return answer(self._callback_answer(interaction, kind))

    def _awaiting(self, request: web.Request) -> Interaction:
        interaction = self._world.interactions.get(request.match_info["token"])
        if interaction is None or interaction.id != int(request.match_info["interaction"]):
            raise errors.unknown_interaction()
        if interaction.acknowledged.done():
            raise errors.already_acknowledged()
        if interaction.expired or time.monotonic() - interaction.sent_at > self._world.acknowledge_within_s:
            raise errors.unknown_interaction()
        return interaction

    def _respond(self, interaction: Interaction, kind: int, form: Form) -> None:
        """What the person sees of it. Type 6 leaves the clicked message as it is."""
        limit = interaction.attachment_size_limit
        if kind == DEFERRED_REPLY:
            flags = LOADING | int(form.payload.get("flags") or 0) & EPHEMERAL
            loading = Message(interaction.channel, self._world.bot, flags=flags, webhook=True)
            interaction.original = post(self._world, loading)
        elif kind == REPLY:
            message = new_message(self._world, interaction.channel, form, file_limit=limit)
            message.webhook = True
            interaction.original = post(self._world, message)
        elif kind in (UPDATE, DEFERRED_UPDATE):
            interaction.original = interaction.message
            if kind == UPDATE and interaction.message is not None:
                change_message(self._world, interaction.message, form, file_limit=limit)
                interaction.channel.watch.changed()

    def _callback_answer(self, interaction: Interaction, kind: int) -> dict[str, Any]:
        facts: dict[str, Any] = {"id": str(interaction.id), "type": interaction.type}
        body: dict[str, Any] = {"interaction": facts}
        original = interaction.original
        if original is not None:
            facts["response_message_id"] = str(original.id)
            facts["response_message_loading"] = bool(original.flags & LOADING)
            facts["response_message_ephemeral"] = original.ephemeral
            message = {"message": message_payload(original, self._world)} if kind in WITH_MESSAGE else {}
            body["resource"] = {"type": kind} | message
        return body

    def _opened(self, request: web.Request) -> Interaction:
        """The interaction whose token this is, if it still opens its webhook."""
        interaction = self._world.interactions.get(request.match_info["token"])
        known = int(request.match_info["application"]) == self._world.application_id
        if interaction is None or not known or not interaction.acknowledged.done():
            raise errors.unknown_webhook()
        if interaction.expired:
            raise errors.expired_token()
        return interaction

    def _named(self, request: web.Request, interaction: Interaction) -> Message:
        wanted = request.match_info["message"]
        mine = [message for message in (interaction.original, *interaction.followups) if message is not None]
        if wanted == "@original":
            mine = mine[:1] if interaction.original is not None else []
        else:
            mine = [message for message in mine if str(message.id) == wanted]
        if not mine or mine[0].deleted:
            raise errors.unknown_message()
        return mine[0]

    async def _follow_up(self, request: web.Request) -> web.Response:
        """The first one after a deferred reply takes the loading message's place."""
        form = await read_form(request, request_limit=self._world.request_limit)
        interaction = self._opened(request)
        original, limit = interaction.original, interaction.attachment_size_limit
        if original is not None and original.flags & LOADING:
            change_message(self._world, original, form, file_limit=limit)
            return self._changed(interaction, original)
        message = new_message(self._world, interaction.channel, form, file_limit=limit)
        message.webhook = True
        interaction.followups.append(post(self._world, message))
        return self._changed(interaction, message)

    async def _message(self, request: web.Request) -> web.Response:
        return answer(message_payload(self._named(request, self._opened(request)), self._world))

    async def _edit(self, request: web.Request) -> web.Response:
        form = await read_form(request, request_limit=self._world.request_limit)
        interaction = self._opened(request)
        message = self._named(request, interaction)
        change_message(self._world, message, form, file_limit=interaction.attachment_size_limit)
        return self._changed(interaction, message)

    async def _delete(self, request: web.Request) -> web.Response:
        interaction = self._opened(request)
        delete(self._named(request, interaction))
        interaction.record()
        return no_content()

    def _changed(self, interaction: Interaction, message: Message) -> web.Response:
        interaction.record()
        message.channel.watch.changed()
        return answer(message_payload(message, self._world))


def _callback(form: Form, interaction: Interaction) -> tuple[int, dict[str, Any]]:
    """The response's type and data; ApiError 400 for a type that this kind of interaction does not take."""
    kind, data = int(form.payload["type"]), form.payload.get("data") or {}
    if (kind == CHOICES) != (interaction.type == AUTOCOMPLETE):
        raise errors.invalid_form("this type answers autocomplete, or does not")
    on_message = interaction.type in (COMPONENT, MODAL_SUBMIT) and interaction.message is not None
    if kind in (UPDATE, DEFERRED_UPDATE) and not on_message:
        raise errors.invalid_form("there is no message to update")
    if kind == MODAL and interaction.type == MODAL_SUBMIT:
        raise errors.invalid_form("a modal cannot follow a modal")
    if kind == CHOICES and len(data.get("choices", [])) > MAX_CHOICES:
        raise errors.invalid_form("more than 25 choices")
    return kind, data
