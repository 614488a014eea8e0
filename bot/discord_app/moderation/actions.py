"""What a moderator does to a remix, from a command, a message's menu or a button: check, commit, then tell Discord."""

from collections.abc import Sequence
from typing import Any

from discord import ui

from bot.discord_app.kit.controls import Interaction
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.kit.words import SHOW
from bot.discord_app.moderation import words
from bot.discord_app.moderation.ranks import Person, out_of_reach
from bot.discord_app.moderation.remix_reference import read_reference
from bot.rules.cases import UNDOABLE
from bot.rules.durations import read_duration
from bot.rules.visible_text import one_line
from bot.storage.moderation.cases import Case
from bot.storage.remixes.jobs import Job
from bot.use_cases.moderation import act_on_author
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.find_remix import NotModerated, RemixReference, find_owner, find_remix
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.remove_result import Removed
from bot.use_cases.moderation.server_queue import cancel_all_waiting
from bot.use_cases.purges.second_moderator import AskedSecond, remove_or_ask

UNDO = r"remix:undo:(?P<number>[0-9]{1,9})"
_IN_A_ROW = 5


async def lets_in(interaction: Interaction, reason: str | None = None) -> Acting | None:
    """Acknowledges privately. None: the person lacks the permission at this moment, and has read so.

    Discord's own permissions for a command are not enough: admins can offer it to any role.
    """
    # First of all: Discord drops an interaction that gets no response within 3 seconds.
    # https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback
    await defer(interaction)
    if interaction.guild_id is not None and moderates(interaction):
        return Acting(interaction.guild_id, interaction.user.id, (one_line(reason) or None) if reason else None)
    await answer(interaction, words.NOT_A_MODERATOR)
    return None


async def answer(interaction: Interaction, text: str, done: Case | None = None) -> None:
    """`done`: what was done, to be undone by a button under the answer if that is possible."""
    view = undo_view([done]) if done is not None and done.kind in UNDOABLE else None
    await interaction.edit_original_response(content=text, view=view)


def show_deleted_view(job_id: int) -> ui.View:
    """A button that shows what the author of that remix deleted."""
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label=SHOW, custom_id=Action.SHOW_DELETED.custom_id(job_id)))
    view.stop()
    return view


def undo_view(done: Sequence[Case]) -> ui.View:
    view = ui.View(timeout=None)
    for button in undo_buttons(done):
        view.add_item(button)
    # discord.py need not remember the view: its buttons are found by their custom ids, also after a restart.
    view.stop()
    return view


def undo_buttons(done: Sequence[Case]) -> list[ui.Button[Any]]:
    """At most five, as many as fit into a row. With several, each names its case."""
    several = len(done) > 1
    return [
        ui.Button(label=f"{words.UNDO} {case.number}" if several else words.UNDO, custom_id=f"remix:undo:{case.number}")
        for case in done[:_IN_A_ROW]
    ]


async def may_reach(interaction: Interaction, target: Person | int, *, allow_self: bool) -> bool:
    """False: they cannot act on that person, and have read why."""
    refused = await out_of_reach(interaction, target, allow_self=allow_self)
    if refused is not None:
        await answer(interaction, words.out_of_reach(refused))
    return refused is None


async def lets_act_on_member(interaction: Interaction, member: Person | int, reason: str | None) -> Acting | None:
    """`lets_in`, and the member's rank. Nobody may act on themselves here. None: they have read why not."""
    acting = await lets_in(interaction, reason)
    return acting if acting and await may_reach(interaction, member, allow_self=False) else None


async def lets_act_on_remix(
    interaction: Interaction,
    features: Features,
    reference: str | RemixReference,
    reason: str | None = None,
    *,
    allow_self: bool,
) -> tuple[Acting, Job] | None:
    """`lets_in`, and the remix if the moderator may act on its author. None: they have read why not."""
    acting = await lets_in(interaction, reason)
    if acting is None:
        return None
    read = read_reference(reference, acting.guild_id) if isinstance(reference, str) else reference
    job = await find_remix(features.core, acting.guild_id, read) if read is not None else None
    if job is None:
        await answer(interaction, words.NO_SUCH_REMIX)
        return None
    return (acting, job) if await may_reach(interaction, job.user_id, allow_self=allow_self) else None


async def lets_act_on_picture(
    interaction: Interaction,
    features: Features,
    reference: str | RemixReference,
    reason: str | None,
    *,
    allow_self: bool,
) -> tuple[Acting, Job] | None:
    """As `lets_act_on_remix`, for what also concerns the member who sent the picture: they may be somebody else."""
    let_in = await lets_act_on_remix(interaction, features, reference, reason, allow_self=allow_self)
    if let_in is None:
        return None
    owner_id = await find_owner(features.core, let_in[1])
    return let_in if await reaches_all(interaction, owner_id, allow_self=allow_self) else None


async def reaches_all(interaction: Interaction, *people: int | None, allow_self: bool = True) -> bool:
    """False: they cannot act on one of them, and have read why."""
    for person in dict.fromkeys(each for each in people if each is not None):
        if not await may_reach(interaction, person, allow_self=allow_self):
            return False
    return True


async def hide_remix(
    interaction: Interaction,
    features: Features,
    reference: str | RemixReference,
    reason: str | None = None,
    *,
    hidden: bool = True,
) -> None:
    """Or unhide it. Authors cannot unhide their own remix."""
    let_in = await lets_act_on_picture(interaction, features, reference, reason, allow_self=hidden)
    if let_in is None:
        return
    acting, job = let_in
    done = await hide_result(features.core, acting, job.id, hidden=hidden)
    if isinstance(done, NotModerated):
        await answer(interaction, words.not_moderated(done))
        return
    left = await features.posts.apply(done.job_ids)
    await answer(interaction, words.hidden(done, left, is_hidden=hidden), done.case)


async def remove_remix(
    interaction: Interaction, features: Features, reference: str | RemixReference, reason: str | None = None
) -> None:
    let_in = await lets_act_on_picture(interaction, features, reference, reason, allow_self=True)
    if let_in is None:
        return
    acting, job = let_in
    done = await remove_or_ask(features.core, acting, job.id)
    if isinstance(done, NotModerated):
        await answer(interaction, words.not_moderated(done))
    elif isinstance(done, AskedSecond):
        await answer(interaction, words.asked_second(done))
    else:
        await delete_posts(interaction, features, done)


async def delete_posts(interaction: Interaction, features: Features, removed: Removed) -> None:
    """Delete the messages, after the commit, and say how many are left."""
    await answer(interaction, words.removed(removed, await features.posts.apply(removed.job_ids)))


async def cancel_all_of(
    interaction: Interaction, features: Features, member: Person | int | None, reason: str | None
) -> None:
    """`member` None: they did not choose what to cancel."""
    acting = await lets_in(interaction, reason)
    if acting is None:
        return
    if member is None:
        await answer(interaction, words.WHICH_WAITING)
    elif await may_reach(interaction, member, allow_self=True):
        user_id = member if isinstance(member, int) else member.id
        done = await cancel_all_waiting(features.core, acting, user_id)
        await answer(interaction, words.all_cancelled(done) if done else words.NOTHING_WAITS)


async def block_author(
    interaction: Interaction, features: Features, reference: RemixReference, reason: str | None, duration: str
) -> None:
    """`duration` empty: until they are unblocked."""
    let_in = await lets_act_on_remix(interaction, features, reference, reason, allow_self=False)
    if let_in is None:
        return
    acting, job = let_in
    length = read_duration(duration) if duration else None
    if duration and length is None:
        await answer(interaction, words.BAD_DURATION)
        return
    done = await act_on_author.block_author(features.core, acting, job, length)
    if isinstance(done, Case):
        await answer(interaction, words.done_before(done))
    else:
        await answer(interaction, words.blocked(done), done.case)


async def warn_author(
    interaction: Interaction, features: Features, reference: RemixReference, reason: str | None
) -> None:
    let_in = await lets_act_on_remix(interaction, features, reference, reason, allow_self=False)
    if let_in is None:
        return
    acting, job = let_in
    if acting.reason is None:
        await answer(interaction, words.NO_REASON)
        return
    done = await act_on_author.warn_author(features.core, acting, job)
    if isinstance(done, Case):
        await answer(interaction, words.done_before(done))
    else:
        await answer(interaction, words.warned(done), done.case)
