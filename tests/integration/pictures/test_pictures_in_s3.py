"""S3 that is slow, hangs, refuses, or is gone: nothing is taken for lost, and nothing else waits for it."""

import asyncio
import logging
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from bot.storage.engine.blobs import reach, s3, s3_client
from bot.storage.engine.blobs.s3 import S3Blobs
from bot.storage.engine.blobs.store import BlobMissingError, BlobsAwayError, BlobsUnusableError
from tests.s3_server import KEY_ID, SECRET

DATA = b"picture bytes"
SHORT = s3_client.TimeLimits(timedelta(seconds=0.5), timedelta(seconds=0.5), 0, timedelta(seconds=0.5))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(s3, "_TAKES_LONG_S", 0.1)
    monkeypatch.setattr(reach, "_BETWEEN_QUESTIONS_S", 0.05)
    monkeypatch.setattr(reach, "_FRESH_S", 0.0)


@pytest.fixture
def blobs(bucket):
    store = S3Blobs(bucket.place)
    store.prepare()
    return store


async def until_back(blobs):
    """Until the thread that asks S3 again and again has an answer."""
    asking = [thread for thread in threading.enumerate() if thread.name == reach.THREAD]
    await asyncio.to_thread(lambda: [thread.join() for thread in asking])
    assert blobs.away_reason is None


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


async def test_while_s3_answers_503_calls_fail_and_afterwards_they_work(blobs, bucket):
    name = blobs.put(DATA)
    bucket.status = 503
    with pytest.raises(BlobsAwayError, match="S3 answers 503 SlowDown"):
        await blobs.in_thread(blobs.get, name)
    asked = len(bucket.requests)
    with pytest.raises(BlobsAwayError, match="503"):
        await blobs.in_thread(blobs.put, b"other")
    assert not any("PUT" in each and "probe" not in each for each in bucket.requests[asked:]), "it waits for the answer"
    bucket.go_on()
    await until_back(blobs)
    assert blobs.get(name) == DATA
    assert blobs.put(b"other")


async def test_a_call_that_hangs_ends_as_soon_as_s3_is_known_not_to_answer(bucket, monkeypatch):
    """Long before its own limit of 20 s, and without holding a thread that others need."""
    monkeypatch.setattr(s3, "PROBE", SHORT)
    blobs = S3Blobs(bucket.place)
    bucket.hang()
    calls = [asyncio.create_task(blobs.in_thread(blobs.put, bytes([n]))) for n in range(40)]
    ended = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)
    assert {type(each) for each in ended} == {BlobsAwayError}
    assert await asyncio.to_thread(lambda: "a thread of everybody's") == "a thread of everybody's"
    bucket.answer_new_ones()
    await until_back(blobs)
    assert await asyncio.wait_for(blobs.in_thread(blobs.put, DATA), 5), "hung calls hold neither threads nor places"


async def test_what_is_slow_is_waited_for_while_s3_answers(blobs):
    """A large picture on a slow line."""
    slowly = threading.Event()
    asyncio.get_running_loop().call_later(0.5, slowly.set)
    assert await blobs.in_thread(slowly.wait)
    assert blobs.away_reason is None


async def test_a_deleted_bucket_is_not_mistaken_for_lost_pictures(blobs, bucket):
    name = blobs.put(DATA)
    bucket.vanish()
    for call in (blobs.get, lambda each: blobs.missing([each])):
        with pytest.raises(BlobsAwayError, match="NoSuchBucket"):
            await blobs.in_thread(call, name)
    bucket.come_back()
    await until_back(blobs)
    with pytest.raises(BlobMissingError):
        blobs.get(name)


def test_a_store_that_says_of_everything_that_it_is_not_there_is_away(blobs, bucket):
    """Such as a proxy whose server is gone."""
    name = blobs.put(DATA)
    bucket.status = 404
    with pytest.raises(BlobsAwayError, match="404"):
        blobs.get(name)


def test_an_error_of_one_call_leaves_the_others_alone(blobs, bucket, monkeypatch):
    monkeypatch.setattr(s3, "try_out", lambda _store: None)
    bucket.status = 413
    with pytest.raises(BlobsAwayError, match="S3 answers 413"):
        blobs.put(DATA)
    bucket.go_on()
    assert blobs.away_reason is None
    assert blobs.put(DATA)


def test_a_clock_that_is_minutes_off_deletes_no_picture_that_is_about_to_be_named(blobs, bucket):
    """S3 dates by its own clock, and takes requests of a clock that is up to 15 minutes off."""
    name = blobs.put(DATA)
    bucket.age(name, 14 / 60)
    now = datetime.now(UTC)
    assert (list(blobs.names_older_than(now)), blobs.delete_all([name], now)) == ([], 0)
    bucket.age(name, 16 / 60)
    assert (list(blobs.names_older_than(now)), blobs.delete_all([name], now)) == ([name], 1)


def test_a_listing_is_read_in_pages(blobs, bucket, monkeypatch):
    monkeypatch.setattr(s3, "_PAGE", 2)
    names = sorted(blobs.put(bytes([n])) for n in range(5))
    pages = [[entry.name for _, entry in page] for page in blobs._pages("")]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(chain(*pages)) == names
    bucket.status = 503
    with pytest.raises(BlobsAwayError):
        list(blobs.entries())


def test_a_start_leaves_what_is_not_ours_and_deletes_old_objects_of_killed_starts(bucket):
    store = bucket._server.backend
    for key in ("some/prefix/probe/0123", "some/prefix/notes.txt", "another/ab/" + "ab" * 32):
        store.put_object(bucket.name, key, b"x").last_modified = datetime.now(UTC) - timedelta(hours=2)
    blobs = S3Blobs(bucket.place)
    blobs.prepare()
    assert bucket.keys == ["another/ab/" + "ab" * 32, "notes.txt"]
    assert list(blobs.entries()) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bucket": "no-such-bucket"}, "S3 answers 404 NoSuchBucket"),
        ({"access_key_id": "SOMEBODY"}, "S3 answers 403 InvalidAccessKeyId"),
        ({"endpoint": f"http://127.0.0.1:{closed_port()}"}, "S3 does not answer"),
    ],
)
def test_a_start_says_in_one_line_what_is_wrong(bucket, change, reason):
    place = replace(bucket.place, **change)
    with pytest.raises(BlobsUnusableError) as caught:
        S3Blobs(place).prepare()
    assert str(caught.value) == f"the pictures cannot be stored at {place}: {reason}"
    assert caught.value.__context__ is None


def test_a_key_that_may_not_list_stops_the_start(bucket):
    bucket.can_list = False
    with pytest.raises(BlobsUnusableError, match=r"cannot be listed at .*: S3 answers 403 AccessDenied"):
        S3Blobs(bucket.place).prepare()


async def test_neither_keys_nor_addresses_reach_an_error_or_the_log(blobs, bucket, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    bucket.status = 403
    with pytest.raises(BlobsAwayError) as caught:
        blobs.put(DATA)
    assert caught.value.__context__ is None
    told = f"{caught.value!r} {caught.value} {caplog.text} {capfd.readouterr()}"
    for secret in (KEY_ID, SECRET, "127.0.0.1", "Signature"):
        assert secret not in told
    assert SECRET not in repr(blobs._place)
