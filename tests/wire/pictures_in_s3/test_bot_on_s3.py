"""The bot process with its pictures in S3, which hangs and comes back: nobody is kept waiting, and all is paid once."""

import asyncio

import pytest

from tests.s3_server import KEY_ID, SECRET
from tests.wire.bot_process import WITHIN_S, open_house

CANNOT_STORE = "I can't store pictures right now. Please try again in a minute. Nothing was charged."
NOT_STORED = "the picture store does not answer: remixes wait until it does"


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


def settings(bucket):
    place = bucket.place
    key = {"AWS_ACCESS_KEY_ID": place.access_key_id, "AWS_SECRET_ACCESS_KEY": place.secret_access_key}
    return {"BLOB_DIR": "", "BLOB_URL": str(place), "AWS_ENDPOINT_URL": place.endpoint, **key}


async def test_s3_hangs_for_a_while_and_everybody_accepted_is_served_once_it_is_back(house, bucket):
    house.ideogram.dials.latency_s = 600
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=1, **settings(bucket))
    running, queued = [await house.accepted() for _ in range(2)]
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(1)
    bucket.hang()
    refused = await house.remix()
    await refused.until_told(CANNOT_STORE)
    await bot.logged(NOT_STORED)
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    refused_at_once = await house.remix()
    await refused_at_once.until_told(CANNOT_STORE)
    bucket.go_on()
    for remix in (running, queued):
        await remix.until_told("**Done.**")
        remix.assert_served_once()
        assert (house.calls_for(remix), house.money_of(remix)) == (1, ("settled", 60_000))
    assert (house.state_of(refused), house.state_of(refused_at_once)) == (None, None)
    assert len(bucket.keys) >= 4
    assert not (house.folder / "blobs").exists()
    assert await bot.stop() == 0
    for secret in (KEY_ID, SECRET, "Signature"):
        assert [line for line in bot.lines if secret in line] == []
