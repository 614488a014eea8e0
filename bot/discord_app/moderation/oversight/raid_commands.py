"""`/remix-mod raid on` and `off`."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.moderation import command_words, words
from bot.discord_app.moderation.actions import answer, lets_in
from bot.discord_app.moderation.command_options import Duration, Reason
from bot.discord_app.moderation.oversight import raid_words
from bot.rules.durations import read_duration
from bot.rules.raids import LASTS, LONGEST
from bot.use_cases.moderation.oversight.raid_mode import switch_raid_off, switch_raid_on
from bot.use_cases.server_policy.read_server_policy import read_policy


def raid_group(features: Features) -> app_commands.Group:
    """For the group `/remix-mod`."""
    group = app_commands.Group(name="raid", description=raid_words.GROUP)

    @group.command(name="on", description=raid_words.ON)
    @app_commands.describe(duration=raid_words.DURATION, reason=command_words.REASON_ON_RECORD)
    async def on(
        interaction: discord.Interaction, duration: Duration | None = None, reason: Reason | None = None
    ) -> None:
        acting = await lets_in(interaction, reason)
        if acting is None:
            return
        length = LASTS if duration is None else read_duration(duration)
        if length is None or length > LONGEST:
            await answer(interaction, words.BAD_DURATION if length is None else raid_words.TOO_LONG)
            return
        case = await switch_raid_on(features.core, acting, length)
        policy = await read_policy(features.core, acting.guild_id)
        await answer(interaction, raid_words.switched_on(case, int(policy.raid_new_for.total_seconds())), case)

    @group.command(name="off", description=raid_words.OFF)
    @app_commands.describe(reason=command_words.REASON_ON_RECORD)
    async def off(interaction: discord.Interaction, reason: Reason | None = None) -> None:
        if (acting := await lets_in(interaction, reason)) is not None:
            case = await switch_raid_off(features.core, acting)
            await answer(interaction, raid_words.switched_off(case) if case else raid_words.NOT_ON)

    return group
