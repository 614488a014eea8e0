"""What a moderator does to a remix, from whichever command, menu or button: may they, do it, make it so in Discord."""

from typing import Any

import discord

from bot.discord_app.kit.features import ModerationFeatures
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.kit.sending import delete_message
from bot.discord_app.kit.text import one_line
from bot.discord_app.moderation import words as replies
from bot.discord_app.moderation.ranks import fetch_ranked, ranked
from bot.discord_app.moderation.remix_reference import read_reference
from bot.rules.hierarchy import RankedMember, check_reach
from bot.storage.remixes.jobs import Job
from bot.use_cases.moderation.case_book import Acting
from bot.use_cases.moderation.find_result import NotModerated, RemixReference
from bot.use_cases.moderation.remove_result import Removed

_Interaction = discord.Interaction[Any]


async def lets_in(interaction: _Interaction) -> bool:
    """Acknowledges privately, and tells whoever may not moderate so: the permissions are those of now."""
    await defer(interaction)
    if interaction.guild_id is not None and moderates(interaction):
        return True
    await answer(interaction, replies.NOT_A_MODERATOR)
    return False


async def answer(interaction: _Interaction, text: str) -> None:
    await interaction.edit_original_response(content=text)


def acting(interaction: _Interaction, reason: str | None = None) -> Acting:
    told = one_line(reason) if reason else None
    return Acting(interaction.guild_id or 0, interaction.user.id, told or None)


async def may_reach(interaction: _Interaction, target: RankedMember, *, allow_self: bool) -> bool:
    """Tells who may not act on that person so."""
    refused = check_reach(ranked(interaction, interaction.user), target, allow_self=allow_self)
    if refused is not None:
        await answer(interaction, replies.OUT_OF_REACH[refused])
    return refused is None


async def find_remix(
    interaction: _Interaction, features: ModerationFeatures, reference: str | RemixReference, *, allow_self: bool
) -> Job | None:
    """The remix that is meant, where the moderator may act on its author. None: they were told why not."""
    guild_id = interaction.guild_id or 0
    read = read_reference(reference, guild_id) if isinstance(reference, str) else reference
    job = await features.find.run(guild_id, read) if read is not None else None
    if job is None:
        await answer(interaction, replies.NO_REFERENCE)
        return None
    author = await fetch_ranked(interaction, job.user_id)
    return job if await may_reach(interaction, author, allow_self=allow_self) else None


async def hide_remix(
    interaction: _Interaction,
    features: ModerationFeatures,
    reference: str | RemixReference,
    reason: str | None = None,
    *,
    hidden: bool = True,
) -> None:
    """Or show it again. Whoever is hidden does not lift it themselves."""
    job = await find_remix(interaction, features, reference, allow_self=hidden)
    if job is None:
        return
    done = await features.hide.run(acting(interaction, reason), job.id, hidden=hidden)
    if isinstance(done, NotModerated):
        await answer(interaction, replies.NOT_MODERATED[done])
        return
    shown = await features.cards.show(done.cards)
    told = replies.hidden(done.case, posted=bool(done.cards.posts), shown=shown, is_hidden=hidden)
    await answer(interaction, told)


async def remove_remix(
    interaction: _Interaction,
    features: ModerationFeatures,
    reference: str | RemixReference,
    reason: str | None = None,
) -> None:
    job = await find_remix(interaction, features, reference, allow_self=True)
    if job is None:
        return
    done = await features.remove.remove(acting(interaction, reason), job.id)
    if isinstance(done, NotModerated):
        await answer(interaction, replies.NOT_MODERATED[done])
        return
    await take_down(interaction, features, done)


async def take_down(interaction: _Interaction, features: ModerationFeatures, removed: Removed) -> None:
    """Delete the messages, after the commit, and tell how far that went."""
    left = 0
    for each in removed.posts:
        if await delete_message(interaction.client, each.post.channel_id, each.post.message_id):
            await features.remove.deleted(each)
        else:
            left += 1
    await answer(interaction, replies.removed(removed, left))
