"""The moderators' lists (cases, blocks, queue), and the buttons that turn their pages."""

from collections.abc import Mapping
from functools import partial

from bot.discord_app.kit.channel_sight import sees_channel
from bot.discord_app.kit.controls import Control, Interaction, page_buttons, read_cursor, view_of
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.moderation import case_words, words
from bot.discord_app.moderation.lists.member_page import show_member
from bot.discord_app.moderation.lists.paging import (
    BLOCKS,
    CASES,
    MEMBER,
    PATTERN,
    QUEUE,
    ShowPage,
    read_filter,
)
from bot.rules.pages import Cursor
from bot.use_cases.moderation.block_member import active_blocks
from bot.use_cases.moderation.review_cases import list_cases
from bot.use_cases.moderation.server_queue import read_server_queue


async def show_cases(
    interaction: Interaction, features: Features, guild_id: int, wanted: str, cursor: Cursor | None = None
) -> bool:
    page = await list_cases(features.core, guild_id, read_filter(wanted), cursor)
    view = view_of(page_buttons(CASES, page, wanted))
    await interaction.edit_original_response(content=case_words.case_list(page.shown), view=view)
    return bool(page.shown)


async def show_blocks(
    interaction: Interaction, features: Features, guild_id: int, _wanted: str = "", cursor: Cursor | None = None
) -> bool:
    page = await active_blocks(features.core, guild_id, cursor)
    view = view_of(page_buttons(BLOCKS, page))
    await interaction.edit_original_response(content=words.block_list(page.shown), view=view)
    return bool(page.shown)


async def show_queue(
    interaction: Interaction, features: Features, guild_id: int, _wanted: str = "", cursor: Cursor | None = None
) -> bool:
    found = await read_server_queue(features.core, guild_id, cursor, slots=features.rules.slots)
    view = view_of(page_buttons(QUEUE, found.page))
    await interaction.edit_original_response(content=words.queue(found, partial(sees_channel, interaction)), view=view)
    return bool(found.page.shown)


_LISTS: Mapping[str, ShowPage] = {CASES: show_cases, BLOCKS: show_blocks, QUEUE: show_queue, MEMBER: show_member}


class PageButton(Control, template=PATTERN):
    """Carries a list, a filter and a cursor, and gives no permission: each press checks those of the moment."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction, thinking=False)
        found = self.found
        show = _LISTS[found["list"]]
        private = interaction.message is not None and interaction.message.flags.ephemeral
        if interaction.guild_id is None or not private or not moderates(interaction):
            await interaction.followup.send(words.NOT_A_MODERATOR, ephemeral=True)
            return
        cursor = read_cursor(found)
        if not await show(interaction, features, interaction.guild_id, found["wanted"], cursor):
            # Everything from the cursor on is gone by now: blocks end, and the queue moves on.
            await show(interaction, features, interaction.guild_id, found["wanted"], None)
