"""What a moderator does to a member, from a command or from a form of the member's page."""

from bot.discord_app.kit.controls import Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.moderation import words
from bot.discord_app.moderation.actions import answer, lets_act_on_member
from bot.discord_app.moderation.oversight import point_words
from bot.discord_app.moderation.ranks import Person
from bot.rules.durations import read_duration
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.oversight.member_points import clear_points
from bot.use_cases.moderation.warn_member import warn_member, write_note


async def block_person(
    interaction: Interaction, features: Features, member: Person | int, reason: str | None, duration: str | None
) -> None:
    """No `duration`: until they are unblocked."""
    acting = await lets_act_on_member(interaction, member, reason)
    if acting is None:
        return
    length = read_duration(duration) if duration else None
    if duration and length is None:
        await answer(interaction, words.BAD_DURATION)
        return
    done = await block_member(features.core, acting, _id(member), length)
    await answer(interaction, words.blocked(done), done.case)


async def warn_person(interaction: Interaction, features: Features, member: Person | int, reason: str | None) -> None:
    acting = await lets_act_on_member(interaction, member, reason)
    if acting is not None and acting.reason is None:
        await answer(interaction, words.NO_REASON)
    elif acting is not None:
        done = await warn_member(features.core, acting, _id(member))
        await answer(interaction, words.warned(done), done.case)


async def note_person(interaction: Interaction, features: Features, member: Person | int, note: str | None) -> None:
    acting = await lets_act_on_member(interaction, member, note)
    if acting is not None and acting.reason is None:
        await answer(interaction, words.NO_NOTE)
    elif acting is not None:
        case = await write_note(features.core, acting, _id(member))
        await answer(interaction, words.noted(case), case)


async def clear_points_of(interaction: Interaction, features: Features, member: int, reason: str | None) -> None:
    acting = await lets_act_on_member(interaction, member, reason)
    if acting is not None:
        done = await clear_points(features.core, acting, member)
        await answer(
            interaction, point_words.cleared(done) if done else point_words.NO_POINTS, done.case if done else None
        )


def _id(member: Person | int) -> int:
    return member if isinstance(member, int) else member.id
