"""Records a refusal by a rule of the server for its moderators, and the points that it gives."""

from bot.rules.points import PointKind
from bot.rules.refusals import OF_PICTURE, Reason, Refused
from bot.rules.words.entries import Action
from bot.rules.words.findings import first
from bot.storage.engine.database import Connection
from bot.storage.moderation import points
from bot.storage.remixes import jobs, retention
from bot.storage.server_log import refusal_log
from bot.use_cases.core import Core
from bot.use_cases.remixes.gate_facts import Asker
from bot.use_cases.remixes.starting_points import Start

_BY_WORDS = frozenset({Reason.WORD_REFUSED, Reason.AUTOMOD_REFUSED})


def note_refusal(
    core: Core,
    connection: Connection,
    asker: Asker,
    refused: Refused | None,
    prompt: str | None = None,
    start: Start | None = None,
    picture_hash: str | None = None,
) -> None:
    """`prompt`: what was asked for now, without the ending of a style. `start`: the earlier remix that they go on from.

    Only words that the member has just typed give points: not those of a style, nor an old prompt with a new word. And
    only pictures that they have just sent. `picture_hash`: the stored source.
    """
    now = core.clock()
    if picture_hash is not None and refused is not None and refused.reason in OF_PICTURE:
        retention.list_unneeded(connection, picture_hash, now)
    if refused is None or not refused.by_rule:
        return
    refusal_log.add(connection, asker.guild_id, asker.channel_id, asker.user_id, refused.reason, now)
    if refused.reason in OF_PICTURE and start is None and asker.taken is None:
        points.add(connection, PointKind.PICTURE, asker.guild_id, asker.user_id, now)
    # Without a word the prompt was too long to be read.
    if refused.reason not in _BY_WORDS or refused.word is None:
        return
    typed = _typed(connection, asker, prompt, start)
    if typed is not None and _is_refused(core, connection, asker, typed):
        points.add(connection, PointKind.WORD, asker.guild_id, asker.user_id, now)


def _typed(connection: Connection, asker: Asker, prompt: str | None, start: Start | None) -> str | None:
    """None: the prompt is an old one. That of a question was typed before the owner of the picture said yes."""
    if asker.taken is not None and asker.taken.request_id is not None:
        return None
    if start is None:
        return prompt
    if start.request is None:
        return None
    earlier = jobs.find(connection, start.job_id)
    is_same = earlier is not None and earlier.prompt == start.request.prompt
    return None if is_same else start.request.prompt


def _is_refused(core: Core, connection: Connection, asker: Asker, typed: str) -> bool:
    found = core.words.judge(connection, asker.guild_id, typed)
    of_automod = () if asker.manages_server else found.of_automod(asker.channel_ids, asker.role_ids)
    return first([*found.hits, *of_automod], Action.REFUSE) is not None
