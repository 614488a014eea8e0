"""Ideogram fails in every way, and the bot is a process of its own: the right state, money and sentence each time."""

import asyncio

import pytest
import pytest_asyncio

from bot.demo.ideogram_stand_in import Fault
from tests.wire.bot_process import SIGNATURE, WITHIN_S, open_house
from tests.wire.loopback_discord import TOKEN_MARK, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESULT_CAP_MB = 4
PRICE = 60_000
NOBODY_KNOWS = ("outcome_unknown", ("unresolved", None), "I can't tell if this was made")
NOT_ACCEPTED = ("failed", ("released", None), "Ideogram didn't accept this request.")
WITHHELD = ("failed", ("settled", PRICE), "Ideogram's safety check withheld it. It still uses one of your remixes")
ENDS = {
    Fault.OK: ("delivered", ("settled", PRICE), "**Done.**"),
    Fault.EXTRA_FIELDS: ("delivered", ("settled", PRICE), "**Done.**"),
    Fault.SOME_UNSAFE: ("delivered", ("settled", 2 * PRICE), "**Done.**"),
    Fault.LINK_500_ONCE: ("delivered", ("settled", PRICE), "**Done.**"),
    Fault.REJECTED: NOT_ACCEPTED,
    Fault.NOT_FOUND: NOT_ACCEPTED,
    Fault.TOO_LARGE: ("failed", ("released", None), "The picture was too large for Ideogram."),
    Fault.PROMPT_UNSAFE: ("failed", ("released", None), "Ideogram's safety check refused the prompt."),
    Fault.PICTURE_UNSAFE: ("failed", ("released", None), "Ideogram's safety check refused the picture."),
    **dict.fromkeys([Fault.UNSAFE, Fault.NULL_LINK, Fault.EMPTY_LINK, Fault.MISSING_LINK], WITHHELD),
    **dict.fromkeys(
        [
            *(Fault.INTERNAL, Fault.BAD_GATEWAY, Fault.UNAVAILABLE),
            *(Fault.RESET_BEFORE_READING, Fault.RESET, Fault.TRUNCATED),
            *(Fault.HTML, Fault.NO_DATA, Fault.EMPTY_DATA),
        ],
        NOBODY_KNOWS,
    ),
}
"""The state, the money and the sentence after one call that turned out so."""
UNFETCHED = [
    *(Fault.LINK_403, Fault.LINK_404, Fault.LINK_REDIRECT, Fault.LINK_ELSEWHERE, Fault.LINK_NOT_A_PICTURE),
    *(Fault.LINK_ENDLESS, Fault.LINK_GIGABYTE, Fault.LINK_BOMB),
]
STORM = {
    "without Retry-After": Fault.TOO_MANY,
    "with Retry-After": Fault.TOO_MANY_RETRY_AFTER,
    "inflight_limit": Fault.IN_FLIGHT,
    "a firewall's page": Fault.FORBIDDEN_PAGE,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory):
    """One process for all that leaves the queue open."""
    async with open_house(tmp_path_factory.mktemp("house")) as opened:
        await opened.start(MAX_RESULT_MB=RESULT_CAP_MB)
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


def assert_nothing_told_that_is_secret(remix):
    for message in [*remix.interaction.history, *remix.posts]:
        text = text_of(message)
        assert TOKEN_MARK not in text
        assert SIGNATURE.search(text) is None
        assert "ephemeral/" not in text


@pytest.mark.parametrize("fault", ENDS)
async def test_after_each_answer_state_money_and_sentence_are_right_and_it_was_asked_once(shared, fault):
    shared.ideogram.dials.fail.append(fault)
    before = len(shared.ideogram.calls)
    remix = await shared.remix()
    state, money, sentence = ENDS[fault]
    await remix.until_told(sentence)
    assert (shared.state_of(remix), shared.money_of(remix)) == (state, money)
    assert len(shared.ideogram.calls) == before + 1
    assert len(remix.posts) == (state == "delivered")
    assert_nothing_told_that_is_secret(remix)


async def test_of_one_image_safe_and_one_withheld_the_safe_one_is_posted_and_the_card_tells_of_the_other(shared):
    shared.ideogram.dials.fail.append(Fault.SOME_UNSAFE)
    remix = await shared.remix()
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert "1 image was withheld by Ideogram's safety check." in text_of(remix.posts[0])


async def test_no_link_costs_memory_or_another_call_and_the_paid_result_is_kept_and_told_as_made(shared):
    bot, before = shared.processes[0], len(shared.ideogram.calls)
    memory = bot.memory_mb("VmHWM")
    shared.ideogram.dials.fail += UNFETCHED
    remixes = [await shared.remix() for _ in UNFETCHED]
    for remix in remixes:
        await remix.until_told("**Made**, but I haven't been able to download it yet")
    following = await shared.remix()
    await following.until_told("**Done.**")
    for remix in remixes:
        assert (shared.state_of(remix), shared.money_of(remix)) == ("generated", ("settled", PRICE))
        assert (shared.calls_for(remix), remix.posts) == (1, [])
        assert_nothing_told_that_is_secret(remix)
    assert len(shared.ideogram.calls) == before + len(UNFETCHED) + 1
    if memory is not None:
        # Three are larger than the cap, and each may be held twice for a moment. A gigabyte would be seen.
        assert bot.memory_mb("VmHWM") - memory < 20 * RESULT_CAP_MB


@pytest.mark.parametrize("fault", STORM.values(), ids=STORM)
async def test_in_a_storm_of_429_everybody_waits_and_each_is_served_and_paid_once(shared, fault):
    people, before = 6, len(shared.ideogram.calls)
    shared.ideogram.dials.fail += [fault] * people
    remixes = [await shared.remix() for _ in range(people)]
    await asyncio.gather(*(remix.until_told("**Done.**") for remix in remixes))
    for remix in remixes:
        remix.assert_served_once()
        assert (shared.calls_for(remix), shared.money_of(remix)) == (1, ("settled", PRICE))
    assert len(shared.ideogram.calls) == before + 2 * people


async def test_a_call_that_is_taken_and_never_answered_is_given_up_after_its_time_and_parked(house):
    house.ideogram.dials.fail.append(Fault.HANG)
    await house.start(IDEOGRAM_TIMEOUT_S=1)
    remix = await house.remix()
    state, money, sentence = NOBODY_KNOWS
    await remix.until_told(sentence)
    assert (house.state_of(remix), house.money_of(remix), house.calls_for(remix)) == (state, money, 1)


def empty_the_balance(ideogram):
    ideogram.dials.always = Fault.NO_FUNDS


def take_the_access(ideogram):
    ideogram.dials.always = Fault.FORBIDDEN


def revoke_the_key(ideogram):
    ideogram.api_key = "a-new-made-up-key-of-the-operator"


SLOTS, WAITING = 2, 20


@pytest.mark.parametrize("stop_serving", [empty_the_balance, revoke_the_key, take_the_access])
async def test_an_account_that_fails_with_twenty_waiting_costs_nobody_anything_and_serves_all_once_mended(
    house, stop_serving
):
    house.ideogram.dials.latency_s = 600
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=SLOTS)
    running = [await house.accepted() for _ in range(SLOTS)]
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(SLOTS)
    waiting = [await house.accepted() for _ in range(WAITING)]
    stop_serving(house.ideogram)
    house.ideogram.release()
    await asyncio.gather(*(remix.until_told("**Done.**") for remix in running))
    await asyncio.gather(*(remix.until_told("I can't get remixes from Ideogram right now") for remix in waiting))
    refused = await house.remix()
    await refused.until_told("Remixing is paused: I can't get remixes from Ideogram until my operator fixes it.")
    assert len(house.ideogram.calls) <= 2 * SLOTS
    assert {(house.state_of(remix), house.money_of(remix)) for remix in waiting} == {("queued", ("reserved", None))}

    house.ideogram.dials.always, house.ideogram.dials.latency_s = None, 0
    assert await bot.stop() == 0
    await house.start(IDEOGRAM_MAX_IN_FLIGHT=SLOTS)
    await asyncio.gather(*(remix.until_told("**Done.**") for remix in waiting))
    for remix in [*running, *waiting]:
        remix.assert_served_once()
        assert (house.calls_for(remix), house.money_of(remix)) == (1, ("settled", PRICE))
    assert (house.state_of(refused), house.calls_for(refused)) == (None, 0)
