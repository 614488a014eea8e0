"""Logs: which lines come out, with which facts, and that nothing secret is in any of them."""

import asyncio
import errno
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import aiohttp
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from bot import logs

TOKEN = "MTE4Mjk.GmadeU.p0123456789-abcdefghij"
KEY = "made/up+key=0123456789"
INTERACTION = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5OmFiY2RlZg=="
SIG = "0f1e2d3c4b5a"
IMAGE_LINK = f"https://ideogram.ai/api/images/ephemeral/abc.png?exp=1743867804&sig={SIG}"
CDN_LINK = f"https://cdn.discordapp.com/attachments/1/2/cat.png?ex=65f&is=65e&hm={SIG}&"
CLOUD_LINK = f"https://d2gu96o5zk2m7w.cloudfront.net/x.png?Expires=1&Signature={SIG}&Key-Pair-Id=K1"


@pytest.fixture(autouse=True)
def _leave_no_traces() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logs._known_secrets.clear()
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def configured(log_format: str = "json", level: str = "DEBUG") -> io.StringIO:
    stream = io.StringIO()
    logs.configure(log_format, level, secrets=[TOKEN, KEY], stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


SECRET_TEXTS = [
    (f"token {TOKEN} refused", "token *** refused"),
    (f"?key={KEY}", "?key=***"),
    ("made%2Fup%2Bkey%3D0123456789", "***"),
    (f"see {IMAGE_LINK} now", "see https://ideogram.ai/api/images/ephemeral/abc.png?*** now"),
    (f"'{CDN_LINK}'", "'https://cdn.discordapp.com/attachments/1/2/cat.png?***'"),
    (CLOUD_LINK, "https://d2gu96o5zk2m7w.cloudfront.net/x.png?***"),
    (f"/attachments/1/2/cat.png?ex=65f&is=65e&hm={SIG}&", "/attachments/1/2/cat.png?ex=***&is=***&hm=***&"),
    (f"exp=1743867804&sig={SIG}", "exp=***&sig=***"),
    ("postgresql+psycopg://bot:hunter22@db/remix", "postgresql+psycopg://***@db/remix"),
    (
        "POST https://x.example/api/v10/interactions/1/s3cret/callback",
        "POST https://x.example/api/v10/interactions/1/***/callback",
    ),
    ("PATCH /webhooks/12/s3cret/messages/@original", "PATCH /webhooks/12/***/messages/@original"),
    ("url='/webhooks/12/s3cret'", "url='/webhooks/12/***'"),
    (f"got {INTERACTION}, late", "got ***, late"),
    ("Authorization: Bot s3cret-1", "Authorization: ***"),
    ("authorization=Bearer s3cret-1, x", "authorization=***, x"),
    ("Api-Key: s3cret-1", "Api-Key: ***"),
    ("{'Api-Key': 's3cret-1', 'Accept': '*/*'}", "{'Api-Key': '***', 'Accept': '*/*'}"),
    ('{"token": "s3cret-1", "type": 2}', '{"token": "***", "type": 2}'),
    ('"{\\"token\\": \\"s3cret-1\\", \\"type\\": 2}"', '"{\\"token\\": \\"***\\", \\"type\\": 2}"'),
    ("(b'Authorization', b'Bot s3cret-1')", "(b'Authorization', b'***')"),
    ("Reply(interaction_token='s3cret-1', id=3)", "Reply(interaction_token='***', id=3)"),
    ("token=s3cret-1&x", "token=***&x"),
]


@pytest.mark.parametrize(("text", "masked"), SECRET_TEXTS)
def test_what_is_secret_is_masked_and_the_rest_of_the_text_is_kept(text, masked):
    logs.register_secrets([TOKEN, KEY])
    assert logs.mask(text) == masked
    assert logs.mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "job 17 is generated: 2 images, 2048x2048, seed 12345",
        "GET https://discord.com/api/v10/channels/1/messages has returned 200",
        "https://ideogram.ai/api/images/ephemeral/abc.png",
        "The token of this interaction is over 15 minutes old",
        "the Api-Key was not accepted (401)",
        "Is this a hm? exp (2) = 7.389; sig is 3",
        "why? because: a=b&c=d",
        "webhooks/new and interactions/today",
        "user@example.org wrote in /tmp/x: 10:30",
        "this=that",
        "Jörg, 東京, \N{CAT FACE}",
    ],
)
def test_ordinary_text_is_left_as_it_is(text):
    logs.register_secrets([TOKEN, KEY])
    assert logs.mask(text) == text


@given(
    before=st.text(),
    secret=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=6),
    after=st.text(),
)
def test_no_registered_secret_survives_whatever_stands_around_it(before, secret, after):
    logs._known_secrets.clear()
    logs.register_secrets([secret])
    assert secret not in logs.mask(before + secret + after).replace(logs.MASK, "\0")


@given(st.text(st.characters(categories=["L", "N", "Zs"])))
def test_text_of_letters_digits_and_blanks_is_always_left_as_it_is(text):
    assert logs.mask(text) == text


@given(
    st.text(st.sampled_from("abAB01-_=+/.%")),
    st.sampled_from(["https://ideogram.ai/i.png", "http://127.0.0.1:81/", "wss://x"]),
)
def test_no_query_of_an_address_survives(query, address):
    assert logs.mask(f"<{address}?{query}>") == f"<{address}?***>"


def test_a_short_value_is_not_taken_for_a_secret():
    logs.register_secrets(["a", "", "12345"])
    assert logs.mask("a cat 12345") == "a cat 12345"


def test_a_secret_that_holds_another_is_masked_whole():
    logs.register_secrets(["abcdef", "abcdef-ghi"])
    assert logs.mask("x abcdef-ghi y") == "x *** y"


def test_masking_is_quick_on_long_and_hostile_text():
    for piece in (
        "'token",
        "https://",
        "interactions/1",
        "aW50ZXJhY3Rpb246",
        "https://a?",
        "://a:",
        "exp=",
        '\\"',
        "webhooks/1/",
        "token=",
        "x-amz-",
    ):
        assert isinstance(logs.mask(piece * 20_000), str)


def secret_values() -> dict[str, object]:
    """The same secrets in every kind of value that a log call may be given."""
    error = aiohttp.InvalidURL(URL(IMAGE_LINK))
    return {
        "text": f"Bot {TOKEN}",
        "link": URL(CDN_LINK),
        "error": error,
        "nested": {"a": [{"b": (f"x{KEY}", {KEY})}], KEY: 1},
        "headers": CIMultiDict({"Authorization": "Bot s3cret-1", "Api-Key": "s3cret-1"}),
        "raw_headers": [(b"Authorization", b"Bot s3cret-1"), ("Api-Key", "s3cret-1")],
        "body": f"Api-Key: {KEY}".encode(),
        "api_key": "s3cret-1",
        "interaction_token": "s3cret-1",
    }


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_survives_in_any_value_of_a_line(log_format):
    stream = configured(log_format)
    structlog.get_logger("bot.test").info(f"calling {IMAGE_LINK}", **secret_values())
    logging.getLogger("discord.http").info("%s with %r", CDN_LINK, secret_values())
    text = stream.getvalue()
    assert text.count("***") >= 18
    for secret in (TOKEN, KEY, SIG, "s3cret-1"):
        assert secret not in text


def refused() -> None:
    raise ValueError(f"Api-Key: {KEY}")


def failing() -> None:
    try:
        refused()
    except ValueError as error:
        error.add_note(f"while at /webhooks/1/s3cret-1/messages with {TOKEN}")
        raise RuntimeError(IMAGE_LINK) from error


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_survives_in_a_traceback_its_causes_and_notes(log_format):
    stream = configured(log_format)
    for log in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            failing()
        except RuntimeError:
            log.exception("it failed")
    text = stream.getvalue()
    assert text.count("RuntimeError") >= 2
    assert text.count("in failing") >= 4
    for secret in (TOKEN, KEY, SIG, "s3cret-1"):
        assert secret not in text


def test_numbers_and_what_is_nothing_stay_what_they_are():
    stream = configured()
    structlog.get_logger("ours").info("done", images=2, seconds=1.5, safe=True, until=None, sizes=[1, 2])
    (line,) = lines(stream)
    assert (line["images"], line["seconds"], line["safe"], line["until"], line["sizes"]) == (2, 1.5, True, None, [1, 2])


def test_a_picture_is_never_written_into_a_log():
    stream = configured()
    structlog.get_logger("ours").info("read", picture=b"\x89PNG" * 1000)
    assert lines(stream)[0]["picture"] == "<4000 bytes>"


@pytest.mark.parametrize("log", [structlog.get_logger("a.b"), logging.getLogger("a.b")], ids=["ours", "a library's"])
def test_each_line_tells_job_server_and_user_whoever_writes_it(log):
    stream = configured()
    with structlog.contextvars.bound_contextvars(job=17, guild=2, user=3):
        log.warning("slow")
    log.info("after")
    first, second = lines(stream)
    assert {name: first[name] for name in ("job", "guild", "user", "event", "level", "logger")} == {
        "job": 17,
        "guild": 2,
        "user": 3,
        "event": "slow",
        "level": "warning",
        "logger": "a.b",
    }
    assert str(first["timestamp"]).endswith("Z")
    assert "job" not in second


async def test_jobs_that_run_at_once_keep_their_own_facts():
    stream = configured()
    both_inside = asyncio.Barrier(2)

    async def work(job: int) -> None:
        with structlog.contextvars.bound_contextvars(job=job):
            await both_inside.wait()
            structlog.get_logger("ours").info("working", expected=job)

    await asyncio.gather(work(1), work(2))
    assert sorted((line["job"], line["expected"]) for line in lines(stream)) == [(1, 1), (2, 2)]


def test_lines_below_the_level_are_left_out():
    stream = configured(level="WARNING")
    structlog.get_logger("ours").info("no")
    logging.getLogger("theirs").info("no")
    structlog.get_logger("ours").warning("yes")
    assert [line["event"] for line in lines(stream)] == ["yes"]


@pytest.mark.parametrize(
    "name", ["discord.gateway", "aiohttp.client", "sqlalchemy.engine.Engine", "PIL.Image", "alembic"]
)
def test_libraries_that_tell_prompts_and_tokens_in_debug_lines_are_kept_from_it(name):
    stream = configured(level="DEBUG")
    logging.getLogger(name).debug("Received: {'prompt': 'a private wish'}")
    logging.getLogger("bot.ours").debug("fine")
    assert [line["event"] for line in lines(stream)] == ["fine"]


def test_a_second_configuration_replaces_the_first():
    first = configured()
    second = configured()
    logging.getLogger("x").info("once")
    assert first.getvalue() == ""
    assert len(lines(second)) == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_only():
    for stream, coloured in ((io.StringIO(), False), (Terminal(), True)):
        logs.configure("console", "INFO", stream=stream)
        structlog.get_logger("ours").info("hello", job=1)
        assert ("\x1b[" in stream.getvalue()) is coloured


def test_a_line_that_cannot_be_made_does_not_show_its_arguments(capsys):
    logging.getLogger().handlers.clear()  # pytest's own would raise
    configured()
    logging.getLogger("theirs").info("%d", TOKEN)
    told = capsys.readouterr().err
    assert told == "cannot write a log line from theirs\n"


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO, errno.ENOSPC])
def test_a_line_that_nobody_can_read_does_not_stop_the_work_that_logs_it(number):
    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(number, "broken")

    logs.configure("json", "INFO", stream=Broken())
    structlog.get_logger("ours").info("hello")


def test_warnings_go_through_the_log_masked():
    stream = configured()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"old: {IMAGE_LINK}", UserWarning, stacklevel=1)
    assert "old: https://ideogram.ai/api/images/ephemeral/abc.png?***" in str(lines(stream)[0]["event"])


def test_errors_that_end_a_thread_or_the_process_are_logged_masked():
    stream = configured()
    logs.log_uncaught()
    thread = threading.Thread(target=failing)
    thread.start()
    thread.join()
    try:
        failing()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    told = lines(stream)
    assert [line["event"] for line in told] == [
        "a thread ended with an exception",
        "the process ended with an exception",
    ]
    for secret in (TOKEN, KEY, SIG, "s3cret-1"):
        assert secret not in stream.getvalue()
