"""What follows from each way in which Discord, or the network, does not take a request."""

from dataclasses import dataclass

import aiohttp
import discord
import pytest

from bot.discord_app.kit.sending import Failure, SendError, mention_only, send_errors


@dataclass(frozen=True)
class Refusal:
    """What discord.py reads of an HTTP response when it makes an exception of it."""

    status: int
    reason: str = "refused"


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (404, 10003, Failure.GONE),
        (404, 10008, Failure.GONE),
        (404, 10015, Failure.GONE),
        (401, 50027, Failure.GONE),
        (403, 50001, Failure.CLOSED),
        (403, 50013, Failure.CLOSED),
        (400, 50083, Failure.CLOSED),
        (403, 160005, Failure.CLOSED),
        (403, 50007, Failure.CLOSED),
        (403, 0, Failure.LATER),
        (403, 40333, Failure.LATER),
        (400, 40333, Failure.LATER),
        (400, 200000, Failure.REFUSED),
        (401, 0, Failure.LATER),
        (429, 0, Failure.LATER),
        (500, 0, Failure.LATER),
        (503, 0, Failure.LATER),
        (413, 40005, Failure.TOO_LARGE),
        (413, 0, Failure.TOO_LARGE),
        (400, 50035, Failure.REFUSED),
    ],
)
def test_each_refusal_has_one_meaning_and_shows_no_words_of_discord(status, code, failure):
    with pytest.raises(SendError) as caught, send_errors():
        raise discord.HTTPException(Refusal(status), {"code": code, "message": "the provider's words"})
    assert caught.value.failure is failure
    assert str(caught.value) == f"{status} {code}"


@pytest.mark.parametrize(
    "error",
    [aiohttp.ServerDisconnectedError(), TimeoutError(), ConnectionResetError(), discord.ClientException("closed")],
)
def test_a_lost_connection_may_work_later(error):
    with pytest.raises(SendError) as caught, send_errors():
        raise error
    assert (caught.value.failure, str(caught.value)) == (Failure.LATER, type(error).__name__)


def test_a_long_rate_limit_may_work_later_and_says_when():
    with pytest.raises(SendError) as caught, send_errors():
        raise discord.RateLimited(900.0)
    assert (caught.value.failure, caught.value.retry_after) == (Failure.LATER, 900.0)


def test_a_mistake_of_ours_is_not_taken_for_a_failure_of_discord():
    with pytest.raises(ZeroDivisionError), send_errors():
        raise ZeroDivisionError


def test_a_message_notifies_its_person_alone():
    allowed = mention_only(7)
    assert (allowed.everyone, allowed.roles, [user.id for user in allowed.users]) == (False, False, [7])
