"""Every way in and every reason of the gate: nothing is queued, nothing is paid, and who asks reads why, privately."""

import ast
from datetime import UTC, datetime

import pytest

from bot.discord_app.remixes.refusal_words import REFUSALS
from bot.rules.failures import ProviderProblem
from bot.rules.gate import Check
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.picture_memory import ListedBecause
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import OF_PICTURE, Reason
from bot.rules.remix_request import RawOptions
from bot.rules.rescues import KEPT_FOR, Rescue
from bot.rules.words.entries import WordEntry, key_of
from bot.storage.drafts import drafts
from bot.storage.drafts.drafts import Attached, GoesOn, NewDraft
from bot.storage.remixes import holds, results
from bot.storage.standing import automod, blocks, pauses, pictures, policies, servers, words
from bot.storage.standing.blocks import Block, BlockKind
from bot.storage.standing.pauses import Pause
from bot.storage.standing.pictures import EVERYWHERE, NewPicture
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.lock_channel import lock_channel
from tests.e2e.automod import add_rule, let_read
from tests.meta.source_files import own_python

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
A_MONTH_S = 30 * 86_400


async def slash(world, horse, _card):
    return await world.remix(world.mia, horse, speed=Speed.DEFAULT.value)


async def slash_ladder(world, horse, _card):
    return await world.remix(world.mia, horse, speed=Speed.DEFAULT.value, ladder=True)


async def ladder(world, _horse, card):
    return await world.press(world.mia, card, "Weight ladder ($0.12, Turbo)")


async def again(world, _horse, card):
    return await world.mia.click(card.message, label="Again")


async def edit(world, _horse, card):
    form = await world.open_form(world.mia, card, "Edit")
    return await world.submit_form(world.mia, form)


async def remix_this(world, _horse, card):
    form = await world.open_form(world.mia, card, "Remix this")
    return await world.submit_form(world.mia, form, prompt="in oil")


async def opening(world, _horse, _card):
    return await world.mia.slash(world.channel, "remix", prompt="in oil")


async def upload(world, horse, _card):
    """With a form that was open before."""
    form = world.mias_forms.pop()
    return await world.submit_form(world.mia, form, image=horse)


async def from_message(world, horse, _card):
    message = await world.mia.send(world.channel, "mine", attachments=[horse])
    form = await world.mia.context_menu(world.channel, "Remix picture", message)
    await world.until(lambda: form.modal, "a form")
    return await world.submit_form(world.mia, form, prompt="in oil", speed=Speed.DEFAULT.value)


async def rescued(world, card, rescue, *, attached):
    """A button beside a refusal of mia's from before, of a picture that she sent or of the card's."""
    file = card.stored.attachments[0]
    picture = Attached(file["url"], file["size"]) if attached else GoesOn(Origin.EDIT, 1, card.stored.id)
    new = NewDraft(RawOptions("in oil", speed=Speed.DEFAULT.value), picture)
    until = world.bot_time() + KEPT_FOR
    draft_id = world.app.core.database.transaction_now(drafts.save, world.server.id, world.mia.id, new, until)
    return await world.click_forged(world.mia, card.stored, f"remix:draft:{rescue}:{draft_id}")


async def try_again_attached(world, _horse, card):
    return await rescued(world, card, Rescue.TRY_AGAIN, attached=True)


async def try_again(world, _horse, card):
    return await rescued(world, card, Rescue.TRY_AGAIN, attached=False)


async def start_when_ready(world, _horse, card):
    return await rescued(world, card, Rescue.WHEN_READY, attached=False)


async def correct(world, _horse, card):
    form = await rescued(world, card, Rescue.EDIT, attached=True)
    await world.until(lambda: form.modal, "a form")
    return await world.submit_form(world.mia, form)


WAYS_IN = {
    "bot/discord_app/consent/taking.py": (from_message,),
    "bot/discord_app/remixes/uploads.py": (slash, slash_ladder, opening, upload, try_again_attached, correct),
    "bot/discord_app/remixes/forms/draft_controls.py": (try_again, start_when_ready),
    "bot/discord_app/remixes/controls.py": (again,),
    "bot/discord_app/remixes/forms/controls.py": (edit, remix_this),
    "bot/discord_app/remixes/sets/controls.py": (ladder,),
}
"""By the file that hands to the gate what somebody wants."""


def write(function, *values):
    """Something that is so in the database."""

    async def arrange(world, _horse):
        world.app.core.database.transaction_now(
            function, *(value(world) if callable(value) else value for value in values)
        )

    return arrange


def policy(**settings):
    return write(
        policies.write, server, lambda world: Policy(**{k: v(world) if callable(v) else v for k, v in settings.items()})
    )


def server(world):
    return world.server.id


def setting(**changes):
    async def arrange(world, _horse):
        world.settings = world.settings.model_copy(update=changes)
        await world.restart()

    return arrange


def after(who, then, *, waits=False):
    """When that person has made one, or has one on the way."""

    async def arrange(world, horse):
        if waits:
            await then(world, horse)
            world.hold_calls()
            await world.remix(getattr(world, who), horse)
            await world.ideogram.until_running(1)
        else:
            await world.make(getattr(world, who), horse)
            await then(world, horse)

    return arrange


async def deny(world, _horse):
    world.deny("attach_files")


async def block(world, _horse):
    acting = Acting(world.server.id, world.rosa.id, "spam")
    await block_member(world.app.core, acting, world.mia.id, None)


async def lock(world, _horse):
    await lock_channel(world.app.core, Acting(world.server.id, world.rosa.id, "a contest"), world.channel.id, None)


IN_EVERY_PROMPT = ("oil", "watercolour")
"""Each prompt of this test has one of them."""


async def listed(world, _horse):
    entries = {key_of(each): each for each in map(WordEntry, IN_EVERY_PROMPT)}
    world.app.core.database.transaction_now(words.write, world.server.id, entries)


async def by_automod(world, _horse):
    let_read(world)
    number = add_rule(world, *IN_EVERY_PROMPT)

    def known():
        found = world.app.core.database.transaction_now(automod.find, world.server.id)
        return found is not None and [rule.id for rule in found.rules or ()] == [number]

    await world.until(known, "the rule")


def like_a_listed_picture(guild_of):
    """The picture that mia sends, and those of ben's card."""

    async def arrange(world, _horse):
        core = world.app.core
        jobs = [job for job in world.jobs() if job.source_hash]
        hashes = [each.hash for job in jobs for each in core.database.transaction_now(results.of_job, job.id)]
        for hash_ in filter(None, [*(job.source_hash for job in jobs), *hashes]):
            prints = await core.pictures.prints(core.blobs.get(hash_), None, keep=True)
            new = NewPicture(f"like {hash_}", ListedBecause.ADDED, prints=prints)
            core.database.transaction_now(pictures.add, guild_of(world), [new], None, NOW)

    return arrange


async def in_review(world, horse):
    channels = {"review_channels": lambda world: frozenset({world.channel.id}), "review_limit": 1}
    await policy(**channels)(world, horse)
    await world.remix(world.mia, horse)
    await world.until(lambda: world.jobs()[-1].state is JobState.IN_REVIEW, "a remix in review")


def blocked_by_operator(kind, of):
    return write(blocks.put, lambda world: Block(kind, of(world), NOW, 1, None))


ARRANGED = {
    Reason.SERVER_NOT_ALLOWED: setting(allowed_guild_ids=frozenset({1})),
    Reason.CHANNEL_FORBIDDEN: deny,
    Reason.PERSON_BLOCKED: blocked_by_operator(BlockKind.PERSON, lambda world: world.mia.id),
    Reason.SERVER_BLOCKED: blocked_by_operator(BlockKind.SERVER, server),
    Reason.MEMBER_BLOCKED: block,
    Reason.OPERATOR_PAUSED: write(pauses.put, Pause("new key", NOW, 1)),
    Reason.SERVER_PAUSED: write(servers.pause, server, Pause("a break", NOW, 1)),
    Reason.SERVICE_PAUSED: write(holds.place, ProviderProblem.OUT_OF_CREDIT, lambda world: world.bot_time()),
    Reason.CHANNEL_NOT_ALLOWED: policy(channels=frozenset({1})),
    Reason.CHANNEL_LOCKED: lock,
    Reason.ROLE_MISSING: policy(roles=frozenset({1})),
    # Everybody has the role that is named like the server.
    Reason.ROLE_IGNORED: policy(ignored_roles=lambda world: frozenset({world.server.id})),
    Reason.MEMBER_TOO_NEW: policy(new_member_s=12 * A_MONTH_S),
    Reason.SPEED_NOT_ALLOWED: policy(speeds=frozenset({Speed.TURBO})),
    Reason.WORD_REFUSED: listed,
    Reason.AUTOMOD_REFUSED: by_automod,
    Reason.PICTURE_REMEMBERED: like_a_listed_picture(server),
    Reason.PICTURE_BANNED: like_a_listed_picture(lambda _world: EVERYWHERE),
    Reason.REVIEWS_FULL: in_review,
    Reason.PERSON_QUEUE_FULL: after("mia", policy(queue_limit=1), waits=True),
    Reason.COOLDOWN: after("mia", policy(cooldown_s=3600)),
    Reason.QUOTA_DAY: after("mia", policy(daily_quota=1)),
    Reason.QUOTA_MONTH: after("mia", policy(monthly_quota=1)),
    Reason.QUEUE_FULL: after("ben", setting(max_queued=1), waits=True),
    Reason.SERVER_BUDGET_DAY: policy(daily_budget=1),
    Reason.SERVER_BUDGET_MONTH: policy(monthly_budget=1),
    Reason.SERVER_QUEUE_FULL: after("ben", setting(max_queued_per_server=1), waits=True),
    Reason.PERSON_CEILING: setting(person_daily_budget_usd=1),
    Reason.SERVER_CEILING: setting(server_daily_budget_usd=1),
    Reason.BUDGET_DAY: setting(daily_budget_usd=1),
    Reason.BUDGET_MONTH: setting(monthly_budget_usd=1),
}
# Nobody is refused their own picture: tests/e2e/consent and tests/integration/consent have these.
OF_OTHERS = {Reason.PICTURE_NOT_YOURS, Reason.PICTURE_NEEDS_CONSENT, Reason.PICTURE_OWNER_OPTED_OUT}
OF_QUESTION = {
    Check.SERVER: {Reason.SERVER_NOT_ALLOWED},
    Check.BOT_PERMISSIONS: {Reason.CHANNEL_FORBIDDEN},
    Check.OPERATOR_BLOCK: {Reason.PERSON_BLOCKED, Reason.SERVER_BLOCKED},
    Check.MEMBER_BLOCK: {Reason.MEMBER_BLOCKED},
    Check.TIME_OUT: {Reason.MEMBER_TIMED_OUT},
    Check.OPERATOR_PAUSE: {Reason.OPERATOR_PAUSED},
    Check.SERVER_PAUSE: {Reason.SERVER_PAUSED},
    Check.PROVIDER: {Reason.SERVICE_PAUSED},
    Check.CHANNEL: {Reason.CHANNEL_NOT_ALLOWED},
    Check.CHANNEL_LOCK: {Reason.CHANNEL_LOCKED},
    Check.ROLES: {Reason.ROLE_MISSING, Reason.ROLE_IGNORED},
    Check.MEMBERSHIP_AGE: {Reason.MEMBER_TOO_NEW},
    Check.PICTURE_OWNER: OF_OTHERS,
    Check.SPEED: {Reason.SPEED_NOT_ALLOWED},
    Check.PICTURE: {Reason.PICTURE_REMEMBERED, Reason.PICTURE_BANNED},
    Check.WORDS: {Reason.WORD_REFUSED},
    Check.AUTOMOD: {Reason.AUTOMOD_REFUSED},
    Check.IN_REVIEW: {Reason.REVIEWS_FULL},
    Check.PERSON_QUEUE: {Reason.PERSON_QUEUE_FULL},
    Check.COOLDOWN: {Reason.COOLDOWN},
    Check.QUOTA: {Reason.QUOTA_DAY, Reason.QUOTA_MONTH},
    Check.QUEUE: {Reason.QUEUE_FULL},
    Check.SERVER_QUEUE: {Reason.SERVER_QUEUE_FULL},
    Check.PERSON_CEILING: {Reason.PERSON_CEILING},
    Check.SERVER_CEILING: {Reason.SERVER_CEILING},
    Check.SERVER_BUDGET: {Reason.SERVER_BUDGET_DAY, Reason.SERVER_BUDGET_MONTH},
    Check.OPERATOR_BUDGET: {Reason.BUDGET_DAY, Reason.BUDGET_MONTH},
}


@pytest.mark.parametrize("reason", ARRANGED)
async def test_whatever_the_way_in_the_reason_is_told_privately_and_nothing_is_queued_or_paid(
    hasty_world, horse, reason
):
    world = hasty_world
    card = await world.make(world.ben, horse)
    world.mias_forms = [await opening(world, horse, card)]
    await world.until(lambda: world.mias_forms[0].modal, "a form")
    await ARRANGED[reason](world, horse)
    queued, asked = len(world.jobs()), len(world.ideogram.calls)
    words = REFUSALS[reason].sentence.partition("{")[0].partition("`/remix-appeal")[0]
    assert len(words) > len("The remix")
    ways = [way for ways in WAYS_IN.values() for way in ways]
    if reason is Reason.SPEED_NOT_ALLOWED:
        # Their form offers only the speeds that are allowed.
        ways = [way for way in ways if way not in (edit, remix_this, opening, correct, ladder, from_message)]
    if reason in OF_PICTURE:
        # There is no picture yet.
        ways.remove(opening)
    if reason is Reason.COOLDOWN:
        # It waits for the cooldown instead: tests/e2e/remixes/test_story_rescue.py.
        ways.remove(start_when_ready)
    for way_in in ways:
        result = await way_in(world, horse, card)
        await world.told(result, words)
        assert result.ephemeral
    assert (len(world.jobs()), len(world.ideogram.calls)) == (queued, asked)


def test_every_question_of_the_gate_is_among_them():
    assert OF_QUESTION.keys() == set(Check)
    # Discord lets nobody use a command or a button in a time-out: tests/integration/departures/test_departures.py.
    assert set().union(*OF_QUESTION.values()) == set(ARRANGED) | {Reason.MEMBER_TIMED_OUT} | OF_OTHERS


def test_these_are_all_the_ways_in():
    """Whoever adds one adds it above."""
    submitting = {"submit", "submit_from"}
    calls = {
        str(path).split("/bot/")[-1]
        for path in own_python("bot/discord_app")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in submitting
    }
    assert {f"bot/{name}" for name in calls} == set(WAYS_IN)
