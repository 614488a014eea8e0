"""Gives a request the ending and the weight of the style that it names, as the server has it at that moment."""

from dataclasses import replace

from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest, check_shape
from bot.rules.styles import with_style
from bot.storage.engine.database import Connection
from bot.storage.standing import styles


def apply_style(
    connection: Connection, guild_id: int, request: RemixRequest, source_size: tuple[int, int], max_prompt_chars: int
) -> RemixRequest | Refused:
    """What repeats an earlier remix keeps the ending that was sent then, whatever became of the style.

    `source_size`: in pixels. `max_prompt_chars`: for the prompt and the ending together.
    """
    if not request.style_name or request.style_ending:
        return request
    style = styles.find(connection, guild_id, request.style_name)
    if style is None:
        return Refused(Reason.STYLE_UNKNOWN)
    # The member chose the size and not the weight, so the size wins where Ideogram takes only one of them.
    fits = check_shape(replace(request, weight=style.weight), *source_size) is None
    styled = with_style(request, style, weight_fits=fits)
    excess = len(styled.sent_prompt) - max_prompt_chars
    if excess > 0:
        return Refused(Reason.PROMPT_TOO_LONG_WITH_STYLE, limit=max(0, len(request.prompt) - excess))
    return styled
