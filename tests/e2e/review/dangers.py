"""What seldom comes by chance: sequences in which a prompt or a picture is close to somebody who must not have it.

Each goes on after a yield once the bot has done everything, and what reached whom until then is looked at meanwhile.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import TypeVar

from simcord.results import to_discord_message

from bot.demo.ideogram_stand_in.dials import Fault
from bot.discord_app.kit.custom_ids import ON_CARD, Action
from bot.discord_app.privacy.card import OPT_OUT_ID
from bot.rules.prices import Speed
from bot.rules.reports import ReportReason
from bot.rules.words.entries import Action as WordAction
from tests.e2e.review.cast import Cast, picture
from tests.e2e.review.watch import buttons_of

T = TypeVar("T")


class CannotGoOnError(Exception):
    """What happened before stands in the way: somebody is blocked, or wants nobody to use their pictures."""


Danger = Callable[[Cast], AsyncIterator[str]]

_ABOUT_REMIX = ("remix-mod hide", "remix-mod unhide", "remix-mod remove", "remix-mod records deleted")
_LOG_BUTTONS = (Action.LOG_HIDE, Action.LOG_SHOW, Action.LOG_REMOVE, Action.LOG_WARN, Action.LOG_BLOCK)
_NO_DECISION = {"matter-show", "matter-claim"}
_ACTS = ("hide", "show", "remove", "warn", "block")


async def ask_for_picture(story: Cast) -> AsyncIterator[str]:
    """Somebody asks for another's picture. Before they answer, a word of the prompt is listed, or the time is over."""
    owner, asker, third = story.random.sample(story.members, 3)
    for meanwhile in (WordAction.REFUSE, WordAction.REVIEW, None):
        story.set()
        story.list_word("fox", None)
        posted = await owner.send(story.open_channel, "look", attachments=[("look.png", picture(1, 1))])
        await story.go_on(asker, await asker.context_menu(story.open_channel, "Remix picture", posted))
        yield "asks"
        question = _last(each for each in story.messages() if any(":ask:" in id_ for id_ in buttons_of(each)))
        # One answer is that nobody ever asks again.
        of_question = [id_ for id_ in buttons_of(question) if ":never:" not in id_]
        for custom_id in of_question:
            await story.forge(third, question, custom_id)
        yield "is looked at"
        if meanwhile is None:
            await story.forge(owner, question, next(id_ for id_ in of_question if ":no:" in id_))
        else:
            story.list_word("fox", meanwhile)
        yield "is refused"
        for custom_id in sorted(of_question, key=lambda id_: ":prompt:" not in id_):
            for who in story.members:
                await story.forge(who, question, custom_id)
            yield "is answered"
    story.list_word("fox", None)


async def use_source_of_another(story: Cast) -> AsyncIterator[str]:
    """Somebody makes remixes of a picture that another has sent, one of which is lost, and then the picture goes."""
    for going in ("stays", "deletes", "hides", "opts out"):
        owner, other, third = story.random.sample(story.members, 3)
        story.set()
        await story.remix(owner, story.open_channel, "a fox")
        yield "posts"
        job, card = _newest(story)
        # Its picture is kept, and it has no result to show in its place.
        story.world.ideogram.dials.fail = [Fault.INTERNAL]
        await story.forge(other, card, Action.AGAIN.custom_id(job.id))
        yield "is unknown"
        if going == "stays":
            await story.forge(other, card, f"remix:ladder:{Speed.TURBO}:{job.id}")
            yield "makes a ladder"
        reply = await story.private_reply(other, "my-remixes")
        await _let_go(story, going, owner, job.id, card)
        yield going
        for action in (*ON_CARD, Action.COMPARE, Action.DETAILS, Action.DELETE):
            await story.forge(third, card, action.custom_id(job.id))
        yield f"goes on from the card after {going}"
        theirs = _last(each for each in story.world.jobs() if each.user_id == other.id)
        for action in (Action.DETAILS, Action.COLLECT, Action.EDIT, Action.AGAIN):
            await story.forge(other, reply, action.custom_id(theirs.id))
        await story.private_reply(other, "my-remixes")
        yield f"goes on after {going}"


async def act_without_right(story: Cast) -> AsyncIterator[str]:
    """Whoever moderates nothing there tries all that moderators can, on what is hidden and what was deleted."""
    owner, other = story.random.sample(story.members, 2)
    # Hugo has a high role and moderates nothing.
    for going, tries in (("hides", [story.desk.hugo, story.nora]), ("deletes", [other, story.olaf])):
        story.set()
        await story.remix(owner, story.open_channel, "a fox")
        yield "posts"
        job, card = _newest(story)
        await _let_go(story, going, owner, job.id, card)
        yield going
        for who in tries:
            await _try_all(story, who, job.id, card)
            yield f"{who.name} tries all after {going}"


async def act_on_another_server(story: Cast) -> AsyncIterator[str]:
    """A moderator tries the same on a remix of the other server, before and after it is deleted."""
    await story.remix(story.nora, story.far_channel, "a fox")
    yield "posts"
    job, card = _newest(story)
    await _try_all(story, story.desk.maud, job.id, card)
    yield "maud tries all"
    await _let_go(story, "deletes", story.nora, job.id, card)
    yield "deletes"
    reply = await story.private_reply(story.desk.maud, "my-remixes")
    await story.forge(story.desk.maud, reply, Action.SHOW_DELETED.custom_id(job.id))
    yield "maud looks"


async def report(story: Cast) -> AsyncIterator[str]:
    """What a reporter writes, and what was reported, is for the moderators."""
    for reason in (ReportReason.HATEFUL, ReportReason.ILLEGAL):
        owner, reporter, other = story.random.sample(story.members, 3)
        story.set()
        await story.remix(owner, story.open_channel, "a fox")
        yield "posts"
        _, card = _newest(story)
        form = await reporter.context_menu(story.open_channel, "Report remix", _of_discord(story, card))
        await story.go_on(reporter, form, reason=reason)
        yield f"reports {reason}"
        async for done in _decide(story, [owner, other, story.nora]):
            yield done


async def appeal(story: Cast) -> AsyncIterator[str]:
    """What somebody appeals, and what they write, is for the moderators."""
    author, other = story.random.sample(story.members, 2)
    story.set()
    await story.remix(author, story.open_channel, "banned")
    yield "is refused"
    reply, custom_id = _last((each, id_) for each in story.messages() for id_ in buttons_of(each) if ":appeal:" in id_)
    await story.forge(other, await story.private_reply(other, "my-remixes"), custom_id)
    form = await author.click(_of_discord(story, reply), custom_id=custom_id)
    await story.answered(form)
    await story.answered(await story.world.submit_form(author, form, text=f"please {story.watch.typed(author)}"))
    yield "appeals"
    story.appellant = author
    try:
        async for done in _decide(story, [other, story.nora]):
            yield done
    finally:
        story.appellant = None


async def review(story: Cast) -> AsyncIterator[str]:
    """Everybody who has no right to a remix in review tries to see it. Then moderators refuse it."""
    author, other = story.random.sample(story.members, 2)
    story.set(review_channels=frozenset({story.open_channel.id}))
    await story.remix(author, story.open_channel, "a fox")
    yield "waits"
    job = story.world.jobs()[-1]
    for who in (other, story.nora):
        reply = await story.private_reply(who, "my-remixes")
        for action in (Action.SEE, Action.AGAIN, Action.EDIT, Action.DETAILS, Action.COLLECT, Action.COMPARE):
            await story.forge(who, reply, action.custom_id(job.id))
    yield "is looked at"
    async for done in _decide(story, [other, story.nora]):
        yield done


DANGERS: Mapping[str, Danger] = {
    danger.__name__: danger
    for danger in (
        ask_for_picture,
        use_source_of_another,
        act_without_right,
        act_on_another_server,
        report,
        appeal,
        review,
    )
}


def _newest(story: Cast):
    """The newest remix, and its card."""
    job = _last(story.world.jobs())
    posted = [each for each in story.messages() if not each.is_ephemeral]
    return job, _last(each for each in posted if Action.AGAIN.custom_id(job.id) in buttons_of(each))


def _last(found: Iterable[T]) -> T:
    """Raises CannotGoOnError if there is none."""
    every = list(found)
    if not every:
        raise CannotGoOnError
    return every[-1]


def _of_discord(story: Cast, message):
    return to_discord_message(story.world.discord, message)


async def _let_go(story: Cast, going: str, owner, job_id: int, card) -> None:
    maud = story.desk.maud
    match going:
        case "deletes":
            message = await story.own_message(owner)
            await story.forge(owner, message, Action.DELETE_FOR_GOOD.custom_id(job_id, card.id))
        case "removes" | "hides":
            command = f"remix-mod {going.removesuffix('s')}"
            await story.answered(await maud.slash(story.open_channel, command, remix=str(job_id)))
        case "opts out":
            await story.press_privacy(owner, OPT_OUT_ID)


async def _try_all(story: Cast, who, job_id: int, card) -> None:
    """By commands, buttons and forms, with the number of the remix or the message that shows it."""
    channel = story.channel_of(who)
    for command in (*_ABOUT_REMIX, "remix-config picture-add"):
        await story.answered(await who.slash(channel, command, remix=str(job_id)))
    stored = await story.own_message(who)
    for action in (*_LOG_BUTTONS, Action.SHOW_DELETED, Action.DETAILS, Action.SEE, Action.COMPARE, Action.DELETE):
        await story.forge(who, stored, action.custom_id(job_id))
    await story.forge(who, stored, Action.DELETE_FOR_GOOD.custom_id(job_id, card.id))
    for act in _ACTS:
        for about in (f"j{job_id}", f"m{card.id}"):
            await story.send_form(who, f"remix:act:{act}:{about}", reason="because", duration="24h")


async def _decide(story: Cast, others) -> AsyncIterator[str]:
    """Press the buttons of the newest card in the log: first as people who have no right to, then as moderators."""
    cards = [each.stored for each in story.world.cards(story.log)]
    card = _last(each for each in cards if any(":matter-show:" in id_ for id_ in buttons_of(each)))
    on_card = buttons_of(card)
    for who in others:
        is_here = who.guild.id == story.world.server.id
        here = card if is_here else await story.private_reply(who, "my-remixes")
        for custom_id in on_card:
            await story.forge(who, here, custom_id)
        yield f"{who.name} tries to decide"
    show = next(id_ for id_ in on_card if ":matter-show:" in id_)
    for who in story.moderators:
        await story.forge(who, card, show)
    yield "is shown"
    # Of what may be illegal the card has no others.
    decide = story.random.choice([id_ for id_ in on_card if id_.split(":")[1] not in _NO_DECISION] or [show])
    await story.forge(story.desk.max, card, decide)
    yield f"{decide} is pressed"
    for who in story.members:
        for command in ("my-remixes", "remix-appeal"):
            await story.answered(await who.slash(story.open_channel, command))
    yield "is decided"
