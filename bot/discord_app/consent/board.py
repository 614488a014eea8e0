"""Posts the question to a picture's author, says how it ended, and tells the asker."""

import discord
import structlog
from discord import ui

from bot.discord_app.consent import words
from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, SendError, send, send_errors
from bot.discord_app.remixes.private_reply import PrivateReply
from bot.rules.others_pictures import RequestState
from bot.storage.consent.picture_requests import PictureRequest
from bot.use_cases.remixes.job_status import REPLY_LIFETIME

log = structlog.get_logger(__name__)

_ANSWERS = {
    "yes": (words.YES, discord.ButtonStyle.success),
    "no": (words.NO, discord.ButtonStyle.secondary),
    "prompt": (words.SHOW_PROMPT, discord.ButtonStyle.secondary),
    "never": (words.NEVER, discord.ButtonStyle.danger),
}


class Board:
    """Implements QuestionBoard with a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def post(self, request: PictureRequest) -> int | None:
        channel = self._client.get_partial_messageable(request.channel_id, guild_id=request.guild_id)
        try:
            sent = await send(channel, view=_question(request), mention=request.author_id, nonce=f"ask-{request.id}")
        except SendError as error:
            log.warning("the author of a picture could not be asked", request=request.id, error=str(error))
            return None
        return sent.id

    async def close(self, request: PictureRequest, state: RequestState) -> None:
        if request.question_id is None:
            return
        channel = self._client.get_partial_messageable(request.channel_id, guild_id=request.guild_id)
        view = _view(ui.TextDisplay(words.answered(request, state)))
        try:
            with send_errors():
                message = channel.get_partial_message(request.question_id)
                await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
        except SendError as error:
            log.info("a question about a picture could not be closed", request=request.id, error=str(error))

    async def tell_asker(self, request: PictureRequest, state: RequestState) -> None:
        text, token, asked_by = words.for_asker(state), request.reply_token, request.interaction_id
        if not text or not token or asked_by is None or self._client.application_id is None:
            return
        ends_at = discord.utils.snowflake_time(asked_by) + REPLY_LIFETIME
        if discord.utils.utcnow() < ends_at:
            reply = PrivateReply(self._client, self._client.application_id, token, ends_at)
            await reply.show(_view(ui.TextDisplay(text)), within_s=MAX_SHORT_MESSAGE_S)


def _question(request: PictureRequest) -> ui.LayoutView:
    buttons = (
        ui.Button[ui.LayoutView](label=label, style=style, custom_id=f"remix:ask:{answer}:{request.id}")
        for answer, (label, style) in _ANSWERS.items()
    )
    return _view(ui.TextDisplay(words.question(request)), ui.ActionRow(*buttons))


def _view(*items: "ui.Item[ui.LayoutView]") -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    # The buttons are found by their custom ids, also after a restart.
    view.stop()
    return view
