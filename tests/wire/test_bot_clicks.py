"""People are impatient and connections are bad: double clicks, lost acknowledgements, errors after them, a stop.

One process serves all tests here but the last, each in a channel of its own.
"""

import asyncio
import signal

import pytest
import pytest_asyncio

from tests.chaos.forked_bots import Nest
from tests.wire.bot_process import REPLIES, WITHIN_S, open_house
from tests.wire.loopback_discord import MEMBER, Answer, Hang, Permission, Reset, text_of
from tests.wire.loopback_discord.rest.mentions import components_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLBACKS = r"/interactions/\d+/<token>/callback$"
FILES = r"^/ephemeral-attachments/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory, nest_link):
    async with open_house(tmp_path_factory.mktemp("house")) as opened:
        opened.starter = Nest(nest_link).launch
        await opened.start(COOLDOWN_S=0)
        yield opened


@pytest.fixture
def channel(house):
    return next(iter(house.discord.world.guilds.values())).add_channel()


IN_MORE = ("Compare", "Details", "Delete")


def button_of(message, label):
    return next(part["custom_id"] for part in components_in(message.components) if part.get("label") == label)


async def clicked_twice(house, user, message, label):
    """Before the first click is answered. Returns what the two of them were told in the end."""
    if label in IN_MORE:
        more = await house.discord.click(user, message, button_of(message, "More"))
        await more.wait_for(lambda i: i.original is not None, WITHIN_S)
        message = more.original
    button = button_of(message, label)
    clicks = [await house.discord.click(user, message, button) for _ in range(2)]
    for click in clicks:
        await click.wait_for(lambda i: i.original is not None and is_over(i.original), WITHIN_S)
    return clicks


def is_over(message):
    return text_of(message) != ""


def told(clicks):
    return sorted(text_of(click.original) for click in clicks)


async def waiting(house, channel):
    """A remix that waits behind another one that takes until it is let go."""
    house.ideogram.dials.latency_s = 600
    ahead = [await house.accepted(channel=channel) for _ in range(10)]
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(len(ahead))
    remix = await house.accepted(channel=channel)
    await remix.until_told("You are next")
    return remix, ahead


async def test_cancel_clicked_twice_cancels_once_and_costs_nothing(house, channel):
    remix, ahead = await waiting(house, channel)
    button = button_of(remix.interaction.original, "Cancel")
    clicks = [await house.discord.click(remix.user, remix.interaction.original, button) for _ in range(2)]
    for click in clicks:
        await click.wait_for(lambda i: i.original is not None and "**Cancelled.**" in text_of(i.original), WITHIN_S)
    assert [click.followups for click in clicks] == [[], []]
    await remix.until_told("**Cancelled.**")
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    await asyncio.gather(*(each.until_told("**Done.**") for each in ahead))
    assert (house.state_of(remix), house.money_of(remix)) == ("cancelled", ("released", None))
    assert house.calls_for(remix) == 0


async def done(house, channel):
    remix = await house.remix(channel=channel)
    await remix.until_told("**Done.**")
    return remix, remix.posts[0]


async def test_again_clicked_twice_makes_one_remix(house, channel):
    remix, card = await done(house, channel)
    clicks = await clicked_twice(house, remix.user, card, "Again")
    for click in clicks:
        await click.wait_for(lambda i: is_told_finally(text_of(i.original)), WITHIN_S)
    assert [text.startswith("**Done.**") for text in told(clicks)] == [True, False]
    assert told(clicks)[1].startswith("You're already making this remix again")
    assert (house.calls_for(remix), len(remix.posts)) == (2, 2)


def is_told_finally(text):
    return text.startswith(("**Done.**", "You're already making"))


@pytest.mark.parametrize("label", ["Details", "Compare"])
async def test_what_only_shows_something_shows_it_twice(house, channel, label):
    """Privately, to whoever clicked: the card in the channel stays as it is."""
    remix, card = await done(house, channel)
    before = text_of(card)
    first, second = await clicked_twice(house, remix.user, card, label)
    assert text_of(first.original) == text_of(second.original) != before
    assert first.original.id != second.original.id
    assert text_of(card) == before
    assert (house.calls_for(remix), len(remix.posts), card.deleted) == (1, 1, False)


async def test_delete_for_good_clicked_twice_deletes_once_and_tells_both_the_same(house, channel):
    remix, card = await done(house, channel)
    asked, _ = await clicked_twice(house, remix.user, card, "Delete")
    button = button_of(asked.original, "Delete for good")
    clicks = [await house.discord.click(remix.user, asked.original, button) for _ in range(2)]
    for click in clicks:
        await click.wait_for(lambda i: i.original is not None and i.original.content.startswith("Deleted"), WITHIN_S)
    assert card.deleted
    assert house.state_of(remix) == "delivered"


async def test_get_it_again_clicked_twice_hands_the_result_over_once(house, channel):
    house.ideogram.dials.latency_s = 600
    remix = await house.accepted(channel=channel)
    await remix.until_told("**Making it now.**")
    channel.set_bot_permissions(MEMBER & ~Permission.SEND_MESSAGES, announced=False)
    remix.interaction.expired = True
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    await house.until_listed(remix, "kept for you", channel=house.channel)
    listed = await house.my_remixes(remix, channel=house.channel)
    clicks = await clicked_twice(house, remix.user, listed.original, "Get it again")
    assert [len(click.original.attachments) for click in sorted(clicks, key=lambda click: click.original.content)] == [
        1,
        0,
    ]
    assert told(clicks)[1].startswith("There's nothing to get")
    await house.until_listed(remix, "done", channel=house.channel)
    assert house.calls_for(remix) == 1


LOST = {"unsent": Reset(), "unanswered": Reset(after_effect=True), "503": Answer(503)}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
async def test_an_acknowledgement_that_was_lost_is_sent_again_and_the_remix_is_served(house, channel, lost):
    fault = house.discord.faults.add("POST", CALLBACKS, lost)
    remix = await house.remix(channel=channel)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert (fault.hits, house.calls_for(remix)) == (1, 1)


async def test_an_error_after_a_repeated_acknowledgement_is_told_all_the_same(house, channel):
    """discord.py does not know that the first acknowledgement has worked, and would acknowledge once more."""
    house.expected_errors.add("a command or button failed")
    house.discord.faults.add("POST", CALLBACKS, Answer(503, after_effect=True))
    house.discord.faults.add("PATCH", REPLIES, Answer(400))
    remix = await house.remix(channel=channel, picture=b"this is no picture")
    await remix.until_told("Something went wrong on my side (reference")
    assert (house.state_of(remix), house.calls_for(remix)) == (None, 0)


async def test_the_remix_of_a_member_who_has_left_stands_in_the_channel_and_holds_nobody_up(house, channel):
    house.ideogram.dials.latency_s = 600
    remix = await house.accepted(channel=channel)
    await remix.until_told("**Making it now.**")
    house.discord.faults.add("PATCH", REPLIES, Answer(404, {"code": 10015, "message": "Unknown Webhook"}))
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    await house.discord.wait_for_request("PATCH", REPLIES, status=404, within_s=WITHIN_S)
    (post,) = remix.posts
    remix.assert_has_picture(post)
    following = await house.remix(channel=channel)
    await following.until_told("**Done.**")
    assert (house.state_of(remix), house.money_of(remix)[0], house.calls_for(remix)) == ("delivered", "settled", 1)


async def test_whoever_asks_while_an_idle_bot_stops_is_answered_before_it_ends(tmp_path):
    async with open_house(tmp_path) as house:
        bot = await house.start()
        held = Hang()
        house.discord.faults.add("GET", FILES, held)
        remix = await house.remix()
        async with asyncio.timeout(WITHIN_S):
            await held.reached.wait()
        bot.signal(signal.SIGTERM)
        # An idle bot that does not wait has ended by then.
        asyncio.get_running_loop().call_later(1.0, held.release)
        assert await bot.ended() == 0
        assert remix.told.startswith("I'm restarting right now")
        assert (house.state_of(remix), house.ideogram.calls) == (None, [])
