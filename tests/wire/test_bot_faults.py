"""Discord fails while the bot posts, answers and listens: each remix is still served once, or kept for its person.

One process serves all tests here, each in a channel of its own.
"""

import asyncio
import random
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image

from tests.chaos.forked_bots import Nest
from tests.wire.bot_process import RECONNECTING, REPLIES, WITHIN_S, open_house
from tests.wire.loopback_discord import (
    GATEWAY,
    MEMBER,
    Answer,
    Delay,
    Permission,
    Reset,
    rate_limited,
    text_of,
)
from tests.wire.loopback_discord.rest.mentions import components_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLBACKS = r"/interactions/\d+/<token>/callback$"
PRIVATELY = "here it is, just for you"
GET_IT_AGAIN = "Get it again"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory, nest_link):
    async with open_house(tmp_path_factory.mktemp("house")) as opened:
        opened.starter = Nest(nest_link).launch
        await opened.start()
        yield opened


@pytest.fixture
def channel(house):
    return next(iter(house.discord.world.guilds.values())).add_channel()


def posts_into(channel):
    return rf"/channels/{channel.id}/messages$"


POSTING = {
    "500 before the effect": Answer(500),
    "500 after the effect": Answer(500, after_effect=True),
    "502 before the effect": Answer(502),
    "502 after the effect": Answer(502, after_effect=True),
    "503 before the effect": Answer(503),
    "503 after the effect": Answer(503, after_effect=True),
    "a reset before the effect": Reset(),
    "a reset after the effect": Reset(after_effect=True),
    "a rate limit": rate_limited(0.05),
    "a rate limit of everything": rate_limited(0.05, everywhere=True),
    "a slow answer": Delay(0.5),
}


async def test_whatever_becomes_of_a_post_the_result_stands_in_the_channel_exactly_once(house):
    (guild,) = house.discord.world.guilds.values()
    channels = {case: guild.add_channel() for case in POSTING}
    faults = house.discord.faults
    met = {case: faults.add("POST", posts_into(channels[case]), outcome) for case, outcome in POSTING.items()}
    remixes = {case: await house.remix(channel=channels[case]) for case in POSTING}
    await asyncio.gather(*(remix.until_told("**Done.**") for remix in remixes.values()))
    assert {case: len(remix.posts) for case, remix in remixes.items()} == dict.fromkeys(POSTING, 1)
    assert {case: fault.hits for case, fault in met.items()} == dict.fromkeys(POSTING, 1)
    for remix in remixes.values():
        remix.assert_served_once()
        assert house.calls_for(remix) == 1


async def test_a_post_whose_answer_was_lost_is_found_again_by_its_card_when_its_nonce_is_forgotten(
    house, channel, monkeypatch
):
    """The bot sees its own card as Discord gives it back: with its pictures in the gallery alone."""
    monkeypatch.setattr(house.discord.world, "nonce_window_s", 0.0)
    lost = house.discord.faults.add("POST", posts_into(channel), Reset(after_effect=True), times=2)
    remixes = [await house.remix(channel=channel) for _ in range(2)]
    await asyncio.gather(*(remix.until_told("**Done.**") for remix in remixes))
    for remix in remixes:
        remix.assert_served_once()
    assert (lost.hits, len(channel.messages)) == (2, 2)


def noise(side):
    """A PNG that cannot be made small without loss."""
    file = BytesIO()
    pixels = random.Random(1).randbytes(side * side * 3)  # noqa: S311 - repeatable, not secret
    Image.frombytes("RGB", (side, side), pixels).save(file, "PNG")
    return file.getvalue()


async def test_a_result_that_discord_finds_too_large_is_made_to_fit_and_says_so(house, channel):
    house.ideogram.dials.long_side, before = 512, house.ideogram.dials.long_side
    house.discord.world.request_limit, limit = 500_000, house.discord.world.request_limit
    remix = await house.remix(channel=channel, picture=noise(512))
    await remix.until_told("**Done.**")
    house.ideogram.dials.long_side, house.discord.world.request_limit = before, limit
    ((attachment,),) = [post.attachments for post in remix.posts]
    assert len(attachment.data) < 500_000
    assert "Made smaller" in text_of(remix.posts[0])
    assert ("POST", 413) in {(request.method, request.status) for request in house.discord.requests}


async def made_while_the_channel_changes(house, channel, close):
    """A remix whose channel is closed by `close` while the picture is being made: the gate has let it in."""
    house.ideogram.dials.latency_s = 600
    remix = await house.accepted(channel=channel)
    await remix.until_told("**Making it now.**")
    close(remix)
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    return remix


CLOSING = {
    "may not send (50013)": lambda channel: channel.set_bot_permissions(
        MEMBER & ~Permission.SEND_MESSAGES, announced=False
    ),
    "may not see (50001)": lambda channel: channel.set_bot_permissions(
        MEMBER & ~Permission.VIEW_CHANNEL, announced=False
    ),
    "deleted (10003)": lambda channel: channel.delete(announced=False),
    "deleted, and the bot was told": lambda channel: channel.delete(),
}


@pytest.mark.parametrize("close", CLOSING.values(), ids=CLOSING)
async def test_a_result_for_a_channel_that_has_been_closed_comes_into_the_private_reply(house, channel, close):
    remix = await made_while_the_channel_changes(house, channel, lambda remix: close(remix.channel))
    await remix.until_told(PRIVATELY)
    remix.assert_has_picture(remix.interaction.original)
    await house.until_listed(remix, "done", channel=house.channel)
    assert not remix.posts


async def test_a_lost_answer_in_a_channel_that_cannot_be_read_back_any_more_is_not_posted_twice(house, channel):
    def close(remix):
        remix.channel.set_bot_permissions(MEMBER & ~Permission.READ_MESSAGE_HISTORY)
        house.discord.faults.add("POST", posts_into(channel), Reset(after_effect=True))

    remix = await made_while_the_channel_changes(house, channel, close)
    await remix.until_told("**Done.**")
    remix.assert_served_once()


async def test_a_private_result_comes_whole_through_a_lost_connection(house, channel):
    def close(remix):
        remix.channel.delete(announced=False)
        house.discord.faults.add("PATCH", REPLIES, Reset())

    remix = await made_while_the_channel_changes(house, channel, close)
    await remix.until_told(PRIVATELY)
    remix.assert_has_picture(remix.interaction.original)


async def test_a_result_that_discord_will_never_take_comes_into_the_private_reply_at_once(house, channel):
    refused = house.discord.faults.add("POST", posts_into(channel), Answer(400, {"code": 50035}), times=None)
    remix = await house.remix(channel=channel)
    await remix.until_told(PRIVATELY)
    remix.assert_has_picture(remix.interaction.original)
    assert (refused.hits, remix.posts) == (1, [])


async def test_a_result_that_neither_the_channel_nor_the_private_reply_takes_is_kept_at_once(house, channel):
    refused = house.discord.faults.add("POST", posts_into(channel), Answer(400, {"code": 50035}), times=None)

    def close(remix):
        remix.interaction.expired = True

    remix = await made_while_the_channel_changes(house, channel, close)
    await house.until_listed(remix, "kept for you", channel=house.channel)
    assert (refused.hits, house.state_of(remix)) == (1, "generated")


async def test_a_private_reply_that_cannot_be_reached_just_now_gets_the_result_later(house, channel):
    def close(remix):
        remix.channel.delete(announced=False)
        house.discord.faults.add("PATCH", REPLIES, Reset(), times=3)

    remix = await made_while_the_channel_changes(house, channel, close)
    await remix.until_told(PRIVATELY)
    remix.assert_has_picture(remix.interaction.original)


async def test_a_result_that_can_be_posted_nowhere_is_kept_until_its_person_gets_it_again(house, channel):
    def close(remix):
        channel.set_bot_permissions(MEMBER & ~Permission.SEND_MESSAGES, announced=False)
        remix.interaction.expired = True

    remix = await made_while_the_channel_changes(house, channel, close)
    await house.until_listed(remix, "kept for you", channel=house.channel)
    listed = await house.my_remixes(remix, channel=house.channel)
    button = button_of(listed.original, GET_IT_AGAIN)
    collected = await house.discord.click(remix.user, listed.original, button)
    await collected.wait_for(lambda i: i.original is not None and i.original.attachments != [], WITHIN_S)
    remix.assert_has_picture(collected.original)
    await house.until_listed(remix, "done", channel=house.channel)
    assert (house.calls_for(remix), remix.posts) == (1, [])


def button_of(message, label):
    return next(part["custom_id"] for part in components_in(message.components) if part.get("label") == label)


async def test_a_private_reply_that_fails_once_does_not_stop_the_remix(house, channel):
    house.discord.faults.add("PATCH", REPLIES, Answer(503))
    remix = await house.remix(channel=channel)
    await remix.until_told("**Done.**")
    remix.assert_served_once()


@pytest.mark.parametrize("lost", [Reset(), Reset(after_effect=True), Answer(503)], ids=["unsent", "unanswered", "503"])
async def test_the_one_reply_that_tells_how_a_remix_ended_comes_through_a_lost_connection(house, channel, lost):
    house.ideogram.dials.fail.append("500")
    house.ideogram.dials.latency_s = 600
    remix = await house.accepted(channel=channel)
    await remix.until_told("**Making it now.**")
    fault = house.discord.faults.add("PATCH", REPLIES, lost)
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    await remix.until_told("Ideogram's reply didn't reach me")
    assert fault.hits == 1


async def test_a_slow_acknowledgement_does_not_break_the_remix(house, channel):
    house.discord.faults.add("POST", CALLBACKS, Delay(0.5))
    remix = await house.remix(channel=channel)
    await remix.until_told("**Done.**")
    remix.assert_served_once()


@pytest.mark.parametrize("status", [500, 503])
async def test_an_acknowledgement_that_worked_and_was_answered_with_an_error_does_not_break_the_remix(
    house, channel, status
):
    """discord.py repeats it, and hears that it was acknowledged before (40060)."""
    house.discord.faults.add("POST", CALLBACKS, Answer(status, after_effect=True))
    remix = await house.remix(channel=channel)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1
    theirs = [request for request in house.discord.requests if f"/interactions/{remix.interaction.id}/" in request.path]
    assert [request.status for request in theirs] == [status, 400]


async def test_an_acknowledgement_that_comes_too_late_queues_nothing(house, channel):
    house.discord.world.acknowledge_within_s = 0
    remix = await house.remix(channel=channel)
    await house.discord.wait_for_request("POST", CALLBACKS, status=404, within_s=WITHIN_S)
    house.discord.world.acknowledge_within_s = 3.0
    following = await house.remix(channel=channel)
    await following.until_told("**Done.**")
    assert (house.calls_for(remix), house.state_of(remix), remix.posts) == (0, None, [])


async def test_the_same_interaction_delivered_twice_is_one_remix(house, channel):
    remix = await house.remix(channel=channel)
    house.discord.redeliver(remix.interaction)
    await remix.until_told("**Done.**")
    house.discord.redeliver(remix.interaction)
    await house.discord.wait_for_request("POST", CALLBACKS, status=400, times=2, within_s=WITHIN_S)
    following = await house.remix(channel=channel)
    await following.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


LOST = {"resumed": (True, 0), "anew": (False, 0), "refused at first": (True, 1)}


@pytest.mark.parametrize(("resumable", "refusals"), LOST.values(), ids=LOST)
async def test_a_connection_lost_in_the_middle_of_a_remix_does_not_harm_it_and_new_ones_come_through(
    house, channel, resumable, refusals
):
    house.ideogram.dials.latency_s = 600
    first = await house.accepted(channel=channel)
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(1)
    gateway = house.discord.gateway
    sessions = gateway.identified + gateway.resumed
    if refusals:
        house.expected_errors.add(RECONNECTING)
        house.discord.faults.add("GET", GATEWAY, Answer(503), times=refusals)
    await house.discord.drop_gateway(resumable=resumable)
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    await first.until_told("**Done.**")
    await gateway.watch.wait_for(lambda: gateway.identified + gateway.resumed > sessions, WITHIN_S, "a new connection")
    second = await house.remix(channel=channel)
    await second.until_told("**Done.**")
    for remix in (first, second):
        remix.assert_served_once()
